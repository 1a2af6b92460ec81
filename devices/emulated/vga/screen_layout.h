// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "screen_state.h"

namespace devices::vga {

/// How a picture's pixels lie in the memory.
enum class PictureKind : std::uint8_t {
    /// No mode has been set.
    Nothing,
    Text,
    /// A bit of each of four planes: 16 colours.
    Planes,
    /// Two bits of a plane, CGA's way: 4 colours.
    Pairs,
    /// A byte, in the four planes in turn: 256 colours.
    Bytes,
    /// The display interface's pixels of whole bytes, one behind the other.
    Linear,
};

/// A picture's size in pixels, at most 2560 by 1600, and what of a VGA's timing makes it.
struct ScreenLayout {
    PictureKind kind = PictureKind::Nothing;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    /// Lines of the screen that are one of the picture: where dots are doubled, lines that show
    /// the same are one too, so that pixels are about as high as they are wide.
    std::uint32_t linesPerLine = 1;
    /// The guest has the screen dark.
    bool isDark = false;
    friend bool operator==(const ScreenLayout&, const ScreenLayout&) = default;
};

[[nodiscard]] ScreenLayout layoutOf(const Registers& registers, const DisplayInterface& interface);

/// Where a line of a VGA's screen comes from.
struct LinePlace {
    /// Of the address counter at its first character.
    unsigned count = 0;
    /// Of its row.
    unsigned line = 0;
    /// Behind the line compare.
    bool isLowerPart = false;
};

/// `line`: of the screen, from 0.
[[nodiscard]] LinePlace placeOf(const CrtController& controller, unsigned line);

/// How many pixels of its first character a line leaves out.
[[nodiscard]] unsigned panningOf(const ScreenState& state, PictureKind kind, bool isLowerPart);

}  // namespace devices::vga
