// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "devices/chipset/clock.h"
#include "devices/display/framebuffer.h"
#include "devices/display/video_memory.h"
#include "dirty_pages.h"
#include "picture_renderer.h"
#include "screen_state.h"

namespace devices::vga {

/// Shows what the adapter's registers and memory say. Modes of 32 bits are shown from the memory
/// itself; all others are drawn into a picture of its own, at most 30 times a second, while
/// somebody watches, where something has been written to or blinks. Modes of the display interface
/// are looked at as a whole, ever more rarely while nothing changes, for a guest may write to their
/// memory unseen. While nobody watches it only follows which mode is set.
///
/// Lock order: drawing_, then the adapter's lock or the framebuffer's.
///
/// Thread safety: written(), set() and watchersChanged() from any thread; they only note what is to
/// be done. All else from any thread but with no lock held that takeState() takes.
class ScreenOutput final : public display::FramebufferSource {
  public:
    struct Wiring {
        /// How it is now; what has been written to since the last time.
        std::function<ScreenState()> takeState;
        /// Has a function called soon, on a thread that may take milliseconds and is not in this
        /// call; any thread, fast.
        std::function<void(std::function<void()>)> post;
        /// On return no function that was posted is called any more.
        std::function<void()> forget;
    };
    static constexpr std::uint64_t kShortestInterval = 1'000'000'000 / 30;

    /// `memory`: the adapter's; `picture`: of PictureRenderer::kMostBytes, its own. The references
    /// outlive it.
    ScreenOutput(Clock& clock, display::Framebuffer& framebuffer,
                 std::shared_ptr<const display::VideoMemory> memory,
                 std::shared_ptr<const display::VideoMemory> picture, Wiring wiring);
    /// Nothing calls written() or set() any more.
    ~ScreenOutput();
    ScreenOutput(const ScreenOutput&) = delete;
    ScreenOutput& operator=(const ScreenOutput&) = delete;

    /// The memory has been written to.
    void written() {
        if (isDrawing_.load(std::memory_order_relaxed))
            wake();
    }
    /// A register has been written to; `isOtherMode`: the picture's size or kind is another one.
    void set(bool isOtherMode) {
        if (isOtherMode || isDrawing_.load(std::memory_order_relaxed))
            wake();
    }
    /// Draws everything now, whoever watches.
    void bringUpToDate();
    /// The machine is reset: nothing is shown.
    void reset();

    void watchersChanged() override;

  private:
    void wake();
    void postUpdate(Extent extent);
    void update(Extent extent);
    /// What is shown without being drawn, where the mode is such.
    [[nodiscard]] std::optional<display::FramebufferView> directView(
        const DisplayInterface& interface) const;
    /// Shows `view`, if it is not what is shown already.
    [[nodiscard]] bool show(const display::FramebufferView& view);
    void drawAgain(const PictureRenderer::Result& drawn, bool isSought);

    Clock& clock_;
    display::Framebuffer& framebuffer_;
    const std::shared_ptr<const display::VideoMemory> memory_;
    const std::shared_ptr<const display::VideoMemory> picture_;
    const Wiring wiring_;

    /// Somebody watches a picture that is drawn when something is written.
    std::atomic<bool> isDrawing_ = false;
    /// An update is coming by the alarm.
    std::atomic<bool> isWoken_ = false;
    /// Of the clock.
    std::atomic<std::uint64_t> lastUpdate_ = 0;

    std::mutex drawing_;
    // Guarded by drawing_.
    bool hasEnded_ = false;
    PictureRenderer renderer_;
    /// Written to, and not drawn yet.
    DirtyPages pending_;
    std::optional<display::FramebufferView> shown_;
    std::uint64_t seekInterval_ = kShortestInterval;

    // Last, so that they go first: their callbacks use the others.
    std::unique_ptr<Alarm> wakeAlarm_;
    /// For what changes without being written.
    std::unique_ptr<Alarm> againAlarm_;
};

}  // namespace devices::vga
