// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "devices/display/keyboard_input.h"
#include "devices/display/pointer_input.h"
#include "devices/display/scan_codes.h"

namespace devices::display {

/// One viewer's hands: turns what it sends into keys and pointer of the machine, and takes its
/// fingers off all keys when it goes. For one thread at a time.
class ViewerInput {
  public:
    ViewerInput(KeyboardInput& keyboard, PointerInput& pointer)
        : keyboard_(keyboard), pointer_(pointer) {}

    void keysym(std::uint32_t keysym, bool isDown);
    void keycode(std::uint32_t keycode, bool isDown);
    /// `buttons`: left, middle, right, wheel away and towards the user, wheel to the sides, back.
    /// The position is one on a screen of `width` times `height` pixels.
    void pointer(std::uint8_t buttons, std::uint16_t x, std::uint16_t y, std::uint32_t width,
                 std::uint32_t height);
    void releaseAll();

  private:
    void stroke(const std::optional<KeyStroke>& stroke, bool isDown);

    KeyboardInput& keyboard_;
    PointerInput& pointer_;
    std::set<KeyStroke> pressed_;
    PointerState state_;
    std::uint8_t wheelButtons_ = 0;
};

}  // namespace devices::display
