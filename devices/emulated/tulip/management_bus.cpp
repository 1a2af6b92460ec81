// SPDX-License-Identifier: GPL-3.0-or-later
#include "management_bus.h"

#include <utility>

namespace devices::tulip {

namespace {

/// Operation and both addresses.
constexpr unsigned kCommandBits = 2 + 5 + 5;
constexpr unsigned kTurnAroundBits = 2;
constexpr unsigned kDataBits = 16;
constexpr unsigned kReads = 2;
constexpr unsigned kWrites = 1;

}  // namespace

void ManagementBus::reset() {
    state_ = State::Idle;
    clock_ = false;
    dataIn_ = true;
}

void ManagementBus::drive(bool clock, bool data) {
    if (clock && !std::exchange(clock_, clock))
        clocked(data);
    clock_ = clock;
}

void ManagementBus::commanded() {
    const unsigned operation = word_ >> 10 & 3;
    const unsigned address = word_ >> 5 & 0x1F;
    register_ = word_ & 0x1F;
    bits_ = 0;
    if (address == Phy::kAddress && operation == kReads) {
        state_ = State::Reading;
        word_ = phy_.read(register_);
    } else if (address == Phy::kAddress && operation == kWrites) {
        state_ = State::Writing;
        word_ = 0;
    } else {
        state_ = State::Ignoring;
    }
}

void ManagementBus::clocked(bool data) {
    switch (state_) {
        case State::Idle:
            if (!data)
                state_ = State::Start;
            return;
        case State::Start:
            state_ = data ? State::Command : State::Idle;
            bits_ = 0;
            word_ = 0;
            return;
        case State::Command:
            word_ = word_ << 1 | (data ? 1 : 0);
            if (++bits_ == kCommandBits)
                commanded();
            return;
        case State::Reading:
            // A zero in the second bit of the turn-around, then the data, then nothing.
            if (++bits_ == 1) {
                dataIn_ = false;
            } else if (bits_ < kTurnAroundBits + kDataBits) {
                dataIn_ = (word_ >> (kTurnAroundBits + kDataBits - 1 - bits_) & 1) != 0;
            } else {
                dataIn_ = true;
                state_ = State::Idle;
            }
            return;
        case State::Writing:
            word_ = word_ << 1 | (data ? 1 : 0);
            if (++bits_ < kTurnAroundBits + kDataBits)
                return;
            phy_.write(register_, static_cast<std::uint16_t>(word_));
            state_ = State::Idle;
            return;
        case State::Ignoring:
            if (++bits_ == kTurnAroundBits + kDataBits)
                state_ = State::Idle;
            return;
    }
}

}  // namespace devices::tulip
