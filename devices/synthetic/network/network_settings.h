// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "hypervisor/stats/stats_page.h"

namespace devices::synthetic {

using MacAddress = std::array<std::byte, 6>;

/// The most channels of one adapter.
inline constexpr unsigned kMostNetworkQueues = 16;
inline constexpr std::uint32_t kMostMtu = 65'521;

struct NetworkSettings {
    MacAddress mac{};
    /// Linux makes it the interface's alias unless it is this.
    std::u16string name = u"Network Adapter";
    /// The longest packet that the switch takes, without the Ethernet header; within
    /// [576, kMostMtu].
    std::uint32_t mtu = 1'500;
    /// Channels that the guest may spread its traffic over; within [1, kMostNetworkQueues].
    unsigned queues = 1;
    /// The guest may send from addresses that are not its adapter's, change that, and see all
    /// frames of the port, as bridges in a guest need.
    bool macSpoofing = false;
    /// Where the adapter counts what it does; may be null.
    std::shared_ptr<hypervisor::StatsSlot> counters;
};

}  // namespace devices::synthetic
