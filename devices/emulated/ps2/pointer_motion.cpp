// SPDX-License-Identifier: GPL-3.0-or-later
#include "pointer_motion.h"

#include <algorithm>
#include <utility>

namespace devices {

namespace {

constexpr std::size_t kMostMovements = 32;
/// Of one movement: 16 steps, enough to cross a screen of 3,840 pixels.
constexpr int kMostMoved = 16 * PointerMotion::kMostOfStep;
constexpr int kMostWheel = 127;
constexpr std::uint32_t kMostPixels = 65'536;

int pixel(std::uint16_t place, std::uint32_t pixels) {
    const std::uint64_t last = std::clamp<std::uint32_t>(pixels, 1, kMostPixels) - 1;
    const std::uint64_t inside = std::min(place, display::kMostPointer);
    return static_cast<int>((inside * last + display::kMostPointer / 2) / display::kMostPointer);
}

/// True if some of `more` did not fit.
bool add(int& sum, int more, int most) {
    const int whole = sum + more;
    sum = std::clamp(whole, -most, most);
    return sum != whole;
}

int takeAway(int& rest, int most) {
    const int part = std::clamp(rest, -most, most);
    rest -= part;
    return part;
}

}  // namespace

void PointerMotion::place(const display::PointerState& state) {
    state_ = state;
    isPlaced_ = true;
}

void PointerMotion::move(const display::PointerState& state, int wheel, ScreenSize screen) {
    const display::PointerState before = std::exchange(state_, state);
    int x = 0;
    int y = 0;
    if (std::exchange(isPlaced_, true)) {
        x = pixel(state.x, screen.width) - pixel(before.x, screen.width);
        y = pixel(before.y, screen.height) - pixel(state.y, screen.height);
    }
    const bool isPlain = before.buttons == state.buttons;
    if (x == 0 && y == 0 && wheel == 0 && isPlain)
        return;
    const bool isJoined = !movements_.empty() && ((isPlain && movements_.back().isPlain) ||
                                                  movements_.size() >= kMostMovements);
    if (!isJoined)
        movements_.emplace_back();
    Movement& movement = movements_.back();
    movement.isXLost |= add(movement.x, x, kMostMoved);
    movement.isYLost |= add(movement.y, y, kMostMoved);
    add(movement.wheel, std::clamp(wheel, -kMostWheel, kMostWheel), kMostWheel);
    movement.buttons = state.buttons;
    movement.isPlain = movement.isPlain && isPlain;
}

void PointerMotion::clear() {
    movements_.clear();
    if (fetchedButtons_ != state_.buttons)
        movements_.push_back({.buttons = state_.buttons, .isPlain = false});
}

PointerMotion::Step PointerMotion::take(int mostWheel) {
    if (movements_.empty())
        return {.buttons = fetchedButtons_};
    Movement& movement = movements_.front();
    Step step{.x = takeAway(movement.x, kMostOfStep),
              .y = takeAway(movement.y, kMostOfStep),
              .wheel = takeAway(movement.wheel, mostWheel),
              .buttons = fetchedButtons_,
              .isXLost = std::exchange(movement.isXLost, false),
              .isYLost = std::exchange(movement.isYLost, false)};
    // With mostWheel zero there is no wheel, and nothing to wait for.
    if (movement.x == 0 && movement.y == 0 && (movement.wheel == 0 || mostWheel == 0)) {
        step.buttons = fetchedButtons_ = movement.buttons;
        movements_.pop_front();
    }
    return step;
}

}  // namespace devices
