// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace hypervisor {

/// The time that a machine's timers count in: the host's monotonic clock, slowed down where a
/// machine's time is to be slower, without the times when it was frozen.
///
/// Thread safety: freeze() and thaw() by one thread at a time; the others by any.
class MachineTime {
  public:
    using Clock = std::chrono::steady_clock;

    /// `divisor`: how many times slower than the clock this goes, from 1.
    explicit MachineTime(std::uint32_t divisor = 1) : divisor_(divisor) {}
    MachineTime(const MachineTime&) = delete;
    MachineTime& operator=(const MachineTime&) = delete;

    [[nodiscard]] Clock::time_point now() const {
        const Clock::duration frozenAt = frozenAt_.load(std::memory_order_relaxed);
        return frozenAt != Clock::duration::zero()
                   ? Clock::time_point(frozenAt)
                   : divided() - lag_.load(std::memory_order_relaxed);
    }
    /// Stops the time; not twice.
    void freeze() { frozenAt_ = now().time_since_epoch(); }
    /// Lets it go on where it stopped.
    void thaw() {
        lag_ = divided().time_since_epoch() - frozenAt_.load();
        frozenAt_ = Clock::duration::zero();
    }
    [[nodiscard]] bool frozen() const { return frozenAt_.load() != Clock::duration::zero(); }

    /// When, by the host's clock, to look again at what is due at `when`: never later than that
    /// is due, but earlier where it is far away and wherever a freeze comes in between.
    [[nodiscard]] Clock::time_point hostTimeFor(Clock::time_point when) const;

  private:
    [[nodiscard]] Clock::time_point divided() const {
        return created_ + (Clock::now() - created_) / divisor_;
    }

    const Clock::time_point created_ = Clock::now();
    const std::int64_t divisor_;
    // How far this is behind divided(), and what it was when it stopped, 0 while it goes.
    std::atomic<Clock::duration> lag_{Clock::duration::zero()};
    std::atomic<Clock::duration> frozenAt_{Clock::duration::zero()};
};

}  // namespace hypervisor
