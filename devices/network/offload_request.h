// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "switch_port.h"

namespace devices::network {

/// What a guest leaves to its adapter, in its own words.
struct OffloadRequest {
    bool ipv4Checksum = false;
    bool transportChecksum = false;
    /// Not 0: the most payload of each TCP segment.
    std::uint32_t segmentSize = 0;

    [[nodiscard]] bool any() const { return ipv4Checksum || transportChecksum || segmentSize != 0; }
};

/// Makes the headers of a frame of `frameLength` bytes ready for a port: the lengths that a guest
/// leaves out, IPv4's checksum, the sum of the pseudo header. `beginning` is a private copy of the
/// frame's beginning, kMostHeaders or all of it, and is changed. Everything is taken from the
/// headers themselves, nothing from what the guest has summed. Nothing when the headers are not
/// such that the request makes sense.
[[nodiscard]] std::optional<FrameOffload> prepareOffload(std::span<std::byte> beginning,
                                                         std::size_t frameLength,
                                                         const OffloadRequest& request);

}  // namespace devices::network
