// SPDX-License-Identifier: GPL-3.0-or-later
#include "general_timer.h"

#include <algorithm>
#include <array>

#include "registers.h"

namespace devices::tulip {

namespace {

constexpr std::uint64_t kFastCycle = 81'920;
constexpr std::uint64_t kSlowCycle = 819'200;
constexpr std::uint64_t kSerialCycle = 204'800;

/// At 100 Mb/s; at 10 Mb/s they are ten times as long.
constexpr std::array<std::uint64_t, 8> kPollingPeriods{0,     81'900, 245'000, 573'000,
                                                       5'120, 10'240, 15'360,  35'840};
/// Shorter ones would be nothing but work for the host.
constexpr std::uint64_t kShortestPolling = 50'000;

bool isFast(std::uint32_t mode) {
    return (mode & mode::kMediaIndependent) != 0 && (mode & mode::kSlow) == 0;
}

}  // namespace

std::uint64_t timerCycle(std::uint32_t mode) {
    if ((mode & mode::kMediaIndependent) == 0)
        return kSerialCycle;
    return isFast(mode) ? kFastCycle : kSlowCycle;
}

std::uint64_t pollingPeriod(std::uint32_t busMode, std::uint32_t mode) {
    const std::uint64_t period =
        kPollingPeriods[busMode >> bus_mode::kPollingShift & bus_mode::kPollingMask];
    return period == 0 ? 0 : std::max(kShortestPolling, isFast(mode) ? period : period * 10);
}

void GeneralTimer::reset() {
    alarm_->cancel();
    count_ = 0;
    isContinuous_ = false;
}

void GeneralTimer::write(std::uint32_t value, std::uint64_t cycle) {
    reset();
    count_ = value & timer::kValue;
    isContinuous_ = (value & timer::kContinuous) != 0;
    cycle_ = cycle;
    if (count_ == 0)
        return;
    end_ = clock_.now();
    arm();
}

void GeneralTimer::arm() {
    // Of what a late alarm has missed, nothing is made up for.
    end_ = std::max(end_ + count_ * cycle_, clock_.now());
    alarm_->set(end_);
}

std::uint32_t GeneralTimer::read() const {
    std::uint32_t left = 0;
    if (const std::uint64_t now = clock_.now(); count_ != 0 && now < end_)
        left = static_cast<std::uint32_t>((end_ - now + cycle_ - 1) / cycle_);
    return timer::kOnes | (isContinuous_ ? timer::kContinuous : 0) | left;
}

bool GeneralTimer::expired() {
    if (count_ == 0 || clock_.now() < end_)
        return false;
    if (isContinuous_)
        arm();
    else
        count_ = 0;
    return true;
}

}  // namespace devices::tulip
