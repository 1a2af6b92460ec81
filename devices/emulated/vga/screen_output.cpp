// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen_output.h"

#include <algorithm>
#include <utility>

#include "screen_layout.h"

namespace devices::vga {

using display::Changes;
using display::FramebufferView;

namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
/// So that a guest is through with what it has begun to write.
constexpr std::uint64_t kShortestDelay = 5 * kMillisecond;
constexpr std::uint64_t kLongestInterval = 250 * kMillisecond;

bool isSame(const FramebufferView& one, const FramebufferView& other) {
    return one.memory == other.memory && one.offset == other.offset && one.mode == other.mode;
}

}  // namespace

ScreenOutput::ScreenOutput(Clock& clock, display::Framebuffer& framebuffer,
                           std::shared_ptr<const display::VideoMemory> memory,
                           std::shared_ptr<const display::VideoMemory> picture, Wiring wiring)
    : clock_(clock),
      framebuffer_(framebuffer),
      memory_(std::move(memory)),
      picture_(std::move(picture)),
      wiring_(std::move(wiring)),
      wakeAlarm_(clock.createAlarm([this] { postUpdate(Extent::Changes); })),
      againAlarm_(clock.createAlarm([this] { postUpdate(Extent::Changes); })) {}

ScreenOutput::~ScreenOutput() {
    {
        const std::scoped_lock lock(drawing_);
        hasEnded_ = true;
    }
    framebuffer_.hide(*this);
    // From here on nothing posts but callbacks that run, which these wait for.
    wakeAlarm_.reset();
    againAlarm_.reset();
    wiring_.forget();
}

void ScreenOutput::wake() {
    if (isWoken_.exchange(true))
        return;
    wakeAlarm_->set(std::max(clock_.now() + kShortestDelay,
                             lastUpdate_.load(std::memory_order_relaxed) + kShortestInterval));
}

void ScreenOutput::postUpdate(Extent extent) {
    wiring_.post([this, extent] { update(extent); });
}

void ScreenOutput::watchersChanged() {
    // Others may have written to the memory while this was not seen.
    postUpdate(Extent::Everything);
}

void ScreenOutput::bringUpToDate() {
    update(Extent::Everything);
}

void ScreenOutput::reset() {
    const std::scoped_lock lock(drawing_);
    framebuffer_.hide(*this);
    shown_.reset();
    renderer_ = {};
    isDrawing_ = false;
    wakeAlarm_->cancel();
    againAlarm_->cancel();
    isWoken_ = false;
}

std::optional<FramebufferView> ScreenOutput::directView(const DisplayInterface& interface) const {
    if (!interface.isEnabled() || interface.bits() != 32)
        return std::nullopt;
    return FramebufferView{
        memory_,
        interface.start(),
        {interface.width(), interface.height(), static_cast<std::uint32_t>(interface.pitch())},
        Changes::Sought};
}

bool ScreenOutput::show(const FramebufferView& view) {
    if (shown_ && isSame(*shown_, view))
        return false;
    shown_.reset();
    if (framebuffer_.show(*this, view))
        shown_ = view;
    return true;
}

void ScreenOutput::update(Extent extent) {
    const std::scoped_lock lock(drawing_);
    if (hasEnded_)
        return;
    isWoken_ = false;
    const std::uint64_t now = clock_.now();
    lastUpdate_ = now;
    // Before the state is taken: what is written later wakes again.
    const bool isWatched = framebuffer_.isWatched(*this);
    isDrawing_ = isWatched;
    ScreenState state = wiring_.takeState();
    state.dirty |= std::exchange(pending_, {});
    const ScreenLayout layout = layoutOf(state.registers, state.interface);
    if (layout.kind == PictureKind::Nothing) {
        if (std::exchange(shown_, std::nullopt))
            framebuffer_.hide(*this);
        return;
    }
    if (const auto direct = directView(state.interface)) {
        static_cast<void>(show(*direct));
        isDrawing_ = false;
        renderer_ = {};
        return;
    }
    const FramebufferView view{
        picture_,
        0,
        {layout.width, layout.height, layout.width * display::kBytesPerPixel},
        Changes::Told};
    const bool isNew = !shown_ || !isSame(*shown_, view);
    if (!isWatched && !isNew && extent == Extent::Changes) {
        pending_ = state.dirty;
        return;
    }
    const bool isSought = state.interface.isEnabled();
    const auto drawn = renderer_.draw(state, layout, *memory_, picture_->bytes(),
                                      isSought ? Extent::Everything : extent, now);
    if (!show(view))
        framebuffer_.changed(*this, drawn.changes);
    if (framebuffer_.isWatched(*this))
        drawAgain(drawn, isSought);
}

void ScreenOutput::drawAgain(const PictureRenderer::Result& drawn, bool isSought) {
    isDrawing_ = true;
    seekInterval_ =
        drawn.changes.empty() ? std::min(seekInterval_ * 2, kLongestInterval) : kShortestInterval;
    if (isSought)
        againAlarm_->set(lastUpdate_ + seekInterval_);
    else if (drawn.nextPhase)
        againAlarm_->set(*drawn.nextPhase);
    else
        againAlarm_->cancel();
}

}  // namespace devices::vga
