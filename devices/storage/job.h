// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

namespace devices::storage {

/// Progress and cancelling of a long operation. The operation reports on its engine's thread;
/// cancel() may be called from any thread and is obeyed at the next point where stopping leaves
/// everything as it was, or resumable.
class Job {
  public:
    using Observer = std::move_only_function<void(std::uint64_t done, std::uint64_t total)>;

    Job() = default;
    explicit Job(Observer observer) : observer_(std::move(observer)) {}
    /// For a part of `whole`, which outlives it: cancelled with it, its progress told to nobody.
    [[nodiscard]] static Job partOf(const Job& whole) { return Job(&whole); }

    void report(std::uint64_t done, std::uint64_t total) {
        if (observer_)
            observer_(done, total);
    }
    [[nodiscard]] bool cancelled() const {
        return cancelled_.load(std::memory_order_relaxed) || (whole_ && whole_->cancelled());
    }
    void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

  private:
    explicit Job(const Job* whole) : whole_(whole) {}

    Observer observer_;
    const Job* whole_ = nullptr;
    std::atomic<bool> cancelled_ = false;
};

}  // namespace devices::storage
