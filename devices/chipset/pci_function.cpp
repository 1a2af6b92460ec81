// SPDX-License-Identifier: GPL-3.0-or-later
#include "pci_function.h"

namespace devices {

namespace {

// The header's registers.
constexpr unsigned kVendor = 0x00;
constexpr unsigned kDevice = 0x02;
constexpr unsigned kCommand = 0x04;
constexpr unsigned kRevision = 0x08;
constexpr unsigned kProgrammingInterface = 0x09;
constexpr unsigned kSubClass = 0x0A;
constexpr unsigned kBaseClass = 0x0B;
constexpr unsigned kFirstBaseAddress = 0x10;
constexpr unsigned kSubsystemVendor = 0x2C;
constexpr unsigned kSubsystem = 0x2E;
constexpr unsigned kInterruptLine = 0x3C;

constexpr std::uint32_t kPrefetchable = 0x08;

// Of the command register.
constexpr std::uint8_t kDecodesPorts = 0x01;
constexpr std::uint8_t kDecodesMemory = 0x02;
constexpr std::uint8_t kMastersBus = 0x04;

constexpr unsigned baseAddressOffset(unsigned index) {
    return kFirstBaseAddress + index * 4;
}

}  // namespace

PciFunction::PciFunction(const PciIdentity& identity) {
    set(kVendor, 2, identity.vendor);
    set(kDevice, 2, identity.device);
    set(kRevision, 1, identity.revision);
    set(kProgrammingInterface, 1, identity.classCode & 0xFF);
    set(kSubClass, 1, identity.classCode >> 8 & 0xFF);
    set(kBaseClass, 1, identity.classCode >> 16 & 0xFF);
    set(kSubsystemVendor, 2, identity.subsystemVendor);
    set(kSubsystem, 2, identity.subsystem);
    writable_[kCommand] = kDecodesPorts | kDecodesMemory | kMastersBus;
    writable_[kInterruptLine] = 0xFF;
}

void PciFunction::addMemory(unsigned baseAddress, std::uint32_t size, bool isPrefetchable) {
    memory_.at(baseAddress).size = size;
    const unsigned offset = baseAddressOffset(baseAddress);
    set(offset, 4, isPrefetchable ? kPrefetchable : 0);
    for (unsigned byte = 0; byte < 4; ++byte)
        writable_[offset + byte] = static_cast<std::uint8_t>(~(size - 1) >> byte * 8);
}

void PciFunction::reset() {
    for (unsigned offset = 0; offset < kSpace; ++offset)
        bytes_[offset] &= static_cast<std::uint8_t>(~writable_[offset]);
    place();
}

std::uint32_t PciFunction::read(unsigned offset, unsigned size) const {
    std::uint32_t value = 0;
    for (unsigned byte = 0; byte < size; ++byte)
        value |= std::uint32_t{bytes_.at(offset + byte)} << byte * 8;
    return value;
}

void PciFunction::set(unsigned offset, unsigned size, std::uint32_t value) {
    for (unsigned byte = 0; byte < size; ++byte)
        bytes_.at(offset + byte) = static_cast<std::uint8_t>(value >> byte * 8);
}

void PciFunction::write(unsigned offset, unsigned size, std::uint32_t value) {
    for (unsigned byte = 0; byte < size; ++byte) {
        const std::uint8_t mask = writable_.at(offset + byte);
        std::uint8_t& old = bytes_.at(offset + byte);
        old = static_cast<std::uint8_t>((old & ~mask) | (value >> byte * 8 & mask));
    }
    place();
}

void PciFunction::place() {
    const bool decodesMemory = (bytes_[kCommand] & kDecodesMemory) != 0;
    decodes((bytes_[kCommand] & kDecodesPorts) != 0, decodesMemory);
    for (unsigned index = 0; index < kBaseAddresses; ++index) {
        Memory& memory = memory_[index];
        if (memory.size == 0)
            continue;
        std::optional<hypervisor::Gpa> at;
        if (decodesMemory)
            at = read(baseAddressOffset(index), 4) & ~(memory.size - 1);
        if (at == memory.at)
            continue;
        memory.at = at;
        memoryPlaced(index, at);
    }
}

}  // namespace devices
