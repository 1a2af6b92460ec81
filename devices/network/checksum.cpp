// SPDX-License-Identifier: GPL-3.0-or-later
#include "checksum.h"

#include <bit>
#include <cstring>

#include "byte_order.h"

namespace devices::network {

namespace {

std::uint16_t fold(std::uint64_t sum) {
    while (sum > 0xFFFF)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

/// Words are summed in the processor's byte order, and turned once at the end: the sum does not
/// mind (RFC 1071, 2 B).
std::uint64_t sumWords(std::span<const std::byte> bytes) {
    std::uint64_t sum = 0;
    std::size_t at = 0;
    for (; bytes.size() - at >= 4; at += 4) {
        std::uint32_t word;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        sum += word;
    }
    std::uint32_t rest = 0;
    if (at < bytes.size())
        std::memcpy(&rest, bytes.data() + at, bytes.size() - at);
    return sum + rest;
}

}  // namespace

std::uint16_t internetSum(std::span<const std::byte> bytes, std::uint16_t start) {
    return fold(std::uint64_t{std::byteswap(fold(sumWords(bytes)))} + start);
}

std::uint16_t pseudoHeaderSum(std::span<const std::byte> bytes, const FrameHeaders& headers,
                              std::uint32_t transportLength) {
    const bool ipv4 = headers.network == NetworkProtocol::Ipv4;
    const auto addresses = ipv4 ? bytes.subspan(std::size_t{headers.networkOffset} + 12, 8)
                                : bytes.subspan(std::size_t{headers.networkOffset} + 8, 32);
    const std::uint32_t protocol = headers.transport == TransportProtocol::Tcp ? 6 : 17;
    return fold(std::uint64_t{internetSum(addresses)} + protocol + transportLength);
}

void fillIpv4Checksum(std::span<std::byte> bytes, const FrameHeaders& headers) {
    const std::size_t start = headers.networkOffset;
    const std::size_t length = (std::to_integer<std::size_t>(bytes[start]) & 0xF) * 4;
    storeBigEndian<std::uint16_t>(bytes, start + kIpv4ChecksumOffset, 0);
    const std::uint16_t sum = internetSum(bytes.subspan(start, length));
    storeBigEndian<std::uint16_t>(bytes, start + kIpv4ChecksumOffset,
                                  static_cast<std::uint16_t>(~sum));
}

bool fillTransportChecksum(std::span<std::byte> frame, const FrameOffload& offload) {
    const std::size_t field = std::size_t{offload.checksumStart} + offload.checksumOffset;
    if (frame.size() < field + 2)
        return false;
    const auto sum = static_cast<std::uint16_t>(~internetSum(frame.subspan(offload.checksumStart)));
    // UDP's zero means that there is none; its other zero is as good for TCP.
    storeBigEndian<std::uint16_t>(frame, field, sum == 0 ? std::uint16_t{0xFFFF} : sum);
    return true;
}

}  // namespace devices::network
