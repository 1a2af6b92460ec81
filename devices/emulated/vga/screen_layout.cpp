// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen_layout.h"

#include <algorithm>

namespace devices::vga {

namespace {

PictureKind kindOf(const GraphicsController& controller) {
    if (!controller.isGraphics())
        return PictureKind::Text;
    if (controller.showsBytes())
        return PictureKind::Bytes;
    return controller.showsPairs() ? PictureKind::Pairs : PictureKind::Planes;
}

/// Of a character, in the picture.
unsigned pixelsPerCharacter(const Registers& registers, PictureKind kind) {
    if (kind == PictureKind::Text)
        return registers.sequencer.dotsPerCharacter();
    return kind == PictureKind::Bytes ? 4 : 8;
}

ScreenLayout layoutOfMode(const DisplayInterface& interface) {
    return {.kind = interface.isPlanar() ? PictureKind::Planes : PictureKind::Linear,
            .width = interface.width(),
            .height = interface.height()};
}

}  // namespace

ScreenLayout layoutOf(const Registers& registers, const DisplayInterface& interface) {
    if (interface.isEnabled())
        return layoutOfMode(interface);
    const CrtController& controller = registers.crtController;
    if (!controller.isProgrammed())
        return {};
    ScreenLayout layout;
    layout.kind = kindOf(registers.graphicsController);
    layout.width = controller.shownCharacters() * pixelsPerCharacter(registers, layout.kind);
    const bool doublesDots =
        layout.kind == PictureKind::Bytes ||
        (layout.kind != PictureKind::Text && registers.sequencer.halvesDotClock());
    if (doublesDots) {
        // Where the line of a row is part of the address, lines of a row differ.
        const bool differs = controller.addressOf(0, 3) != 0;
        layout.linesPerLine =
            (differs ? 1 : controller.rowHeight()) * (controller.doublesLines() ? 2 : 1);
    }
    layout.height = std::max(controller.shownLines() / layout.linesPerLine, 1U);
    layout.isDark = !registers.sequencer.isRunning() || registers.sequencer.isScreenOff() ||
                    !registers.attributeController.isShowing();
    return layout;
}

LinePlace placeOf(const CrtController& controller, unsigned line) {
    const unsigned shift = controller.doublesLines() ? 1 : 0;
    const unsigned compare = controller.lineCompare();
    LinePlace place;
    unsigned lines = 0;
    if (line > compare) {
        place.isLowerPart = true;
        lines = (line - compare - 1) >> shift;
    } else {
        place.count = controller.start() + controller.bytePanning();
        lines = (line >> shift) + controller.presetLine();
    }
    place.count += lines / controller.rowHeight() * controller.rowStep();
    place.line = lines % controller.rowHeight();
    return place;
}

unsigned panningOf(const ScreenState& state, PictureKind kind, bool isLowerPart) {
    const AttributeController& controller = state.registers.attributeController;
    if (isLowerPart && controller.pansUpperPartOnly())
        return 0;
    const unsigned panning = controller.panning();
    if (kind == PictureKind::Text && state.registers.sequencer.dotsPerCharacter() == 9)
        return panning >= 8 ? 0 : panning + 1;
    if (panning >= 8)
        return 0;
    return kind == PictureKind::Bytes ? panning / 2 : panning;
}

}  // namespace devices::vga
