// SPDX-License-Identifier: GPL-3.0-or-later
#include "smbus_host.h"

#include <utility>

namespace devices {

namespace {

// Registers.
constexpr unsigned kStatus = 0x0;
constexpr unsigned kControl = 0x2;

// Of the status, what a write of 1 clears; that it is busy is never seen.
constexpr std::uint8_t kDeviceError = 1U << 2;
constexpr std::uint8_t kFailed = 1U << 4;
constexpr std::uint8_t kStatusBits = 0x1E;

// Of the control register.
constexpr std::uint8_t kInterruptEnable = 1U << 0;
constexpr std::uint8_t kKill = 1U << 1;
constexpr std::uint8_t kStart = 1U << 6;

/// What registers keep of what is written. Left out: what the SMBus's other masters would change.
constexpr std::array<std::uint8_t, SmbusHost::kPortCount> kKept{
    0, 0, 0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0x0F, 0, 0xFF, 0xFF, 0, 0, 0, 0};

}  // namespace

SmbusHost::SmbusHost(hypervisor::InterruptLine interrupt) : interrupt_(std::move(interrupt)) {}

hypervisor::Result<void> SmbusHost::claimPorts(PortBus& ports) {
    const auto movable = ports.claimMovable("SMBus", kPortCount, 1, *this);
    if (!movable)
        return std::unexpected(movable.error());
    ports_ = *movable;
    return {};
}

void SmbusHost::place(std::optional<std::uint16_t> first) {
    if (ports_ != nullptr)
        ports_->moveTo(first);
}

void SmbusHost::setInterrupts(bool enabled) {
    const std::scoped_lock lock(mutex_);
    interrupts_ = enabled;
    updateInterrupt();
}

void SmbusHost::reset() {
    const std::scoped_lock lock(mutex_);
    registers_ = {};
    updateInterrupt();
}

std::uint32_t SmbusHost::readPort(std::uint16_t port, unsigned /*size*/) {
    const std::scoped_lock lock(mutex_);
    return registers_.at(port);
}

void SmbusHost::writePort(std::uint16_t port, unsigned /*size*/, std::uint32_t value) {
    const std::scoped_lock lock(mutex_);
    writeRegister(port, static_cast<std::uint8_t>(value));
    updateInterrupt();
}

void SmbusHost::writeRegister(unsigned offset, std::uint8_t value) {
    if (offset == kStatus)
        registers_[kStatus] &= static_cast<std::uint8_t>(~(value & kStatusBits));
    else
        registers_.at(offset) = value & kKept.at(offset);
    if (offset == kControl)
        writeControl(value);
}

void SmbusHost::writeControl(std::uint8_t value) {
    if ((value & kKill) != 0)
        registers_[kStatus] |= kFailed;
    else if ((value & kStart) != 0)
        registers_[kStatus] |= kDeviceError;
}

void SmbusHost::updateInterrupt() {
    interrupt_.set(interrupts_ && (registers_[kControl] & kInterruptEnable) != 0 &&
                   registers_[kStatus] != 0);
}

}  // namespace devices
