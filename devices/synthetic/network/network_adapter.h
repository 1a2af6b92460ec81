// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "channel_mailbox.h"
#include "devices/network/switch_port.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "network_engine.h"
#include "network_settings.h"
#include "network_statistics.h"
#include "vmbus/channel.h"

namespace devices::synthetic {

/// A synthetic network adapter (netvsp): a channel with its sub-channels for the guest, plugged
/// into a port of a virtual switch, or into none. All its work is on a thread of its own, which
/// sleeps when there is none.
///
/// Thread safety: any thread.
class NetworkAdapter {
  public:
    static constexpr vmbus::Guid kInterfaceType =
        vmbus::Guid::parse("f8615163-df3e-46c5-913f-f2d2f965ed0e").value();

    /// Fails when the settings are out of bounds, or the host has no descriptor left.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<NetworkAdapter>> create(
        const NetworkSettings& settings);
    /// The bus must have taken its channels away.
    ~NetworkAdapter();
    NetworkAdapter(const NetworkAdapter&) = delete;
    NetworkAdapter& operator=(const NetworkAdapter&) = delete;

    [[nodiscard]] vmbus::ChannelDevice& channel() { return *mailboxes_.front(); }
    /// Into another port; out of any, with null. The guest sees the link change.
    void plug(std::unique_ptr<network::SwitchPort> port);
    [[nodiscard]] const NetworkStatistics& statistics() const { return engine_.statistics(); }

  private:
    NetworkAdapter(const NetworkSettings& settings, hypervisor::FileDescriptor wake);

    void wake();
    void serve();
    /// Sleeps until there may be something to do.
    void wait();
    void fetchNews();

    NetworkEngine engine_;
    std::vector<std::unique_ptr<ChannelMailbox>> mailboxes_;
    hypervisor::FileDescriptor wake_;
    /// wake_ has been written to and not been read.
    std::atomic<bool> woken_ = false;
    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;
    /// What plug() was given, until the thread takes it.
    std::optional<std::unique_ptr<network::SwitchPort>> newPort_;
    std::thread thread_;
};

}  // namespace devices::synthetic
