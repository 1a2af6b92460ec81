// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace devices::vga {

/// What blinks at a time: the cursor is seen for 8 frames of 16, blinking text for 16 of 32, of
/// which there are 70 a second.
struct BlinkPhase {
    bool isCursorSeen = true;
    bool isTextSeen = true;
    /// Nanoseconds of the clock at which that changes.
    std::uint64_t until = 0;
};

[[nodiscard]] constexpr BlinkPhase blinkPhaseAt(std::uint64_t nanoseconds) {
    constexpr std::uint64_t kEightFrames = 8ULL * 1'000'000'000 / 70;
    const std::uint64_t count = nanoseconds / kEightFrames;
    return {(count & 1) == 0, (count & 2) == 0, (count + 1) * kEightFrames};
}

}  // namespace devices::vga
