// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "clock.h"
#include "hypervisor/interrupts/interrupt_line.h"
#include "pit_channel.h"
#include "port_bus.h"

namespace devices {

/// A PC's 8254 timer and the system control port that belongs to it: channel 0 drives IRQ 0,
/// channel 2 has its GATE and OUT at port 0x61. Periods of channel 0 that pass while the host is
/// late, or that are shorter than kShortestInterval, count as one interrupt.
///
/// Thread safety: all methods from any thread; one short lock.
class Pit : public PortDevice {
  public:
    static constexpr std::uint16_t kFirstPort = 0x40;
    static constexpr std::uint16_t kControlPort = 0x43;
    static constexpr std::uint16_t kSystemControlPort = 0x61;
    static constexpr unsigned kInterrupt = 0;
    static constexpr std::uint64_t kHertz = 1'193'182;
    /// Nanoseconds between two interrupts that a guest can't go below.
    static constexpr std::uint64_t kShortestInterval = 50'000;

    Pit(Clock& clock, hypervisor::InterruptLine interrupt);

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);

    /// The state after power-on: all channels idle, interrupt line low.
    void reset();

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    [[nodiscard]] std::uint64_t ticks() const { return cyclesIn(clock_.now(), kHertz); }
    [[nodiscard]] std::uint8_t readSystemControl(std::uint64_t now);
    void writeControl(std::uint64_t now, std::uint8_t value);
    void readBack(std::uint64_t now, std::uint8_t command);
    /// Interrupts if a rise of channel 0 is due.
    void elapse(std::uint64_t now);
    /// Brings the interrupt line and the alarm into step with channel 0.
    void follow(std::uint64_t now);

    static constexpr unsigned kSpeaker = 2;

    Clock& clock_;
    const hypervisor::InterruptLine interrupt_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::array<PitChannel, 3> channels_;
    std::uint8_t systemControl_ = 0;
    bool output0_ = true;
    std::optional<std::uint64_t> nextRise_;  // in ticks
    std::uint64_t lastInterrupt_ = 0;        // in nanoseconds
    // Last, so that it goes first: its callback uses the others.
    std::unique_ptr<Alarm> alarm_;
};

}  // namespace devices
