// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "clock.h"
#include "hypervisor/interrupts/interrupt_line.h"
#include "machine_control.h"
#include "port_bus.h"

namespace devices {

/// The PIIX4's power management as far as guests use it: ACPI's fixed hardware with the PM1a event
/// and control registers, the PM timer and the power button, the port that turns ACPI mode on and
/// off, and registers that keep what is written. Source: ACPI specification, chapter 4.8; 82371AB
/// data sheet, section 7.2, but for a timer of 32 bits.
///
/// Thread safety: claimPorts() while the machine is built, place() by one thread at a time; all
/// else from any thread; one short lock, none for the PM timer.
class AcpiPowerManagement : public PortDevice {
  public:
    // What the FADT and the DSDT tell the guest, and where firmware puts it.
    static constexpr std::uint16_t kEventPort = 0x600;    ///< PM1a status, enable: 2 bytes each
    static constexpr std::uint16_t kControlPort = 0x604;  ///< PM1a control: 2 bytes
    static constexpr std::uint16_t kTimerPort = 0x608;    ///< PM timer: 4 bytes, 32 bits count
    static constexpr std::uint16_t kPortCount = 0x40;
    static constexpr std::uint16_t kSmiCommandPort = 0xB2;
    static constexpr std::uint8_t kEnableCommand = 0xF1;
    static constexpr std::uint8_t kDisableCommand = 0xF0;
    static constexpr unsigned kInterrupt = 9;        ///< SCI: level-triggered
    static constexpr std::uint8_t kSleepTypeS5 = 0;  ///< both bytes of \_S5
    static constexpr std::uint64_t kTimerHertz = 3'579'545;

    AcpiPowerManagement(const Clock& clock, MachineControl& machine,
                        hypervisor::InterruptLine interrupt);

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);
    /// The guest has put its registers there, or has them nowhere.
    void place(std::optional<std::uint16_t> first);

    /// The state after power-on: legacy mode, no events.
    void reset();

    /// Tells the guest that its power button was pressed; it may take that as a wish to shut down.
    void pressPowerButton();

    /// `port` is an offset.
    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    /// The SMI command port and the one beside it, by which firmware and system would talk.
    class SmiPorts final : public PortDevice {
      public:
        explicit SmiPorts(AcpiPowerManagement& power) : power_(power) {}
        [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
        void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

      private:
        AcpiPowerManagement& power_;
    };

    [[nodiscard]] std::uint32_t timer() const;
    [[nodiscard]] std::uint8_t readRegister(unsigned offset) const;
    void writeRegister(unsigned offset, std::uint8_t value);
    void command(std::uint8_t value);
    void writeControl(std::uint8_t upperByte);
    void updateInterrupt();

    const Clock& clock_;
    MachineControl& machine_;
    const hypervisor::InterruptLine interrupt_;
    SmiPorts smiPorts_;
    MovablePorts* ports_ = nullptr;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::uint16_t status_ = 0;
    std::uint16_t enable_ = 0;
    std::uint16_t control_ = 0;
    std::uint8_t smiCommand_ = 0;
    std::uint8_t smiStatus_ = 0;
    /// Registers that only keep what is written.
    std::array<std::uint8_t, kPortCount> kept_{};
};

}  // namespace devices
