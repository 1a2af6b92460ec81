// SPDX-License-Identifier: GPL-3.0-or-later
#include "frame_headers.h"

#include "byte_order.h"
#include "switch_port.h"

namespace devices::network {

namespace {

constexpr std::uint16_t kTypeIpv4 = 0x0800;
constexpr std::uint16_t kTypeIpv6 = 0x86DD;
constexpr std::uint16_t kTypeProviderVlan = 0x88A8;
constexpr std::size_t kTypeOffset = 12;

constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kDestinationOptions = 60;
/// More extension headers than anybody sends.
constexpr int kMostExtensions = 8;

std::uint8_t byteAt(std::span<const std::byte> bytes, std::size_t offset) {
    return std::to_integer<std::uint8_t>(bytes[offset]);
}

void parseTransport(std::span<const std::byte> bytes, std::size_t offset, std::uint8_t protocol,
                    FrameHeaders& headers) {
    if (protocol == kTcp && bytes.size() >= offset + kTcpHeader) {
        const std::size_t length = std::size_t{byteAt(bytes, offset + 12)} / 16 * 4;
        if (length < kTcpHeader || bytes.size() < offset + length)
            return;
        headers.transport = TransportProtocol::Tcp;
        headers.payloadOffset = static_cast<std::uint16_t>(offset + length);
    } else if (protocol == kUdp && bytes.size() >= offset + kUdpHeader) {
        headers.transport = TransportProtocol::Udp;
        headers.payloadOffset = static_cast<std::uint16_t>(offset + kUdpHeader);
    } else {
        return;
    }
    headers.transportOffset = static_cast<std::uint16_t>(offset);
}

void parseIpv4(std::span<const std::byte> bytes, std::size_t offset, FrameHeaders& headers) {
    if (bytes.size() < offset + kIpv4Header)
        return;
    const std::uint8_t first = byteAt(bytes, offset);
    const std::size_t length = std::size_t{first} % 16 * 4;
    if (first / 16 != 4 || length < kIpv4Header || bytes.size() < offset + length)
        return;
    headers.network = NetworkProtocol::Ipv4;
    headers.networkOffset = static_cast<std::uint16_t>(offset);
    constexpr std::uint16_t kFragment = 0x3FFF;  // more fragments, and the fragment's offset
    if ((loadBigEndian<std::uint16_t>(bytes, offset + 6) & kFragment) == 0)
        parseTransport(bytes, offset + length, byteAt(bytes, offset + 9), headers);
}

void parseIpv6(std::span<const std::byte> bytes, std::size_t offset, FrameHeaders& headers) {
    if (bytes.size() < offset + kIpv6Header || byteAt(bytes, offset) / 16 != 6)
        return;
    headers.network = NetworkProtocol::Ipv6;
    headers.networkOffset = static_cast<std::uint16_t>(offset);
    std::uint8_t next = byteAt(bytes, offset + 6);
    offset += kIpv6Header;
    for (int i = 0; i < kMostExtensions; ++i) {
        if (next != kHopByHop && next != kRouting && next != kDestinationOptions)
            break;
        if (bytes.size() < offset + 8)
            return;
        next = byteAt(bytes, offset);
        offset += (std::size_t{byteAt(bytes, offset + 1)} + 1) * 8;
        if (offset > bytes.size())
            return;
    }
    parseTransport(bytes, offset, next, headers);
}

}  // namespace

FrameHeaders parseHeaders(std::span<const std::byte> bytes) {
    // Offsets fit their type, whatever the headers say.
    bytes = bytes.first(std::min<std::size_t>(bytes.size(), 0xFFFF));
    FrameHeaders headers;
    std::size_t offset = kTypeOffset;
    if (bytes.size() < kEthernetHeader)
        return headers;
    std::uint16_t type = loadBigEndian<std::uint16_t>(bytes, offset);
    for (int tags = 0; tags < 2 && (type == kVlanType || type == kTypeProviderVlan); ++tags) {
        offset += kVlanTag;
        if (bytes.size() < offset + 2)
            return headers;
        type = loadBigEndian<std::uint16_t>(bytes, offset);
    }
    offset += 2;
    if (type == kTypeIpv4)
        parseIpv4(bytes, offset, headers);
    else if (type == kTypeIpv6)
        parseIpv6(bytes, offset, headers);
    return headers;
}

}  // namespace devices::network
