// SPDX-License-Identifier: GPL-3.0-or-later
#include "pci_bus.h"

#include <fmt/format.h>

#include "pci_interrupts.h"

namespace devices {

namespace {

// The address register: enable, bus, device and function, doubleword.
constexpr std::uint32_t kEnable = 0x8000'0000;
constexpr std::uint32_t kWritable = 0x80FF'FFFC;
constexpr std::uint32_t kBus = 0x00FF'0000;
constexpr unsigned kFunctionShift = 8;
constexpr std::uint32_t kRegister = 0xFC;

constexpr std::uint32_t kNothing = 0xFFFF'FFFF;

}  // namespace

hypervisor::Result<void> PciBus::claimPorts(PortBus& ports) {
    if (auto claimed = ports.claim("PCI configuration address", {kAddressPort, 4, 4}, *this);
        !claimed)
        return claimed;
    return ports.claim("PCI configuration data", {kDataPort, 4, 4}, *this);
}

hypervisor::Result<void> PciBus::add(unsigned device, unsigned number, PciFunction& function) {
    if (device >= kDevices || number >= kFunctions)
        return hypervisor::failure(
            fmt::format("There is no place for PCI function {:02x}.{}.", device, number));
    PciFunction*& place = functions_[device * kFunctions + number];
    if (place != nullptr)
        return hypervisor::failure(
            fmt::format("There is a PCI function {:02x}.{} already.", device, number));
    place = &function;
    if (const auto pin = function.interruptPin())
        function.noteInterrupt(PciInterrupts::firmwareRouteOf(device, *pin));
    // Function 0's header tells guests whether to look for others.
    PciFunction* const first = functions_[device * kFunctions];
    for (unsigned other = 1; first != nullptr && other < kFunctions; ++other)
        if (functions_[device * kFunctions + other] != nullptr)
            first->markMultiFunction();
    return {};
}

void PciBus::reset() {
    const std::scoped_lock lock(mutex_);
    address_ = 0;
    for (PciFunction* const function : functions_)
        if (function != nullptr)
            function->reset();
}

PciFunction* PciBus::selected() const {
    if ((address_ & kEnable) == 0 || (address_ & kBus) != 0)
        return nullptr;
    return functions_[address_ >> kFunctionShift & 0xFF];
}

unsigned PciBus::offset(std::uint16_t port) const {
    return (address_ & kRegister) + (port - kDataPort);
}

std::uint32_t PciBus::readPort(std::uint16_t port, unsigned size) {
    if (port == ResetControl::kPort && size == 1)
        return resetControl_.readPort(port, size);
    const std::scoped_lock lock(mutex_);
    if (port == kAddressPort && size == 4)
        return address_;
    const PciFunction* const function = port >= kDataPort ? selected() : nullptr;
    return function != nullptr ? function->read(offset(port), size) : kNothing;
}

void PciBus::writePort(std::uint16_t port, unsigned size, std::uint32_t value) {
    if (port == ResetControl::kPort && size == 1)
        return resetControl_.writePort(port, size, value);
    const std::scoped_lock lock(mutex_);
    if (port == kAddressPort && size == 4) {
        address_ = value & kWritable;
    } else if (port >= kDataPort) {
        if (PciFunction* const function = selected())
            function->write(offset(port), size, value);
    }
}

}  // namespace devices
