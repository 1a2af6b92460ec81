// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <vector>

#include "blink_phase.h"
#include "canvas.h"
#include "devices/display/video_memory.h"
#include "screen_layout.h"
#include "screen_state.h"

namespace devices::vga {

/// Draws text: characters, attributes and fonts from the video memory, and the cursor. It knows
/// what it has drawn, and draws only cells that have become different.
///
/// Thread safety: one thread at a time; the memory's content may change meanwhile.
class TextRenderer {
  public:
    /// The next picture is drawn whole.
    void forget() { cells_.clear(); }

    /// `layout` is that of `state`, and text. `dirty`: what has been written to since the last
    /// time. True: something in it blinks.
    [[nodiscard]] bool draw(const ScreenState& state, const ScreenLayout& layout,
                            const display::VideoMemory& memory, const DirtyPages& dirty,
                            const BlinkPhase& phase, Canvas& canvas);

  private:
    static constexpr unsigned kGlyphs = 256;
    static constexpr unsigned kGlyphHeight = 32;
    struct Font {
        unsigned offset = ~0U;
        std::array<std::uint8_t, std::size_t{kGlyphs} * kGlyphHeight> lines{};
        /// Glyphs that have become different.
        std::bitset<kGlyphs> changed;
    };
    /// Lines of the picture that show the same row of characters.
    struct Band {
        std::uint32_t first = 0;
        std::uint32_t end = 0;
        LinePlace place = {};
        unsigned panning = 0;
    };
    /// One character as it is seen; equal ones look alike.
    struct Cell {
        std::uint8_t glyph = 0;
        std::uint8_t attribute = 0;
        bool hasCursor = false;
        /// Of text that blinks: only its ground is seen now.
        bool isHidden = false;
        /// Drawn before.
        bool isKnown = false;
        friend bool operator==(const Cell&, const Cell&) = default;
    };

    void readFont(Font& font, unsigned offset, const display::VideoMemory& memory,
                  const DirtyPages& dirty);
    [[nodiscard]] std::vector<Band> bandsOf(const ScreenState& state,
                                            const ScreenLayout& layout) const;
    void drawCell(const ScreenState& state, const Band& band, unsigned column, const Cell& cell,
                  Canvas& canvas) const;

    /// For attributes whose bit 3 is clear, and set.
    std::array<Font, 2> fonts_;
    /// What is drawn: band for band, column for column.
    std::vector<Cell> cells_;
    std::array<std::uint32_t, 16> colors_{};
};

}  // namespace devices::vga
