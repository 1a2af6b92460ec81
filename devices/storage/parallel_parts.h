// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "io_status.h"
#include "task.h"

namespace devices::storage {

/// The parts of one request, several at a time: `nextPart()` gives a std::optional<Task<IoStatus>>
/// for each and nothing when there are no more. After the first that fails none is begun, and its
/// error is the status of all. `co_await ParallelParts(nextPart, most)`, on one thread.
template <class NextPart>
class [[nodiscard]] ParallelParts {
  public:
    ParallelParts(NextPart nextPart, std::size_t most)
        : nextPart_(std::move(nextPart)), most_(most) {}
    ParallelParts(const ParallelParts&) = delete;
    ParallelParts& operator=(const ParallelParts&) = delete;

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiting) {
        // Ours too, so that parts that end at once do not resume whom we have not left yet.
        running_ = 1;
        for (std::size_t i = 0; i < most_ && !ended_; ++i) {
            ++running_;
            serve();
        }
        waiting_ = waiting;
        return --running_ != 0;
    }
    IoStatus await_resume() const noexcept { return status_; }

  private:
    DetachedTask serve() {
        while (!ended_) {
            std::optional<Task<IoStatus>> next = nextPart_();
            if (!next) {
                ended_ = true;
                break;
            }
            Task<IoStatus> part = std::move(*next);
            const IoStatus status = co_await part;
            if (!status.ok() && status_.ok()) {
                status_ = status;
                ended_ = true;
            }
        }
        // Resuming may destroy all of this: nothing is touched afterwards.
        if (--running_ == 0)
            waiting_.resume();
    }

    NextPart nextPart_;
    std::size_t most_;
    std::size_t running_ = 0;
    // There are no more parts, or one has failed.
    bool ended_ = false;
    IoStatus status_;
    std::coroutine_handle<> waiting_;
};

/// Parts of one request that are under way at once.
inline constexpr std::size_t kParallelParts = 16;

/// Performs a request of `length` bytes in parts: `partAt(offset)` gives the one that begins there,
/// which has a `length`, and `perform(part)` its task. A request of one part is not queued.
template <class PartAt, class Perform>
[[nodiscard]] Task<IoStatus> performInParts(std::uint64_t length, PartAt partAt, Perform perform) {
    const auto first = partAt(std::uint64_t{0});
    if (first.length == length)
        co_return co_await perform(first);
    std::uint64_t begun = 0;
    const auto nextPart = [&]() -> std::optional<Task<IoStatus>> {
        if (begun == length)
            return std::nullopt;
        const auto part = partAt(begun);
        begun += part.length;
        return perform(part);
    };
    co_return co_await ParallelParts(nextPart, kParallelParts);
}

}  // namespace devices::storage
