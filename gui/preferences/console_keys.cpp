// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_keys.h"

#include <QSettings>

namespace gui {

namespace {

constexpr const char* kRelease = "console/releaseKey";
constexpr const char* kWindows = "console/windowsKeys";

/// What was kept is a person's to edit.
template <class Choice>
Choice kept(const char* key, Choice usual, Choice last) {
    bool isNumber = false;
    const int value = QSettings().value(QLatin1String(key)).toInt(&isNumber);
    return isNumber && value >= 0 && value <= static_cast<int>(last) ? static_cast<Choice>(value)
                                                                     : usual;
}

}  // namespace

ConsoleKeys consoleKeys() {
    const ConsoleKeys usual;
    return {kept(kRelease, usual.release, ReleaseKey::ControlAltSpace),
            kept(kWindows, usual.windows, WindowsKeys::MachineInFullScreen)};
}

void setConsoleKeys(const ConsoleKeys& keys) {
    QSettings settings;
    settings.setValue(QLatin1String(kRelease), static_cast<int>(keys.release));
    settings.setValue(QLatin1String(kWindows), static_cast<int>(keys.windows));
}

QKeyCombination combinationOf(ReleaseKey key) {
    switch (key) {
        case ReleaseKey::ControlAltLeft:
            return Qt::CTRL | Qt::ALT | Qt::Key_Left;
        case ReleaseKey::ControlAltRight:
            return Qt::CTRL | Qt::ALT | Qt::Key_Right;
        case ReleaseKey::ControlAltSpace:
            return Qt::CTRL | Qt::ALT | Qt::Key_Space;
        case ReleaseKey::ControlShiftTab:
            break;
    }
    return Qt::CTRL | Qt::SHIFT | Qt::Key_Tab;
}

QString nameOf(ReleaseKey key) {
    return QKeySequence(combinationOf(key)).toString(QKeySequence::NativeText);
}

}  // namespace gui
