// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

/// What a channel of a Hyper-V socket carries: in-band packets of a header and bytes of the stream.
/// Linux: net/vmw_vsock/hyperv_transport.c.
namespace devices::synthetic::socket {

struct Header {
    std::uint32_t type;
    /// Of the bytes that follow; 0: no more come from this side.
    std::uint32_t size;
};
static_assert(sizeof(Header) == 8);
inline constexpr std::uint32_t kData = 1;

/// In one packet: what Linux sends at most, and what it takes.
inline constexpr std::size_t kMostSent = 4096 - sizeof(Header);
inline constexpr std::size_t kMostTaken = 16 * 1024;

/// Of Offer::userData, behind the mode of the pipe: the host has begun the connection.
inline constexpr std::size_t kFromHostOffset = 4;
inline constexpr std::byte kFromHost{1};

}  // namespace devices::synthetic::socket
