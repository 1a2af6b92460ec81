// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <mutex>

#include "clock.h"
#include "hypervisor/interrupts/interrupt_line.h"
#include "machine_control.h"
#include "port_bus.h"

namespace devices {

/// ACPI's fixed hardware: the PM1a event and control registers, the PM timer, the port that
/// turns ACPI mode on and off, and the power button. Source: ACPI specification, chapter 4.8.
///
/// Thread safety: all methods from any thread; one short lock, none for the PM timer.
class AcpiPowerManagement : public PortDevice {
  public:
    // What the FADT and the DSDT tell the guest.
    static constexpr std::uint16_t kEventPort = 0x600;    ///< PM1a status, enable: 2 bytes each
    static constexpr std::uint16_t kControlPort = 0x604;  ///< PM1a control: 2 bytes
    static constexpr std::uint16_t kTimerPort = 0x608;    ///< PM timer: 4 bytes, 32 bits count
    static constexpr std::uint16_t kPortCount = 0x10;
    static constexpr std::uint16_t kSmiCommandPort = 0xB2;
    static constexpr std::uint8_t kEnableCommand = 0xF1;
    static constexpr std::uint8_t kDisableCommand = 0xF0;
    static constexpr unsigned kInterrupt = 9;        ///< SCI: level-triggered
    static constexpr std::uint8_t kSleepTypeS5 = 5;  ///< both bytes of \_S5
    static constexpr std::uint64_t kTimerHertz = 3'579'545;

    AcpiPowerManagement(const Clock& clock, MachineControl& machine,
                        hypervisor::InterruptLine interrupt);

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);

    /// The state after power-on: legacy mode, no events.
    void reset();

    /// Tells the guest that its power button was pressed; it may take that as a wish to shut down.
    void pressPowerButton();

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    [[nodiscard]] std::uint32_t timer() const;
    [[nodiscard]] std::uint8_t readRegister(std::uint16_t port) const;
    void writeRegister(std::uint16_t port, std::uint8_t value);
    void writeControl(std::uint8_t upperByte);
    void updateInterrupt();

    const Clock& clock_;
    MachineControl& machine_;
    const hypervisor::InterruptLine interrupt_;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::uint16_t status_ = 0;
    std::uint16_t enable_ = 0;
    std::uint16_t control_ = 0;
    std::uint8_t smiCommand_ = 0;
    std::uint8_t smiStatus_ = 0;
};

}  // namespace devices
