// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace devices {

/// One counter of an 8254 as a function of time, in ticks of its 1.193182 MHz input; without a
/// lock or an alarm. Source: Intel 8254 data sheet. A count is taken to be loaded in the tick in
/// which it was written.
class PitChannel {
  public:
    /// The state after power-on, which the data sheet leaves open: idle, with OUT high.
    PitChannel() = default;

    /// The control word's bits for this counter; access bits 0 (latch) are latchCount().
    void writeControl(std::uint64_t now, std::uint8_t control);
    void latchCount(std::uint64_t now);
    void latchStatus(std::uint64_t now);
    void writeCount(std::uint64_t now, std::uint8_t value);
    [[nodiscard]] std::uint8_t readCount(std::uint64_t now);
    void setGate(std::uint64_t now, bool high);

    [[nodiscard]] bool isPeriodic() const { return mode_ == 2 || mode_ == 3; }
    [[nodiscard]] bool output(std::uint64_t now);
    /// The first tick after `now` at which OUT rises, if nothing is written before. Modes 2 and 3
    /// give one for each period.
    [[nodiscard]] std::optional<std::uint64_t> nextRise(std::uint64_t now);

  private:
    enum class Access : std::uint8_t { LowByte = 1, HighByte = 2, LowThenHigh = 3 };

    [[nodiscard]] bool isTriggered() const { return mode_ == 1 || mode_ == 5; }
    /// Ticks since the count was loaded, those with GATE low left out where GATE suspends.
    [[nodiscard]] std::uint64_t elapsed(std::uint64_t now) const;
    /// Takes over, in the periodic modes, a count that was written for the next period.
    void settle(std::uint64_t now);
    void load(std::uint64_t now, std::uint32_t count);
    void takeCount(std::uint64_t now, std::uint16_t written);
    [[nodiscard]] std::uint16_t count(std::uint64_t now) const;
    [[nodiscard]] std::uint32_t modulus() const { return bcd_ ? 10'000 : 65'536; }

    std::uint8_t mode_ = 3;
    bool bcd_ = false;
    Access access_ = Access::LowThenHigh;
    bool gate_ = true;

    // The count in force: 1 to modulus(), or in the periodic modes 2 to modulus().
    std::uint32_t reload_ = 65'536;
    bool loaded_ = false;                // counting, or suspended by GATE
    bool running_ = false;               // counting
    std::uint64_t start_ = 0;            // running: the tick at which elapsed() was zero
    std::uint64_t suspendedAt_ = 0;      // loaded, not running: elapsed() then
    std::optional<std::uint32_t> next_;  // written, not in force yet ("null count")

    std::uint8_t firstByte_ = 0;
    bool secondWrite_ = false;
    bool secondRead_ = false;
    std::optional<std::uint16_t> latchedCount_;
    std::optional<std::uint8_t> latchedStatus_;
};

}  // namespace devices
