// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

#include "clock.h"
#include "hypervisor/interrupts/interrupt_line.h"
#include "port_bus.h"
#include "rtc_time.h"

namespace devices {

/// What firmware finds in the CMOS memory about its machine.
struct CmosContents {
    std::uint64_t memoryBelow4GiB = 0;  ///< bytes of RAM that start at address 0
    std::uint64_t memoryAbove4GiB = 0;
    std::uint32_t processors = 1;
    /// Which diskette drive A is, as PC firmware numbers their kinds; 0: none.
    std::uint8_t disketteDrive = 0;
};

/// A PC's real-time clock with 128 bytes of CMOS memory. It shows the host's time of day (UTC),
/// moved by as much as the guest has set it. Sources: Motorola MC146818A data sheet; the cells'
/// meaning as PC firmware uses them.
///
/// Thread safety: all methods from any thread; one short lock.
class Rtc : public PortDevice {
  public:
    static constexpr std::uint16_t kIndexPort = 0x70;
    static constexpr std::uint16_t kDataPort = 0x71;
    static constexpr unsigned kInterrupt = 8;
    /// FADT CENTURY.
    static constexpr std::uint8_t kCenturyCell = 0x32;

    Rtc(Clock& clock, hypervisor::InterruptLine interrupt, const CmosContents& contents);

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);

    /// A machine reset: interrupts off; time and memory stay, as they are on the battery.
    void reset();

    /// Bit 7 of the index port: the guest holds off non-maskable interrupts.
    [[nodiscard]] bool nmiDisabled() const;

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    void setMemorySize(const CmosContents& contents);
    [[nodiscard]] RtcFormat format() const;
    /// The time does not advance: it is being set, or the oscillator's divider is held.
    [[nodiscard]] bool isHalted() const;
    [[nodiscard]] std::int64_t guestTime() const;
    [[nodiscard]] bool isTimeCell(std::uint8_t cell) const;
    void showTime();
    void takeTime(std::int64_t fraction);
    [[nodiscard]] bool updateInProgress() const;
    [[nodiscard]] bool alarmMatches(std::int64_t second) const;
    [[nodiscard]] std::uint64_t periodicHertz() const;

    [[nodiscard]] std::uint8_t readCell(std::uint8_t cell);
    void writeCell(std::uint8_t cell, std::uint8_t value);
    void writeControl(std::uint8_t cell, std::uint8_t value);
    /// Sets the flags of what has happened since the last call.
    void advance();
    /// Brings the interrupt line and the alarm into step with flags and enables.
    void follow();

    Clock& clock_;
    const hypervisor::InterruptLine interrupt_;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::uint8_t index_ = 0;
    bool nmiDisabled_ = false;
    // The time's cells are current only while the time is halted, or after showTime().
    std::array<std::uint8_t, 128> cells_{};
    std::int64_t offset_ = 0;  // nanoseconds from the host's time of day to the guest's
    unsigned weekdayShift_ = 0;
    std::int64_t lastSecond_ = 0;         // up to where advance() has looked
    std::uint64_t lastPeriodicTick_ = 0;  // same, in periods of the present rate
    // Last, so that it goes first: its callback uses the others.
    std::unique_ptr<Alarm> alarm_;
};

}  // namespace devices
