// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "counter_key.h"
#include "counter_series.h"
#include "gui/connection/service_connection.h"
#include "history_queue.h"
#include "time_range.h"

namespace gui {

/// Figures of machines and of the host, once a second, for all views together: the service is
/// asked only for what some view shows, and for nothing while none does.
///
/// Thread safety: the GUI's thread.
class PerformanceFeed final : public QObject {
    Q_OBJECT

  public:
    explicit PerformanceFeed(ServiceConnection& connection, QObject* parent = nullptr);

    /// What `view` wants from now on, by ids, the empty one for the host; none: nothing. Ends with
    /// the view.
    void setWanted(QObject* view, std::set<std::string> machines);
    /// What was counted before, up to now. `handler` is called unless `context` is destroyed
    /// before; never from within. Requests of one moment go to the service together.
    void askHistory(const CounterKey& counter, TimeRange range, QObject* context,
                    HistoryQueue::Handler handler);

    /// What is asked of the service now, for tests and diagnosis.
    [[nodiscard]] const std::set<std::string>& subscribed() const { return current_; }

  signals:
    /// Of a machine or of the host, wanted by some view or other.
    void sampleArrived(const service::PerformanceSample& sample);
    /// There is a connection again: what came in between is in history only.
    void restarted();

  private:
    void connectionChanged();
    void update();
    void subscribe(std::set<std::string> machines);
    void unsubscribe(std::uint64_t subscription);
    void take(const service::PerformanceNotification& notification);

    ServiceConnection& connection_;
    HistoryQueue history_;
    std::map<QObject*, std::set<std::string>> wanted_;
    QTimer update_;
    /// Of which the subscription is that is in force, or asked for.
    std::set<std::string> current_;
    std::optional<std::uint64_t> subscription_;
    bool asking_ = false;
    /// Replies to what was asked on a connection that is lost are none.
    std::uint64_t connectionNumber_ = 0;
};

}  // namespace gui
