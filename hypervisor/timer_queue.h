// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace hypervisor {

/// One thread that calls functions at given times; what drives all of a machine's timers.
///
/// Thread safety: every method may be called from any thread, from callbacks too, but a callback
/// must not destroy its own timer. A callback runs on the queue's thread with no lock of the
/// queue held, and must be short.
class TimerQueue {
  public:
    using Clock = std::chrono::steady_clock;

    TimerQueue();
    ~TimerQueue();
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;

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

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::condition_variable_any finished_;
    std::multimap<Clock::time_point, Timer*> pending_;
    Timer* running_ = nullptr;
    std::jthread thread_;
};

}  // namespace hypervisor
