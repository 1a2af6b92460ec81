// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "canvas.h"
#include "devices/display/video_memory.h"
#include "screen_layout.h"
#include "screen_state.h"

namespace devices::vga {

/// Draws graphics, line by line: all kinds but text.
///
/// Thread safety: one thread at a time; the memory's content may change meanwhile.
class LineRenderer {
  public:
    /// All of them outlive this. `layout` is that of `state`, and no text.
    LineRenderer(const ScreenState& state, const ScreenLayout& layout,
                 const display::VideoMemory& memory);

    /// Draws the lines whose memory `dirty` has.
    void draw(Canvas& canvas, const DirtyPages& dirty);

  private:
    /// What a line is read from.
    struct Source {
        /// Of the memory, or of each plane.
        std::uint64_t start = 0;
        /// Pixels of the first byte that are left out.
        unsigned panning = 0;
        LinePlace place = {};
    };
    [[nodiscard]] Source sourceOf(std::uint32_t line) const;
    [[nodiscard]] bool isDirty(const Source& source, const DirtyPages& dirty) const;
    void drawLine(const Source& source);
    void drawPlanes(const Source& source);
    void drawPairs(const Source& source);
    void drawBytes(const Source& source);
    void drawLinear(const Source& source);
    /// The four planes' bytes of a line's character.
    [[nodiscard]] std::uint32_t planesOf(const Source& source, unsigned character) const;

    const ScreenState& state_;
    const ScreenLayout& layout_;
    const display::VideoMemory& memory_;
    /// Bytes of a plane that addresses wrap in.
    const std::uint64_t plane_;
    /// Of attributes, and of the DAC.
    std::array<std::uint32_t, 16> colors_{};
    std::array<std::uint32_t, 256> palette_{};
    /// With room for the pixels that are left out, and for a whole character.
    std::vector<std::uint32_t> line_;
};

}  // namespace devices::vga
