// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace devices::storage::vhd {

template <std::unsigned_integral Number>
[[nodiscard]] constexpr Number loadBigEndian(std::span<const std::byte> bytes, std::size_t offset) {
    Number value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        value = static_cast<Number>((std::uint64_t{value} << 8) |
                                    std::to_integer<std::uint64_t>(bytes[offset + i]));
    return value;
}

template <std::unsigned_integral Number>
constexpr void storeBigEndian(std::span<std::byte> bytes, std::size_t offset, Number value) {
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        bytes[offset + i] = static_cast<std::byte>(value >> (8 * (sizeof(Number) - 1 - i)) & 0xFF);
}

}  // namespace devices::storage::vhd
