// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace oracle {

// Vectors of exceptions that end cases (Outcome::vector).
/// INT3 behind the code.
inline constexpr std::uint8_t kEndOfCase = 3;
inline constexpr std::uint8_t kBoundRange = 5;
inline constexpr std::uint8_t kInvalidOpcode = 6;
inline constexpr std::uint8_t kStackFault = 12;
inline constexpr std::uint8_t kGeneralProtection = 13;
inline constexpr std::uint8_t kPageFault = 14;
inline constexpr std::uint8_t kAlignmentCheck = 17;
inline constexpr std::uint8_t kSimdException = 19;

}  // namespace oracle
