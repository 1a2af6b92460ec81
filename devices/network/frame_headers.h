// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace devices::network {

enum class NetworkProtocol : std::uint8_t { Other, Ipv4, Ipv6 };
enum class TransportProtocol : std::uint8_t { Other, Tcp, Udp };

inline constexpr std::size_t kIpv4Header = 20;
inline constexpr std::size_t kIpv6Header = 40;
inline constexpr std::size_t kTcpHeader = 20;
inline constexpr std::size_t kUdpHeader = 8;
/// Where in its header the checksum of each is.
inline constexpr std::uint16_t kIpv4ChecksumOffset = 10;
inline constexpr std::uint16_t kTcpChecksumOffset = 16;
inline constexpr std::uint16_t kUdpChecksumOffset = 6;

/// Enough of a frame's beginning for parseHeaders() to see all that it ever looks at in a frame
/// with sensible headers.
inline constexpr std::size_t kMostHeaders = 256;

/// Where a frame's headers are. Offsets are from the frame's first byte; each protocol that is
/// named has its whole header within what was parsed.
struct FrameHeaders {
    NetworkProtocol network = NetworkProtocol::Other;
    /// Other as well for fragments: they hold no whole segment.
    TransportProtocol transport = TransportProtocol::Other;
    std::uint16_t networkOffset = 0;
    std::uint16_t transportOffset = 0;
    /// Behind the transport's header, with its options.
    std::uint16_t payloadOffset = 0;
};

/// Looks through Ethernet, VLAN tags, IPv4, IPv6 and its extension headers, TCP and UDP. `bytes` is
/// the frame or its beginning, and must not change meanwhile. Lengths that the IP headers tell of
/// the packet are not looked at: in what a guest wants cut they are not set.
[[nodiscard]] FrameHeaders parseHeaders(std::span<const std::byte> bytes);

}  // namespace devices::network
