// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "hypervisor/error.h"
#include "video_memory.h"

namespace devices::display {

struct Rectangle {
    std::uint32_t x = 0;
    std::uint32_t y = 0;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    friend bool operator==(const Rectangle&, const Rectangle&) = default;
};

/// A picture in memory: 32 bits a pixel, little-endian XRGB8888.
struct FramebufferMode {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    /// Bytes from one line to the next.
    std::uint32_t pitch = 0;
    friend bool operator==(const FramebufferMode&, const FramebufferMode&) = default;
};
inline constexpr std::uint32_t kBytesPerPixel = 4;
/// Of a framebuffer's sides: what viewers' protocols and their buffers take.
inline constexpr std::uint32_t kMostPixels = 7680;

/// Whether a source tells of every change, or has its viewers look for changes.
enum class Changes : std::uint8_t { Told, Sought };

/// A picture as it is shown; checked to lie inside the memory, whose content changes any time.
struct FramebufferView {
    std::shared_ptr<const VideoMemory> memory;
    std::uint64_t offset = 0;
    FramebufferMode mode;
    Changes changes = Changes::Sought;

    /// A line's first byte, of width * kBytesPerPixel.
    [[nodiscard]] const std::byte* line(std::uint32_t y) const {
        return memory->bytes() + offset + std::uint64_t{y} * mode.pitch;
    }
};

/// A device whose picture is shown.
class FramebufferSource {
  public:
    virtual ~FramebufferSource() = default;
    /// Somebody has begun to watch, or nobody does any more, or what was shown in place of this
    /// source's picture has been hidden: see Framebuffer::isWatched(). Fast; must not call the
    /// framebuffer.
    virtual void watchersChanged() = 0;
};

class FramebufferWatch;

/// The screen of a machine between the devices that show a picture and those who watch it. The
/// source that has shown one last is seen; when it hides that, the one before it is again. At
/// first, and when all have hidden theirs, there is no picture.
///
/// Thread safety: all methods from any thread; one short lock.
class Framebuffer {
  public:
    Framebuffer() = default;
    /// All watches have gone, and no source shows anything.
    ~Framebuffer();
    Framebuffer(const Framebuffer&) = delete;
    Framebuffer& operator=(const Framebuffer&) = delete;

    /// `source` shows this from now on, in place of whatever was shown before. Fails when the
    /// picture does not lie inside the memory, or is empty or too large.
    [[nodiscard]] hypervisor::Result<void> show(FramebufferSource& source, FramebufferView view);
    /// This source's picture, seen or not, is none any more. watchersChanged() is not called again.
    void hide(FramebufferSource& source);
    /// What has changed in this source's picture; clipped to it.
    void changed(const FramebufferSource& source, std::span<const Rectangle> rectangles);
    [[nodiscard]] bool isWatched() const;
    /// And what is seen is this source's.
    [[nodiscard]] bool isWatched(const FramebufferSource& source) const;

    /// `notify` is called on any thread when there is something for the watch to take(); fast, and
    /// must not call back.
    [[nodiscard]] std::unique_ptr<FramebufferWatch> watch(std::function<void()> notify);
    /// Without watching: how it is now.
    [[nodiscard]] std::optional<FramebufferView> view() const;

  private:
    friend class FramebufferWatch;
    struct Shown {
        FramebufferSource* source;
        FramebufferView view;
    };
    void notifyAll();
    void tellSource() const;
    [[nodiscard]] bool isSeen(const FramebufferSource& source) const {
        return !shown_.empty() && shown_.back().source == &source;
    }
    [[nodiscard]] std::optional<FramebufferView> seen() const {
        return shown_.empty() ? std::nullopt : std::optional(shown_.back().view);
    }

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    /// The last one is seen.
    std::vector<Shown> shown_;
    std::uint64_t generation_ = 0;
    std::vector<FramebufferWatch*> watches_;
};

/// One viewer's share of a framebuffer: what it has not seen yet. Must not outlive it.
class FramebufferWatch {
  public:
    ~FramebufferWatch();
    FramebufferWatch(const FramebufferWatch&) = delete;
    FramebufferWatch& operator=(const FramebufferWatch&) = delete;

    struct State {
        /// Changes whenever a picture is shown or hidden; all of it is new then.
        std::uint64_t generation = 0;
        std::optional<FramebufferView> view;
        /// Since the last take(), inside the picture; a few at most, which may overlap.
        std::vector<Rectangle> changed;
    };
    [[nodiscard]] State take();

  private:
    friend class Framebuffer;
    FramebufferWatch(Framebuffer& framebuffer, std::function<void()> notify)
        : framebuffer_(framebuffer), notify_(std::move(notify)) {}
    void add(const Rectangle& rectangle);

    Framebuffer& framebuffer_;
    const std::function<void()> notify_;
    /// Guarded by the framebuffer's lock.
    std::vector<Rectangle> changed_;
};

}  // namespace devices::display
