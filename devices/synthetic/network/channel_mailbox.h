// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "vmbus/channel.h"

namespace devices::synthetic {

/// Takes what the bus tells of one channel, on any of its threads, over to the thread of the
/// device, which is woken for it and fetches it.
class ChannelMailbox final : public vmbus::ChannelDevice {
  public:
    /// `wake` is called on the bus's threads, and must not block. `subChannels` gives what is
    /// behind the sub-channels, and may be empty.
    ChannelMailbox(std::function<void()> wake,
                   std::function<vmbus::ChannelDevice*(unsigned)> subChannels)
        : wake_(std::move(wake)), subChannels_(std::move(subChannels)) {}

    void opened(std::unique_ptr<vmbus::OpenChannel> channel) override;
    void closing() override;
    void doorbell() override { wake_(); }
    [[nodiscard]] vmbus::ChannelDevice* subChannel(unsigned index) override {
        return subChannels_ ? subChannels_(index) : nullptr;
    }

    struct News {
        /// What the device has had is to be let go of, before it takes `opened`.
        bool closed = false;
        std::unique_ptr<vmbus::OpenChannel> opened;
    };
    /// Since the last call. For the device's thread.
    [[nodiscard]] News fetch();

  private:
    const std::function<void()> wake_;
    const std::function<vmbus::ChannelDevice*(unsigned)> subChannels_;
    std::mutex mutex_;
    News news_;
};

}  // namespace devices::synthetic
