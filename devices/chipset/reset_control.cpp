// SPDX-License-Identifier: GPL-3.0-or-later
#include "reset_control.h"

namespace devices {

namespace {

// 0xCF9: the reset happens when bit 2 rises; bits 1 (hard) and 3 (full) choose its kind.
constexpr std::uint8_t kResetProcessor = 0x04;
constexpr std::uint8_t kKindBits = 0x0A;
// 0x92: a rise of bit 0 resets.
constexpr std::uint8_t kFastReset = 0x01;
constexpr std::uint8_t kAddressLine20 = 0x02;

}  // namespace

hypervisor::Result<void> ResetControl::claimPorts(PortBus& ports) {
    return ports.claim("system control port A", {kPortA, 1, 1}, *this);
}

void ResetControl::reset() {
    register_ = 0;
    portA_ = 0;
    addressLine20_.set(true);
}

std::uint32_t ResetControl::readPort(std::uint16_t port, unsigned /*size*/) {
    if (port != kPortA)
        return register_;
    return portA_ | (addressLine20_.isOpen() ? kAddressLine20 : 0U);
}

void ResetControl::writePort(std::uint16_t port, unsigned /*size*/, std::uint32_t value) {
    const auto byte = static_cast<std::uint8_t>(value);
    if (port == kPortA) {
        addressLine20_.set((byte & kAddressLine20) != 0);
        const std::uint8_t before =
            portA_.exchange(static_cast<std::uint8_t>(byte & ~kAddressLine20));
        if ((byte & ~before & kFastReset) != 0)
            machine_.reset();
    } else {
        const std::uint8_t before = register_.exchange(byte & (kKindBits | kResetProcessor));
        if ((byte & ~before & kResetProcessor) != 0)
            machine_.reset();
    }
}

}  // namespace devices
