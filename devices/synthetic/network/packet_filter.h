// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "network_settings.h"
#include "rndis_protocol.h"

namespace devices::synthetic {

/// Which frames the guest wants.
struct PacketFilter {
    static constexpr std::size_t kMostMulticast = 128;

    /// 0: none at all, the guest's interface is down.
    std::uint32_t bits = 0;
    MacAddress mac{};
    /// At most kMostMulticast.
    std::vector<MacAddress> multicast;

    /// `frame` begins with a whole Ethernet header.
    [[nodiscard]] bool takes(std::span<const std::byte> frame) const {
        if ((bits & rndis::kPromiscuous) != 0)
            return true;
        MacAddress to;
        std::copy_n(frame.begin(), to.size(), to.begin());
        if ((to[0] & std::byte{1}) == std::byte{0})
            return (bits & rndis::kDirected) != 0 && to == mac;
        if (std::ranges::all_of(to, [](std::byte byte) { return byte == std::byte{0xFF}; }))
            return (bits & rndis::kBroadcast) != 0;
        return (bits & rndis::kAllMulticast) != 0 ||
               ((bits & rndis::kMulticast) != 0 &&
                std::ranges::find(multicast, to) != multicast.end());
    }
};

}  // namespace devices::synthetic
