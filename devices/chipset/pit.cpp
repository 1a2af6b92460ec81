// SPDX-License-Identifier: GPL-3.0-or-later
#include "pit.h"

#include <algorithm>
#include <utility>

namespace devices {

namespace {

// Port 0x61.
constexpr std::uint8_t kGate2 = 1U << 0;
constexpr std::uint8_t kSystemControlWritable = 0x0F;
constexpr std::uint8_t kRefresh = 1U << 4;
constexpr std::uint8_t kOutput2 = 1U << 5;
// The memory refresh request that bit 4 toggles with comes every 15 microseconds.
constexpr std::uint64_t kRefreshTicks = 18;

}  // namespace

Pit::Pit(Clock& clock, hypervisor::InterruptLine interrupt)
    : clock_(clock), interrupt_(std::move(interrupt)) {
    channels_[kSpeaker].setGate(0, false);
    alarm_ = clock.createAlarm([this] {
        const std::scoped_lock lock(mutex_);
        elapse(ticks());
    });
}

hypervisor::Result<void> Pit::claimPorts(PortBus& ports) {
    if (auto claimed = ports.claim("8254 timer", {kFirstPort, 4, 1}, *this); !claimed)
        return claimed;
    return ports.claim("system control port", {kSystemControlPort, 1, 1}, *this);
}

void Pit::reset() {
    const std::scoped_lock lock(mutex_);
    channels_ = {};
    channels_[kSpeaker].setGate(0, false);
    systemControl_ = 0;
    output0_ = true;
    nextRise_.reset();
    alarm_->cancel();
    interrupt_.lower();
}

void Pit::elapse(std::uint64_t now) {
    if (!nextRise_ || now < *nextRise_)
        return;
    output0_ = true;
    lastInterrupt_ = clock_.now();
    interrupt_.strike();
    follow(now);
}

void Pit::follow(std::uint64_t now) {
    // In the periodic modes, OUT's low part is left out: the line pulses when it rises.
    const bool output = channels_[0].output(now) || channels_[0].isPeriodic();
    if (output != output0_) {
        output0_ = output;
        interrupt_.set(output);
    }
    nextRise_ = channels_[0].nextRise(now);
    if (nextRise_)
        alarm_->set(
            std::max(nanosecondsOf(*nextRise_, kHertz), lastInterrupt_ + kShortestInterval));
    else
        alarm_->cancel();
}

void Pit::writeControl(std::uint64_t now, std::uint8_t value) {
    const unsigned channel = value >> 6;
    if (channel == 3) {
        readBack(now, value);
        return;
    }
    channels_[channel].writeControl(now, value);
}

void Pit::readBack(std::uint64_t now, std::uint8_t command) {
    for (unsigned i = 0; i < channels_.size(); ++i) {
        if ((command & 2U << i) == 0)
            continue;
        // Both bits are active low.
        if ((command & 0x20) == 0)
            channels_[i].latchCount(now);
        if ((command & 0x10) == 0)
            channels_[i].latchStatus(now);
    }
}

std::uint8_t Pit::readSystemControl(std::uint64_t now) {
    std::uint8_t value = systemControl_;
    if (now / kRefreshTicks % 2 != 0)
        value |= kRefresh;
    if (channels_[kSpeaker].output(now))
        value |= kOutput2;
    return value;
}

std::uint32_t Pit::readPort(std::uint16_t port, unsigned /*size*/) {
    const std::scoped_lock lock(mutex_);
    const std::uint64_t now = ticks();
    if (port == kSystemControlPort)
        return readSystemControl(now);
    // The control register can't be read.
    return port < kControlPort ? channels_[port & 3U].readCount(now) : 0xFF;
}

void Pit::writePort(std::uint16_t port, unsigned /*size*/, std::uint32_t value) {
    const std::scoped_lock lock(mutex_);
    const std::uint64_t now = ticks();
    const auto byte = static_cast<std::uint8_t>(value);
    if (port == kSystemControlPort) {
        systemControl_ = byte & kSystemControlWritable;
        channels_[kSpeaker].setGate(now, (byte & kGate2) != 0);
        return;
    }
    // What is due comes before what the write changes.
    elapse(now);
    if (port == kControlPort)
        writeControl(now, byte);
    else
        channels_[port & 3U].writeCount(now, byte);
    follow(now);
}

}  // namespace devices
