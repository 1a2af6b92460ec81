// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "hypervisor/interrupts/interrupt_line.h"
#include "port_bus.h"

namespace devices {

/// The PIIX4's SMBus controller with nothing at its bus: whatever is sent to a device ends at once,
/// because none answers. Source: 82371AB data sheet, section 7.3.
///
/// Thread safety: claimPorts() while the machine is built; place() and setInterrupts() by one
/// thread at a time; the ports from any. One short lock.
class SmbusHost final : public PortDevice {
  public:
    static constexpr std::uint16_t kPortCount = 0x10;

    explicit SmbusHost(hypervisor::InterruptLine interrupt);

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);
    /// The guest has put its ports there, or has them nowhere.
    void place(std::optional<std::uint16_t> first);
    /// Whether what it has to say comes as an interrupt.
    void setInterrupts(bool enabled);
    /// The state after power-on.
    void reset();

    /// `port` is an offset.
    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    void writeRegister(unsigned offset, std::uint8_t value);
    void writeControl(std::uint8_t value);
    void updateInterrupt();

    const hypervisor::InterruptLine interrupt_;
    MovablePorts* ports_ = nullptr;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::array<std::uint8_t, kPortCount> registers_{};
    bool interrupts_ = false;
};

}  // namespace devices
