// SPDX-License-Identifier: GPL-3.0-or-later
#include "local_apic_timer.h"

#include <algorithm>
#include <utility>

#include "hypervisor/wide_arithmetic.h"

namespace hypervisor {

namespace {

// The timer base runs at 1 GHz, so that its ticks are the machine time's nanoseconds.
static_assert(kLocalApicFrequency == 1'000'000'000);

// A deadline further away is looked at again after this long, which keeps the arithmetic small.
constexpr std::uint64_t kLongestWaitSeconds = 3600;

}  // namespace

LocalApicTimer::LocalApicTimer(const MachineTime& time, ThreadAlarm& alarm, const TscClock& clock,
                               std::function<void()> expired)
    : time_(time), alarm_(alarm), clock_(clock), expired_(std::move(expired)) {}

std::chrono::nanoseconds LocalApicTimer::period() const {
    return std::max(std::chrono::nanoseconds(std::uint64_t{initialCount_} * divisor_),
                    kMinimumPeriod);
}

void LocalApicTimer::serve() {
    // The alarm may be an old one: what the registers say now decides.
    if (!armed_)
        return;
    if (mode_ == Mode::TscDeadline) {
        armDeadline();
        return;
    }
    const Clock::time_point now = time_.now();
    if (now < expiry_) {
        wakeAt(expiry_);
        return;
    }
    if (mode_ == Mode::Periodic) {
        // Periods that were missed altogether give no interrupts of their own.
        const auto missed = (now - expiry_) / period();
        expiry_ += period() * (missed + 1);
        wakeAt(expiry_);
    } else {
        armed_ = false;
    }
    expired_();
}

void LocalApicTimer::disarm() {
    armed_ = false;
    deadline_ = 0;
    alarm_.cancel();
}

void LocalApicTimer::arm(std::uint64_t ticks) {
    armed_ = true;
    expiry_ = time_.now() + std::chrono::nanoseconds(ticks);
    wakeAt(expiry_);
}

void LocalApicTimer::armDeadline() {
    const std::uint64_t now = clock_.read() + tscOffset_;
    if (now >= deadline_) {
        armed_ = false;
        deadline_ = 0;
        expired_();
        return;
    }
    armed_ = true;
    const std::uint64_t frequency = clock_.frequency();
    const std::uint64_t ticks = std::min(deadline_ - now, frequency * kLongestWaitSeconds);
    const std::uint64_t wait = multiplyDivide(ticks, std::nano::den, frequency) + 1;
    wakeAt(time_.now() + std::chrono::nanoseconds(wait));
}

void LocalApicTimer::setMode(Mode mode) {
    if ((mode == Mode::TscDeadline) != (mode_ == Mode::TscDeadline)) {
        disarm();
        initialCount_ = 0;
    }
    mode_ = mode;
}

std::uint64_t LocalApicTimer::ticksLeft() const {
    const Clock::time_point now = time_.now();
    if (now < expiry_)
        return static_cast<std::uint64_t>((expiry_ - now).count());
    if (mode_ != Mode::Periodic)
        return 0;
    // The VP is late; the count has long gone on from the top.
    return static_cast<std::uint64_t>((period() - (now - expiry_) % period()).count());
}

void LocalApicTimer::setDivide(std::uint32_t configuration) {
    // Bits 0, 1 and 3: 000 divides by 2, 110 by 128, 111 by 1.
    divideConfiguration_ = configuration & 0xB;
    const std::uint32_t code = (configuration & 3) | ((configuration & 8) >> 1);
    const std::uint32_t divisor = 1U << ((code + 1) & 7);
    if (divisor == divisor_)
        return;
    const bool running = armed_ && mode_ != Mode::TscDeadline;
    const std::uint64_t count = running ? ticksLeft() / divisor_ : 0;
    divisor_ = divisor;
    if (running)
        arm(count * divisor_);
}

void LocalApicTimer::setInitialCount(std::uint32_t count) {
    if (mode_ == Mode::TscDeadline)
        return;
    initialCount_ = count;
    if (count == 0)
        disarm();
    else if (mode_ == Mode::Periodic)
        arm(static_cast<std::uint64_t>(period().count()));
    else
        arm(std::uint64_t{count} * divisor_);
}

std::uint32_t LocalApicTimer::currentCount() const {
    if (!armed_ || mode_ == Mode::TscDeadline)
        return 0;
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>((ticksLeft() + divisor_ - 1) / divisor_, initialCount_));
}

void LocalApicTimer::setDeadline(std::uint64_t tsc) {
    if (mode_ != Mode::TscDeadline)
        return;
    deadline_ = tsc;
    if (tsc == 0)
        disarm();
    else
        armDeadline();
}

std::uint64_t LocalApicTimer::deadline() const {
    return mode_ == Mode::TscDeadline ? deadline_ : 0;
}

void LocalApicTimer::setTscOffset(std::uint64_t offset) {
    tscOffset_ = offset;
    if (armed_ && mode_ == Mode::TscDeadline)
        armDeadline();
}

void LocalApicTimer::reset() {
    disarm();
    mode_ = Mode::OneShot;
    initialCount_ = 0;
    divideConfiguration_ = 0;
    divisor_ = 2;
}

}  // namespace hypervisor
