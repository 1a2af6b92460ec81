// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <mutex>

#include "hypervisor/interrupts/interrupt_line.h"
#include "machine_control.h"
#include "port_bus.h"

namespace devices {

/// An 8042 with its keyboard port empty and without an auxiliary port: it answers its own
/// commands, resets the machine by a pulse of its output 0, and answers each byte for the
/// keyboard with the time-out that the chip gives when nothing is plugged in.
///
/// Thread safety: all methods from any thread; one short lock.
class KeyboardController : public PortDevice {
  public:
    static constexpr std::uint16_t kDataPort = 0x60;
    static constexpr std::uint16_t kCommandPort = 0x64;
    static constexpr unsigned kInterrupt = 1;

    KeyboardController(MachineControl& machine, hypervisor::InterruptLine interrupt);

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);
    void reset();

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    struct State {
        std::uint8_t status = 0x10;  // keyboard not locked
        std::uint8_t output = 0;
        std::uint8_t commandByte = 0;
        std::uint8_t outputPort = 0x03;  // reset not asserted, address line 20 open
        // The command that the next data byte belongs to, zero: the byte is for the keyboard.
        std::uint8_t awaited = 0;
    };

    void execute(std::uint8_t command);
    void take(std::uint8_t data);
    void writeOutputPort(std::uint8_t value);
    void answer(std::uint8_t data, std::uint8_t flags = 0);

    MachineControl& machine_;
    const hypervisor::InterruptLine interrupt_;
    std::mutex mutex_;
    State state_;  // guarded by mutex_
};

}  // namespace devices
