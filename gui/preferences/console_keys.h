// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QKeySequence>
#include <QString>

namespace gui {

/// Leaves a machine's screen or terminal: the next key is the window's.
enum class ReleaseKey : int { ControlShiftTab, ControlAltLeft, ControlAltRight, ControlAltSpace };

/// Who gets the Windows key and what is pressed with it.
enum class WindowsKeys : int { Computer, Machine, MachineInFullScreen };

/// What keys do in a machine's console.
struct ConsoleKeys {
    ReleaseKey release = ReleaseKey::ControlShiftTab;
    WindowsKeys windows = WindowsKeys::Machine;

    bool operator==(const ConsoleKeys&) const = default;
};

/// As they are now; asked for at each key.
[[nodiscard]] ConsoleKeys consoleKeys();
void setConsoleKeys(const ConsoleKeys& keys);

[[nodiscard]] QKeyCombination combinationOf(ReleaseKey key);
/// "Ctrl+Alt+Left", in the words of the interface's language.
[[nodiscard]] QString nameOf(ReleaseKey key);

}  // namespace gui
