// SPDX-License-Identifier: GPL-3.0-or-later
#include "acpi_power_management.h"

#include <utility>

namespace devices {

namespace {

// Registers, by their offsets.
constexpr unsigned kStatus = 0x00;
constexpr unsigned kEnable = 0x02;
constexpr unsigned kControl = AcpiPowerManagement::kControlPort - AcpiPowerManagement::kEventPort;
constexpr unsigned kTimer = AcpiPowerManagement::kTimerPort - AcpiPowerManagement::kEventPort;

/// What no event, no clock and no pin of this hardware follows: enabling of general purpose and
/// global events, the processor's and the devices' control, global control, and outputs.
constexpr bool isKept(unsigned offset) {
    return (offset >= 0x0E && offset < 0x14) || (offset >= 0x20 && offset < 0x22) ||
           (offset >= 0x28 && offset < 0x30) || (offset >= 0x34 && offset < 0x38);
}

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
    : clock_(clock), machine_(machine), interrupt_(std::move(interrupt)), smiPorts_(*this) {}

hypervisor::Result<void> AcpiPowerManagement::claimPorts(PortBus& ports) {
    const auto movable = ports.claimMovable("power management", kPortCount, 4, *this);
    if (!movable)
        return std::unexpected(movable.error());
    ports_ = *movable;
    return ports.claim("SMI command port", {kSmiCommandPort, 2, 1}, smiPorts_);
}

void AcpiPowerManagement::place(std::optional<std::uint16_t> first) {
    if (ports_ != nullptr)
        ports_->moveTo(first);
}

void AcpiPowerManagement::reset() {
    const std::scoped_lock lock(mutex_);
    status_ = 0;
    enable_ = 0;
    control_ = 0;
    smiCommand_ = 0;
    smiStatus_ = 0;
    kept_ = {};
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
    if (port >= kTimer && port < kTimer + 4) {
        const unsigned skip = (port - kTimer) * 8;
        return timer() >> skip;
    }
    const std::scoped_lock lock(mutex_);
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i)
        value |= std::uint32_t{readRegister(port + i)} << i * 8;
    return value;
}

void AcpiPowerManagement::writePort(std::uint16_t port, unsigned size, std::uint32_t value) {
    const std::scoped_lock lock(mutex_);
    for (unsigned i = 0; i < size; ++i)
        writeRegister(port + i, byteOf(value, i));
    updateInterrupt();
}

std::uint8_t AcpiPowerManagement::readRegister(unsigned offset) const {
    switch (offset) {
        case kStatus:
        case kStatus + 1:
            return byteOf(status_, offset & 1U);
        case kEnable:
        case kEnable + 1:
            return byteOf(enable_, offset & 1U);
        case kControl:
        case kControl + 1:
            return byteOf(control_, offset & 1U);
        case kTimer:
        case kTimer + 1:
        case kTimer + 2:
        case kTimer + 3:
            // An access that begins before the timer's first byte.
            return byteOf(timer(), offset & 3U);
        default:
            return kept_.at(offset);
    }
}

void AcpiPowerManagement::writeRegister(unsigned offset, std::uint8_t value) {
    const bool upper = (offset & 1U) != 0;
    switch (offset) {
        case kStatus:
        case kStatus + 1:
            status_ =
                static_cast<std::uint16_t>(status_ & ~(withByte(0, upper, value) & kStatusBits));
            break;
        case kEnable:
        case kEnable + 1:
            enable_ = withByte(enable_, upper, value) & kEnableBits;
            break;
        case kControl:
            control_ = static_cast<std::uint16_t>((control_ & ~(kControlBits & 0xFF)) |
                                                  (value & kControlBits & 0xFF));
            break;
        case kControl + 1:
            writeControl(value);
            break;
        default:
            if (isKept(offset))
                kept_.at(offset) = value;
            break;
    }
}

void AcpiPowerManagement::command(std::uint8_t value) {
    smiCommand_ = value;
    if (value == kEnableCommand)
        control_ |= kAcpiMode;
    else if (value == kDisableCommand)
        control_ = static_cast<std::uint16_t>(control_ & ~kAcpiMode);
    updateInterrupt();
}

void AcpiPowerManagement::writeControl(std::uint8_t upperByte) {
    const auto written = static_cast<std::uint16_t>(upperByte << 8);
    control_ = static_cast<std::uint16_t>((control_ & ~(kControlBits & 0xFF00)) |
                                          (written & kControlBits & 0xFF00));
    if ((written & kSleepEnable) != 0 && (written >> kSleepTypeShift & 7) == kSleepTypeS5)
        machine_.powerOff();
}

std::uint32_t AcpiPowerManagement::SmiPorts::readPort(std::uint16_t port, unsigned /*size*/) {
    const std::scoped_lock lock(power_.mutex_);
    return port == kSmiCommandPort ? power_.smiCommand_ : power_.smiStatus_;
}

void AcpiPowerManagement::SmiPorts::writePort(std::uint16_t port, unsigned /*size*/,
                                              std::uint32_t value) {
    const std::scoped_lock lock(power_.mutex_);
    const auto byte = static_cast<std::uint8_t>(value);
    if (port == kSmiCommandPort)
        power_.command(byte);
    else
        power_.smiStatus_ = byte;
}

}  // namespace devices
