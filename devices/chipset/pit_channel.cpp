// SPDX-License-Identifier: GPL-3.0-or-later
#include "pit_channel.h"

#include <algorithm>

namespace devices {

namespace {

constexpr std::uint16_t toBcd(std::uint32_t value) {
    return static_cast<std::uint16_t>(value % 10 | value / 10 % 10 << 4 | value / 100 % 10 << 8 |
                                      value / 1000 % 10 << 12);
}

// Digits above nine, which the data sheet does not define, carry into the next.
constexpr std::uint32_t fromBcd(std::uint16_t value) {
    return (value & 0xFU) + (value >> 4 & 0xFU) * 10 + (value >> 8 & 0xFU) * 100 +
           (value >> 12 & 0xFU) * 1000;
}

}  // namespace

void PitChannel::writeControl(std::uint64_t now, std::uint8_t control) {
    const auto access = static_cast<std::uint8_t>(control >> 4 & 3);
    if (access == 0) {
        latchCount(now);
        return;
    }
    access_ = static_cast<Access>(access);
    // Modes 6 and 7 are other ways to write 2 and 3.
    mode_ = control >> 1 & 7;
    if (mode_ > 5)
        mode_ &= 3;
    bcd_ = (control & 1) != 0;
    loaded_ = false;
    running_ = false;
    reload_ = modulus();
    next_.reset();
    secondWrite_ = false;
    secondRead_ = false;
    latchedCount_.reset();
    latchedStatus_.reset();
}

void PitChannel::writeCount(std::uint64_t now, std::uint8_t value) {
    settle(now);
    switch (access_) {
        case Access::LowByte:
            takeCount(now, value);
            return;
        case Access::HighByte:
            takeCount(now, static_cast<std::uint16_t>(value << 8));
            return;
        case Access::LowThenHigh:
            break;
    }
    if (!secondWrite_) {
        firstByte_ = value;
        secondWrite_ = true;
        // In mode 0, the first byte stops the count and makes OUT low.
        if (mode_ == 0) {
            loaded_ = false;
            running_ = false;
        }
        return;
    }
    secondWrite_ = false;
    takeCount(now, static_cast<std::uint16_t>(firstByte_ | value << 8));
}

void PitChannel::takeCount(std::uint64_t now, std::uint16_t written) {
    std::uint32_t count = bcd_ ? fromBcd(written) % modulus() : written;
    if (count == 0)
        count = modulus();
    // The periodic modes do not define 1.
    if (isPeriodic())
        count = std::max(count, 2U);
    // A running period is ended first, and a one-shot waits for its trigger.
    if (isTriggered()) {
        next_ = count;
    } else if (isPeriodic() && loaded_) {
        next_ = count;
        if (running_)
            start_ += (now - start_) / reload_ * reload_;
    } else {
        load(now, count);
    }
}

void PitChannel::load(std::uint64_t now, std::uint32_t count) {
    reload_ = count;
    next_.reset();
    loaded_ = true;
    running_ = gate_ || isTriggered();
    start_ = now;
    suspendedAt_ = 0;
}

std::uint64_t PitChannel::elapsed(std::uint64_t now) const {
    if (!loaded_)
        return 0;
    return running_ ? now - start_ : suspendedAt_;
}

void PitChannel::settle(std::uint64_t now) {
    if (!isPeriodic() || !running_ || !next_ || now - start_ < reload_)
        return;
    start_ += reload_;
    reload_ = *next_;
    next_.reset();
}

void PitChannel::setGate(std::uint64_t now, bool high) {
    if (gate_ == high)
        return;
    settle(now);
    gate_ = high;
    if (isTriggered()) {
        if (high && (next_ || loaded_))
            load(now, next_.value_or(reload_));
        return;
    }
    if (!loaded_)
        return;
    if (!high) {
        suspendedAt_ = elapsed(now);
        running_ = false;
    } else if (isPeriodic()) {
        load(now, next_.value_or(reload_));
    } else {
        start_ = now - suspendedAt_;
        running_ = true;
    }
}

bool PitChannel::output(std::uint64_t now) {
    settle(now);
    if (!loaded_)
        return mode_ != 0;
    const std::uint64_t ticks = elapsed(now);
    switch (mode_) {
        case 0:
            return ticks >= reload_;
        case 1:
            return ticks >= reload_;
        case 2:
            return !running_ || ticks % reload_ != reload_ - 1;
        case 3:
            return !running_ || ticks % reload_ < (reload_ + 1) / 2;
        default:
            return ticks != reload_;
    }
}

std::optional<std::uint64_t> PitChannel::nextRise(std::uint64_t now) {
    settle(now);
    if (!running_)
        return std::nullopt;
    if (isPeriodic()) {
        // A count that waits for the end of this period does not move that end.
        return start_ + ((now - start_) / reload_ + 1) * reload_;
    }
    // The strobes are low for one tick after the last one.
    const std::uint64_t rise = start_ + reload_ + (mode_ >= 4 ? 1 : 0);
    return rise > now ? std::optional(rise) : std::nullopt;
}

std::uint16_t PitChannel::count(std::uint64_t now) const {
    std::uint64_t value = reload_;
    const std::uint64_t ticks = elapsed(now);
    if (!loaded_) {
        value = reload_;
    } else if (mode_ == 2) {
        value = reload_ - ticks % reload_;
    } else if (mode_ == 3) {
        // Counts down by two, once for each half of the period.
        const std::uint64_t firstHalf = (reload_ + 1) / 2;
        std::uint64_t phase = ticks % reload_;
        if (phase >= firstHalf)
            phase -= firstHalf;
        value = (reload_ & ~1U) - 2 * phase;
    } else {
        // Past zero the count goes on from the largest value.
        value = (reload_ + modulus() - ticks % modulus()) % modulus();
    }
    value %= modulus();
    return bcd_ ? toBcd(static_cast<std::uint32_t>(value)) : static_cast<std::uint16_t>(value);
}

void PitChannel::latchCount(std::uint64_t now) {
    settle(now);
    if (!latchedCount_)
        latchedCount_ = count(now);
}

void PitChannel::latchStatus(std::uint64_t now) {
    settle(now);
    if (latchedStatus_)
        return;
    const bool nullCount = next_.has_value() || !loaded_;
    latchedStatus_ = static_cast<std::uint8_t>((output(now) ? 0x80 : 0) | (nullCount ? 0x40 : 0) |
                                               static_cast<unsigned>(access_) << 4 | mode_ << 1 |
                                               (bcd_ ? 1 : 0));
}

std::uint8_t PitChannel::readCount(std::uint64_t now) {
    settle(now);
    if (latchedStatus_) {
        const std::uint8_t status = *latchedStatus_;
        latchedStatus_.reset();
        return status;
    }
    const std::uint16_t value = latchedCount_.value_or(count(now));
    bool high = access_ == Access::HighByte;
    bool last = true;
    if (access_ == Access::LowThenHigh) {
        high = secondRead_;
        last = secondRead_;
        secondRead_ = !secondRead_;
    }
    if (last)
        latchedCount_.reset();
    return static_cast<std::uint8_t>(high ? value >> 8 : value);
}

}  // namespace devices
