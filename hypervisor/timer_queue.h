// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "machine_time.h"

namespace hypervisor {

/// One thread that calls functions at given times; what drives all of a machine's timers.
///
/// Thread safety: every method may be called from any thread, from callbacks too, but a callback
/// must not destroy its own timer. A callback runs on the queue's thread with no lock of the
/// queue held, and must be short.
class TimerQueue {
  public:
    using Clock = MachineTime::Clock;

    /// `timeDivisor`: how many times slower than the clock's the queue's time runs, from 1.
    explicit TimerQueue(std::uint32_t timeDivisor = 1);
    ~TimerQueue();
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;

    /// The queue's time, in which alarms are set.
    [[nodiscard]] Clock::time_point now() const { return time_.now(); }
    /// Stops the queue's time; not twice. A callback that is running may still finish after this.
    void freeze();
    /// Lets it go on where it stopped.
    void thaw();

    /// One alarm. Destroying it waits for a callback that is running.
    class Timer {
      public:
        Timer(TimerQueue& queue, std::function<void()> callback);
        ~Timer();
        Timer(const Timer&) = delete;
        Timer& operator=(const Timer&) = delete;

        /// Calls back once at `when`, at once if that is past. Replaces an earlier time.
        void set(Clock::time_point when);
        /// A callback that is already running may still finish after this.
        void cancel();

      private:
        friend class TimerQueue;
        TimerQueue& queue_;
        const std::function<void()> callback_;
        // Guarded by queue_.mutex_: where the timer stands in queue_.pending_.
        std::multimap<Clock::time_point, Timer*>::iterator position_;
        bool queued_ = false;
    };

  private:
    void serve(const std::stop_token& stop);

    // Frozen and thawed with mutex_ held.
    MachineTime time_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::condition_variable_any finished_;
    std::multimap<Clock::time_point, Timer*> pending_;
    Timer* running_ = nullptr;
    std::jthread thread_;
};

}  // namespace hypervisor
