// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "service/ipc/host_requests.h"
#include "service/vmms/events/event_store.h"

namespace service {

/// Where everything that happens is told: to the store of events and to who listens.
///
/// Thread safety: the event loop's thread.
class Journal {
  public:
    explicit Journal(EventStore& store) : store_(store) {}

    void setListener(std::function<void(const EventRecord& event)> listener) {
        listener_ = std::move(listener);
    }

    /// `machineId` and `machineName` are empty for the service's own events.
    void record(EventSeverity severity, std::string kind, const std::string& machineId,
                const std::string& machineName, std::string text);

  private:
    EventStore& store_;
    std::function<void(const EventRecord& event)> listener_;
};

[[nodiscard]] EventRecord toRecord(const StoredEvent& event, std::string machineName);

}  // namespace service
