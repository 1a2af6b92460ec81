// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "devices/display/framebuffer.h"

/// A source with memory of its own that a test draws into.
class ShownPicture final : public devices::display::FramebufferSource {
  public:
    explicit ShownPicture(devices::display::Framebuffer& framebuffer)
        : framebuffer_(framebuffer),
          memory_(std::move(devices::display::VideoMemory::create(8 << 20).value())) {}
    ~ShownPicture() override { framebuffer_.hide(*this); }

    [[nodiscard]] bool show(std::uint32_t width, std::uint32_t height,
                            devices::display::Changes changes, std::uint32_t padding = 0,
                            std::uint64_t offset = 0) {
        pitch_ = width * 4 + padding;
        offset_ = offset;
        return framebuffer_.show(*this, {memory_, offset, {width, height, pitch_}, changes})
            .has_value();
    }
    void hide() { framebuffer_.hide(*this); }
    void draw(std::uint32_t x, std::uint32_t y, std::uint32_t colour) {
        std::memcpy(memory_->bytes() + offset_ + std::uint64_t{y} * pitch_ + x * 4ULL, &colour,
                    sizeof colour);
    }
    void tell(const devices::display::Rectangle& rectangle) {
        framebuffer_.changed(*this, {&rectangle, 1});
    }
    void watchersChanged() override { ++watcherChanges; }

    unsigned watcherChanges = 0;

  private:
    devices::display::Framebuffer& framebuffer_;
    const std::shared_ptr<devices::display::VideoMemory> memory_;
    std::uint32_t pitch_ = 0;
    std::uint64_t offset_ = 0;
};
