// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <bit>
#include <cstdint>

/// What the SHA instructions compute (Intel SDM volume 2B; FIPS 180-4), in plain arithmetic:
/// many hosts have no such instructions. Words are in memory order: [3] is the highest.
namespace hypervisor::software {

using HashWords = std::array<std::uint32_t, 4>;

namespace secure_hash {
constexpr std::uint32_t choose(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    return z ^ (x & (y ^ z));
}
constexpr std::uint32_t majority(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    return (x & y) | (z & (x | y));
}
constexpr std::uint32_t bigSigma0(std::uint32_t x) {
    return std::rotr(x, 2) ^ std::rotr(x, 13) ^ std::rotr(x, 22);
}
constexpr std::uint32_t bigSigma1(std::uint32_t x) {
    return std::rotr(x, 6) ^ std::rotr(x, 11) ^ std::rotr(x, 25);
}
constexpr std::uint32_t smallSigma0(std::uint32_t x) {
    return std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3);
}
constexpr std::uint32_t smallSigma1(std::uint32_t x) {
    return std::rotr(x, 17) ^ std::rotr(x, 19) ^ (x >> 10);
}
}  // namespace secure_hash

constexpr HashWords sha1NextE(HashWords a, HashWords b) {
    return {b[0], b[1], b[2], b[3] + std::rotl(a[3], 30)};
}

constexpr HashWords sha1Message1(HashWords a, HashWords b) {
    return {a[0] ^ b[2], a[1] ^ b[3], a[2] ^ a[0], a[3] ^ a[1]};
}

constexpr HashWords sha1Message2(HashWords a, HashWords b) {
    const std::uint32_t word16 = std::rotl(a[3] ^ b[2], 1);
    const std::uint32_t word17 = std::rotl(a[2] ^ b[1], 1);
    const std::uint32_t word18 = std::rotl(a[1] ^ b[0], 1);
    return {std::rotl(a[0] ^ word16, 1), word18, word17, word16};
}

/// Four rounds of group `rounds`, 0 to 3. `words` are the message's, highest first, with E added
/// to the first.
constexpr HashWords sha1Rounds4(HashWords state, HashWords words, unsigned rounds) {
    constexpr std::array<std::uint32_t, 4> kConstants{0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC,
                                                      0xCA62C1D6};
    auto [d, c, b, a] = state;
    std::uint32_t e = 0;
    for (unsigned i = 0; i < 4; i++) {
        const std::uint32_t mixed = rounds == 0   ? secure_hash::choose(b, c, d)
                                    : rounds == 2 ? secure_hash::majority(b, c, d)
                                                  : b ^ c ^ d;
        const std::uint32_t next = mixed + std::rotl(a, 5) + words[3 - i] + e + kConstants[rounds];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    return {d, c, b, a};
}

constexpr HashWords sha256Message1(HashWords a, HashWords b) {
    return {a[0] + secure_hash::smallSigma0(a[1]), a[1] + secure_hash::smallSigma0(a[2]),
            a[2] + secure_hash::smallSigma0(a[3]), a[3] + secure_hash::smallSigma0(b[0])};
}

constexpr HashWords sha256Message2(HashWords a, HashWords b) {
    const std::uint32_t word16 = a[0] + secure_hash::smallSigma1(b[2]);
    const std::uint32_t word17 = a[1] + secure_hash::smallSigma1(b[3]);
    return {word16, word17, a[2] + secure_hash::smallSigma1(word16),
            a[3] + secure_hash::smallSigma1(word17)};
}

/// Two rounds on C, D, G, H (`cdgh`) and A, B, E, F (`abef`), highest first, with the sums of
/// message words and constants in the low half of `words`. Gives the new A, B, E, F.
constexpr HashWords sha256Rounds2(HashWords cdgh, HashWords abef, HashWords words) {
    auto [h, g, d, c] = cdgh;
    auto [f, e, b, a] = abef;
    for (unsigned i = 0; i < 2; i++) {
        const std::uint32_t first =
            secure_hash::choose(e, f, g) + secure_hash::bigSigma1(e) + words[i] + h;
        const std::uint32_t second = secure_hash::majority(a, b, c) + secure_hash::bigSigma0(a);
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    return {f, e, b, a};
}

}  // namespace hypervisor::software
