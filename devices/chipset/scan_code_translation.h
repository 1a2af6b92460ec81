// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace devices {

/// In scan code sets 2 and 3, comes before the code of a key that is released.
inline constexpr std::uint8_t kReleasePrefix = 0xF0;

/// What an 8042 that translates gives its host for a byte of a keyboard in scan code set 2: the
/// key's code in set 1, for other bytes (from 0x85 on, and prefixes) the byte itself. The release
/// prefix is not one of them: the controller keeps it and sets bit 7 of the next code.
[[nodiscard]] std::uint8_t toFirstScanSet(std::uint8_t second);

/// The code of set 2 for a key of set 1, 1 to 0x7F, that translates to it.
[[nodiscard]] std::uint8_t toSecondScanSet(std::uint8_t first);

}  // namespace devices
