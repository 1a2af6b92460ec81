// SPDX-License-Identifier: GPL-3.0-or-later
#include "event_outbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;

Result<std::unique_ptr<EventOutbox>> EventOutbox::create() {
    FileDescriptor changed(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!changed)
        return hypervisor::systemFailure("can't make an event for the control thread", errno);
    return std::unique_ptr<EventOutbox>(new EventOutbox(std::move(changed)));
}

void EventOutbox::post(WorkerEvent event) {
    {
        const std::scoped_lock lock(mutex_);
        // Of progress only the newest matters.
        if (event.kind == WorkerEventKind::CopyProgress && !events_.empty() &&
            events_.back().kind == event.kind)
            events_.pop_back();
        events_.push_back(std::move(event));
        if (events_.size() > kMost)
            events_.pop_front();
    }
    constexpr std::uint64_t kOne = 1;
    static_cast<void>(!::write(changed_.get(), &kOne, sizeof kOne));
}

void EventOutbox::acknowledge() {
    std::uint64_t count = 0;
    static_cast<void>(!::read(changed_.get(), &count, sizeof count));
}

std::optional<WorkerEvent> EventOutbox::next() {
    const std::scoped_lock lock(mutex_);
    if (events_.empty())
        return std::nullopt;
    WorkerEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
}

void EventOutbox::putBack(WorkerEvent event) {
    const std::scoped_lock lock(mutex_);
    events_.push_front(std::move(event));
}

}  // namespace service
