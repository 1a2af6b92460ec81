// SPDX-License-Identifier: GPL-3.0-or-later
#include "channel_mailbox.h"

#include <utility>

namespace devices::synthetic {

void ChannelMailbox::opened(std::unique_ptr<vmbus::OpenChannel> channel) {
    {
        const std::lock_guard lock(mutex_);
        news_.opened = std::move(channel);
    }
    wake_();
}

void ChannelMailbox::closing() {
    // Destroyed without the lock: it calls the bus.
    std::unique_ptr<vmbus::OpenChannel> neverSeen;
    {
        const std::lock_guard lock(mutex_);
        neverSeen = std::move(news_.opened);
        news_.closed = true;
    }
    wake_();
}

ChannelMailbox::News ChannelMailbox::fetch() {
    const std::lock_guard lock(mutex_);
    return std::exchange(news_, {});
}

}  // namespace devices::synthetic
