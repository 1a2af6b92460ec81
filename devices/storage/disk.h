// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "file_request.h"
#include "io_engine.h"

namespace devices::storage {

enum class DiskOperation : std::uint8_t {
    Read,
    Write,
    /// A barrier for the writes completed before it was submitted: they survive a power cut.
    Flush,
    /// The range reads as zeroes.
    Zero,
    /// The one logical sector in `buffers` repeated over the range.
    WriteSame,
    /// The content of the range is no longer needed. It reads as zeroes afterwards, or as before:
    /// a hint. On an image with a parent, never as the parent's.
    Unmap,
};

class Disk;

/// One operation on a Disk. The caller fills it, keeps it and what it points to until `completed`
/// has been called, and may use it again then, from inside that call too.
struct DiskRequest : ReadyItem {
    DiskOperation operation = DiskOperation::Read;
    /// Write, Zero, WriteSame: complete only when it would survive a power cut.
    bool forceUnitAccess = false;
    /// Zero: room may be given back.
    bool mayUnmap = true;
    /// In bytes, multiples of the logical sector size. Flush has neither.
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    /// Read and Write: together exactly `length` bytes.
    std::span<const iovec> buffers;
    void (*completed)(DiskRequest& self, IoStatus status) = nullptr;
    /// The caller's own.
    void* context = nullptr;

    // The disk's from here on.
    IoStatus status;
    Disk* disk = nullptr;
    /// For a request that goes to the file below as it is.
    FileRequest carried;
    /// For a decorator: the caller's `completed`, and who took its place.
    void (*forward)(DiskRequest& self, IoStatus status) = nullptr;
    void* decorator = nullptr;
};

/// A disk as a machine sees it. Everything happens on its engine's thread. Requests in flight
/// together complete in any order and, where they overlap, take effect in any order. What is wrong
/// with a request itself (bounds, alignment, buffers, read-only) is found here, so that formats
/// see only sound ones.
class Disk {
  public:
    virtual ~Disk() = default;

    [[nodiscard]] virtual IoEngine& engine() const = 0;
    /// In bytes: a multiple of the logical sector size.
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    [[nodiscard]] virtual std::uint32_t logicalSectorSize() const = 0;
    [[nodiscard]] virtual std::uint32_t physicalSectorSize() const = 0;
    [[nodiscard]] virtual bool readOnly() const = 0;

    /// `completed` is called from the engine's loop, never from inside submit().
    void submit(DiskRequest& request);

    /// Has the engine's loop complete a request.
    static void complete(DiskRequest& request, IoStatus status);
    /// Completes a request at once: for who was called by the loop and has nothing left to do.
    static void completeFromLoop(DiskRequest& request, IoStatus status) {
        request.completed(request, status);
    }

  protected:
    /// A sound request, not empty but for Flush, and never WriteSame.
    virtual void start(DiskRequest& request) = 0;

  private:
    [[nodiscard]] IoStatus judge(const DiskRequest& request) const;
    Task<void> writeSame(DiskRequest& request);
};

/// `co_await` on one operation gives its IoStatus. Not to be kept: await it where it is made.
class [[nodiscard]] DiskOperationAwaiter {
  public:
    DiskOperationAwaiter(Disk& disk, DiskOperation operation, std::uint64_t offset,
                         std::uint64_t length, std::span<const iovec> buffers = {},
                         Durability durability = Durability::Cached)
        : disk_(disk) {
        request_.operation = operation;
        request_.offset = offset;
        request_.length = length;
        request_.buffers = buffers;
        request_.forceUnitAccess = durability == Durability::ForceUnitAccess;
    }
    DiskOperationAwaiter(Disk& disk, DiskOperation operation, std::uint64_t offset, void* data,
                         std::size_t length, Durability durability = Durability::Cached)
        : DiskOperationAwaiter(disk, operation, offset, length, {&single_, 1}, durability) {
        single_ = {data, length};
    }
    DiskOperationAwaiter(const DiskOperationAwaiter&) = delete;
    DiskOperationAwaiter& operator=(const DiskOperationAwaiter&) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) {
        awaiting_ = awaiting;
        request_.context = this;
        request_.completed = [](DiskRequest& request, IoStatus status) {
            auto& self = *static_cast<DiskOperationAwaiter*>(request.context);
            self.result_ = status;
            self.awaiting_.resume();
        };
        disk_.submit(request_);
    }
    IoStatus await_resume() const noexcept { return result_; }

  private:
    Disk& disk_;
    DiskRequest request_;
    iovec single_ = {};
    IoStatus result_;
    std::coroutine_handle<> awaiting_;
};

inline DiskOperationAwaiter readDisk(Disk& disk, std::uint64_t offset, std::span<std::byte> data) {
    return {disk, DiskOperation::Read, offset, data.data(), data.size()};
}
inline DiskOperationAwaiter readDisk(Disk& disk, std::uint64_t offset, std::uint64_t length,
                                     std::span<const iovec> buffers) {
    return {disk, DiskOperation::Read, offset, length, buffers};
}
inline DiskOperationAwaiter writeDisk(Disk& disk, std::uint64_t offset,
                                      std::span<const std::byte> data,
                                      Durability durability = Durability::Cached) {
    // The kernel's structure has no const; a write does not change what it points to.
    return {disk,        DiskOperation::Write,
            offset,      const_cast<std::byte*>(data.data()),
            data.size(), durability};
}
inline DiskOperationAwaiter writeDisk(Disk& disk, std::uint64_t offset, std::uint64_t length,
                                      std::span<const iovec> buffers,
                                      Durability durability = Durability::Cached) {
    return {disk, DiskOperation::Write, offset, length, buffers, durability};
}
inline DiskOperationAwaiter flushDisk(Disk& disk) {
    return {disk, DiskOperation::Flush, 0, 0};
}
inline DiskOperationAwaiter zeroDisk(Disk& disk, std::uint64_t offset, std::uint64_t length,
                                     Durability durability = Durability::Cached) {
    return {disk, DiskOperation::Zero, offset, length, std::span<const iovec>(), durability};
}
inline DiskOperationAwaiter unmapDisk(Disk& disk, std::uint64_t offset, std::uint64_t length) {
    return {disk, DiskOperation::Unmap, offset, length};
}

}  // namespace devices::storage
