// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace devices {

/// What makes the bytes' sum 0, as firmware's tables and ROMs have it.
[[nodiscard]] constexpr std::uint8_t checksum(std::span<const std::byte> bytes) {
    unsigned sum = 0;
    for (const std::byte byte : bytes)
        sum += std::to_integer<unsigned>(byte);
    return static_cast<std::uint8_t>(-sum);
}

/// Makes the bytes' sum 0 by the one at `at`.
constexpr void setChecksum(std::span<std::byte> bytes, std::size_t at) {
    bytes[at] = std::byte{0};
    bytes[at] = std::byte{checksum(bytes)};
}

}  // namespace devices
