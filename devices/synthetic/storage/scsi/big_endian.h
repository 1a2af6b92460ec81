// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace devices::scsi {

// All numbers of SCSI are big-endian, of any number of bytes. The caller has checked the bounds.

template <std::unsigned_integral Number>
[[nodiscard]] constexpr Number loadBigEndian(std::span<const std::uint8_t> bytes,
                                             std::size_t offset,
                                             std::size_t size = sizeof(Number)) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value = value << 8 | bytes[offset + i];
    return static_cast<Number>(value);
}

template <std::unsigned_integral Number>
constexpr void storeBigEndian(std::span<std::uint8_t> bytes, std::size_t offset, Number value,
                              std::size_t size = sizeof(Number)) {
    std::uint64_t rest = value;
    for (std::size_t i = size; i > 0; --i) {
        bytes[offset + i - 1] = static_cast<std::uint8_t>(rest & 0xFF);
        rest >>= 8;
    }
}

}  // namespace devices::scsi
