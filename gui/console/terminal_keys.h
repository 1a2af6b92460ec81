// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "terminal_screen.h"

class QKeyEvent;

namespace gui {

/// What a key means to a terminal itself. Everything else is the guest's.
enum class TerminalCommand : unsigned char {
    None,
    Copy,
    Paste,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    PageUp,
    PageDown,
    ToTop,
    ToBottom,
    /// The focus goes to the next widget.
    Leave,
};

/// Whether the user leaves the guest with it: Ctrl+Shift+Tab, or what was chosen instead.
[[nodiscard]] bool isReleaseKey(const QKeyEvent& event);

/// Ctrl+Shift+C and V, Ctrl with +, - and 0, Shift with PageUp, PageDown, Home, End and Insert,
/// and the release key.
[[nodiscard]] TerminalCommand terminalCommand(const QKeyEvent& event);

/// Keys of the window around it: F11 and what Ctrl+Alt makes of Break, Pause and Delete.
[[nodiscard]] bool isWindowKey(const QKeyEvent& event);

/// Gives a key to the guest; false: there is nothing to give.
bool sendKey(TerminalScreen& screen, const QKeyEvent& event);

}  // namespace gui
