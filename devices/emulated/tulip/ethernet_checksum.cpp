// SPDX-License-Identifier: GPL-3.0-or-later
#include "ethernet_checksum.h"

#include <array>

namespace devices::tulip {

namespace {

constexpr std::uint32_t kPolynomial = 0xEDB8'8320;

/// What each byte makes of the remainder.
constexpr std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t remainder = byte;
        for (int bit = 0; bit < 8; ++bit)
            remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? kPolynomial : 0);
        table[byte] = remainder;
    }
    return table;
}();

}  // namespace

std::uint32_t ethernetRemainder(std::span<const std::byte> bytes, std::uint32_t remainder) {
    for (const std::byte byte : bytes)
        remainder =
            remainder >> 8 ^ kTable[(remainder ^ std::to_integer<std::uint32_t>(byte)) & 0xFF];
    return remainder;
}

}  // namespace devices::tulip
