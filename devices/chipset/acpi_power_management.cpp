// SPDX-License-Identifier: GPL-3.0-or-later
#include "acpi_power_management.h"

#include <utility>

namespace devices {

namespace {

constexpr std::uint16_t kPowerButton = 1U << 8;
// Timer carry, bus master, global lock, power button, sleep button, clock alarm, wake: what a
// write of 1 clears. The only one that this hardware sets is the power button.
constexpr std::uint16_t kStatusBits = 0x8731;
constexpr std::uint16_t kEnableBits = 0x0721;

constexpr std::uint16_t kAcpiMode = 1U << 0;
constexpr unsigned kSleepTypeShift = 10;
constexpr std::uint16_t kSleepEnable = 1U << 13;
// SCI_EN changes by SMI command alone; SLP_EN and GBL_RLS read as zero.
constexpr std::uint16_t kControlBits = 0x1C02;

constexpr std::uint16_t withByte(std::uint16_t word, bool upper, std::uint8_t value) {
    return upper ? static_cast<std::uint16_t>((word & 0x00FF) | value << 8)
                 : static_cast<std::uint16_t>((word & 0xFF00) | value);
}

constexpr std::uint8_t byteOf(std::uint32_t word, unsigned index) {
    return static_cast<std::uint8_t>(word >> index * 8);
}

}  // namespace

AcpiPowerManagement::AcpiPowerManagement(const Clock& clock, MachineControl& machine,
                                         hypervisor::InterruptLine interrupt)
    : clock_(clock), machine_(machine), interrupt_(std::move(interrupt)) {}

hypervisor::Result<void> AcpiPowerManagement::claimPorts(PortBus& ports) {
    if (auto claimed = ports.claim("ACPI power management", {kEventPort, kPortCount, 4}, *this);
        !claimed)
        return claimed;
    return ports.claim("SMI command port", {kSmiCommandPort, 2, 1}, *this);
}

void AcpiPowerManagement::reset() {
    const std::scoped_lock lock(mutex_);
    status_ = 0;
    enable_ = 0;
    control_ = 0;
    smiCommand_ = 0;
    smiStatus_ = 0;
    updateInterrupt();
}

void AcpiPowerManagement::pressPowerButton() {
    const std::scoped_lock lock(mutex_);
    status_ |= kPowerButton;
    updateInterrupt();
}

void AcpiPowerManagement::updateInterrupt() {
    interrupt_.set((control_ & kAcpiMode) != 0 && (status_ & enable_) != 0);
}

std::uint32_t AcpiPowerManagement::timer() const {
    return static_cast<std::uint32_t>(cyclesIn(clock_.now(), kTimerHertz));
}

std::uint32_t AcpiPowerManagement::readPort(std::uint16_t port, unsigned size) {
    // Timer reads are the clock of some systems: no lock, and one instant for all bytes.
    if (port >= kTimerPort && port < kTimerPort + 4) {
        const unsigned skip = static_cast<unsigned>(port - kTimerPort) * 8;
        return timer() >> skip;
    }
    const std::scoped_lock lock(mutex_);
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i)
        value |= std::uint32_t{readRegister(static_cast<std::uint16_t>(port + i))} << i * 8;
    return value;
}

void AcpiPowerManagement::writePort(std::uint16_t port, unsigned size, std::uint32_t value) {
    const std::scoped_lock lock(mutex_);
    for (unsigned i = 0; i < size; ++i)
        writeRegister(static_cast<std::uint16_t>(port + i), byteOf(value, i));
    updateInterrupt();
}

std::uint8_t AcpiPowerManagement::readRegister(std::uint16_t port) const {
    switch (port) {
        case kEventPort:
        case kEventPort + 1:
            return byteOf(status_, port & 1U);
        case kEventPort + 2:
        case kEventPort + 3:
            return byteOf(enable_, port & 1U);
        case kControlPort:
        case kControlPort + 1:
            return byteOf(control_, port & 1U);
        case kTimerPort:
        case kTimerPort + 1:
        case kTimerPort + 2:
        case kTimerPort + 3:
            // An access that begins before the timer's first byte.
            return byteOf(timer(), port & 3U);
        case kSmiCommandPort:
            return smiCommand_;
        case kSmiCommandPort + 1:
            return smiStatus_;
        default:
            return 0;
    }
}

void AcpiPowerManagement::writeRegister(std::uint16_t port, std::uint8_t value) {
    const bool upper = (port & 1U) != 0;
    switch (port) {
        case kEventPort:
        case kEventPort + 1:
            status_ =
                static_cast<std::uint16_t>(status_ & ~(withByte(0, upper, value) & kStatusBits));
            break;
        case kEventPort + 2:
        case kEventPort + 3:
            enable_ = withByte(enable_, upper, value) & kEnableBits;
            break;
        case kControlPort:
            control_ = static_cast<std::uint16_t>((control_ & ~(kControlBits & 0xFF)) |
                                                  (value & kControlBits & 0xFF));
            break;
        case kControlPort + 1:
            writeControl(value);
            break;
        case kSmiCommandPort:
            smiCommand_ = value;
            if (value == kEnableCommand)
                control_ |= kAcpiMode;
            else if (value == kDisableCommand)
                control_ = static_cast<std::uint16_t>(control_ & ~kAcpiMode);
            break;
        case kSmiCommandPort + 1:
            smiStatus_ = value;
            break;
        default:
            break;
    }
}

void AcpiPowerManagement::writeControl(std::uint8_t upperByte) {
    const auto written = static_cast<std::uint16_t>(upperByte << 8);
    control_ = static_cast<std::uint16_t>((control_ & ~(kControlBits & 0xFF00)) |
                                          (written & kControlBits & 0xFF00));
    if ((written & kSleepEnable) != 0 && (written >> kSleepTypeShift & 7) == kSleepTypeS5)
        machine_.powerOff();
}

}  // namespace devices
