// SPDX-License-Identifier: GPL-3.0-or-later
#include "display_interface.h"

#include <algorithm>

namespace devices::vga {

namespace {

enum Index : std::uint16_t {
    Id = 0,
    Width = 1,
    Height = 2,
    Bits = 3,
    Control = 4,
    Bank = 5,
    VirtualWidth = 6,
    VirtualHeight = 7,
    X = 8,
    Y = 9,
    MemoryBanks = 10,
};

constexpr std::uint16_t kOldestId = 0xB0C0;
constexpr std::uint16_t kNewestId = 0xB0C5;

// Of the control register.
constexpr std::uint16_t kEnabled = 0x01;
constexpr std::uint16_t kGetCapabilities = 0x02;
constexpr std::uint16_t kWideColors = 0x20;
constexpr std::uint16_t kLinear = 0x40;
constexpr std::uint16_t kKeepsMemory = 0x80;
constexpr std::uint16_t kControlBits =
    kEnabled | kGetCapabilities | kWideColors | kLinear | kKeepsMemory;

constexpr bool isDepth(std::uint16_t bits) {
    return bits == 4 || bits == 8 || bits == 15 || bits == 16 || bits == 24 || bits == 32;
}

constexpr std::uint16_t narrow(std::uint64_t value) {
    return static_cast<std::uint16_t>(std::min<std::uint64_t>(value, 0xFFFF));
}

}  // namespace

std::uint64_t DisplayInterface::pitchOf(std::uint64_t pixels) const {
    return isPlanar() ? pixels / 8 : pixels * ((bits_ + 7U) / 8);
}

std::uint64_t DisplayInterface::virtualHeight() const {
    const std::uint64_t line = pitch();
    return line == 0 ? 0 : room() / line;
}

std::uint16_t DisplayInterface::readData() const {
    const bool saysMost = (control_ & kGetCapabilities) != 0;
    switch (index_) {
        case Id:
            return id_;
        case Width:
            return saysMost ? kMostWidth : width_;
        case Height:
            return saysMost ? kMostHeight : height_;
        case Bits:
            return saysMost ? 32 : bits_;
        case Control:
            return control_;
        case Bank:
            return bank_;
        case VirtualWidth:
            return virtualWidth_;
        case VirtualHeight:
            return narrow(virtualHeight());
        case X:
            return x_;
        case Y:
            return y_;
        case MemoryBanks:
            return narrow(memoryBytes_ / kBank);
        default:
            return 0;
    }
}

std::uint64_t DisplayInterface::writeData(std::uint16_t value) {
    switch (index_) {
        case Id:
            if (value >= kOldestId && value <= kNewestId)
                id_ = value;
            return 0;
        case Width:
            if (!isEnabled_ && value <= kMostWidth)
                width_ = value;
            return 0;
        case Height:
            if (!isEnabled_ && value <= kMostHeight)
                height_ = value;
            return 0;
        case Bits:
            // Zero is what the first version had: 256 colours.
            if (!isEnabled_ && (value == 0 || isDepth(value)))
                bits_ = value == 0 ? std::uint16_t{8} : value;
            return 0;
        case Control:
            return control(value);
        case Bank:
            if (value < room() / kBank)
                bank_ = value;
            return 0;
        case VirtualWidth:
            setVirtualWidth(value);
            return 0;
        case X:
            if (isEnabled_)
                x_ = std::min(value, narrow(virtualWidth_ - width_));
            return 0;
        case Y:
            if (isEnabled_)
                y_ = narrow(std::min<std::uint64_t>(value, virtualHeight() - height_));
            return 0;
        default:
            return 0;
    }
}

std::uint64_t DisplayInterface::control(std::uint16_t value) {
    control_ = value & kControlBits;
    hasWideColors_ = (value & kWideColors) != 0;
    const bool wasEnabled = isEnabled_;
    isEnabled_ = (value & kEnabled) != 0;
    if (isEnabled_ == wasEnabled)
        return 0;
    bank_ = 0;
    x_ = 0;
    y_ = 0;
    virtualWidth_ = width_;
    const std::uint64_t bytes = pitch() * height_;
    if (isEnabled_ && (bytes == 0 || bytes > room() || (isPlanar() && width_ % 8 != 0))) {
        isEnabled_ = false;
        control_ &= static_cast<std::uint16_t>(~kEnabled);
    }
    if (!isEnabled_ || (value & kKeepsMemory) != 0)
        return 0;
    return isPlanar() ? bytes * 4 : bytes;
}

void DisplayInterface::setVirtualWidth(std::uint16_t value) {
    if (!isEnabled_)
        return;
    // Whole bytes, and as many lines as are shown.
    const std::uint64_t most = isPlanar() ? room() / height_ * 8 : room() / height_ / pitchOf(1);
    std::uint64_t width =
        std::clamp<std::uint64_t>(value, width_, std::max<std::uint64_t>(most, width_));
    if (isPlanar())
        width &= ~std::uint64_t{7};
    virtualWidth_ = narrow(width) & (isPlanar() ? 0xFFF8 : 0xFFFF);
    x_ = std::min(x_, narrow(virtualWidth_ - width_));
    y_ = narrow(std::min<std::uint64_t>(y_, virtualHeight() - height_));
}

bool DisplayInterface::showsAs(const DisplayInterface& other) const {
    if (isEnabled_ != other.isEnabled_)
        return false;
    return !isEnabled_ ||
           (width_ == other.width_ && height_ == other.height_ && bits_ == other.bits_ &&
            virtualWidth_ == other.virtualWidth_ && x_ == other.x_ && y_ == other.y_);
}

}  // namespace devices::vga
