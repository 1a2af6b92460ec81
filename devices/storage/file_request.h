// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "io_status.h"

namespace devices::storage {

class StorageFile;

/// Something an IoEngine's loop is to call. Whoever owns it keeps it until it has been called.
struct ReadyItem {
    ReadyItem* nextReady = nullptr;
    void (*run)(ReadyItem& self) = nullptr;
};

enum class FileOperation : std::uint8_t {
    /// `length` bytes from `offset` into `buffers`; ENODATA if the file ends before.
    Read,
    /// `buffers` to `offset`; beyond the end the file grows.
    Write,
    /// All writes completed before are on stable storage (fdatasync).
    Flush,
    /// Room for the range, so that writes there can't lack space; the file grows if it ends
    /// before. EOPNOTSUPP where the file system can't.
    Allocate,
    /// The range reads as zeroes; the file grows if it ends before.
    Zero,
    /// As Zero inside the file, and its room is given back where the file system can; a hint.
    Punch,
    /// The file ends at `offset`; what is new reads as zeroes.
    Resize,
};

/// One operation on a StorageFile. The caller fills it, keeps it and what it points to until
/// `completed` has been called, and may use it again then, from inside that call too.
struct FileRequest : ReadyItem {
    FileOperation operation = FileOperation::Read;
    /// Write: complete only when the data is on stable storage.
    bool forceUnitAccess = false;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    /// For Read and Write; together exactly `length` bytes.
    std::span<const iovec> buffers;
    void (*completed)(FileRequest& self, IoStatus status) = nullptr;
    /// The caller's own.
    void* context = nullptr;

    // The file's and the engine's from here on.
    IoStatus status;
    StorageFile* file = nullptr;
    unsigned slot = 0;
    std::uint64_t done = 0;
    std::unique_ptr<std::vector<iovec>> remaining;
};

}  // namespace devices::storage
