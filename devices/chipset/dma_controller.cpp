// SPDX-License-Identifier: GPL-3.0-or-later
#include "dma_controller.h"

#include <algorithm>
#include <utility>

namespace devices {

namespace {

// Registers behind the channels' addresses (even) and counts (odd).
enum Register : unsigned {
    /// Status when read.
    Command = 8,
    Request = 9,
    Mask = 10,
    Mode = 11,
    ClearFlipFlop = 12,
    /// The temporary register when read.
    MasterClear = 13,
    ClearMask = 14,
    AllMasks = 15,
};

constexpr std::uint8_t kDisabled = 0x04;

// Of Request, Mask and Mode.
constexpr std::uint8_t kWhich = 0x03;
constexpr std::uint8_t kSet = 0x04;

// Of a channel's mode. Single, block and demand differ in who has the bus between two units.
constexpr std::uint8_t kTransfer = 0x0C;
constexpr std::uint8_t kVerify = 0x00;
constexpr std::uint8_t kToMemory = 0x04;
constexpr std::uint8_t kFromMemory = 0x08;
constexpr std::uint8_t kAutoInitialize = 0x10;
constexpr std::uint8_t kDownwards = 0x20;
constexpr std::uint8_t kCascade = 0xC0;

constexpr std::uint32_t kAddresses = 0x1'0000;

}  // namespace

void DmaController::reset() {
    command_ = 0;
    upper_ = false;
    for (Channel& channel : channels_) {
        const bool wired = channel.wired;
        channel = {};
        channel.wired = wired;
    }
}

std::uint8_t DmaController::readHalf(const Twofold& value) {
    const bool upper = std::exchange(upper_, !upper_);
    return static_cast<std::uint8_t>(upper ? value.now >> 8 : value.now);
}

void DmaController::writeHalf(Twofold& value, std::uint8_t half) {
    const bool upper = std::exchange(upper_, !upper_);
    // Both halves go into what counts at once.
    value.base = static_cast<std::uint16_t>(upper ? (value.base & 0x00FF) | half << 8
                                                  : (value.base & 0xFF00) | half);
    value.now = value.base;
}

std::uint8_t DmaController::readStatus() {
    unsigned value = 0;
    for (unsigned i = 0; i < kChannels; ++i) {
        Channel& channel = channels_[i];
        if (std::exchange(channel.reached, false))
            value |= 1U << i;
        if (channel.wired || channel.asked)
            value |= 0x10U << i;
    }
    return static_cast<std::uint8_t>(value);
}

void DmaController::masterClear() {
    command_ = 0;
    upper_ = false;
    for (Channel& channel : channels_) {
        channel.masked = true;
        channel.asked = false;
        channel.reached = false;
    }
}

std::uint8_t DmaController::read(unsigned index) {
    if (index < Command) {
        const Channel& channel = channels_[index / 2];
        return readHalf(index % 2 == 0 ? channel.address : channel.count);
    }
    if (index == Command)
        return readStatus();
    if (index == AllMasks) {
        // As successors of the chip have it; the other bits are ones.
        unsigned value = 0xF0;
        for (unsigned i = 0; i < kChannels; ++i)
            value |= channels_[i].masked ? 1U << i : 0;
        return static_cast<std::uint8_t>(value);
    }
    // Nothing has gone from memory to memory.
    return 0;
}

void DmaController::write(unsigned index, std::uint8_t value) {
    if (index < Command) {
        Channel& channel = channels_[index / 2];
        return writeHalf(index % 2 == 0 ? channel.address : channel.count, value);
    }
    Channel& channel = channels_[value & kWhich];
    switch (index) {
        case Command:
            command_ = value;
            break;
        case Request:
            channel.asked = (value & kSet) != 0;
            break;
        case Mask:
            channel.masked = (value & kSet) != 0;
            break;
        case Mode:
            channel.mode = value & static_cast<std::uint8_t>(~kWhich);
            break;
        case ClearFlipFlop:
            upper_ = false;
            break;
        case MasterClear:
            masterClear();
            break;
        case ClearMask:
            for (Channel& each : channels_)
                each.masked = false;
            break;
        default:
            for (unsigned i = 0; i < kChannels; ++i)
                channels_[i].masked = (value & 1U << i) != 0;
            break;
    }
}

bool DmaController::mayMove(unsigned number, DmaDirection direction) const {
    const Channel& channel = channels_.at(number);
    if ((command_ & kDisabled) != 0 || channel.masked || (channel.mode & kCascade) == kCascade)
        return false;
    const std::uint8_t transfer = channel.mode & kTransfer;
    return transfer == kVerify ||
           transfer == (direction == DmaDirection::ToMemory ? kToMemory : kFromMemory);
}

DmaController::Run DmaController::next(unsigned number) const {
    const Channel& channel = channels_.at(number);
    const std::uint32_t address = channel.address.now;
    const bool downwards = (channel.mode & kDownwards) != 0;
    const std::uint32_t untilWrap = downwards ? address + 1 : kAddresses - address;
    return {address, std::min(unitsLeft(number), untilWrap), downwards,
            (channel.mode & kTransfer) == kVerify};
}

bool DmaController::advance(unsigned number, std::uint32_t units) {
    Channel& channel = channels_.at(number);
    const bool ends = units == unitsLeft(number);
    const bool downwards = (channel.mode & kDownwards) != 0;
    channel.address.now =
        static_cast<std::uint16_t>(channel.address.now + (downwards ? 0U - units : units));
    channel.count.now = static_cast<std::uint16_t>(channel.count.now - units);
    if (!ends)
        return false;
    channel.reached = true;
    channel.asked = false;
    if ((channel.mode & kAutoInitialize) != 0) {
        channel.address.now = channel.address.base;
        channel.count.now = channel.count.base;
    } else {
        channel.masked = true;
    }
    return true;
}

}  // namespace devices
