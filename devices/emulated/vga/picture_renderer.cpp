// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_renderer.h"

#include "blink_phase.h"
#include "canvas.h"
#include "line_renderer.h"

namespace devices::vga {

namespace {

void darken(Canvas& canvas) {
    const std::vector<std::uint32_t> black(canvas.width(), 0);
    for (std::uint32_t line = 0; line < canvas.height(); ++line)
        canvas.put(0, line, black);
}

}  // namespace

bool PictureRenderer::looksDifferent(const ScreenState& state, const ScreenLayout& layout) const {
    if (!drawn_ || layout != layout_ || !state.interface.showsAs(drawn_->interface))
        return true;
    const Registers& now = state.registers;
    const Registers& before = drawn_->registers;
    // Text knows by itself where its characters come from.
    const bool hasMoved = layout.kind != PictureKind::Text &&
                          now.crtController.start() != before.crtController.start();
    return hasMoved || now.sequencer.shown() != before.sequencer.shown() ||
           now.crtController.shown() != before.crtController.shown() ||
           now.graphicsController.shown() != before.graphicsController.shown() ||
           now.attributeController.shown() != before.attributeController.shown() ||
           !now.colorConverter.showsAs(before.colorConverter);
}

PictureRenderer::Result PictureRenderer::draw(const ScreenState& state, const ScreenLayout& layout,
                                              const display::VideoMemory& memory, std::byte* pixels,
                                              Extent extent, std::uint64_t nanoseconds) {
    const bool isWhole = extent == Extent::Everything || looksDifferent(state, layout);
    DirtyPages dirty = state.dirty;
    if (isWhole)
        dirty.markAll();
    drawn_ = state;
    layout_ = layout;
    Canvas canvas(pixels, layout.width, layout.height);
    Result result;
    if (layout.isDark) {
        if (isWhole)
            darken(canvas);
    } else if (layout.kind == PictureKind::Text) {
        if (isWhole)
            text_.forget();
        const BlinkPhase phase = blinkPhaseAt(nanoseconds);
        if (text_.draw(state, layout, memory, dirty, phase, canvas))
            result.nextPhase = phase.until;
    } else if (dirty.any()) {
        LineRenderer(state, layout, memory).draw(canvas, dirty);
    }
    result.changes = canvas.changes();
    return result;
}

}  // namespace devices::vga
