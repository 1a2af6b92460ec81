// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <coroutine>
#include <utility>
#include <vector>

namespace devices::storage {

/// Coroutines that wait for something; all on one thread. The waker resumes them from where it
/// stands, in the order in which they came.
class WaitQueue {
  public:
    class Awaiter {
      public:
        explicit Awaiter(WaitQueue& queue) : queue_(queue) {}
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> waiting) { queue_.waiting_.push_back(waiting); }
        void await_resume() const noexcept {}

      private:
        WaitQueue& queue_;
    };

    [[nodiscard]] Awaiter wait() { return Awaiter(*this); }
    [[nodiscard]] bool empty() const { return waiting_.empty(); }

    void wakeAll() {
        for (const std::coroutine_handle<> handle : std::exchange(waiting_, {}))
            handle.resume();
    }
    void wakeOne() {
        if (waiting_.empty())
            return;
        const std::coroutine_handle<> first = waiting_.front();
        waiting_.erase(waiting_.begin());
        first.resume();
    }

  private:
    std::vector<std::coroutine_handle<>> waiting_;
};

/// One coroutine at a time: `const auto lock = co_await mutex.lock();`
class AsyncMutex {
  public:
    class Lock {
      public:
        explicit Lock(AsyncMutex& mutex) : mutex_(&mutex) {}
        Lock(Lock&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
        Lock& operator=(Lock&&) = delete;
        ~Lock() {
            if (mutex_ != nullptr)
                mutex_->release();
        }

      private:
        AsyncMutex* mutex_;
    };
    class Awaiter {
      public:
        explicit Awaiter(AsyncMutex& mutex) : mutex_(mutex) {}
        bool await_ready() noexcept { return !std::exchange(mutex_.held_, true); }
        void await_suspend(std::coroutine_handle<> waiting) { inner_.await_suspend(waiting); }
        Lock await_resume() noexcept { return Lock(mutex_); }

      private:
        AsyncMutex& mutex_;
        WaitQueue::Awaiter inner_{mutex_.waiting_};
    };

    [[nodiscard]] Awaiter lock() { return Awaiter(*this); }

  private:
    // The lock passes to the next one without ever being free in between.
    void release() {
        if (waiting_.empty())
            held_ = false;
        else
            waiting_.wakeOne();
    }

    bool held_ = false;
    WaitQueue waiting_;
};

}  // namespace devices::storage
