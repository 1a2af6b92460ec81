// SPDX-License-Identifier: GPL-3.0-or-later
#include "terminal_colours.h"

#include <utility>

#include "gui/appearance/colours.h"

namespace gui {

namespace {

// Black, red, green, yellow, blue, magenta, cyan, white, and the same brighter.
constexpr std::array<QRgb, 16> kOnDark{
    0xFF454D58, 0xFFE06C66, 0xFF62B87A, 0xFFD9A94A, 0xFF5AA0EA, 0xFFB98BE3, 0xFF45BDB4, 0xFFC9D0D8,
    0xFF6F7884, 0xFFF2918B, 0xFF86D69B, 0xFFF0C876, 0xFF86BDF7, 0xFFD2AFF3, 0xFF74DAD1, 0xFFF4F7FA};
// What a guest takes for light must be seen on white, so whites are greys.
constexpr std::array<QRgb, 16> kOnLight{
    0xFF1B1F24, 0xFFB3261E, 0xFF1C7A3C, 0xFF8A6100, 0xFF1A5FB0, 0xFF7440AE, 0xFF0C7A78, 0xFF6B7480,
    0xFF4A525D, 0xFFCF3B32, 0xFF268F4A, 0xFFA87500, 0xFF2B78D0, 0xFF8D57C9, 0xFF128F8C, 0xFF8A939E};

/// xterm's cube of six steps in each direction, and its 24 greys.
QColor ofPalette(int index) {
    if (index >= 232) {
        const int grey = 8 + (index - 232) * 10;
        return {grey, grey, grey};
    }
    const auto step = [](int level) { return level == 0 ? 0 : 55 + level * 40; };
    const int place = index - 16;
    return {step(place / 36), step(place / 6 % 6), step(place % 6)};
}

}  // namespace

TerminalColours::TerminalColours(const QPalette& palette)
    : basic_(Colours::of(palette).dark ? kOnDark : kOnLight),
      ground_(Colours::of(palette).dark ? QColor(0x12, 0x15, 0x19) : QColor(Qt::white)),
      text_(Colours::of(palette).dark ? QColor(0xD8, 0xDE, 0xE5) : QColor(0x1B, 0x1F, 0x24)) {}

QColor TerminalColours::colour(const TerminalColour& colour, const QColor& standard) const {
    switch (colour.kind) {
        case TerminalColour::Kind::Default:
            break;
        case TerminalColour::Kind::Indexed:
            return colour.red < 16 ? QColor::fromRgb(basic_[colour.red]) : ofPalette(colour.red);
        case TerminalColour::Kind::Rgb:
            return {colour.red, colour.green, colour.blue};
    }
    return standard;
}

TerminalColours::Pair TerminalColours::of(const TerminalStyle& style) const {
    Pair pair{colour(style.foreground, text_), colour(style.background, ground_)};
    if (style.reverse)
        std::swap(pair.text, pair.ground);
    return pair;
}

}  // namespace gui
