// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <utility>

#include "hypervisor/interrupts/interrupt_line.h"
#include "registers.h"

namespace devices::tulip {

/// What the two processes are at, as CSR5 names it.
enum class ReceiveState : std::uint8_t { Stopped = 0, Waiting = 3, Suspended = 4 };
enum class TransmitState : std::uint8_t { Stopped = 0, Fetching = 1, Suspended = 6 };

/// CSR5 and CSR7, and the interrupt line, which follows them.
///
/// Thread safety: one call at a time.
class InterruptStatus {
  public:
    explicit InterruptStatus(hypervisor::InterruptLine line) : line_(std::move(line)) {}

    /// As after power-on, the line too.
    void reset();

    [[nodiscard]] std::uint32_t read() const;
    /// Bits of `value` that are set go out.
    void acknowledge(std::uint32_t value);
    [[nodiscard]] std::uint32_t enabled() const { return enabled_ | status::kEnableOnes; }
    void enable(std::uint32_t value);

    /// `sources`: of status::kSources.
    void raise(std::uint32_t sources);
    /// Sources that another one takes the place of.
    void withdraw(std::uint32_t sources);

    ReceiveState receiveState = ReceiveState::Stopped;
    TransmitState transmitState = TransmitState::Stopped;

  private:
    /// NIS and AIS, of what is enabled.
    [[nodiscard]] std::uint32_t summary() const;
    void drive();

    const hypervisor::InterruptLine line_;
    std::uint32_t sources_ = 0;
    std::uint32_t enabled_ = 0;
    bool asserted_ = false;
};

}  // namespace devices::tulip
