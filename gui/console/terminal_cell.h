// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace gui {

struct TerminalColour {
    enum class Kind : std::uint8_t {
        /// The terminal's own, for text or ground.
        Default,
        /// Number `red` of the palette of 256.
        Indexed,
        Rgb,
    };
    Kind kind = Kind::Default;
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;

    bool operator==(const TerminalColour&) const = default;
};

struct TerminalStyle {
    TerminalColour foreground;
    TerminalColour background;
    bool bold : 1 = false;
    bool italic : 1 = false;
    bool underline : 1 = false;
    bool strike : 1 = false;
    bool reverse : 1 = false;

    bool operator==(const TerminalStyle&) const = default;
};

struct TerminalCell {
    /// 0: empty.
    char32_t character = 0;
    /// Combining marks; 0 where there is none.
    std::array<char32_t, 2> marks{};
    TerminalStyle style;
    /// 2: of a wide character, whose second cell has width 0.
    std::uint8_t width = 1;

    bool operator==(const TerminalCell&) const = default;
};

}  // namespace gui
