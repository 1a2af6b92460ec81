// SPDX-License-Identifier: GPL-3.0-or-later
#include "framebuffer.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace devices::display {

namespace {

/// Of what one watch has not seen; more of them become one around them all.
constexpr std::size_t kMostRectangles = 32;

bool fits(const FramebufferView& view) {
    const FramebufferMode& mode = view.mode;
    if (view.memory == nullptr || mode.width == 0 || mode.height == 0 || mode.width > kMostPixels ||
        mode.height > kMostPixels)
        return false;
    const std::uint64_t line = std::uint64_t{mode.width} * kBytesPerPixel;
    if (mode.pitch < line || view.offset > view.memory->size())
        return false;
    // A pitch is below 2^32 and a height below 2^13: nothing here wraps.
    return std::uint64_t{mode.height - 1} * mode.pitch + line <= view.memory->size() - view.offset;
}

Rectangle clipped(const Rectangle& rectangle, const FramebufferMode& mode) {
    const std::uint32_t x = std::min(rectangle.x, mode.width);
    const std::uint32_t y = std::min(rectangle.y, mode.height);
    return {x, y, std::min(rectangle.width, mode.width - x),
            std::min(rectangle.height, mode.height - y)};
}

Rectangle around(const Rectangle& one, const Rectangle& other) {
    const std::uint32_t x = std::min(one.x, other.x);
    const std::uint32_t y = std::min(one.y, other.y);
    return {x, y, std::max(one.x + one.width, other.x + other.width) - x,
            std::max(one.y + one.height, other.y + other.height) - y};
}

}  // namespace

Framebuffer::~Framebuffer() {
    if (!watches_.empty() || !shown_.empty())
        std::abort();
}

hypervisor::Result<void> Framebuffer::show(FramebufferSource& source, FramebufferView view) {
    if (!fits(view))
        return hypervisor::failure("The picture does not lie inside the video memory");
    const std::scoped_lock lock(mutex_);
    std::erase_if(shown_, [&](const Shown& shown) { return shown.source == &source; });
    shown_.push_back({&source, std::move(view)});
    notifyAll();
    return {};
}

void Framebuffer::hide(FramebufferSource& source) {
    const std::scoped_lock lock(mutex_);
    const bool wasSeen = isSeen(source);
    std::erase_if(shown_, [&](const Shown& shown) { return shown.source == &source; });
    if (!wasSeen)
        return;
    notifyAll();
    tellSource();
}

void Framebuffer::tellSource() const {
    if (!shown_.empty())
        shown_.back().source->watchersChanged();
}

void Framebuffer::notifyAll() {
    ++generation_;
    for (FramebufferWatch* watch : watches_) {
        watch->changed_.clear();
        watch->notify_();
    }
}

void Framebuffer::changed(const FramebufferSource& source, std::span<const Rectangle> rectangles) {
    const std::scoped_lock lock(mutex_);
    if (!isSeen(source))
        return;
    bool any = false;
    for (const Rectangle& rectangle : rectangles) {
        const Rectangle inside = clipped(rectangle, shown_.back().view.mode);
        if (inside.width == 0 || inside.height == 0)
            continue;
        any = true;
        for (FramebufferWatch* watch : watches_)
            watch->add(inside);
    }
    if (any)
        for (FramebufferWatch* watch : watches_)
            watch->notify_();
}

bool Framebuffer::isWatched() const {
    const std::scoped_lock lock(mutex_);
    return !watches_.empty();
}

bool Framebuffer::isWatched(const FramebufferSource& source) const {
    const std::scoped_lock lock(mutex_);
    return !watches_.empty() && isSeen(source);
}

std::optional<FramebufferView> Framebuffer::view() const {
    const std::scoped_lock lock(mutex_);
    return seen();
}

std::unique_ptr<FramebufferWatch> Framebuffer::watch(std::function<void()> notify) {
    std::unique_ptr<FramebufferWatch> made(new FramebufferWatch(*this, std::move(notify)));
    const std::scoped_lock lock(mutex_);
    watches_.push_back(made.get());
    if (watches_.size() == 1)
        tellSource();
    return made;
}

FramebufferWatch::~FramebufferWatch() {
    const std::scoped_lock lock(framebuffer_.mutex_);
    std::erase(framebuffer_.watches_, this);
    if (framebuffer_.watches_.empty())
        framebuffer_.tellSource();
}

FramebufferWatch::State FramebufferWatch::take() {
    const std::scoped_lock lock(framebuffer_.mutex_);
    return {framebuffer_.generation_, framebuffer_.seen(), std::exchange(changed_, {})};
}

void FramebufferWatch::add(const Rectangle& rectangle) {
    for (Rectangle& known : changed_)
        if (around(known, rectangle) == known)
            return;
    if (changed_.size() < kMostRectangles) {
        changed_.push_back(rectangle);
        return;
    }
    Rectangle all = rectangle;
    for (const Rectangle& known : changed_)
        all = around(all, known);
    changed_.assign(1, all);
}

}  // namespace devices::display
