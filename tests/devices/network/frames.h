// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

/// Frames for tests, and the checks that their receivers make, written here once more, byte by
/// byte, so that the code under test is not compared with itself.
namespace frames {

using Bytes = std::vector<std::byte>;

inline void put(Bytes& to, std::initializer_list<int> values) {
    for (const int value : values)
        to.push_back(static_cast<std::byte>(value));
}

inline unsigned word(std::span<const std::byte> bytes, std::size_t at) {
    return std::to_integer<unsigned>(bytes[at]) << 8 | std::to_integer<unsigned>(bytes[at + 1]);
}

inline std::uint32_t number(std::span<const std::byte> bytes, std::size_t at) {
    return std::uint32_t{word(bytes, at)} << 16 | word(bytes, at + 2);
}

/// 0xFFFF where a checksum in it is right.
inline unsigned plainSum(std::span<const std::byte> bytes, unsigned start = 0) {
    unsigned sum = start;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        sum += std::to_integer<unsigned>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return sum;
}

inline const Bytes& guestMac() {
    static const Bytes mac = [] {
        Bytes bytes;
        put(bytes, {0x00, 0x15, 0x5D, 0x01, 0x02, 0x03});
        return bytes;
    }();
    return mac;
}

inline Bytes ethernet(const Bytes& to, const Bytes& from, int type) {
    Bytes frame = to;
    frame.insert(frame.end(), from.begin(), from.end());
    put(frame, {type >> 8, type & 0xFF});
    return frame;
}

inline Bytes otherMac() {
    Bytes bytes;
    put(bytes, {0x02, 0, 0, 0, 0, 9});
    return bytes;
}

inline Bytes broadcast() {
    return Bytes(6, std::byte{0xFF});
}

/// Payload that differs from place to place.
inline Bytes pattern(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>(i * 7 + (i >> 8));
    return bytes;
}

inline Bytes plain(std::size_t payload, const Bytes& to, const Bytes& from) {
    Bytes frame = ethernet(to, from, 0x88B5);
    const Bytes rest = pattern(payload);
    frame.insert(frame.end(), rest.begin(), rest.end());
    return frame;
}

enum class Lengths { Right, Zero };

/// A TCP segment over IPv4, 10.0.0.1:1000 to 10.0.0.2:80; checksums are left 0.
inline Bytes tcp4(const Bytes& to, const Bytes& from, std::size_t payload, Lengths lengths,
                  int flags = 0x18) {
    Bytes frame = ethernet(to, from, 0x0800);
    const auto total = static_cast<int>(lengths == Lengths::Zero ? 0 : 20 + 32 + payload);
    put(frame, {0x45, 0, total >> 8, total & 0xFF, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0});
    put(frame, {10, 0, 0, 1, 10, 0, 0, 2});
    put(frame, {1000 >> 8, 1000 & 0xFF, 0, 80});
    put(frame, {0xFF, 0xFF, 0xFF, 0x00, 0, 0, 0, 1});
    put(frame, {0x80, flags, 0x10, 0, 0, 0, 0, 0, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2});
    const Bytes rest = pattern(payload);
    frame.insert(frame.end(), rest.begin(), rest.end());
    return frame;
}

/// The same over IPv6, behind a header of destination options.
inline Bytes tcp6(const Bytes& to, const Bytes& from, std::size_t payload, Lengths lengths) {
    Bytes frame = ethernet(to, from, 0x86DD);
    const auto total = static_cast<int>(lengths == Lengths::Zero ? 0 : 8 + 20 + payload);
    put(frame, {0x60, 0, 0, 0, total >> 8, total & 0xFF, 60, 64});
    put(frame, {0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    put(frame, {0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});
    put(frame, {6, 0, 1, 4, 0, 0, 0, 0});
    put(frame, {1000 >> 8, 1000 & 0xFF, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1});
    put(frame, {0x50, 0x18, 0x10, 0, 0, 0, 0, 0});
    const Bytes rest = pattern(payload);
    frame.insert(frame.end(), rest.begin(), rest.end());
    return frame;
}

/// Whether the checksums of an IPv4 frame with TCP (6) or UDP (17) are right, and its length is.
inline bool isSound4(std::span<const std::byte> frame) {
    if (frame.size() < 34 || word(frame, 12) != 0x0800 || word(frame, 16) != frame.size() - 14 ||
        plainSum(frame.subspan(14, 20)) != 0xFFFF)
        return false;
    const unsigned protocol = std::to_integer<unsigned>(frame[23]);
    const auto transport = frame.subspan(34);
    unsigned pseudo = plainSum(frame.subspan(26, 8), protocol);
    pseudo = plainSum({}, pseudo) + static_cast<unsigned>(transport.size());
    pseudo = (pseudo & 0xFFFF) + (pseudo >> 16);
    return plainSum(transport, pseudo) == 0xFFFF;
}

/// Of what tcp6() makes.
inline bool isSound6(std::span<const std::byte> frame) {
    if (frame.size() < 62 || word(frame, 12) != 0x86DD || word(frame, 18) != frame.size() - 54)
        return false;
    const auto transport = frame.subspan(62);
    unsigned pseudo = plainSum(frame.subspan(22, 32), 6) + static_cast<unsigned>(transport.size());
    pseudo = (pseudo & 0xFFFF) + (pseudo >> 16);
    return plainSum(transport, pseudo) == 0xFFFF;
}

}  // namespace frames
