// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>

#include "hypervisor/machine_time.h"
#include "hypervisor/thread_alarm.h"
#include "hypervisor/tsc_clock.h"

namespace hypervisor {

/// Frequency of the local APIC timer before division, in Hz: the same in every backend.
inline constexpr std::uint64_t kLocalApicFrequency = 1'000'000'000;

/// The timer of a local APIC (Intel SDM volume 3, section 11.5.4). The count is never stepped;
/// it is computed from the clock when it is read.
///
/// Thread safety: the methods belong to the VP's thread, which calls serve() soon after the alarm
/// has rung. `expired` is called from within them, and must not call back.
class LocalApicTimer {
  public:
    enum class Mode : std::uint8_t { OneShot = 0, Periodic = 1, TscDeadline = 2 };

    /// A periodic timer runs no faster than this, so that a guest can't keep its thread
    /// busy with it.
    static constexpr std::chrono::nanoseconds kMinimumPeriod = std::chrono::microseconds(100);

    LocalApicTimer(const MachineTime& time, ThreadAlarm& alarm, const TscClock& clock,
                   std::function<void()> expired);

    /// Looks whether the time has come. To be called when the alarm has rung; at other times it
    /// does no harm.
    void serve();

    /// Going to or from deadline mode disarms the timer.
    void setMode(Mode mode);
    /// The divide configuration register.
    void setDivide(std::uint32_t configuration);
    [[nodiscard]] std::uint32_t divide() const { return divideConfiguration_; }
    /// Starts the count, or stops it with 0. Nothing happens in deadline mode.
    void setInitialCount(std::uint32_t count);
    [[nodiscard]] std::uint32_t initialCount() const { return initialCount_; }
    [[nodiscard]] std::uint32_t currentCount() const;

    /// IA32_TSC_DEADLINE: reads as 0 when disarmed, and outside of deadline mode, where writes
    /// are dropped.
    void setDeadline(std::uint64_t tsc);
    [[nodiscard]] std::uint64_t deadline() const;
    /// What this VP's TSC is ahead of the clock's (IA32_TSC, IA32_TSC_ADJUST).
    void setTscOffset(std::uint64_t offset);

    void reset();

  private:
    using Clock = MachineTime::Clock;

    void disarm();
    void arm(std::uint64_t ticks);
    void armDeadline();
    void wakeAt(Clock::time_point when) { alarm_.set(time_.hostTimeFor(when)); }
    [[nodiscard]] std::uint64_t ticksLeft() const;
    [[nodiscard]] std::chrono::nanoseconds period() const;

    const MachineTime& time_;
    ThreadAlarm& alarm_;
    const TscClock& clock_;
    const std::function<void()> expired_;

    Mode mode_ = Mode::OneShot;
    bool armed_ = false;
    Clock::time_point expiry_;
    std::uint64_t deadline_ = 0;
    std::uint64_t tscOffset_ = 0;
    std::uint32_t divideConfiguration_ = 0;
    std::uint32_t divisor_ = 2;
    std::uint32_t initialCount_ = 0;
};

}  // namespace hypervisor
