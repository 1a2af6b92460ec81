// SPDX-License-Identifier: GPL-3.0-or-later
#include "key_bytes.h"

#include <algorithm>
#include <iterator>

#include "devices/chipset/scan_code_translation.h"

namespace devices {

using display::KeyAction;
using display::ScanCode;
using display::ScanPrefix;

namespace {

constexpr std::uint8_t kE0 = 0xE0;
constexpr std::uint8_t kE1 = 0xE1;
constexpr std::uint8_t kFirstSetRelease = 0x80;
constexpr std::uint8_t kThirdSetPause = 0x62;

struct ThirdSetKey {
    std::uint8_t first;
    std::uint8_t third;
};

/// Keys without a prefix that set 3 names otherwise than set 2: Escape, left Control, backslash,
/// keypad *, left Alt, Caps Lock, F1 to F10, Num Lock, Scroll Lock, keypad - and +, System Request,
/// the key between left Shift and Z, F11, F12.
constexpr ThirdSetKey kPlainKeys[] = {
    {0x01, 0x08}, {0x1D, 0x11}, {0x2B, 0x5C}, {0x37, 0x7E}, {0x38, 0x19}, {0x3A, 0x14},
    {0x3B, 0x07}, {0x3C, 0x0F}, {0x3D, 0x17}, {0x3E, 0x1F}, {0x3F, 0x27}, {0x40, 0x2F},
    {0x41, 0x37}, {0x42, 0x3F}, {0x43, 0x47}, {0x44, 0x4F}, {0x45, 0x76}, {0x46, 0x5F},
    {0x4A, 0x84}, {0x4E, 0x7C}, {0x54, 0x57}, {0x56, 0x13}, {0x57, 0x56}, {0x58, 0x5E}};

/// Keys behind E0, which set 3 does not know: keypad Enter, right Control, keypad /, Print Screen,
/// right Alt, Break, Home, Up, Page Up, Left, Right, End, Down, Page Down, Insert, Delete, left and
/// right Windows, Menu.
constexpr ThirdSetKey kExtendedKeys[] = {
    {0x1C, 0x79},           {0x1D, 0x58}, {0x35, 0x77}, {0x37, 0x57}, {0x38, 0x39},
    {0x46, kThirdSetPause}, {0x47, 0x6E}, {0x48, 0x63}, {0x49, 0x6F}, {0x4B, 0x61},
    {0x4D, 0x6A},           {0x4F, 0x65}, {0x50, 0x60}, {0x51, 0x6D}, {0x52, 0x67},
    {0x53, 0x64},           {0x5B, 0x8B}, {0x5C, 0x8C}, {0x5D, 0x8D}};

/// Zero where there is none.
std::uint8_t thirdSetCode(ScanCode code) {
    const auto find = [code](const auto& keys) {
        const auto* const key = std::ranges::find(keys, code.code, &ThirdSetKey::first);
        return key == std::end(keys) ? std::uint8_t{0} : key->third;
    };
    if (code.prefix == ScanPrefix::E0)
        return find(kExtendedKeys);
    const std::uint8_t third = find(kPlainKeys);
    return third != 0 ? third : toSecondScanSet(code.code);
}

}  // namespace

std::vector<std::uint8_t> bytesOfKey(ScanSet set, ScanCode code, KeyAction action) {
    std::vector<std::uint8_t> bytes;
    if (code.prefix == ScanPrefix::E0 && set != ScanSet::Third)
        bytes.push_back(kE0);
    if (set == ScanSet::First) {
        bytes.push_back(static_cast<std::uint8_t>(
            code.code | (action == KeyAction::Up ? kFirstSetRelease : 0)));
        return bytes;
    }
    const std::uint8_t byte =
        set == ScanSet::Second ? toSecondScanSet(code.code) : thirdSetCode(code);
    if (byte == 0)
        return {};
    if (action == KeyAction::Up)
        bytes.push_back(kReleasePrefix);
    bytes.push_back(byte);
    return bytes;
}

std::vector<std::uint8_t> bytesOfPause(ScanSet set, KeyAction action) {
    if (set == ScanSet::Third)
        return action == KeyAction::Down
                   ? std::vector<std::uint8_t>{kThirdSetPause}
                   : std::vector<std::uint8_t>{kReleasePrefix, kThirdSetPause};
    if (action == KeyAction::Up)
        return {};
    if (set == ScanSet::First)
        return {kE1, 0x1D, 0x45, kE1, 0x9D, 0xC5};
    return {kE1, 0x14, 0x77, kE1, kReleasePrefix, 0x14, kReleasePrefix, 0x77};
}

}  // namespace devices
