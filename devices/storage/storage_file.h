// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "file_request.h"
#include "io_engine.h"

namespace devices::storage {

/// A range of a file or disk.
struct FileRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// The file below an image: asynchronous, on one IoEngine's thread. Requests in flight together
/// are carried out in any order; only a Flush says what survives a power cut, and it covers the
/// requests completed before it was submitted. After a power cut, a write that no completed Flush
/// covers may be there whole, in part (in units of a sector) or not at all; the same for Resize,
/// Zero, Punch and Allocate.
class StorageFile {
  public:
    virtual ~StorageFile() = default;

    [[nodiscard]] virtual IoEngine& engine() const = 0;
    /// What messages call it: the path as the user gave it.
    [[nodiscard]] virtual const std::string& name() const = 0;
    [[nodiscard]] virtual bool readOnly() const = 0;
    /// In bytes, after the requests completed so far.
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// Bytes that it takes on the host.
    [[nodiscard]] virtual std::uint64_t allocated() const { return size(); }
    /// The first range at or behind `offset` that may hold something other than zeroes; of length
    /// 0 if there is none.
    [[nodiscard]] virtual FileRange nextData(std::uint64_t offset) const {
        return {offset, offset < size() ? size() - offset : 0};
    }
    /// `completed` is called from the engine's loop, never from inside submit().
    virtual void submit(FileRequest& request) = 0;
};

/// `co_await` on one operation gives its IoStatus. Not to be kept: await it where it is made.
class [[nodiscard]] FileOperationAwaiter {
  public:
    FileOperationAwaiter(StorageFile& file, FileOperation operation, std::uint64_t offset,
                         std::uint64_t length, std::span<const iovec> buffers = {},
                         Durability durability = Durability::Cached)
        : file_(file) {
        request_.operation = operation;
        request_.offset = offset;
        request_.length = length;
        request_.buffers = buffers;
        request_.forceUnitAccess = durability == Durability::ForceUnitAccess;
    }
    FileOperationAwaiter(StorageFile& file, FileOperation operation, std::uint64_t offset,
                         void* data, std::size_t length, Durability durability = Durability::Cached)
        : FileOperationAwaiter(file, operation, offset, length, {&single_, 1}, durability) {
        single_ = {data, length};
    }
    FileOperationAwaiter(const FileOperationAwaiter&) = delete;
    FileOperationAwaiter& operator=(const FileOperationAwaiter&) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) {
        awaiting_ = awaiting;
        request_.context = this;
        request_.completed = [](FileRequest& request, IoStatus status) {
            auto& self = *static_cast<FileOperationAwaiter*>(request.context);
            self.result_ = status;
            self.awaiting_.resume();
        };
        file_.submit(request_);
    }
    IoStatus await_resume() const noexcept { return result_; }

  private:
    StorageFile& file_;
    FileRequest request_;
    iovec single_ = {};
    IoStatus result_;
    std::coroutine_handle<> awaiting_;
};

inline FileOperationAwaiter readFile(StorageFile& file, std::uint64_t offset,
                                     std::span<std::byte> data) {
    return {file, FileOperation::Read, offset, data.data(), data.size()};
}
inline FileOperationAwaiter readFile(StorageFile& file, std::uint64_t offset, std::uint64_t length,
                                     std::span<const iovec> buffers) {
    return {file, FileOperation::Read, offset, length, buffers};
}
inline FileOperationAwaiter writeFile(StorageFile& file, std::uint64_t offset,
                                      std::span<const std::byte> data,
                                      Durability durability = Durability::Cached) {
    // The kernel's structure has no const; a write does not change what it points to.
    return {file,        FileOperation::Write,
            offset,      const_cast<std::byte*>(data.data()),
            data.size(), durability};
}
inline FileOperationAwaiter writeFile(StorageFile& file, std::uint64_t offset, std::uint64_t length,
                                      std::span<const iovec> buffers,
                                      Durability durability = Durability::Cached) {
    return {file, FileOperation::Write, offset, length, buffers, durability};
}
inline FileOperationAwaiter flushFile(StorageFile& file) {
    return {file, FileOperation::Flush, 0, 0};
}
inline FileOperationAwaiter allocateFile(StorageFile& file, std::uint64_t offset,
                                         std::uint64_t length) {
    return {file, FileOperation::Allocate, offset, length};
}
inline FileOperationAwaiter zeroFile(StorageFile& file, std::uint64_t offset,
                                     std::uint64_t length) {
    return {file, FileOperation::Zero, offset, length};
}
inline FileOperationAwaiter punchFile(StorageFile& file, std::uint64_t offset,
                                      std::uint64_t length) {
    return {file, FileOperation::Punch, offset, length};
}
inline FileOperationAwaiter resizeFile(StorageFile& file, std::uint64_t size) {
    return {file, FileOperation::Resize, size, 0};
}

}  // namespace devices::storage
