// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "file_request.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "task.h"

namespace devices::storage {

enum class IoEngineKind : std::uint8_t {
    Uring,
    /// Blocking calls on a few threads, for hosts and sandboxes that refuse io_uring.
    ThreadPool,
};

struct IoEngineOptions {
    /// None: io_uring, or the thread pool where the host refuses it.
    std::optional<IoEngineKind> kind;
    /// Requests that the kernel has at once; more wait in order.
    unsigned depth = 256;
    /// Files attached at once.
    unsigned maximumFiles = 128;
    /// The ring obeys only the operations below, on attached files only, and can register nothing
    /// but further files. create() fails where the kernel can't hold it to that.
    bool restricted = false;
};

/// An event loop for files, owned and run by exactly one thread: what it calls back is called on
/// that thread, from the loop, never from inside submit() or schedule(). Everything but post() and
/// stop() is for that thread; until run() is called for the first time, for the creating one.
class IoEngine {
  public:
    using Posted = std::move_only_function<void()>;

    [[nodiscard]] static hypervisor::Result<std::unique_ptr<IoEngine>> create(
        const IoEngineOptions& options = {});
    /// Waits for what the kernel still has; nothing is called back any more.
    virtual ~IoEngine();
    IoEngine(const IoEngine&) = delete;
    IoEngine& operator=(const IoEngine&) = delete;

    [[nodiscard]] virtual IoEngineKind kind() const = 0;

    /// Makes an open descriptor, which stays the caller's, usable in submit(); returns its slot.
    [[nodiscard]] virtual hypervisor::Result<unsigned> attach(int descriptor) = 0;
    /// Nothing may be in flight for it.
    virtual void detach(unsigned slot) = 0;
    /// Carries out Read, Write, Flush, Allocate, Zero and Punch as the kernel has them: a short
    /// transfer is continued, an interrupted one repeated, and the rest is EngineFile's work.
    virtual void submit(FileRequest& request, unsigned slot) = 0;

    /// Calls item.run from the loop, after those scheduled before.
    void schedule(ReadyItem& item);

    /// Calls `function` from the loop. From any thread, without a lock.
    void post(Posted function);

    /// Serves until stop(). A stop() that came before counts.
    void run();
    /// From any thread. The loop ends after what it is doing.
    void stop();
    /// Serves until `condition()` holds; it is asked again after each turn of the loop.
    template <class Condition>
    void runUntil(Condition condition) {
        while (!condition())
            turn(Wait::Yes);
    }
    /// Serves what is ready, without waiting for more.
    void poll() { turn(Wait::No); }

    /// Serves until the task has ended. For programs that have nothing else to do.
    template <class T>
    T wait(Task<T> task) {
        std::optional<T> value;
        await(std::move(task), value);
        runUntil([&] { return value.has_value(); });
        return std::move(*value);
    }

  protected:
    enum class Wait : bool { No, Yes };

    explicit IoEngine(hypervisor::FileDescriptor wakeUp) : wakeUp_(std::move(wakeUp)) {}

    /// Passes on what was submitted and schedules what has ended. With Wait::Yes, sleeps until
    /// something has ended or the descriptor wakeUp() is readable.
    virtual void exchange(Wait wait) = 0;
    [[nodiscard]] int wakeUp() const { return wakeUp_.get(); }

  private:
    struct PostedItem {
        Posted function;
        PostedItem* next;
    };

    void turn(Wait wait);
    bool runPosted();
    bool runReady();
    void wake();
    template <class T>
    static DetachedTask await(Task<T> task, std::optional<T>& value) {
        value.emplace(co_await task);
    }

    // Readable when post() or stop() wants a sleeping loop.
    hypervisor::FileDescriptor wakeUp_;
    // Newest first; pushed by any thread, taken as a whole by the loop.
    std::atomic<PostedItem*> posted_ = nullptr;
    std::atomic<bool> stopRequested_ = false;
    // The loop sleeps or is about to: whoever clears it must wake it.
    std::atomic<bool> asleep_ = false;
    ReadyItem* firstReady_ = nullptr;
    ReadyItem* lastReady_ = nullptr;
};

/// Runs a task on its own; `task` frees itself at its end.
DetachedTask spawn(Task<void> task);

}  // namespace devices::storage
