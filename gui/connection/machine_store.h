// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "service_connection.h"

namespace gui {

/// CPU usage of the last minute, percent of all LPs, oldest first.
class UsageHistory {
  public:
    static constexpr std::size_t kSeconds = 60;

    void add(float percent) {
        values_[next_] = percent;
        next_ = (next_ + 1) % kSeconds;
        count_ = count_ < kSeconds ? count_ + 1 : kSeconds;
    }
    void clear() { count_ = 0; }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] float at(std::size_t index) const {
        return values_[(next_ + kSeconds - count_ + index) % kSeconds];
    }

  private:
    std::array<float, kSeconds> values_{};
    std::size_t next_ = 0;
    std::size_t count_ = 0;
};

/// What is known of one machine without asking.
struct KnownMachine {
    service::MachineSummary summary;
    UsageHistory usage;
};

/// All machines of one service, its host and its virtual switches: asked for once when there is a
/// connection, kept right by notifications, kept as they were last while it is lost.
///
/// Thread safety: the GUI's thread.
class MachineStore final : public QObject {
    Q_OBJECT

  public:
    explicit MachineStore(ServiceConnection& connection, QObject* parent = nullptr);

    [[nodiscard]] ServiceConnection& connection() const { return connection_; }
    /// Whether the list has come from the service since the connection stands.
    [[nodiscard]] bool isComplete() const { return complete_; }
    /// By id. An unreadable machine's id is its folder.
    [[nodiscard]] const std::map<std::string, KnownMachine>& machines() const { return machines_; }
    [[nodiscard]] const KnownMachine* find(const std::string& id) const;
    /// Nothing before the service has said it.
    [[nodiscard]] const std::optional<service::HostReply>& host() const { return host_; }
    /// With the host's network adapters. Nothing before the service has said it.
    [[nodiscard]] const std::optional<service::SwitchListReply>& switches() const {
        return switches_;
    }
    /// Asks for everything anew.
    void refresh();
    /// Asks for the switches anew; switchesChanged() comes even if they are what they were.
    void refreshSwitches();

  signals:
    /// The whole list is another one.
    void replaced();
    void added(const std::string& id);
    void changed(const std::string& id);
    void removed(const std::string& id);
    /// Usage and uptimes of all machines, once a second.
    void usageChanged();
    void hostChanged();
    void switchesChanged();

  private:
    void begin();
    /// There is no service any more whose machines these would be.
    void forget();
    void take(const service::MachineSummary& machine);
    void takeUsage(const service::MachineUsageNotification& usage);
    void askHost();

    ServiceConnection& connection_;
    bool complete_ = false;
    std::map<std::string, KnownMachine> machines_;
    std::optional<service::HostReply> host_;
    std::optional<service::SwitchListReply> switches_;
    QTimer hostTimer_;
    QTimer switchTimer_;
};

}  // namespace gui
