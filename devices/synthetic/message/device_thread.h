// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "devices/chipset/clock.h"
#include "hypervisor/error.h"

namespace devices::synthetic {

class DeviceTimer;

/// One thread for the many small devices of a machine: runs what they post, one function at a
/// time and each device's in order, and calls their timers back. Nothing that runs here may
/// block: it would hold up all the others.
///
/// Whatever is posted and every timer has an owner, the device. forget() is how a device takes
/// itself off the thread before it goes.
///
/// Thread safety: all methods but runDue() from any thread; the destructor when all owners have
/// been forgotten.
class DeviceThread {
  public:
    using Function = std::move_only_function<void()>;

    /// `clock` must outlive the thread; it stands still in a paused machine, and so do the timers.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<DeviceThread>> create(Clock& clock);
    /// Without a thread of its own: everything runs in runDue(), on whoever calls that. For tests
    /// and fuzzers, which want every step at its place.
    [[nodiscard]] static std::unique_ptr<DeviceThread> createByHand(Clock& clock);
    ~DeviceThread();
    DeviceThread(const DeviceThread&) = delete;
    DeviceThread& operator=(const DeviceThread&) = delete;

    [[nodiscard]] Clock& clock() const { return clock_; }

    void post(const void* owner, Function function);
    /// Runs `function` on the thread and returns when it has; at once, when this is the thread or
    /// the thread is driven by hand.
    void run(const void* owner, Function function);
    /// Drops what `owner` has posted and stops its timers; waits for what of it is running, except
    /// on the thread itself. Nothing of the owner runs any more, unless it posts again.
    void forget(const void* owner);

    /// This is the thread that everything runs on.
    [[nodiscard]] bool isCurrent() const;

    /// By hand only: runs what is due until nothing is, or `most` times a function, a timer or
    /// both. How often it has.
    std::size_t runDue(std::size_t most = 100'000);

  private:
    friend class DeviceTimer;
    struct Posted {
        const void* owner;
        Function function;
    };
    struct Timed {
        const void* owner;
        DeviceTimer* timer;
    };
    // When, and a number that keeps equal times apart.
    using TimerKey = std::pair<std::uint64_t, std::uint64_t>;

    explicit DeviceThread(Clock& clock) : clock_(clock) {}
    void serve();
    /// One posted function and one timer that is due; false when there was neither.
    bool step(std::unique_lock<std::mutex>& lock);
    void wake();

    Clock& clock_;
    /// The alarm for the first timer; null by hand. Set with the lock held.
    std::unique_ptr<Alarm> alarm_;

    // Shared, under mutex_.
    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable finished_;
    std::deque<Posted> posted_;
    std::map<TimerKey, Timed> timers_;
    std::uint64_t timerNumber_ = 0;
    const void* running_ = nullptr;
    bool woken_ = false;
    bool ending_ = false;

    std::thread thread_;
};

/// Calls back once at a time of the thread's clock, on the thread. Used on the thread, or before
/// anything of the owner can run there; goes when its owner has been forgotten, or on the thread.
class DeviceTimer {
  public:
    DeviceTimer(DeviceThread& thread, const void* owner, std::function<void()> callback)
        : thread_(thread), owner_(owner), callback_(std::move(callback)) {}
    ~DeviceTimer() { cancel(); }
    DeviceTimer(const DeviceTimer&) = delete;
    DeviceTimer& operator=(const DeviceTimer&) = delete;

    /// Replaces an earlier time.
    void startIn(std::chrono::nanoseconds delay);
    void cancel();

  private:
    friend class DeviceThread;
    DeviceThread& thread_;
    const void* const owner_;
    const std::function<void()> callback_;
    /// Its place in the thread's list, under the thread's lock; 0, 0 when not there.
    DeviceThread::TimerKey key_{};
};

}  // namespace devices::synthetic
