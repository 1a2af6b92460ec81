// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>

#include "devices/display/pointer_input.h"

namespace devices {

/// In pixels.
struct ScreenSize {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
};

/// Makes movements out of places: what a mouse reports that knows only how far it has moved. What
/// is not fetched yet is joined, but for presses and releases, which stay behind the movements that
/// came before them. Not thread-safe.
class PointerMotion {
  public:
    /// The farthest that one step goes, in pixels to each side.
    static constexpr int kMostOfStep = 255;

    /// What one report can tell.
    struct Step {
        int x = 0;  ///< to the right
        int y = 0;  ///< upwards, as mice count
        int wheel = 0;
        /// Of PointerButton.
        std::uint8_t buttons = 0;
        /// Some movement that belongs here was lost.
        bool isXLost = false;
        bool isYLost = false;
    };

    /// The pointer is there now, on a screen of that size; nothing of it is a movement.
    void place(const display::PointerState& state);
    /// It has moved there. `wheel`: notches, away from the user positive.
    void move(const display::PointerState& state, int wheel, ScreenSize screen);
    [[nodiscard]] bool isEmpty() const { return movements_.empty(); }
    /// The next step, of no movement when empty; the wheel by `mostWheel` notches at most.
    [[nodiscard]] Step take(int mostWheel);
    /// Forgets the movements that have not been fetched, but not which buttons are pressed.
    void clear();
    /// As they are now.
    [[nodiscard]] std::uint8_t buttons() const { return state_.buttons; }

  private:
    struct Movement {
        int x = 0;
        int y = 0;
        int wheel = 0;
        /// When it has ended.
        std::uint8_t buttons = 0;
        bool isXLost = false;
        bool isYLost = false;
        /// The buttons are as before.
        bool isPlain = true;
    };

    display::PointerState state_;
    bool isPlaced_ = false;
    std::uint8_t fetchedButtons_ = 0;
    std::deque<Movement> movements_;
};

}  // namespace devices
