// SPDX-License-Identifier: GPL-3.0-or-later
#include "power_function.h"

#include <optional>

namespace devices {

namespace {

// The third revision is the first whose timer is read right by systems that know of the others'
// fault.
constexpr PciIdentity kIdentity{
    .vendor = 0x8086, .device = 0x7113, .classCode = 0x06'80'00, .revision = 3};

constexpr unsigned kCommand = 0x04;
constexpr std::uint32_t kDecodesPorts = 0x01;

// Base addresses of the two; that these are of ports is said by their lowest bit.
constexpr unsigned kPowerBase = 0x40;
constexpr std::uint32_t kPowerBaseBits = 0xFFC0;
constexpr unsigned kSmbusBase = 0x90;
constexpr std::uint32_t kSmbusBaseBits = 0xFFF0;
constexpr std::uint32_t kPorts = 0x01;

// What would make a write to the SMI command port a system management interrupt. Processors have
// none, so it is only kept.
constexpr unsigned kDeviceActivity = 0x58;

constexpr unsigned kPowerControl = 0x80;
constexpr std::uint32_t kPowerEnabled = 0x01;

// The SMBus: whether it is there, and how it interrupts.
constexpr unsigned kSmbusControl = 0xD2;
constexpr std::uint32_t kSmbusEnabled = 0x01;
constexpr std::uint32_t kSmbusInterrupt = 0x0E;
constexpr std::uint32_t kSmbusInterruptsBySci = 0x08;

std::optional<std::uint16_t> placeOf(bool isDecoded, std::uint32_t base) {
    if (!isDecoded)
        return std::nullopt;
    return static_cast<std::uint16_t>(base & ~kPorts);
}

}  // namespace

PowerFunction::PowerFunction(AcpiPowerManagement& power, SmbusHost& smbus)
    : PciFunction(kIdentity), power_(power), smbus_(smbus) {
    setInterruptPin(PciPin::A, AcpiPowerManagement::kInterrupt);
    addRegister(kCommand, 1, kDecodesPorts, kDecodesPorts);
    setConstant(kPowerBase, 4, kPorts);
    addRegister(kPowerBase, 4, kPowerBaseBits, AcpiPowerManagement::kEventPort);
    setConstant(kSmbusBase, 4, kPorts);
    addRegister(kSmbusBase, 4, kSmbusBaseBits, kSmbusPort);
    addRegister(kDeviceActivity, 4, ~0U, 0);
    addRegister(kPowerControl, 1, kPowerEnabled, kPowerEnabled);
    addRegister(kSmbusControl, 1, kSmbusEnabled | kSmbusInterrupt,
                kSmbusEnabled | kSmbusInterruptsBySci);
}

hypervisor::Result<void> PowerFunction::claimPorts(PortBus& ports) {
    if (auto claimed = power_.claimPorts(ports); !claimed)
        return claimed;
    if (auto claimed = smbus_.claimPorts(ports); !claimed)
        return claimed;
    configured();
    return {};
}

void PowerFunction::configured() {
    const std::uint32_t smbus = read(kSmbusControl, 1);
    const bool decodesPorts = (read(kCommand, 1) & kDecodesPorts) != 0;
    power_.place(placeOf((read(kPowerControl, 1) & kPowerEnabled) != 0, read(kPowerBase, 4)));
    smbus_.place(placeOf(decodesPorts && (smbus & kSmbusEnabled) != 0, read(kSmbusBase, 4)));
    smbus_.setInterrupts((smbus & kSmbusInterrupt) == kSmbusInterruptsBySci);
}

}  // namespace devices
