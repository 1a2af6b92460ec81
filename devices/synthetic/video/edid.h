// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace devices::synthetic {

struct Resolution {
    std::uint16_t width = 0;
    std::uint16_t height = 0;
    friend bool operator==(const Resolution&, const Resolution&) = default;
};

inline constexpr std::size_t kEdidSize = 128;
/// A preferred resolution is below this in both directions.
inline constexpr std::uint16_t kEdidLimit = 4096;

/// What a monitor tells of itself (VESA E-EDID 1.4): digital, sRGB, `preferred` at 60 Hz with
/// reduced blanking.
[[nodiscard]] std::array<std::uint8_t, kEdidSize> monitorIdentification(Resolution preferred);

}  // namespace devices::synthetic
