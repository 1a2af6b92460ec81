// SPDX-License-Identifier: GPL-3.0-or-later
#include "text_renderer.h"

#include <algorithm>

#include "plane_memory.h"

namespace devices::vga {

namespace {

constexpr unsigned kCharacterPlane = 0;
constexpr unsigned kAttributePlane = 1;
constexpr unsigned kFontPlane = 2;

constexpr std::uint8_t kBlinks = 0x80;
constexpr std::uint8_t kSecondFont = 0x08;

std::uint8_t byteAt(const display::VideoMemory& memory, unsigned address, unsigned plane) {
    return std::to_integer<std::uint8_t>(memory.bytes()[address * std::uint64_t{4} + plane]);
}

/// Characters of boxes, which join their neighbours.
constexpr bool isLineGraphics(std::uint8_t glyph) {
    return glyph >= 0xC0 && glyph <= 0xDF;
}

}  // namespace

void TextRenderer::readFont(Font& font, unsigned offset, const display::VideoMemory& memory,
                            const DirtyPages& dirty) {
    font.changed.reset();
    constexpr std::uint64_t kBytes = std::uint64_t{kGlyphs} * kGlyphHeight;
    if (font.offset == offset && !dirty.any(offset * std::uint64_t{4}, kBytes * 4))
        return;
    font.offset = offset;
    for (unsigned i = 0; i < kBytes; ++i) {
        const std::uint8_t line = byteAt(memory, offset + i, kFontPlane);
        if (line != font.lines[i])
            font.changed.set(i / kGlyphHeight);
        font.lines[i] = line;
    }
}

std::vector<TextRenderer::Band> TextRenderer::bandsOf(const ScreenState& state,
                                                      const ScreenLayout& layout) const {
    std::vector<Band> bands;
    for (std::uint32_t line = 0; line < layout.height; ++line) {
        const LinePlace place = placeOf(state.registers.crtController, line);
        if (bands.empty() || bands.back().place.count != place.count ||
            bands.back().place.isLowerPart != place.isLowerPart)
            bands.push_back(
                {line, line, place, panningOf(state, PictureKind::Text, place.isLowerPart)});
        bands.back().end = line + 1;
    }
    return bands;
}

bool TextRenderer::draw(const ScreenState& state, const ScreenLayout& layout,
                        const display::VideoMemory& memory, const DirtyPages& dirty,
                        const BlinkPhase& phase, Canvas& canvas) {
    const Registers& registers = state.registers;
    const CrtController& controller = registers.crtController;
    const AttributeController& attributes = registers.attributeController;
    for (unsigned font = 0; font < fonts_.size(); ++font)
        readFont(fonts_[font], registers.sequencer.fontOffset(font), memory, dirty);
    for (unsigned color = 0; color < colors_.size(); ++color)
        colors_[color] =
            registers.colorConverter.shown(attributes.colorOf(color & attributes.shownPlanes()));

    const std::vector<Band> bands = bandsOf(state, layout);
    // One more for what panning lets in.
    const unsigned columns = controller.shownCharacters() + 1;
    if (cells_.size() != bands.size() * columns)
        cells_.assign(bands.size() * columns, {});
    const bool hasCursor = controller.showsCursor() &&
                           controller.cursorFirst() <= controller.cursorLast() &&
                           controller.cursorFirst() < controller.rowHeight();
    bool blinks = false;
    for (std::size_t row = 0; row < bands.size(); ++row) {
        const Band& band = bands[row];
        for (unsigned column = 0; column < columns; ++column) {
            const unsigned count = (band.place.count + column) & 0xFFFF;
            const unsigned address = controller.addressOf(count, 0);
            Cell cell{.glyph = byteAt(memory, address, kCharacterPlane),
                      .attribute = byteAt(memory, address, kAttributePlane),
                      .isKnown = true};
            if (hasCursor && count == controller.cursor()) {
                blinks = true;
                cell.hasCursor = phase.isCursorSeen;
            }
            if (attributes.blinks() && (cell.attribute & kBlinks) != 0) {
                blinks = true;
                cell.attribute &= static_cast<std::uint8_t>(~kBlinks);
                cell.isHidden = !phase.isTextSeen;
            }
            const unsigned font = (cell.attribute & kSecondFont) != 0 ? 1 : 0;
            const bool hasChanged = fonts_[font].changed.test(cell.glyph);
            Cell& drawn = cells_[row * columns + column];
            if (cell == drawn && !hasChanged)
                continue;
            drawn = cell;
            drawCell(state, band, column, cell, canvas);
        }
    }
    return blinks;
}

void TextRenderer::drawCell(const ScreenState& state, const Band& band, unsigned column,
                            const Cell& cell, Canvas& canvas) const {
    const Registers& registers = state.registers;
    const CrtController& controller = registers.crtController;
    const unsigned dots = registers.sequencer.dotsPerCharacter();
    // What of it is inside the picture.
    const unsigned left = column * dots;
    const unsigned skipped = left < band.panning ? std::min(band.panning - left, dots) : 0;
    const unsigned x = left + skipped - band.panning;
    if (skipped == dots || x >= canvas.width())
        return;
    const unsigned shown = std::min(dots - skipped, canvas.width() - x);

    const std::uint32_t fore = colors_[cell.attribute & 15];
    const std::uint32_t ground = colors_[cell.attribute >> 4];
    const Font& font = fonts_[(cell.attribute & kSecondFont) != 0 ? 1 : 0];
    const bool isUnderlined =
        registers.attributeController.isMonochrome() && (cell.attribute & 7) == 1;
    const bool joins =
        registers.attributeController.extendsLineGraphics() && isLineGraphics(cell.glyph);
    std::array<std::uint32_t, 9> pixels{};
    for (std::uint32_t y = band.first; y < band.end; ++y) {
        const unsigned line = placeOf(controller, y).line;
        unsigned bits = font.lines[cell.glyph * kGlyphHeight + line] * 2U;
        if (cell.isHidden)
            bits = 0;
        if (joins)
            bits |= bits >> 1 & 1;
        const bool isCursor =
            cell.hasCursor && line >= controller.cursorFirst() && line <= controller.cursorLast();
        if (isCursor || (isUnderlined && !cell.isHidden && line == controller.underline()))
            bits = 0x1FF;
        for (unsigned dot = 0; dot < dots; ++dot)
            pixels[dot] = (bits >> (8 - dot) & 1) != 0 ? fore : ground;
        canvas.put(x, y, std::span(pixels).subspan(skipped, shown));
    }
}

}  // namespace devices::vga
