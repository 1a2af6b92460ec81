// SPDX-License-Identifier: GPL-3.0-or-later
#include "synthetic_timers.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>

namespace hypervisor {

namespace {

// HV_X64_MSR_STIMER0_CONFIG.
constexpr std::uint64_t kEnable = 1U << 0;
constexpr std::uint64_t kPeriodic = 1U << 1;
constexpr std::uint64_t kAutoEnable = 1U << 3;
constexpr std::uint64_t kDirectMode = 1U << 12;
constexpr std::uint64_t kKnown = 0xF'1FFF;

constexpr unsigned kVectorShift = 4;
constexpr unsigned kSintShift = 16;
constexpr std::uint8_t kFirstVector = 16;

constexpr std::uint32_t kTimerExpired = 0x8000'0010;

/// In units of reference time: an hour. What is due later is looked at then.
constexpr std::uint64_t kLongestWait = 36'000'000'000;

std::uint8_t vectorOf(std::uint64_t configuration) {
    return static_cast<std::uint8_t>(configuration >> kVectorShift);
}

unsigned sintOf(std::uint64_t configuration) {
    return configuration >> kSintShift & 0xF;
}

/// Whether there is a way in which its end could be told.
bool isUsable(std::uint64_t configuration) {
    return (configuration & kDirectMode) != 0 ? vectorOf(configuration) >= kFirstVector
                                              : sintOf(configuration) != 0;
}

/// The payload of a timer's message (TLFS, HV_TIMER_MESSAGE_PAYLOAD).
struct TimerMessage {
    std::uint32_t timer;
    std::uint32_t reserved;
    std::uint64_t expirationTime;
    std::uint64_t deliveryTime;
};
static_assert(sizeof(TimerMessage) == 24);

}  // namespace

SyntheticTimers::SyntheticTimers(VpIndex processors, const ReferenceTime& time, Synic& synic,
                                 GuestInterfaceHost& host)
    : time_(time), synic_(synic), host_(host), processors_(processors) {}

void SyntheticTimers::reset() {
    for (VpIndex vp = 0; vp < processors_.size(); ++vp) {
        processors_[vp] = {};
        host_.setTimer(vp, std::nullopt);
    }
}

std::uint64_t SyntheticTimers::readMsr(VpIndex vp, std::uint32_t msr) const {
    const Timer& timer = processors_[vp][(msr - kFirstMsr) / 2];
    return (msr - kFirstMsr) % 2 == 0 ? timer.configuration : timer.count;
}

void SyntheticTimers::writeMsr(VpIndex vp, std::uint32_t msr, std::uint64_t value) {
    Timer& timer = processors_[vp][(msr - kFirstMsr) / 2];
    if ((msr - kFirstMsr) % 2 == 0) {
        timer.configuration = value & kKnown;
        if (!isUsable(value))
            timer.configuration &= ~kEnable;
    } else {
        timer.count = value;
        if (value == 0)
            timer.configuration &= ~kEnable;
        else if ((timer.configuration & kAutoEnable) != 0)
            timer.configuration |= kEnable;
    }
    timer.due.reset();
    if ((timer.configuration & kEnable) != 0 && timer.count != 0)
        start(timer);
    serve(vp);
}

void SyntheticTimers::start(Timer& timer) const {
    if ((timer.configuration & kPeriodic) == 0) {
        timer.due = timer.count;
        return;
    }
    const std::uint64_t now = time_.now();
    timer.due = timer.count > std::numeric_limits<std::uint64_t>::max() - now
                    ? std::numeric_limits<std::uint64_t>::max()
                    : now + timer.count;
}

void SyntheticTimers::serve(VpIndex vp) {
    Timers& timers = processors_[vp];
    std::optional<std::uint64_t> next;
    for (unsigned i = 0; i < kTimers; ++i) {
        if (!timers[i].due)
            continue;
        if (*timers[i].due <= time_.now())
            expire(vp, i);
        if (timers[i].due && (!next || *timers[i].due < *next))
            next = timers[i].due;
    }
    if (!next) {
        host_.setTimer(vp, std::nullopt);
        return;
    }
    const std::uint64_t now = time_.now();
    const std::uint64_t left = *next > now ? std::min(*next - now, kLongestWait) : 0;
    host_.setTimer(vp, std::chrono::nanoseconds(left * 100));
}

void SyntheticTimers::expire(VpIndex vp, unsigned number) {
    Timer& timer = processors_[vp][number];
    const std::uint64_t now = time_.now();
    const std::uint64_t due = *timer.due;
    if ((timer.configuration & kPeriodic) != 0) {
        // Ends that were missed are one.
        const std::uint64_t periods = (now - due) / timer.count + 1;
        timer.due = due + periods * timer.count;
    } else {
        timer.due.reset();
        timer.configuration &= ~kEnable;
    }
    if ((timer.configuration & kDirectMode) != 0) {
        host_.requestInterrupt(vp, vectorOf(timer.configuration), InterruptEnd::ByGuest);
        return;
    }
    const TimerMessage payload{number, 0, due, now};
    SynicMessage message;
    message.type = kTimerExpired;
    message.size = sizeof(payload);
    std::memcpy(message.payload.data(), &payload, sizeof(payload));
    synic_.postTimerMessage(vp, sintOf(timer.configuration), message);
}

}  // namespace hypervisor
