// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrace.h"

#include "crt_controller.h"
#include "devices/chipset/clock.h"
#include "sequencer.h"

namespace devices::vga {

namespace {

/// All in dots and lines of a frame.
struct Timing {
    std::uint64_t hertz = 25'175'000;
    unsigned dots = 800;
    unsigned lines = 525;
    unsigned shownDots = 640;
    unsigned shownLines = 480;
    unsigned retraceLine = 490;
};

Timing timingOf(const CrtController& controller, const Sequencer& sequencer, unsigned clockSelect) {
    Timing timing;
    timing.hertz = clockSelect == 1 ? 28'322'000 : 25'175'000;
    if (sequencer.halvesDotClock())
        timing.hertz /= 2;
    const unsigned character = sequencer.dotsPerCharacter();
    timing.dots = controller.horizontalTotal() * character;
    timing.shownDots = controller.shownCharacters() * character;
    timing.lines = controller.verticalTotal();
    timing.shownLines = controller.shownLines();
    timing.retraceLine = controller.retraceStart();
    const std::uint64_t frame = std::uint64_t{timing.dots} * timing.lines;
    // A tube does 40 to 120 frames a second.
    const bool isPlausible = timing.shownDots < timing.dots && timing.shownLines < timing.lines &&
                             timing.retraceLine >= timing.shownLines &&
                             timing.retraceLine < timing.lines && frame * 40 < timing.hertz &&
                             timing.hertz < frame * 120;
    return isPlausible ? timing : Timing{};
}

}  // namespace

BeamState beamAt(std::uint64_t nanoseconds, const CrtController& controller,
                 const Sequencer& sequencer, unsigned clockSelect) {
    const Timing timing = timingOf(controller, sequencer, clockSelect);
    const std::uint64_t frame = std::uint64_t{timing.dots} * timing.lines;
    const std::uint64_t place = cyclesIn(nanoseconds, timing.hertz) % frame;
    const std::uint64_t line = place / timing.dots;
    const std::uint64_t dot = place % timing.dots;
    return {line >= timing.shownLines || dot >= timing.shownDots, line >= timing.retraceLine};
}

}  // namespace devices::vga
