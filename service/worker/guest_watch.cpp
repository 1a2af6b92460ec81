// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_watch.h"

#include <utility>

namespace service {

template <class T>
void GuestWatch::set(T GuestReport::*member, T value) {
    const std::scoped_lock lock(mutex_);
    if (report_.*member == value)
        return;
    report_.*member = std::move(value);
    changed_(report_);
}

void GuestWatch::setHeartbeat(GuestHeartbeat heartbeat) {
    set(&GuestReport::heartbeat, heartbeat);
}

void GuestWatch::setItems(std::vector<GuestItem> items) {
    set(&GuestReport::items, std::move(items));
}

void GuestWatch::setMemory(std::uint64_t demandBytes, std::uint64_t assignedBytes,
                           std::uint64_t leastBytes) {
    const std::scoped_lock lock(mutex_);
    const auto isAsBefore = [](std::uint64_t before, std::uint64_t now) {
        const std::uint64_t change = now > before ? now - before : before - now;
        return change == 0 || (now != 0 && change < before / 50);
    };
    if (isAsBefore(report_.memoryDemandBytes, demandBytes) &&
        isAsBefore(report_.leastMemoryBytes, leastBytes) &&
        report_.assignedMemoryBytes == assignedBytes)
        return;
    report_.memoryDemandBytes = demandBytes;
    report_.assignedMemoryBytes = assignedBytes;
    report_.leastMemoryBytes = leastBytes;
    changed_(report_);
}

GuestReport GuestWatch::report() const {
    const std::scoped_lock lock(mutex_);
    return report_;
}

}  // namespace service
