// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen_keys.h"

#include <QGuiApplication>
#include <QKeyEvent>
#include <array>
#include <iterator>
#include <utility>

namespace gui {

namespace {

// X11/keysymdef.h has the numbers.
constexpr std::uint32_t kBackspace = 0xFF08;
constexpr std::uint32_t kTab = 0xFF09;
constexpr std::uint32_t kReturn = 0xFF0D;
constexpr std::uint32_t kShift = 0xFFE1;
constexpr std::uint32_t kControl = 0xFFE3;
constexpr std::uint32_t kAlt = 0xFFE9;
constexpr std::uint32_t kDelete = 0xFFFF;
constexpr std::uint32_t kUnicode = 0x0100'0000;

struct Named {
    int key;
    std::uint32_t keysym;
};
constexpr Named kNamed[]{
    {Qt::Key_Backspace, kBackspace}, {Qt::Key_Tab, kTab},          {Qt::Key_Backtab, kTab},
    {Qt::Key_Return, kReturn},       {Qt::Key_Enter, 0xFF8D},      {Qt::Key_Escape, 0xFF1B},
    {Qt::Key_Insert, 0xFF63},        {Qt::Key_Delete, kDelete},    {Qt::Key_Pause, 0xFF13},
    {Qt::Key_Print, 0xFF61},         {Qt::Key_Home, 0xFF50},       {Qt::Key_End, 0xFF57},
    {Qt::Key_Left, 0xFF51},          {Qt::Key_Up, 0xFF52},         {Qt::Key_Right, 0xFF53},
    {Qt::Key_Down, 0xFF54},          {Qt::Key_PageUp, 0xFF55},     {Qt::Key_PageDown, 0xFF56},
    {Qt::Key_Shift, kShift},         {Qt::Key_Control, kControl},  {Qt::Key_Alt, kAlt},
    {Qt::Key_AltGr, 0xFE03},         {Qt::Key_Meta, 0xFFEB},       {Qt::Key_Super_L, 0xFFEB},
    {Qt::Key_Super_R, 0xFFEC},       {Qt::Key_Menu, 0xFF67},       {Qt::Key_CapsLock, 0xFFE5},
    {Qt::Key_NumLock, 0xFF7F},       {Qt::Key_ScrollLock, 0xFF14},
};

std::uint32_t ofCharacter(char32_t character) {
    if (character < 0x20 || character == 0x7F)
        return 0;
    return character < 0x100 ? character : kUnicode | character;
}

std::uint32_t keysymOf(const QKeyEvent& event) {
    if (event.key() >= Qt::Key_F1 && event.key() <= Qt::Key_F24)
        return 0xFFBE + static_cast<std::uint32_t>(event.key() - Qt::Key_F1);
    for (const Named& one : kNamed)
        if (one.key == event.key())
            return one.keysym;
    // With Ctrl the text is a control character.
    const auto text = event.text().toUcs4();
    if (!text.isEmpty() && ofCharacter(text.front()) != 0)
        return ofCharacter(text.front());
    if (event.key() >= Qt::Key_A && event.key() <= Qt::Key_Z)
        return static_cast<std::uint32_t>(event.key()) + ('a' - 'A');
    return event.key() < 0x100 ? static_cast<std::uint32_t>(event.key()) : 0;
}

/// Keys that Linux (input-event-codes.h) numbers otherwise than set 1 does.
struct Moved {
    std::uint16_t linux;
    std::uint8_t code;
};
constexpr Moved kMoved[]{
    {89, 0x73},  {92, 0x79},  {93, 0x70},  {94, 0x7B},  {96, 0x9C},  {97, 0x9D},  {98, 0xB5},
    {99, 0x54},  {100, 0xB8}, {102, 0xC7}, {103, 0xC8}, {104, 0xC9}, {105, 0xCB}, {106, 0xCD},
    {107, 0xCF}, {108, 0xD0}, {109, 0xD1}, {110, 0xD2}, {111, 0xD3}, {113, 0xA0}, {114, 0xAE},
    {115, 0xB0}, {119, 0xC6}, {121, 0x7E}, {124, 0x7D}, {125, 0xDB}, {126, 0xDC}, {127, 0xDD},
};

std::uint32_t keycodeOf(std::uint32_t linux) {
    // Escape to F12, and the key beside the left Shift.
    if ((linux >= 1 && linux <= 83) || (linux >= 86 && linux <= 88))
        return linux;
    for (const Moved& one : kMoved)
        if (one.linux == linux)
            return one.code;
    return 0;
}

bool namesKeysAsLinuxDoes() {
    const QString platform = QGuiApplication::platformName();
    return platform == QStringLiteral("xcb") || platform.startsWith(QStringLiteral("wayland"));
}

}  // namespace

ScreenKey screenKey(const QKeyEvent& event) {
    ScreenKey key{keysymOf(event), 0};
    // X11 counts from 8, and Wayland as X11 does.
    constexpr std::uint32_t kOffset = 8;
    if (namesKeysAsLinuxDoes() && event.nativeScanCode() > kOffset)
        key.keycode = keycodeOf(event.nativeScanCode() - kOffset);
    return key;
}

std::vector<ScreenStroke> strokesOfText(const QString& text) {
    static const QString kShifted = QStringLiteral("~!@#$%^&*()_+{}|:\"<>?");
    std::vector<ScreenStroke> strokes;
    for (const char32_t character : text.toUcs4()) {
        const std::uint32_t keysym = character == U'\n'   ? kReturn
                                     : character == U'\t' ? kTab
                                     : character < 0x7F   ? ofCharacter(character)
                                                          : 0;
        if (keysym == 0)
            continue;
        const bool shifted = (character >= U'A' && character <= U'Z') ||
                             kShifted.contains(QChar(static_cast<char16_t>(character)));
        if (shifted)
            strokes.push_back({{kShift, 0}, true});
        strokes.push_back({{keysym, 0}, true});
        strokes.push_back({{keysym, 0}, false});
        if (shifted)
            strokes.push_back({{kShift, 0}, false});
    }
    return strokes;
}

std::vector<ScreenStroke> controlAltDelete() {
    constexpr std::array<std::uint32_t, 3> kKeys{kControl, kAlt, kDelete};
    std::vector<ScreenStroke> strokes;
    for (const std::uint32_t key : kKeys)
        strokes.push_back({{key, 0}, true});
    for (auto key = std::rbegin(kKeys); key != std::rend(kKeys); ++key)
        strokes.push_back({{*key, 0}, false});
    return strokes;
}

}  // namespace gui
