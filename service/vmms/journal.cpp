// SPDX-License-Identifier: GPL-3.0-or-later
#include "journal.h"

#include <chrono>
#include <utility>

namespace service {

EventRecord toRecord(const StoredEvent& event, std::string machineName) {
    EventRecord record;
    record.id = event.number;
    record.time = event.time.time_since_epoch().count();
    record.severity = event.severity;
    record.kind = event.kind;
    record.machineId = event.machine;
    record.machineName = std::move(machineName);
    record.text = event.text;
    return record;
}

void Journal::record(EventSeverity severity, std::string kind, const std::string& machineId,
                     const std::string& machineName, std::string text) {
    StoredEvent event;
    event.time = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    event.machine = machineId;
    event.kind = std::move(kind);
    event.severity = severity;
    event.text = std::move(text);
    event = store_.add(std::move(event));
    if (listener_)
        listener_(toRecord(event, machineName));
}

}  // namespace service
