// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <compare>
#include <cstdint>
#include <vector>

class QKeyEvent;

namespace gui {

/// A key as a VNC server is told of it.
struct ScreenKey {
    /// X11's name of it, or 0.
    std::uint32_t keysym = 0;
    /// Its place on a PC's keyboard as QEMU's extended key event has it (scan code set 1, 0x80 in
    /// place of E0), or 0: then only the name is known.
    std::uint32_t keycode = 0;
    friend auto operator<=>(const ScreenKey&, const ScreenKey&) = default;
};

/// Where the window system says which key of the keyboard it is, the guest's own layout decides
/// what that means, as on a real keyboard.
[[nodiscard]] ScreenKey screenKey(const QKeyEvent& event);

struct ScreenStroke {
    ScreenKey key;
    bool isDown = false;
    friend bool operator==(const ScreenStroke&, const ScreenStroke&) = default;
};

/// What is to be typed on a US keyboard for `text`; what it can't type is left out.
[[nodiscard]] std::vector<ScreenStroke> strokesOfText(const QString& text);
/// Ctrl, Alt and Delete, pressed together.
[[nodiscard]] std::vector<ScreenStroke> controlAltDelete();

}  // namespace gui
