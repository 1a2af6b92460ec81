// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "devices/chipset/clock.h"

namespace devices::tulip {

/// Nanoseconds of a cycle of the timer, by CSR6: of the port and its speed.
[[nodiscard]] std::uint64_t timerCycle(std::uint32_t mode);

/// Nanoseconds between two looks at the transmit list that the adapter takes by itself; 0: it takes
/// none. By CSR0 and CSR6.
[[nodiscard]] std::uint64_t pollingPeriod(std::uint32_t busMode, std::uint32_t mode);

/// CSR11, which counts down to an interrupt, once or again and again. Source: the 21140A's manual,
/// section 3.2; the mitigation of interrupts that its successor has in the same register, it has
/// not.
///
/// Thread safety: one call at a time.
class GeneralTimer {
  public:
    /// `clock` outlives it. `rang` is called on the clock's thread, and calls expired().
    GeneralTimer(Clock& clock, std::function<void()> rang)
        : clock_(clock), alarm_(clock.createAlarm(std::move(rang))) {}

    void reset();
    /// `cycle`: timerCycle() now.
    void write(std::uint32_t value, std::uint64_t cycle);
    [[nodiscard]] std::uint32_t read() const;
    /// False when that alarm was of no use any more.
    [[nodiscard]] bool expired();

  private:
    void arm();

    const Clock& clock_;
    std::uint64_t cycle_ = 0;
    /// Cycles; 0: it stands still.
    std::uint32_t count_ = 0;
    bool isContinuous_ = false;
    std::uint64_t end_ = 0;
    // Last, so that it goes first: it calls back.
    std::unique_ptr<Alarm> alarm_;
};

}  // namespace devices::tulip
