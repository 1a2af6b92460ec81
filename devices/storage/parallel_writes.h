// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <coroutine>
#include <cstdint>
#include <deque>
#include <span>

#include "storage_file.h"

namespace devices::storage {

/// Several writes to a file at once: add() them, then `co_await writes.done()`. The first error is
/// the status of all. What is written must stay until then.
class ParallelWrites {
  public:
    explicit ParallelWrites(StorageFile& file) : file_(file) {}
    ParallelWrites(const ParallelWrites&) = delete;
    ParallelWrites& operator=(const ParallelWrites&) = delete;

    void add(std::uint64_t offset, std::span<const std::byte> bytes) {
        Write& write = writes_.emplace_back();
        // The kernel's structure has no const; a write does not change what it points to.
        write.buffer = {const_cast<std::byte*>(bytes.data()), bytes.size()};
        write.request.operation = FileOperation::Write;
        write.request.offset = offset;
        write.request.length = bytes.size();
        write.request.buffers = {&write.buffer, 1};
        write.request.context = this;
        write.request.completed = [](FileRequest& request, IoStatus status) {
            static_cast<ParallelWrites*>(request.context)->ended(status);
        };
    }

    class Awaiter {
      public:
        explicit Awaiter(ParallelWrites& writes) : writes_(writes) {}
        bool await_ready() const noexcept { return writes_.writes_.empty(); }
        void await_suspend(std::coroutine_handle<> waiting) {
            writes_.waiting_ = waiting;
            writes_.pending_ = writes_.writes_.size();
            for (Write& write : writes_.writes_)
                writes_.file_.submit(write.request);
        }
        IoStatus await_resume() const noexcept { return writes_.status_; }

      private:
        ParallelWrites& writes_;
    };
    [[nodiscard]] Awaiter done() { return Awaiter(*this); }

  private:
    struct Write {
        FileRequest request;
        iovec buffer = {};
    };

    void ended(IoStatus status) {
        if (!status.ok() && status_.ok())
            status_ = status;
        if (--pending_ == 0)
            waiting_.resume();
    }

    StorageFile& file_;
    std::deque<Write> writes_;
    std::size_t pending_ = 0;
    IoStatus status_;
    std::coroutine_handle<> waiting_;
};

}  // namespace devices::storage
