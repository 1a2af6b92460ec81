// SPDX-License-Identifier: GPL-3.0-or-later
#include "test_device.h"

#include <algorithm>

namespace devices {

using hypervisor::InterruptLine;
using hypervisor::IoApic;
using hypervisor::IsaInterrupts;

TestDevice::TestDevice(IsaInterrupts& isa, IoApic& ioApic) : memory_(kMemorySize) {
    for (unsigned i = 0; i < IsaInterrupts::kLines; ++i)
        lines_[i] = isa.line(i);
    for (unsigned pin = IsaInterrupts::kLines; pin < IoApic::kPins; ++pin)
        lines_[pin] =
            InterruptLine([&ioApic, pin](bool asserted) { ioApic.setPin(pin, asserted); });
}

hypervisor::Result<void> TestDevice::claim(PortBus& ports, MmioBus& mmio) {
    if (auto claimed = ports.claim("test interrupts", {kInterruptPort, IoApic::kPins, 1}, *this);
        !claimed)
        return claimed;
    if (auto claimed = ports.claim("test ports", {kScratchPort, 4, 4}, *this); !claimed)
        return claimed;
    if (auto claimed = ports.claim("test byte ports", {kByteScratchPort, 4, 1}, *this); !claimed)
        return claimed;
    return mmio.claim("test memory", kMemory, kMemorySize, *this);
}

void TestDevice::reset() {
    for (const InterruptLine& line : lines_)
        line.lower();
    const std::scoped_lock lock(mutex_);
    scratch_ = {};
    std::ranges::fill(memory_, std::uint8_t{0});
}

std::uint32_t TestDevice::readPort(std::uint16_t port, unsigned size) {
    if (port >= kInterruptPort)
        return 0;
    const std::scoped_lock lock(mutex_);
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i)
        value |= std::uint32_t{scratch_[(port + i) % scratch_.size()]} << i * 8;
    return value;
}

void TestDevice::writePort(std::uint16_t port, unsigned size, std::uint32_t value) {
    if (port >= kInterruptPort) {
        lines_[(port - kInterruptPort) % lines_.size()].set((value & 0xFF) != 0);
        return;
    }
    const std::scoped_lock lock(mutex_);
    for (unsigned i = 0; i < size; ++i)
        scratch_[(port + i) % scratch_.size()] = static_cast<std::uint8_t>(value >> i * 8);
}

std::uint64_t TestDevice::readMmio(std::uint64_t offset, unsigned size) {
    const std::scoped_lock lock(mutex_);
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i)
        value |= std::uint64_t{memory_[(offset + i) % kMemorySize]} << i * 8;
    return value;
}

void TestDevice::writeMmio(std::uint64_t offset, unsigned size, std::uint64_t value) {
    const std::scoped_lock lock(mutex_);
    for (unsigned i = 0; i < size; ++i)
        memory_[(offset + i) % kMemorySize] = static_cast<std::uint8_t>(value >> i * 8);
}

}  // namespace devices
