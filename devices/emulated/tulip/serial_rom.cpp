// SPDX-License-Identifier: GPL-3.0-or-later
#include "serial_rom.h"

namespace devices::tulip {

namespace {

constexpr unsigned kAddressBits = 6;
constexpr unsigned kCommandBits = 2 + kAddressBits;
constexpr unsigned kWordBits = 16;
constexpr unsigned kRead = 2;

}  // namespace

void SerialRom::reset() {
    state_ = State::Idle;
    clock_ = false;
    dataOut_ = true;
}

void SerialRom::drive(bool select, bool clock, bool dataIn) {
    const bool rises = clock && !clock_;
    clock_ = clock;
    if (!select) {
        state_ = State::Idle;
        dataOut_ = true;
        return;
    }
    if (rises)
        clocked(dataIn);
}

void SerialRom::clocked(bool dataIn) {
    switch (state_) {
        case State::Idle:
            // The start bit is the first one that is set.
            if (dataIn) {
                state_ = State::Command;
                bits_ = 0;
                command_ = 0;
            }
            return;
        case State::Command:
            command_ = command_ << 1 | (dataIn ? 1 : 0);
            if (++bits_ < kCommandBits)
                return;
            address_ = command_ % kRomWords;
            if (command_ >> kAddressBits != kRead) {
                state_ = State::Ignoring;
                return;
            }
            state_ = State::Reading;
            left_ = kWordBits;
            // In front of the data goes a zero.
            dataOut_ = false;
            return;
        case State::Reading:
            if (left_ == 0) {
                left_ = kWordBits;
                address_ = (address_ + 1) % kRomWords;
            }
            dataOut_ = (content_[address_] >> --left_ & 1) != 0;
            return;
        case State::Ignoring:
            return;
    }
}

}  // namespace devices::tulip
