// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace devices::storage {

template <class T>
class Task;

/// What promises of all tasks have in common. A task and who awaits it are on one thread.
class TaskPromiseBase {
  public:
    std::suspend_always initial_suspend() noexcept { return {}; }

    struct FinalAwaiter {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> task) noexcept {
            // Resuming may destroy the task: nothing of it is touched afterwards.
            if (const std::coroutine_handle<> continuation = task.promise().continuation)
                continuation.resume();
        }
        void await_resume() noexcept {}
    };
    FinalAwaiter final_suspend() noexcept { return {}; }
    /// The project's code throws nothing; what the language's library throws is out of memory.
    void unhandled_exception() noexcept { std::terminate(); }

    std::coroutine_handle<> continuation;
};

template <class T>
class TaskPromise : public TaskPromiseBase {
  public:
    Task<T> get_return_object();
    template <class Value>
    void return_value(Value&& value) {
        value_.emplace(std::forward<Value>(value));
    }
    T take() { return std::move(*value_); }

  private:
    std::optional<T> value_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
  public:
    Task<void> get_return_object();
    void return_void() {}
    void take() {}
};

/// A coroutine that begins when it is awaited and gives a T. Awaiting one that never waits costs
/// no stack, however often it is repeated: the awaiter starts it and simply goes on.
template <class T>
class [[nodiscard]] Task {
  public:
    using promise_type = TaskPromise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    explicit Task(Handle handle) : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&&) = delete;
    ~Task() {
        if (handle_)
            handle_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> awaiting) {
        handle_.resume();
        if (handle_.done())
            return false;
        handle_.promise().continuation = awaiting;
        return true;
    }
    T await_resume() { return handle_.promise().take(); }

  private:
    Handle handle_;
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() {
    return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() {
    return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

/// A coroutine that nobody awaits: begins at once and frees itself at its end.
struct DetachedTask {
    struct promise_type {
        DetachedTask get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() noexcept { std::terminate(); }
    };
};

}  // namespace devices::storage
