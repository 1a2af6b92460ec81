// SPDX-License-Identifier: GPL-3.0-or-later
#include "pic.h"

#include <utility>

namespace hypervisor {

namespace {

constexpr std::uint8_t kCommandWord1 = 0x10;
constexpr std::uint8_t kOperationWord3 = 0x08;
constexpr std::uint8_t kCascadeBit = 1U << Pic::kCascadeInput;
constexpr std::uint8_t kSpuriousInput = 7;

// The timer, the keyboard, the cascade, the real-time clock and the coprocessor are always edges.
constexpr std::uint8_t kMasterLevelCapable = 0xF8;
constexpr std::uint8_t kSlaveLevelCapable = 0xDE;

constexpr std::uint8_t bit(unsigned input) {
    return static_cast<std::uint8_t>(1U << input);
}

constexpr std::uint8_t without(std::uint8_t set, std::uint8_t removed) {
    return static_cast<std::uint8_t>(set & ~removed);
}

}  // namespace

void PicChip::reset() {
    const std::uint8_t lines = lines_;
    *this = PicChip(levelCapable_);
    lines_ = lines;
}

void PicChip::setInput(unsigned input, bool asserted) {
    const std::uint8_t line = bit(input);
    if (asserted) {
        if (((lines_ | level_) & line) == 0)
            latched_ |= line;
        lines_ |= line;
    } else {
        lines_ = without(lines_, line);
    }
}

std::uint8_t PicChip::requests(std::uint8_t cascade) const {
    return static_cast<std::uint8_t>(without(latched_, level_) | (lines_ & level_) | cascade);
}

int PicChip::highest(std::uint8_t set) const {
    for (unsigned i = 1; i <= 8; ++i) {
        const unsigned input = (lowestPriority_ + i) & 7;
        if ((set & bit(input)) != 0)
            return static_cast<int>(input);
    }
    return -1;
}

int PicChip::requested(std::uint8_t cascade) const {
    if (initState_ != InitState::Ready)
        return -1;
    const int candidate = highest(without(requests(cascade), mask_));
    if (candidate < 0)
        return -1;
    std::uint8_t blocking = inService_;
    // In special mask mode, an input that is masked while in service blocks nobody; in special
    // fully nested mode, a slave in service does not block its own next request.
    if (specialMask_)
        blocking = without(blocking, mask_);
    if (specialFullyNested_)
        blocking = without(blocking, cascade);
    const int serving = highest(blocking);
    if (serving < 0)
        return candidate;
    const auto rank = [this](int input) {
        return (static_cast<unsigned>(input) - lowestPriority_ - 1U) & 7U;
    };
    return rank(candidate) < rank(serving) ? candidate : -1;
}

void PicChip::acknowledge(unsigned input) {
    latched_ = without(latched_, bit(input));
    if (autoEnd_) {
        if (rotateOnAutoEnd_)
            lowestPriority_ = static_cast<std::uint8_t>(input);
    } else {
        inService_ |= bit(input);
    }
}

void PicChip::writeCommand(std::uint8_t value) {
    if ((value & kCommandWord1) != 0) {
        initialize(value);
    } else if ((value & kOperationWord3) != 0) {
        if ((value & 0x40) != 0)
            specialMask_ = (value & 0x20) != 0;
        if ((value & 0x04) != 0)
            poll_ = true;
        else if ((value & 0x02) != 0)
            readInService_ = (value & 0x01) != 0;
    } else {
        operate(value);
    }
}

void PicChip::initialize(std::uint8_t word1) {
    // The edge detectors start afresh: a line that is high now has to fall first.
    latched_ = 0;
    mask_ = 0;
    inService_ = 0;
    lowestPriority_ = 7;
    specialMask_ = false;
    specialFullyNested_ = false;
    autoEnd_ = false;
    rotateOnAutoEnd_ = false;
    readInService_ = false;
    poll_ = false;
    single_ = (word1 & 0x02) != 0;
    needsWord4_ = (word1 & 0x01) != 0;
    initState_ = InitState::Word2;
}

void PicChip::operate(std::uint8_t word2) {
    const std::uint8_t named = word2 & 7;
    switch (word2 >> 5) {
        case 0:
            rotateOnAutoEnd_ = false;
            break;
        case 1:
            endHighestPriority(false);
            break;
        case 3:
            inService_ = without(inService_, bit(named));
            break;
        case 4:
            rotateOnAutoEnd_ = true;
            break;
        case 5:
            endHighestPriority(true);
            break;
        case 6:
            lowestPriority_ = named;
            break;
        case 7:
            inService_ = without(inService_, bit(named));
            lowestPriority_ = named;
            break;
        default:
            break;
    }
}

void PicChip::endHighestPriority(bool rotate) {
    const std::uint8_t candidates = specialMask_ ? without(inService_, mask_) : inService_;
    const int input = highest(candidates);
    if (input < 0)
        return;
    inService_ = without(inService_, bit(static_cast<unsigned>(input)));
    if (rotate)
        lowestPriority_ = static_cast<std::uint8_t>(input);
}

void PicChip::writeData(std::uint8_t value) {
    switch (initState_) {
        case InitState::Ready:
            mask_ = value;
            return;
        case InitState::Word2:
            vectorBase_ = value & 0xF8;
            if (!single_)
                initState_ = InitState::Word3;
            else
                initState_ = needsWord4_ ? InitState::Word4 : InitState::Ready;
            return;
        case InitState::Word3:
            // Says where the slave is wired, which a PC does not leave open.
            initState_ = needsWord4_ ? InitState::Word4 : InitState::Ready;
            return;
        case InitState::Word4:
            specialFullyNested_ = (value & 0x10) != 0;
            autoEnd_ = (value & 0x02) != 0;
            initState_ = InitState::Ready;
            return;
    }
}

std::uint8_t PicChip::readCommand(std::uint8_t cascade) const {
    return readInService_ ? inService_ : requests(cascade);
}

void PicChip::setEdgeLevel(std::uint8_t value) {
    level_ = value & levelCapable_;
    // What was latched in the other mode is no request in this one.
    latched_ = without(latched_, level_);
}

Pic::Pic(std::function<void(bool)> output)
    : output_(std::move(output)), master_(kMasterLevelCapable), slave_(kSlaveLevelCapable) {}

void Pic::reset() {
    const std::scoped_lock lock(mutex_);
    master_.reset();
    slave_.reset();
    updateOutput();
}

std::uint8_t Pic::cascade() const {
    return slave_.requested(0) >= 0 ? kCascadeBit : 0;
}

void Pic::updateOutput() {
    const bool asserted = master_.requested(cascade()) >= 0;
    if (asserted == asserted_)
        return;
    asserted_ = asserted;
    if (output_)
        output_(asserted);
}

void Pic::setInput(unsigned input, bool asserted) {
    if (input >= kInputs || input == kCascadeInput)
        return;
    const std::scoped_lock lock(mutex_);
    if (input < 8)
        master_.setInput(input, asserted);
    else
        slave_.setInput(input - 8, asserted);
    updateOutput();
}

std::uint8_t Pic::acknowledge() {
    const std::scoped_lock lock(mutex_);
    const int input = master_.requested(cascade());
    std::uint8_t vector = 0;
    if (input < 0) {
        vector = master_.vectorBase() + kSpuriousInput;
    } else if (input == static_cast<int>(kCascadeInput)) {
        const int slaveInput = slave_.requested(0);
        master_.acknowledge(kCascadeInput);
        if (slaveInput >= 0)
            slave_.acknowledge(static_cast<unsigned>(slaveInput));
        vector = static_cast<std::uint8_t>(slave_.vectorBase() +
                                           (slaveInput >= 0 ? slaveInput : kSpuriousInput));
    } else {
        master_.acknowledge(static_cast<unsigned>(input));
        vector = static_cast<std::uint8_t>(master_.vectorBase() + input);
    }
    updateOutput();
    return vector;
}

std::uint8_t Pic::poll(PicChip& chip) {
    const int input = chip.requested(&chip == &master_ ? cascade() : std::uint8_t{0});
    chip.endPoll();
    if (input < 0)
        return 0;
    chip.acknowledge(static_cast<unsigned>(input));
    updateOutput();
    return static_cast<std::uint8_t>(0x80 | input);
}

std::uint8_t Pic::readPort(std::uint16_t port) {
    const std::scoped_lock lock(mutex_);
    if (port == kEdgeLevelPort)
        return master_.edgeLevel();
    if (port == kEdgeLevelPort + 1)
        return slave_.edgeLevel();
    PicChip& chip = (port & 0xFE) == kSlavePort ? slave_ : master_;
    if (chip.polled())
        return poll(chip);
    if ((port & 1) != 0)
        return chip.readData();
    return chip.readCommand(&chip == &master_ ? cascade() : std::uint8_t{0});
}

void Pic::writePort(std::uint16_t port, std::uint8_t value) {
    const std::scoped_lock lock(mutex_);
    if (port == kEdgeLevelPort) {
        master_.setEdgeLevel(value);
    } else if (port == kEdgeLevelPort + 1) {
        slave_.setEdgeLevel(value);
    } else {
        PicChip& chip = (port & 0xFE) == kSlavePort ? slave_ : master_;
        if ((port & 1) != 0)
            chip.writeData(value);
        else
            chip.writeCommand(value);
    }
    updateOutput();
}

}  // namespace hypervisor
