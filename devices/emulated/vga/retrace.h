// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace devices::vga {

class CrtController;
class Sequencer;

/// Where the beam of a tube would be.
struct BeamState {
    /// Beside, above or below the picture.
    bool isBlank = false;
    /// On its way back to the top. It takes until the end of the frame, longer than on a real
    /// adapter, so that guests that look rarely see it.
    bool isReturning = false;
};

/// At `nanoseconds` of a clock. `clockSelect`: bits 2 and 3 of the miscellaneous output register.
/// Where the registers say no plausible timing, that of 640x480 at 60 Hz.
[[nodiscard]] BeamState beamAt(std::uint64_t nanoseconds, const CrtController& controller,
                               const Sequencer& sequencer, unsigned clockSelect);

}  // namespace devices::vga
