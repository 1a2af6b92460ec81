// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "address_line_20.h"
#include "hypervisor/interrupts/interrupt_line.h"
#include "machine_control.h"
#include "port_bus.h"
#include "ps2_device.h"

namespace devices {

/// An 8042, the keyboard controller of a PC, with the commands of IBM's AT and PS/2. It passes
/// bytes between its host and what is plugged into its ports, one at a time, translates scan codes,
/// gates address line 20 by its output 1, and resets the machine by a pulse of its output 0.
///
/// At first its ports are empty: then it has no auxiliary port, and answers each byte for the
/// keyboard with the time-out that the chip gives when nothing is plugged in. With devices,
/// translation is on after a reset, as firmware leaves it to a kernel; their interrupts are not.
///
/// Thread safety: all methods from any thread; one short lock, held while a device is called.
class KeyboardController : public PortDevice {
  public:
    static constexpr std::uint16_t kDataPort = 0x60;
    static constexpr std::uint16_t kCommandPort = 0x64;
    static constexpr unsigned kInterrupt = 1;
    static constexpr unsigned kAuxiliaryInterrupt = 12;

    KeyboardController(MachineControl& machine, AddressLine20& addressLine20,
                       hypervisor::InterruptLine interrupt,
                       hypervisor::InterruptLine auxiliaryInterrupt);

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);
    /// The controller and what is plugged in, as after power-on.
    void reset();

    /// Both stay plugged in until unplug(). No VP may be in run().
    void plugIn(Ps2Device& keyboard, Ps2Device& mouse);
    void unplug();
    [[nodiscard]] bool hasDevices() const;
    /// A device has something to send. Not with a lock held that the device's methods take.
    void fetch();

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    static constexpr std::size_t kMemorySize = 32;
    struct State {
        std::uint8_t status = 0x10;  // keyboard not locked
        std::uint8_t output = 0;
        // But for the gate's bit and those of the output buffer.
        std::uint8_t outputPort = 0x01;  // reset not asserted
        // The command that the next data byte belongs to, zero: the byte is for the keyboard.
        std::uint8_t awaited = 0;
        // The keyboard's next code is one of a released key.
        bool isRelease = false;
        // The chip's own; its first byte is the command byte.
        std::array<std::uint8_t, kMemorySize> memory{};
    };

    [[nodiscard]] std::uint8_t& commandByte() { return state_.memory[0]; }
    void execute(std::uint8_t command);
    void executeForAuxiliary(std::uint8_t command);
    void take(std::uint8_t data);
    void takeForDevice(Ps2Device* device, std::uint8_t data, std::uint8_t flags);
    void writeMemory(std::size_t at, std::uint8_t value);
    [[nodiscard]] std::uint8_t outputPort() const;
    void writeOutputPort(std::uint8_t value);
    /// Puts a byte into the output buffer, in place of what may be there.
    void answer(std::uint8_t data, std::uint8_t flags = 0);
    /// Fills an empty output buffer with what a device has to send.
    void fetchLocked();
    [[nodiscard]] bool fetchFromKeyboard();
    /// The interrupts' levels, as output buffer and enables have them.
    void driveInterrupts();

    MachineControl& machine_;
    AddressLine20& addressLine20_;
    const hypervisor::InterruptLine interrupt_;
    const hypervisor::InterruptLine auxiliaryInterrupt_;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    State state_;
    Ps2Device* keyboard_ = nullptr;
    Ps2Device* mouse_ = nullptr;
};

}  // namespace devices
