// SPDX-License-Identifier: GPL-3.0-or-later
#include "drive.h"

#include <algorithm>

namespace devices::ide {

namespace {

// Transfer modes: the kind, and the number within it. ATA/ATAPI-7, 6.48.10.
constexpr std::uint8_t kModeKind = 0xF8;
constexpr std::uint8_t kModeNumber = 0x07;
constexpr std::uint8_t kDefaultPio = 0x00;
constexpr std::uint8_t kPio = 0x08;
constexpr std::uint8_t kMultiword = 0x20;
constexpr std::uint8_t kUltra = 0x40;
constexpr std::uint8_t kBestPio = 4;
constexpr std::uint8_t kBestMultiword = 2;
// Ultra DMA 33, the best that the PIIX4 can.
constexpr std::uint8_t kBestUltra = 2;

std::uint16_t modes(std::uint8_t best, std::uint8_t kind, std::uint8_t selected) {
    const auto possible = static_cast<std::uint16_t>((1U << (best + 1)) - 1);
    if ((selected & kModeKind) != kind)
        return possible;
    return static_cast<std::uint16_t>(possible | 0x100U << (selected & kModeNumber));
}

}  // namespace

void Drive::begin(std::uint8_t command) {
    interrupting_ = false;
    host_.interruptChanged();
    block_ = Block::None;
    registers_.error = 0;
    execute(command);
}

std::uint32_t Drive::readData(unsigned size) {
    if (block_ != Block::ToGuest)
        return 0;
    std::uint32_t value = 0;
    // A block of an odd length ends with a byte that means nothing.
    const std::size_t bytes = std::min<std::size_t>(size, end_ - at_);
    for (std::size_t i = 0; i < bytes; ++i)
        value |= std::uint32_t{buffer_[at_ + i]} << i * 8;
    at_ += bytes;
    if (at_ == end_) {
        block_ = Block::None;
        blockTaken();
    }
    return value;
}

void Drive::writeData(unsigned size, std::uint32_t value) {
    if (block_ != Block::FromGuest)
        return;
    const std::size_t bytes = std::min<std::size_t>(size, end_ - at_);
    for (std::size_t i = 0; i < bytes; ++i)
        buffer_[at_ + i] = static_cast<std::uint8_t>(value >> i * 8);
    at_ += bytes;
    if (at_ == end_) {
        block_ = Block::None;
        blockGiven();
    }
}

void Drive::beginReset() {
    resetting_ = true;
    interrupting_ = false;
    block_ = Block::None;
    registers_.status = kBusy;
    host_.interruptChanged();
}

void Drive::endReset(Reset kind) {
    resetting_ = false;
    if (kind == Reset::PowerOn) {
        transferMode_ = kDefaultPio;
        returnToDefaults();
    }
    diagnose(Interrupt::No);
}

void Drive::diagnose(Interrupt with) {
    block_ = Block::None;
    registers_ = {};
    registers_.error = kDiagnosticPassed;
    sign();
    interrupting_ = with == Interrupt::Yes;
    host_.interruptChanged();
}

void Drive::offerBlock(std::size_t offset, std::size_t bytes, Interrupt with) {
    block_ = Block::ToGuest;
    at_ = offset;
    end_ = offset + bytes;
    registers_.status = kReady | kSeekComplete | kDataRequest;
    if (with == Interrupt::Yes)
        interrupt();
}

void Drive::requestBlock(std::size_t offset, std::size_t bytes, Interrupt with) {
    offerBlock(offset, bytes, with);
    block_ = Block::FromGuest;
}

void Drive::succeed() {
    registers_.status = kReady | kSeekComplete;
    interrupt();
}

void Drive::fail(std::uint8_t error, std::uint8_t status) {
    registers_.error = error;
    registers_.status = static_cast<std::uint8_t>(kReady | kSeekComplete | kError | status);
    interrupt();
}

void Drive::interrupt() {
    interrupting_ = true;
    host_.interruptChanged();
}

bool Drive::setTransferMode(std::uint8_t mode) {
    const std::uint8_t number = mode & kModeNumber;
    switch (mode & kModeKind) {
        case kDefaultPio:
            // Also the one without IORDY.
            if (number > 1)
                return false;
            break;
        case kPio:
            if (number > kBestPio)
                return false;
            break;
        case kMultiword:
            if (number > kBestMultiword)
                return false;
            break;
        case kUltra:
            if (number > kBestUltra)
                return false;
            break;
        default:
            return false;
    }
    // PIO is used beside the DMA mode.
    if ((mode & kModeKind) == kMultiword || (mode & kModeKind) == kUltra)
        transferMode_ = mode;
    return true;
}

std::uint16_t Drive::multiwordModes() const {
    return modes(kBestMultiword, kMultiword, transferMode_);
}

std::uint16_t Drive::ultraModes() const {
    return modes(kBestUltra, kUltra, transferMode_);
}

}  // namespace devices::ide
