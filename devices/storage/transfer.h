// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "file_request.h"

namespace devices::storage {

/// Buffers in one system call at most (the kernel's UIO_MAXIOV).
inline constexpr std::size_t kMaximumVectors = 1024;

/// What of a Read or Write is still to be transferred, for the next system call: of all buffers
/// without the first request.done bytes, at most kMaximumVectors. Points into the request.
[[nodiscard]] std::span<const iovec> nextTransfer(FileRequest& request);

/// Takes the result of one system call for a Read or Write, a byte count or a negative errno
/// value. True when the request has ended, with request.status set; false when it goes on.
[[nodiscard]] bool transferred(FileRequest& request, long result);

/// The same for an operation without data.
[[nodiscard]] bool performed(FileRequest& request, long result);

/// The mode of fallocate() for Allocate, Zero and Punch.
[[nodiscard]] int allocationMode(FileOperation operation);

}  // namespace devices::storage
