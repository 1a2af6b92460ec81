// SPDX-License-Identifier: GPL-3.0-or-later
#include "colours.h"

namespace gui {

Colours Colours::of(const QPalette& palette) {
    const QColor window = palette.color(QPalette::Base);
    const bool dark = window.lightness() < 128;
    Colours colours;
    colours.dark = dark;
    colours.accent = palette.color(QPalette::Link);
    colours.separator = dark ? QColor(0x3C, 0x42, 0x4B) : QColor(0xD9, 0xDE, 0xE5);
    colours.header = dark ? QColor(0x2A, 0x2F, 0x37) : QColor(0xED, 0xF1, 0xF6);
    colours.side = dark ? QColor(0x22, 0x26, 0x2C) : QColor(0xFA, 0xFB, 0xFD);
    colours.faint = dark ? QColor(0x93, 0x9B, 0xA7) : QColor(0x6E, 0x76, 0x81);
    colours.title = dark ? QColor(0xBF, 0xD6, 0xF2) : QColor(0x1F, 0x3A, 0x5C);
    colours.good = dark ? QColor(0x4C, 0xB8, 0x6E) : QColor(0x2C, 0x96, 0x4E);
    colours.warning = dark ? QColor(0xE5, 0xAD, 0x3C) : QColor(0xC7, 0x84, 0x10);
    colours.bad = dark ? QColor(0xE8, 0x6A, 0x62) : QColor(0xC0, 0x2F, 0x26);
    colours.grid = dark ? QColor(0x33, 0x38, 0x40) : QColor(0xE9, 0xED, 0xF2);
    return colours;
}

QColor curveColour(const QPalette& palette, std::size_t index) {
    static constexpr std::array<QRgb, kCurveColours> kLight{0xFF1F6FC5, 0xFF7B49B8, 0xFF12907E,
                                                            0xFFD3931A, 0xFFC0392B, 0xFF5B7083,
                                                            0xFF8A6D3B, 0xFFC2438F};
    static constexpr std::array<QRgb, kCurveColours> kDark{0xFF5AA7F2, 0xFFB48AE8, 0xFF3FC4AF,
                                                           0xFFEDB84C, 0xFFEF7A6D, 0xFF9FB3C6,
                                                           0xFFCBAE78, 0xFFEB82BE};
    const auto& colours = Colours::of(palette).dark ? kDark : kLight;
    return QColor::fromRgb(colours[index % kCurveColours]);
}

}  // namespace gui
