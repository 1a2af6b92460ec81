// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "devices/display/framebuffer.h"
#include "devices/display/video_memory.h"
#include "screen_layout.h"
#include "screen_state.h"
#include "text_renderer.h"

namespace devices::vga {

/// How much of a picture is looked at again.
enum class Extent : std::uint8_t {
    /// What the state says has been written to, or set otherwise.
    Changes,
    /// All of it: the guest may have written where nobody saw it.
    Everything,
};

/// Draws one state after the other into the same picture.
///
/// Thread safety: one thread at a time; the memory's content may change meanwhile.
class PictureRenderer {
  public:
    struct Result {
        /// Where the picture has become different.
        std::vector<display::Rectangle> changes;
        /// When what blinks has to be drawn again, as BlinkPhase has it.
        std::optional<std::uint64_t> nextPhase;
    };
    /// Of a picture, at most.
    static constexpr std::uint64_t kMostBytes =
        std::uint64_t{2560} * 1600 * display::kBytesPerPixel;

    /// `layout` is that of `state`, and not nothing; `pixels` has room for it, and nobody else
    /// draws there. `nanoseconds`: of the clock, for what blinks.
    [[nodiscard]] Result draw(const ScreenState& state, const ScreenLayout& layout,
                              const display::VideoMemory& memory, std::byte* pixels, Extent extent,
                              std::uint64_t nanoseconds);

  private:
    /// Whether what has been drawn is of other registers.
    [[nodiscard]] bool looksDifferent(const ScreenState& state, const ScreenLayout& layout) const;

    TextRenderer text_;
    // What has been drawn last.
    std::optional<ScreenState> drawn_;
    ScreenLayout layout_;
};

}  // namespace devices::vga
