// SPDX-License-Identifier: GPL-3.0-or-later
#include "terminal_keys.h"

#include <QKeyEvent>
#include <QList>
#include <optional>

#include "gui/preferences/console_keys.h"

namespace gui {

namespace {

constexpr Qt::KeyboardModifiers kRelevant =
    Qt::ShiftModifier | Qt::ControlModifier | Qt::AltModifier;

std::optional<TerminalKey> named(int key) {
    if (key >= Qt::Key_F1 && key <= Qt::Key_F12)
        return static_cast<TerminalKey>(static_cast<int>(TerminalKey::F1) + key - Qt::Key_F1);
    switch (key) {
        case Qt::Key_Return:
        case Qt::Key_Enter:
            return TerminalKey::Enter;
        case Qt::Key_Tab:
        case Qt::Key_Backtab:
            return TerminalKey::Tab;
        case Qt::Key_Backspace:
            return TerminalKey::Backspace;
        case Qt::Key_Escape:
            return TerminalKey::Escape;
        case Qt::Key_Up:
            return TerminalKey::Up;
        case Qt::Key_Down:
            return TerminalKey::Down;
        case Qt::Key_Left:
            return TerminalKey::Left;
        case Qt::Key_Right:
            return TerminalKey::Right;
        case Qt::Key_Insert:
            return TerminalKey::Insert;
        case Qt::Key_Delete:
            return TerminalKey::Delete;
        case Qt::Key_Home:
            return TerminalKey::Home;
        case Qt::Key_End:
            return TerminalKey::End;
        case Qt::Key_PageUp:
            return TerminalKey::PageUp;
        case Qt::Key_PageDown:
            return TerminalKey::PageDown;
        default:
            return std::nullopt;
    }
}

}  // namespace

bool isReleaseKey(const QKeyEvent& event) {
    const QKeyCombination wanted = combinationOf(consoleKeys().release);
    // With Shift, Tab is another key.
    const int key = event.key() == Qt::Key_Backtab ? static_cast<int>(Qt::Key_Tab) : event.key();
    return key == wanted.key() && (event.modifiers() & kRelevant) == wanted.keyboardModifiers();
}

TerminalCommand terminalCommand(const QKeyEvent& event) {
    using enum TerminalCommand;
    const Qt::KeyboardModifiers modifiers = event.modifiers() & kRelevant;
    const int key = event.key();
    if (isReleaseKey(event))
        return Leave;
    if (modifiers == (Qt::ControlModifier | Qt::ShiftModifier)) {
        switch (key) {
            case Qt::Key_C:
                return Copy;
            case Qt::Key_V:
                return Paste;
            case Qt::Key_Plus:
                return ZoomIn;
            default:
                return None;
        }
    }
    if (modifiers == Qt::ControlModifier) {
        switch (key) {
            // Where plus is above the equals sign, Shift is not asked for.
            case Qt::Key_Plus:
            case Qt::Key_Equal:
                return ZoomIn;
            case Qt::Key_Minus:
                return ZoomOut;
            case Qt::Key_0:
                return ZoomReset;
            default:
                return None;
        }
    }
    if (modifiers == Qt::ShiftModifier) {
        switch (key) {
            case Qt::Key_PageUp:
                return PageUp;
            case Qt::Key_PageDown:
                return PageDown;
            case Qt::Key_Home:
                return ToTop;
            case Qt::Key_End:
                return ToBottom;
            case Qt::Key_Insert:
                return Paste;
            default:
                return None;
        }
    }
    return None;
}

bool isWindowKey(const QKeyEvent& event) {
    const Qt::KeyboardModifiers modifiers = event.modifiers() & kRelevant;
    if (modifiers == Qt::NoModifier)
        return event.key() == Qt::Key_F11;
    return modifiers == (Qt::ControlModifier | Qt::AltModifier) &&
           (event.key() == Qt::Key_Cancel || event.key() == Qt::Key_Pause ||
            event.key() == Qt::Key_Delete);
}

bool sendKey(TerminalScreen& screen, const QKeyEvent& event) {
    const Qt::KeyboardModifiers modifiers = event.modifiers() & kRelevant;
    if (const auto key = named(event.key())) {
        screen.key(*key, modifiers);
        return true;
    }
    const QString text = event.text();
    if (modifiers & Qt::ControlModifier) {
        // Where the layout has no Latin letters, the text knows more than the key.
        if (text.size() == 1 && text[0].unicode() < 0x20) {
            screen.character(text[0].unicode(), modifiers & Qt::AltModifier);
            return true;
        }
        if (event.key() >= Qt::Key_Space && event.key() <= Qt::Key_AsciiTilde) {
            screen.character(static_cast<char32_t>(event.key()),
                             modifiers & (Qt::ControlModifier | Qt::AltModifier));
            return true;
        }
    }
    for (const char32_t one : text.toUcs4())
        screen.character(one, modifiers & Qt::AltModifier);
    return !text.isEmpty();
}

}  // namespace gui
