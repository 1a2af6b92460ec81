// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace hypervisor {

__extension__ using Wide = unsigned __int128;

/// value * numerator / denominator without overflow in between; the result must fit.
[[nodiscard]] constexpr std::uint64_t multiplyDivide(std::uint64_t value, std::uint64_t numerator,
                                                     std::uint64_t denominator) {
    return static_cast<std::uint64_t>(Wide{value} * numerator / denominator);
}

/// The upper half of a product.
[[nodiscard]] constexpr std::uint64_t multiplyHigh(std::uint64_t a, std::uint64_t b) {
    return static_cast<std::uint64_t>(Wide{a} * b >> 64);
}

}  // namespace hypervisor
