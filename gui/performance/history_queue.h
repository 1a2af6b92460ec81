// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QTimer>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "counter_key.h"
#include "counter_series.h"
#include "gui/connection/service_connection.h"
#include "time_range.h"

namespace gui {

/// Asks for history in portions: many counters of a machine at once, but never so much that taking
/// a reply apart would hold up the interface, and one portion after the other.
///
/// Thread safety: the GUI's thread.
class HistoryQueue final : public QObject {
    Q_OBJECT

  public:
    /// Points in order of time, none if there is no history; and the time between them.
    using Handler = std::function<void(const std::vector<CounterPoint>& points, std::int64_t step)>;

    explicit HistoryQueue(ServiceConnection& connection);

    void ask(CounterKey counter, TimeRange range, QObject* context, Handler handler);
    /// Forgets what has not been answered.
    void clear();

  private:
    struct Request {
        CounterKey counter;
        TimeRange range;
        QPointer<QObject> context;
        Handler handler;
    };

    void next();
    [[nodiscard]] std::vector<Request> takePortion();
    static void answer(const std::vector<Request>& requests,
                       const service::StatsHistoryReply& reply);

    ServiceConnection& connection_;
    std::deque<Request> waiting_;
    QTimer timer_;
    bool asking_ = false;
    std::uint64_t round_ = 0;
};

}  // namespace gui
