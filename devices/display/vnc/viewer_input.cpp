// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewer_input.h"

#include <algorithm>

namespace devices::display {

namespace {

constexpr std::uint8_t kWheelAway = 1 << 3;
constexpr std::uint8_t kWheelTowards = 1 << 4;

struct Button {
    std::uint8_t viewers;
    std::uint8_t machines;
};
constexpr Button kButtons[] = {
    {1 << 0, kLeftButton}, {1 << 1, kMiddleButton}, {1 << 2, kRightButton}, {1 << 7, kBackButton}};

std::uint16_t scaled(std::uint16_t position, std::uint32_t size) {
    if (size < 2)
        return 0;
    const std::uint32_t inside = std::min<std::uint32_t>(position, size - 1);
    return static_cast<std::uint16_t>((inside * kMostPointer + (size - 1) / 2) / (size - 1));
}

}  // namespace

void ViewerInput::keysym(std::uint32_t keysym, bool isDown) {
    stroke(strokeOfKeysym(keysym), isDown);
}

void ViewerInput::keycode(std::uint32_t keycode, bool isDown) {
    stroke(strokeOfKeycode(keycode), isDown);
}

void ViewerInput::stroke(const std::optional<KeyStroke>& stroke, bool isDown) {
    if (!stroke)
        return;
    if (isDown)
        pressed_.insert(*stroke);
    else
        pressed_.erase(*stroke);
    const KeyAction action = isDown ? KeyAction::Down : KeyAction::Up;
    keyboard_.key(stroke->first, action);
    if (stroke->second)
        keyboard_.key(*stroke->second, action);
}

void ViewerInput::pointer(std::uint8_t buttons, std::uint16_t x, std::uint16_t y,
                          std::uint32_t width, std::uint32_t height) {
    state_ = {.x = scaled(x, width), .y = scaled(y, height), .buttons = 0};
    for (const Button& button : kButtons)
        if ((buttons & button.viewers) != 0)
            state_.buttons |= button.machines;
    // A notch is a button pressed.
    const auto pressed = static_cast<std::uint8_t>(buttons & ~wheelButtons_);
    wheelButtons_ = buttons & (kWheelAway | kWheelTowards);
    const int wheel =
        ((pressed & kWheelAway) != 0 ? 1 : 0) - ((pressed & kWheelTowards) != 0 ? 1 : 0);
    pointer_.pointer(state_, wheel);
}

void ViewerInput::releaseAll() {
    while (!pressed_.empty()) {
        const KeyStroke held = *pressed_.begin();
        stroke(held, false);
    }
    if (state_.buttons != 0) {
        state_.buttons = 0;
        pointer_.pointer(state_, 0);
    }
}

}  // namespace devices::display
