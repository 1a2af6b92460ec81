// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "keyboard_input.h"

namespace devices::display {

/// What a keyboard sends for one key: one scan code, or two for the key Pause.
struct KeyStroke {
    ScanCode first;
    std::optional<ScanCode> second;
    friend auto operator<=>(const KeyStroke&, const KeyStroke&) = default;
};

/// The key of a US keyboard that bears an X11 keysym, whether shift must be held for it or not;
/// nothing where there is none.
[[nodiscard]] std::optional<KeyStroke> strokeOfKeysym(std::uint32_t keysym);

/// The key that a viewer names by QEMU's extended key event: set 1, 0x80 in place of E0.
[[nodiscard]] std::optional<KeyStroke> strokeOfKeycode(std::uint32_t keycode);

}  // namespace devices::display
