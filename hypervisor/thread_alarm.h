// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "error.h"

namespace hypervisor {

/// An alarm clock for one thread: when it is time, a signal to that thread sets bits of a word,
/// and ends what the thread sleeps in. No other thread has to wake for it, which is what makes it
/// cheap, and fair where the scheduler counts wake-ups.
///
/// The signal is SIGRTMIN + 1 of a POSIX timer (timer_create(2), SIGEV_THREAD_ID).
///
/// Thread safety: bind() on the thread that the alarm is for; set() and cancel() there, or
/// elsewhere while that thread does not use them. The thread has ended when the alarm is
/// destroyed, or destroys it itself.
class ThreadAlarm {
  public:
    using Clock = std::chrono::steady_clock;

    /// `flag` may be null, or a byte that becomes 1 then too: one that the kernel looks at.
    ThreadAlarm(std::atomic<std::uint32_t>& word, std::uint32_t bits, std::uint8_t* flag = nullptr)
        : word_(word), bits_(bits), flag_(flag) {}
    ~ThreadAlarm();
    ThreadAlarm(const ThreadAlarm&) = delete;
    ThreadAlarm& operator=(const ThreadAlarm&) = delete;

    /// From now on the alarm is the calling thread's. Fails when the host has no more timers
    /// (RLIMIT_SIGPENDING).
    [[nodiscard]] Result<void> bind();
    /// Rings once at `when`, at once if that is past. Replaces an earlier time. Before bind(),
    /// this waits for it.
    void set(Clock::time_point when);
    /// It may have rung already.
    void cancel();

  private:
    static void ring(const void* alarm);
    void deleteTimer();

    std::atomic<std::uint32_t>& word_;
    const std::uint32_t bits_;
    std::uint8_t* const flag_;
    /// The kernel's, a timer_t: null is one like the others.
    std::optional<void*> timer_;
    std::optional<Clock::time_point> wanted_;
};

}  // namespace hypervisor
