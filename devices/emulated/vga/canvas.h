// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "devices/display/framebuffer.h"

namespace devices::vga {

/// A picture of XRGB8888 that is drawn into, line behind line without a gap, and what of it has
/// become different.
///
/// Thread safety: one thread at a time.
class Canvas {
  public:
    /// `bytes` is aligned and holds all pixels.
    Canvas(std::byte* bytes, std::uint32_t width, std::uint32_t height)
        : bytes_(bytes), width_(width), height_(height) {}

    [[nodiscard]] std::uint32_t width() const { return width_; }
    [[nodiscard]] std::uint32_t height() const { return height_; }

    /// Puts `pixels` at (x, y); all of them are inside.
    void put(std::uint32_t x, std::uint32_t y, std::span<const std::uint32_t> pixels) {
        std::byte* const to = bytes_ + (std::uint64_t{y} * width_ + x) * display::kBytesPerPixel;
        if (std::memcmp(to, pixels.data(), pixels.size_bytes()) == 0)
            return;
        std::memcpy(to, pixels.data(), pixels.size_bytes());
        note({x, y, static_cast<std::uint32_t>(pixels.size()), 1});
    }
    [[nodiscard]] const std::vector<display::Rectangle>& changes() const { return changes_; }

  private:
    /// Changes of lines that follow each other become one.
    void note(const display::Rectangle& change) {
        if (!changes_.empty()) {
            display::Rectangle& last = changes_.back();
            if (change.y + 1 >= last.y && change.y <= last.y + last.height) {
                const std::uint32_t right = std::max(last.x + last.width, change.x + change.width);
                const std::uint32_t bottom = std::max(last.y + last.height, change.y + 1);
                last.x = std::min(last.x, change.x);
                last.y = std::min(last.y, change.y);
                last.width = right - last.x;
                last.height = bottom - last.y;
                return;
            }
        }
        changes_.push_back(change);
    }

    std::byte* const bytes_;
    const std::uint32_t width_;
    const std::uint32_t height_;
    std::vector<display::Rectangle> changes_;
};

}  // namespace devices::vga
