// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "hypervisor/timer_queue.h"

namespace devices {

/// Calls a function back once at a time of its Clock. Destroying it waits for a callback that is
/// running, so it is destroyed without any lock that the callback takes.
class Alarm {
  public:
    virtual ~Alarm() = default;

    /// Replaces an earlier time; the past means at once.
    virtual void set(std::uint64_t nanoseconds) = 0;
    /// A callback that is already running may still finish after this.
    virtual void cancel() = 0;
};

/// What devices know of time. All methods may be called from any thread, with a device's lock
/// held; callbacks come on a thread of the clock's own with no lock held.
class Clock {
  public:
    virtual ~Clock() = default;

    /// Nanoseconds since some time before the machine was made; never goes back.
    [[nodiscard]] virtual std::uint64_t now() const = 0;
    /// The time of day: nanoseconds since 1970-01-01 00:00 UTC.
    [[nodiscard]] virtual std::int64_t timeOfDay() const = 0;
    [[nodiscard]] virtual std::unique_ptr<Alarm> createAlarm(std::function<void()> callback) = 0;
};

/// The host's time; now() and alarms stand still while the queue of timers is frozen.
class HostClock : public Clock {
  public:
    /// `timers` must outlive the clock and its alarms.
    explicit HostClock(hypervisor::TimerQueue& timers);

    [[nodiscard]] std::uint64_t now() const override;
    [[nodiscard]] std::int64_t timeOfDay() const override;
    [[nodiscard]] std::unique_ptr<Alarm> createAlarm(std::function<void()> callback) override;

  private:
    hypervisor::TimerQueue& timers_;
    const hypervisor::TimerQueue::Clock::time_point start_;
};

/// Whole cycles of a `hertz` oscillator in `nanoseconds`, without overflow.
[[nodiscard]] constexpr std::uint64_t cyclesIn(std::uint64_t nanoseconds, std::uint64_t hertz) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    return nanoseconds / kSecond * hertz + nanoseconds % kSecond * hertz / kSecond;
}

/// The first nanosecond at which cyclesIn() reaches `cycles`.
[[nodiscard]] constexpr std::uint64_t nanosecondsOf(std::uint64_t cycles, std::uint64_t hertz) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    return cycles / hertz * kSecond + (cycles % hertz * kSecond + hertz - 1) / hertz;
}

}  // namespace devices
