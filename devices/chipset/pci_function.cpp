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
constexpr unsigned kHeaderType = 0x0E;
constexpr unsigned kFirstBaseAddress = 0x10;
constexpr unsigned kSubsystemVendor = 0x2C;
constexpr unsigned kSubsystem = 0x2E;
constexpr unsigned kRomBase = 0x30;
constexpr unsigned kInterruptLine = 0x3C;
constexpr unsigned kInterruptPin = 0x3D;

constexpr std::uint8_t kUnknownInterrupt = 0xFF;

constexpr std::uint8_t kMultiFunction = 0x80;

constexpr std::uint32_t kPorts = 0x01;
constexpr std::uint32_t kLastPort = 0xFFFF;
constexpr std::uint32_t kPrefetchable = 0x08;
constexpr std::uint32_t kRomEnable = 0x01;

// Of the command register.
constexpr std::uint8_t kDecodesPorts = 0x01;
constexpr std::uint8_t kDecodesMemory = 0x02;
constexpr std::uint8_t kMastersBus = 0x04;

constexpr unsigned baseAddressOffset(unsigned index) {
    return kFirstBaseAddress + index * 4;
}

}  // namespace

PciFunction::PciFunction(const PciIdentity& identity) {
    setConstant(kVendor, 2, identity.vendor);
    setConstant(kDevice, 2, identity.device);
    setConstant(kRevision, 1, identity.revision);
    setConstant(kProgrammingInterface, 1, identity.classCode & 0xFF);
    setConstant(kSubClass, 1, identity.classCode >> 8 & 0xFF);
    setConstant(kBaseClass, 1, identity.classCode >> 16 & 0xFF);
    setConstant(kSubsystemVendor, 2, identity.subsystemVendor);
    setConstant(kSubsystem, 2, identity.subsystem);
    writable_[kCommand] = kDecodesPorts | kDecodesMemory | kMastersBus;
    writable_[kInterruptLine] = 0xFF;
}

void PciFunction::markMultiFunction() {
    bytes_[kHeaderType] |= kMultiFunction;
}

std::optional<PciPin> PciFunction::interruptPin() const {
    const std::uint8_t pin = bytes_[kInterruptPin];
    return pin == 0 ? std::nullopt : std::optional(static_cast<PciPin>(pin));
}

void PciFunction::setInterruptPin(PciPin pin, std::uint8_t irq) {
    bytes_[kInterruptPin] = static_cast<std::uint8_t>(pin);
    addRegister(kInterruptLine, 1, 0xFF, irq);
}

void PciFunction::noteInterrupt(std::uint8_t irq) {
    if (interruptPin() && initial_[kInterruptLine] == 0)
        addRegister(kInterruptLine, 1, 0xFF, irq);
}

void PciFunction::addMemory(unsigned baseAddress, std::uint32_t size, bool isPrefetchable) {
    addWindow(baseAddress, {.isPorts = false, .size = size, .at = {}},
              isPrefetchable ? kPrefetchable : 0);
}

void PciFunction::addPorts(unsigned baseAddress, std::uint32_t count) {
    addWindow(baseAddress, {.isPorts = true, .size = count, .at = {}}, kPorts);
}

void PciFunction::addRom(std::uint32_t size) {
    rom_ = {.isPorts = false, .size = size, .at = {}};
    addRegister(kRomBase, 4, ~(size - 1) | kRomEnable, 0);
}

void PciFunction::addWindow(unsigned baseAddress, Window window, std::uint32_t flags) {
    windows_.at(baseAddress) = window;
    const unsigned offset = baseAddressOffset(baseAddress);
    setConstant(offset, 4, flags);
    // Of ports too all 32 bits: SeaBIOS takes what is missing above for the window's size.
    addRegister(offset, 4, ~(window.size - 1), 0);
}

void PciFunction::addRegister(unsigned offset, unsigned size, std::uint32_t writable,
                              std::uint32_t initial) {
    for (unsigned byte = 0; byte < size; ++byte) {
        writable_.at(offset + byte) = static_cast<std::uint8_t>(writable >> byte * 8);
        initial_.at(offset + byte) = static_cast<std::uint8_t>((writable & initial) >> byte * 8);
        bytes_.at(offset + byte) = static_cast<std::uint8_t>(
            (bytes_.at(offset + byte) & ~writable_[offset + byte]) | initial_[offset + byte]);
    }
}

bool PciFunction::mayMasterBus() const {
    return (bytes_[kCommand] & kMastersBus) != 0;
}

void PciFunction::reset() {
    for (unsigned offset = 0; offset < kSpace; ++offset)
        bytes_[offset] =
            static_cast<std::uint8_t>((bytes_[offset] & ~writable_[offset]) | initial_[offset]);
    place();
    configured();
}

std::uint32_t PciFunction::read(unsigned offset, unsigned size) const {
    std::uint32_t value = 0;
    for (unsigned byte = 0; byte < size; ++byte)
        value |= std::uint32_t{bytes_.at(offset + byte)} << byte * 8;
    return value;
}

void PciFunction::setConstant(unsigned offset, unsigned size, std::uint32_t value) {
    for (unsigned byte = 0; byte < size; ++byte)
        bytes_.at(offset + byte) = static_cast<std::uint8_t>(value >> byte * 8);
}

void PciFunction::write(unsigned offset, unsigned size, std::uint32_t value) {
    for (unsigned byte = 0; byte < size; ++byte) {
        const std::uint8_t mask = writable_.at(offset + byte);
        const auto written = static_cast<std::uint8_t>(value >> byte * 8);
        // SeaBIOS knows the wiring of QEMU's boards alone, and notes at others that it does not;
        // its own tables have what is noted here.
        if (offset + byte == kInterruptLine && written == kUnknownInterrupt && interruptPin())
            continue;
        std::uint8_t& old = bytes_.at(offset + byte);
        old = static_cast<std::uint8_t>((old & ~mask) | (written & mask));
    }
    place();
    configured();
}

void PciFunction::place() {
    const std::uint8_t command = bytes_[kCommand];
    decodes((command & kDecodesPorts) != 0, (command & kDecodesMemory) != 0);
    for (unsigned index = 0; index < kBaseAddresses; ++index) {
        Window& window = windows_[index];
        if (window.size == 0)
            continue;
        const bool isDecoded = (command & (window.isPorts ? kDecodesPorts : kDecodesMemory)) != 0;
        std::optional<std::uint32_t> at;
        if (isDecoded)
            at = read(baseAddressOffset(index), 4) & ~(window.size - 1);
        if (window.isPorts && at && *at > kLastPort)
            at.reset();
        if (at == window.at)
            continue;
        window.at = at;
        if (!window.isPorts)
            memoryPlaced(index, at);
        else if (at)
            portsPlaced(index, static_cast<std::uint16_t>(*at));
        else
            portsPlaced(index, std::nullopt);
    }
    placeRom((command & kDecodesMemory) != 0);
}

void PciFunction::placeRom(bool decodesMemory) {
    if (rom_.size == 0)
        return;
    const std::uint32_t base = read(kRomBase, 4);
    std::optional<std::uint32_t> at;
    if (decodesMemory && (base & kRomEnable) != 0)
        at = base & ~(rom_.size - 1);
    if (at == rom_.at)
        return;
    rom_.at = at;
    romPlaced(at);
}

}  // namespace devices
