// SPDX-License-Identifier: GPL-3.0-or-later
#include "plane_memory.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace devices::vga {

namespace {

struct Window {
    std::uint64_t start;
    std::uint64_t size;
};
/// As the graphics controller numbers them; offsets from kStart.
constexpr std::array<Window, 4> kWindows{
    {{0, 0x2'0000}, {0, 0x1'0000}, {0x1'0000, 0x8000}, {0x1'8000, 0x8000}}};

/// All bits of the planes that `bits` has a bit for.
constexpr std::uint32_t planesOf(unsigned bits) {
    return (bits & 1 ? 0x0000'00FFU : 0) | (bits & 2 ? 0x0000'FF00U : 0) |
           (bits & 4 ? 0x00FF'0000U : 0) | (bits & 8 ? 0xFF00'0000U : 0);
}

constexpr std::uint32_t inAllPlanes(std::uint8_t value) {
    return value * 0x0101'0101U;
}

}  // namespace

std::uint64_t PlaneMemory::place(std::uint64_t offset) const {
    if (!registers_.decodesMemory())
        return kNowhere;
    const Window window =
        kWindows[interface_.isEnabled() ? 1 : registers_.graphicsController.window()];
    if (offset < window.start || offset - window.start >= window.size)
        return kNowhere;
    return offset - window.start;
}

std::uint64_t PlaneMemory::byteOf(std::uint64_t address) const {
    const std::uint64_t plane = interface_.isEnabled() ? memory_->size() / 4 : kPlane;
    // Both are powers of two.
    return (address & (plane - 1)) * 4;
}

std::uint32_t PlaneMemory::planesAt(std::uint64_t byte) const {
    std::uint32_t planes;
    std::memcpy(&planes, memory_->bytes() + byte, sizeof planes);
    return planes;
}

std::uint64_t PlaneMemory::read(std::uint64_t offset, unsigned size) {
    std::uint64_t value = 0;
    const std::uint64_t first = place(offset);
    const bool isWhole = first != kNowhere && place(offset + size - 1) != kNowhere;
    for (unsigned byte = 0; byte < size; ++byte) {
        const std::uint64_t at = isWhole ? first + byte : place(offset + byte);
        value |= std::uint64_t{at != kNowhere ? readByte(at) : std::uint8_t{0xFF}} << byte * 8;
    }
    return value;
}

void PlaneMemory::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
    const std::uint64_t first = place(offset);
    const bool isWhole = first != kNowhere && place(offset + size - 1) != kNowhere;
    for (unsigned byte = 0; byte < size; ++byte)
        if (const std::uint64_t at = isWhole ? first + byte : place(offset + byte); at != kNowhere)
            writeByte(at, static_cast<std::uint8_t>(value >> byte * 8));
}

std::uint8_t PlaneMemory::readByte(std::uint64_t at) {
    const std::uint64_t address = interface_.windowStart() + at;
    if (isLinear())
        return std::to_integer<std::uint8_t>(memory_->bytes()[address & (memory_->size() - 1)]);
    return readPlanes(address);
}

void PlaneMemory::writeByte(std::uint64_t at, std::uint8_t value) {
    const std::uint64_t address = interface_.windowStart() + at;
    if (!isLinear())
        return writePlanes(address, value);
    const std::uint64_t byte = address & (memory_->size() - 1);
    memory_->bytes()[byte] = std::byte{value};
    dirty_.mark(byte);
}

std::uint8_t PlaneMemory::readPlanes(std::uint64_t address) {
    const GraphicsController& controller = registers_.graphicsController;
    unsigned plane = controller.readPlane();
    if (registers_.sequencer.isChainFour()) {
        plane = address & 3;
        address &= ~std::uint64_t{3};
    } else if (controller.isOddEven()) {
        plane = (plane & 2) | (address & 1);
        address &= ~std::uint64_t{1};
    }
    latch_ = planesAt(byteOf(address));
    if (!controller.comparesOnRead())
        return static_cast<std::uint8_t>(latch_ >> plane * 8);
    // A bit is set where all planes that count have the colour.
    std::uint32_t differs =
        (latch_ ^ planesOf(controller.colorCompare())) & planesOf(controller.colorCare());
    differs |= differs >> 16;
    differs |= differs >> 8;
    return static_cast<std::uint8_t>(~differs);
}

std::uint32_t PlaneMemory::mixed(std::uint8_t value) const {
    const GraphicsController& controller = registers_.graphicsController;
    if (controller.writesPlainly())
        return inAllPlanes(value);
    if (controller.writeMode() == 1)
        return latch_;
    std::uint32_t planes = 0;
    std::uint8_t bits = controller.bitMask();
    const std::uint8_t turned = std::rotr(value, static_cast<int>(controller.rotation()));
    if (controller.writeMode() == 0) {
        const std::uint32_t set = planesOf(controller.enableSetReset());
        planes = (inAllPlanes(turned) & ~set) | (planesOf(controller.setReset()) & set);
    } else if (controller.writeMode() == 2) {
        planes = planesOf(value);
    } else {
        planes = planesOf(controller.setReset());
        bits &= turned;
    }
    switch (controller.function()) {
        case 1:
            planes &= latch_;
            break;
        case 2:
            planes |= latch_;
            break;
        case 3:
            planes ^= latch_;
            break;
        default:
            break;
    }
    const std::uint32_t mask = inAllPlanes(bits);
    return (planes & mask) | (latch_ & ~mask);
}

void PlaneMemory::writePlanes(std::uint64_t address, std::uint8_t value) {
    unsigned map = registers_.sequencer.mapMask();
    if (registers_.sequencer.isChainFour()) {
        map &= 1U << (address & 3);
        address &= ~std::uint64_t{3};
    } else if (registers_.sequencer.isOddEven()) {
        map &= (address & 1) != 0 ? 0b1010 : 0b0101;
        address &= ~std::uint64_t{1};
    }
    if (map == 0)
        return;
    const std::uint64_t byte = byteOf(address);
    const std::uint32_t written = planesOf(map);
    const std::uint32_t planes = (planesAt(byte) & ~written) | (mixed(value) & written);
    std::memcpy(memory_->bytes() + byte, &planes, sizeof planes);
    dirty_.mark(byte);
}

void PlaneMemory::clear(std::uint64_t bytes) {
    std::memset(memory_->bytes(), 0, std::min(bytes, memory_->size()));
    dirty_.markAll();
}

}  // namespace devices::vga
