// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "devices/display/keyboard_input.h"

namespace devices {

/// The three ways in which a PC's keyboards name their keys.
enum class ScanSet : std::uint8_t { First = 1, Second = 2, Third = 3 };

/// What a keyboard sends when a key goes down or up: four bytes at most; none where the set has no
/// code for the key. Not for Pause, whose prefix no other key has.
[[nodiscard]] std::vector<std::uint8_t> bytesOfKey(ScanSet set, display::ScanCode code,
                                                   display::KeyAction action);

/// Pause: in sets 1 and 2 all at once when it goes down, and nothing when it goes up.
[[nodiscard]] std::vector<std::uint8_t> bytesOfPause(ScanSet set, display::KeyAction action);

}  // namespace devices
