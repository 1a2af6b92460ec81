// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace service {

/// A counter's value in 16 bits, as history keeps it: none, zero, or a positive number from about
/// one millionth to 10^13 with an error of at most one in two thousand.
using ValueCode = std::uint16_t;
inline constexpr ValueCode kNoValue = 0;

/// NaN is none; what is below the range is zero, what is above it the range's end.
[[nodiscard]] ValueCode encodeValue(double value);
/// NaN for none.
[[nodiscard]] double decodeValue(ValueCode code);

}  // namespace service
