// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan_codes.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace devices::display {

namespace {

/// Keys whose scan codes follow each other, by what is printed on them.
struct Row {
    std::uint8_t first;
    std::string_view plain;
    std::string_view shifted;
};
constexpr Row kRows[] = {
    {0x02, "1234567890-=", "!@#$%^&*()_+"},
    {0x10, "qwertyuiop[]", "QWERTYUIOP{}"},
    {0x1E, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
    {0x2B, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
    {0x39, " ", " "},
};

struct Key {
    std::uint32_t keysym;
    std::uint8_t code;
    ScanPrefix prefix = ScanPrefix::None;
};

/// X11/keysymdef.h, in rising order.
constexpr Key kKeys[] = {
    {0xFE03, 0x38, ScanPrefix::E0},  // ISO_Level3_Shift
    {0xFE20, 0x0F},                  // ISO_Left_Tab
    {0xFF08, 0x0E},                  // BackSpace
    {0xFF09, 0x0F},                  // Tab
    {0xFF0D, 0x1C},                  // Return
    {0xFF14, 0x46},                  // Scroll_Lock
    {0xFF15, 0x54},                  // Sys_Req
    {0xFF1B, 0x01},                  // Escape
    {0xFF50, 0x47, ScanPrefix::E0},  // Home
    {0xFF51, 0x4B, ScanPrefix::E0},  // Left
    {0xFF52, 0x48, ScanPrefix::E0},  // Up
    {0xFF53, 0x4D, ScanPrefix::E0},  // Right
    {0xFF54, 0x50, ScanPrefix::E0},  // Down
    {0xFF55, 0x49, ScanPrefix::E0},  // Page_Up
    {0xFF56, 0x51, ScanPrefix::E0},  // Page_Down
    {0xFF57, 0x4F, ScanPrefix::E0},  // End
    {0xFF61, 0x37, ScanPrefix::E0},  // Print
    {0xFF63, 0x52, ScanPrefix::E0},  // Insert
    {0xFF67, 0x5D, ScanPrefix::E0},  // Menu
    {0xFF6B, 0x46, ScanPrefix::E0},  // Break
    {0xFF7E, 0x38, ScanPrefix::E0},  // Mode_switch
    {0xFF7F, 0x45},                  // Num_Lock
    {0xFF8D, 0x1C, ScanPrefix::E0},  // KP_Enter
    {0xFF95, 0x47},                  // KP_Home
    {0xFF96, 0x4B},                  // KP_Left
    {0xFF97, 0x48},                  // KP_Up
    {0xFF98, 0x4D},                  // KP_Right
    {0xFF99, 0x50},                  // KP_Down
    {0xFF9A, 0x49},                  // KP_Page_Up
    {0xFF9B, 0x51},                  // KP_Page_Down
    {0xFF9C, 0x4F},                  // KP_End
    {0xFF9D, 0x4C},                  // KP_Begin
    {0xFF9E, 0x52},                  // KP_Insert
    {0xFF9F, 0x53},                  // KP_Delete
    {0xFFAA, 0x37},                  // KP_Multiply
    {0xFFAB, 0x4E},                  // KP_Add
    {0xFFAC, 0x7E},                  // KP_Separator
    {0xFFAD, 0x4A},                  // KP_Subtract
    {0xFFAE, 0x53},                  // KP_Decimal
    {0xFFAF, 0x35, ScanPrefix::E0},  // KP_Divide
    {0xFFB0, 0x52},                  // KP_0
    {0xFFB1, 0x4F},                  // KP_1
    {0xFFB2, 0x50},                  // KP_2
    {0xFFB3, 0x51},                  // KP_3
    {0xFFB4, 0x4B},                  // KP_4
    {0xFFB5, 0x4C},                  // KP_5
    {0xFFB6, 0x4D},                  // KP_6
    {0xFFB7, 0x47},                  // KP_7
    {0xFFB8, 0x48},                  // KP_8
    {0xFFB9, 0x49},                  // KP_9
    {0xFFBD, 0x59},                  // KP_Equal
    {0xFFBE, 0x3B},                  // F1
    {0xFFBF, 0x3C},                  // F2
    {0xFFC0, 0x3D},                  // F3
    {0xFFC1, 0x3E},                  // F4
    {0xFFC2, 0x3F},                  // F5
    {0xFFC3, 0x40},                  // F6
    {0xFFC4, 0x41},                  // F7
    {0xFFC5, 0x42},                  // F8
    {0xFFC6, 0x43},                  // F9
    {0xFFC7, 0x44},                  // F10
    {0xFFC8, 0x57},                  // F11
    {0xFFC9, 0x58},                  // F12
    {0xFFE1, 0x2A},                  // Shift_L
    {0xFFE2, 0x36},                  // Shift_R
    {0xFFE3, 0x1D},                  // Control_L
    {0xFFE4, 0x1D, ScanPrefix::E0},  // Control_R
    {0xFFE5, 0x3A},                  // Caps_Lock
    {0xFFE7, 0x5B, ScanPrefix::E0},  // Meta_L
    {0xFFE8, 0x5C, ScanPrefix::E0},  // Meta_R
    {0xFFE9, 0x38},                  // Alt_L
    {0xFFEA, 0x38, ScanPrefix::E0},  // Alt_R
    {0xFFEB, 0x5B, ScanPrefix::E0},  // Super_L
    {0xFFEC, 0x5C, ScanPrefix::E0},  // Super_R
    {0xFFFF, 0x53, ScanPrefix::E0},  // Delete
};
static_assert(std::ranges::is_sorted(kKeys, {}, &Key::keysym));

constexpr std::uint32_t kPauseKeysym = 0xFF13;
constexpr std::uint32_t kPauseKeycode = 0xC6;
constexpr KeyStroke kPause{{0x1D, ScanPrefix::E1}, ScanCode{0x45}};

}  // namespace

std::optional<KeyStroke> strokeOfKeysym(std::uint32_t keysym) {
    if (keysym == kPauseKeysym)
        return kPause;
    if (keysym < 0x80) {
        for (const Row& row : kRows)
            for (const std::string_view keys : {row.plain, row.shifted})
                if (const auto at = keys.find(static_cast<char>(keysym));
                    at != std::string_view::npos)
                    return KeyStroke{{static_cast<std::uint8_t>(row.first + at)}, {}};
        return std::nullopt;
    }
    const auto* const key = std::ranges::lower_bound(kKeys, keysym, {}, &Key::keysym);
    if (key == std::end(kKeys) || key->keysym != keysym)
        return std::nullopt;
    return KeyStroke{{key->code, key->prefix}, {}};
}

std::optional<KeyStroke> strokeOfKeycode(std::uint32_t keycode) {
    if (keycode == kPauseKeycode)
        return kPause;
    const auto code = static_cast<std::uint8_t>(keycode & 0x7F);
    if (keycode > 0xFF || code == 0)
        return std::nullopt;
    return KeyStroke{{code, (keycode & 0x80) != 0 ? ScanPrefix::E0 : ScanPrefix::None}, {}};
}

}  // namespace devices::display
