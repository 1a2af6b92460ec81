// SPDX-License-Identifier: GPL-3.0-or-later
#include "firmware_configuration.h"

namespace devices {

namespace {

constexpr std::uint16_t kSignature = 0x00;
constexpr std::uint16_t kInterface = 0x01;
constexpr std::uint16_t kMemorySize = 0x03;
constexpr std::uint16_t kProcessors = 0x05;
constexpr std::uint16_t kMaximumProcessors = 0x0F;

constexpr std::uint64_t kSignatureText = 0x554D'4551;  // "QEMU"
constexpr std::uint64_t kPortInterface = 1;

}  // namespace

hypervisor::Result<void> FirmwareConfiguration::claimPorts(PortBus& ports) {
    return ports.claim("firmware configuration", {kSelectorPort, 2, 2}, *this);
}

std::uint64_t FirmwareConfiguration::item() const {
    switch (selected_) {
        case kSignature:
            return kSignatureText;
        case kInterface:
            return kPortInterface;
        case kMemorySize:
            return memoryBytes_;
        case kProcessors:
        case kMaximumProcessors:
            return processors_;
        default:
            return 0;
    }
}

std::uint32_t FirmwareConfiguration::readPort(std::uint16_t port, unsigned size) {
    const std::scoped_lock lock(mutex_);
    if (port == kSelectorPort)
        return 0;
    std::uint32_t value = 0;
    for (unsigned byte = 0; byte < size && position_ < 8; ++byte)
        value |= (static_cast<std::uint32_t>(item() >> (8 * position_++)) & 0xFF) << (8 * byte);
    return value;
}

void FirmwareConfiguration::writePort(std::uint16_t port, unsigned size, std::uint32_t value) {
    const std::scoped_lock lock(mutex_);
    if (port != kSelectorPort || size != 2)
        return;
    selected_ = static_cast<std::uint16_t>(value);
    position_ = 0;
}

}  // namespace devices
