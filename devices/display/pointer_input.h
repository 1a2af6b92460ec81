// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace devices::display {

/// Where a pointer is and what is pressed.
struct PointerState {
    /// 0 is the left or upper edge of the screen, kMostPointer the right or lower one.
    std::uint16_t x = 0;
    std::uint16_t y = 0;
    /// Of PointerButton.
    std::uint8_t buttons = 0;
    friend bool operator==(const PointerState&, const PointerState&) = default;
};
inline constexpr std::uint16_t kMostPointer = 32767;

enum PointerButton : std::uint8_t {
    kLeftButton = 1,
    kRightButton = 2,
    kMiddleButton = 4,
    kBackButton = 8,
    kForwardButton = 16,
};
inline constexpr std::uint8_t kAllPointerButtons = 31;

/// A machine's pointing device, from the side of whoever moves it.
class PointerInput {
  public:
    virtual ~PointerInput() = default;

    /// From any thread; never blocks. `wheel`: notches since the last call, away from the user
    /// positive. What the guest can't take yet may be joined with what follows.
    virtual void pointer(const PointerState& state, int wheel) = 0;
    /// Whether a driver in the guest listens; a machine may have several such devices.
    [[nodiscard]] virtual bool isListening() const = 0;
};

}  // namespace devices::display
