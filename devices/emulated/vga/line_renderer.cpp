// SPDX-License-Identifier: GPL-3.0-or-later
#include "line_renderer.h"

#include <cstring>

#include "plane_memory.h"

namespace devices::vga {

namespace {

constexpr unsigned kMostLeftOut = 16;

/// A part of a colour, of `bits`, as one of 8.
constexpr std::uint32_t widened(std::uint32_t part, unsigned bits) {
    return bits == 5 ? part << 3 | part >> 2 : part << 2 | part >> 4;
}

constexpr std::uint32_t fromHighColor(std::uint32_t pixel, unsigned greenBits) {
    const std::uint32_t red = widened(pixel >> (5 + greenBits) & 0x1F, 5);
    const std::uint32_t green = widened(pixel >> 5 & ((1U << greenBits) - 1), greenBits);
    return red << 16 | green << 8 | widened(pixel & 0x1F, 5);
}

template <class T>
T valueAt(const std::byte* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

}  // namespace

LineRenderer::LineRenderer(const ScreenState& state, const ScreenLayout& layout,
                           const display::VideoMemory& memory)
    : state_(state),
      layout_(layout),
      memory_(memory),
      plane_(state.interface.isEnabled() ? memory.size() / 4 : PlaneMemory::kPlane),
      line_(layout.width + 2 * kMostLeftOut) {
    const Registers& registers = state.registers;
    for (unsigned index = 0; index < palette_.size(); ++index)
        palette_[index] = registers.colorConverter.shown(static_cast<std::uint8_t>(index));
    const unsigned shown = registers.attributeController.shownPlanes();
    for (unsigned color = 0; color < colors_.size(); ++color)
        colors_[color] = palette_[registers.attributeController.colorOf(color & shown)];
}

LineRenderer::Source LineRenderer::sourceOf(std::uint32_t line) const {
    const DisplayInterface& interface = state_.interface;
    if (interface.isEnabled())
        return {interface.start() + line * interface.pitch(), interface.leftOut()};
    const LinePlace place = placeOf(state_.registers.crtController, line * layout_.linesPerLine);
    return {0, panningOf(state_, layout_.kind, place.isLowerPart), place};
}

bool LineRenderer::isDirty(const Source& source, const DirtyPages& dirty) const {
    if (layout_.kind == PictureKind::Linear)
        return dirty.any(source.start,
                         std::uint64_t{layout_.width} * ((state_.interface.bits() + 7) / 8));
    if (state_.interface.isEnabled())
        return dirty.any(source.start * 4, (layout_.width / 8 + 1) * 4);
    const CrtController& controller = state_.registers.crtController;
    const unsigned characters = layout_.width / (layout_.kind == PictureKind::Bytes ? 4 : 8) + 1;
    const unsigned first = controller.addressOf(source.place.count, source.place.line);
    const unsigned last =
        controller.addressOf(source.place.count + characters - 1, source.place.line);
    // Lines that pass the end of the planes, or of a bank, are looked at as a whole.
    if (last < first)
        return dirty.any(0, plane_ * 4);
    return dirty.any(std::uint64_t{first} * 4, (std::uint64_t{last - first} + 1) * 4);
}

void LineRenderer::draw(Canvas& canvas, const DirtyPages& dirty) {
    for (std::uint32_t line = 0; line < layout_.height; ++line) {
        const Source source = sourceOf(line);
        if (!isDirty(source, dirty))
            continue;
        drawLine(source);
        canvas.put(0, line, std::span(line_).subspan(source.panning, layout_.width));
    }
}

void LineRenderer::drawLine(const Source& source) {
    switch (layout_.kind) {
        case PictureKind::Planes:
            return drawPlanes(source);
        case PictureKind::Pairs:
            return drawPairs(source);
        case PictureKind::Bytes:
            return drawBytes(source);
        case PictureKind::Linear:
            return drawLinear(source);
        case PictureKind::Nothing:
        case PictureKind::Text:
            return;
    }
}

std::uint32_t LineRenderer::planesOf(const Source& source, unsigned character) const {
    const std::uint64_t address = state_.interface.isEnabled()
                                      ? (source.start + character) % plane_
                                      : state_.registers.crtController.addressOf(
                                            source.place.count + character, source.place.line);
    return valueAt<std::uint32_t>(memory_.bytes() + address * 4);
}

void LineRenderer::drawPlanes(const Source& source) {
    const unsigned end = layout_.width + source.panning;
    for (unsigned x = 0; x < end; x += 8) {
        const std::uint32_t planes = planesOf(source, x / 8);
        for (unsigned bit = 0; bit < 8; ++bit) {
            const std::uint32_t at = planes >> (7 - bit);
            line_[x + bit] = colors_[(at & 1) | (at >> 7 & 2) | (at >> 14 & 4) | (at >> 21 & 8)];
        }
    }
}

void LineRenderer::drawPairs(const Source& source) {
    const unsigned end = layout_.width + source.panning;
    for (unsigned x = 0; x < end; x += 8) {
        const std::uint32_t planes = planesOf(source, x / 8);
        // The first four pixels come from planes 0 and 2, the others from 1 and 3.
        for (unsigned pixel = 0; pixel < 8; ++pixel) {
            const std::uint32_t at = planes >> ((pixel & 4) * 2) >> (6 - (pixel & 3) * 2);
            line_[x + pixel] = colors_[(at & 3) | (at >> 14 & 12)];
        }
    }
}

void LineRenderer::drawBytes(const Source& source) {
    const unsigned end = layout_.width + source.panning;
    for (unsigned x = 0; x < end; x += 4) {
        const std::uint32_t planes = planesOf(source, x / 4);
        for (unsigned plane = 0; plane < 4; ++plane)
            line_[x + plane] = palette_[planes >> plane * 8 & 0xFF];
    }
}

void LineRenderer::drawLinear(const Source& source) {
    const std::byte* const from = memory_.bytes() + source.start;
    const std::uint32_t width = layout_.width;
    switch (state_.interface.bits()) {
        case 8:
            for (std::uint32_t x = 0; x < width; ++x)
                line_[x] = palette_[std::to_integer<std::uint8_t>(from[x])];
            return;
        case 15:
            for (std::uint32_t x = 0; x < width; ++x)
                line_[x] = fromHighColor(valueAt<std::uint16_t>(from + x * 2ULL), 5);
            return;
        case 16:
            for (std::uint32_t x = 0; x < width; ++x)
                line_[x] = fromHighColor(valueAt<std::uint16_t>(from + x * 2ULL), 6);
            return;
        case 24:
            for (std::uint32_t x = 0; x < width; ++x)
                line_[x] = valueAt<std::uint16_t>(from + x * 3ULL) |
                           std::to_integer<std::uint32_t>(from[x * 3ULL + 2]) << 16;
            return;
        default:
            std::memcpy(line_.data(), from, width * sizeof(std::uint32_t));
            return;
    }
}

}  // namespace devices::vga
