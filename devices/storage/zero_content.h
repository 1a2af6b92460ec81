// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

#include "hypervisor/error.h"
#include "job.h"
#include "storage_file.h"
#include "task.h"

namespace devices::storage {

/// Whether all bytes are zero.
[[nodiscard]] bool isZero(std::span<const std::byte> bytes);

/// Gives the room of what reads as zeroes inside `range` back to the file system. Cancelled in the
/// middle, the file is whole.
Task<hypervisor::Result<void>> giveBackZeroes(StorageFile& file, FileRange range, Job& job);

/// The error for a job that was cancelled.
[[nodiscard]] std::unexpected<hypervisor::Error> cancelledJob(const std::string& what);

}  // namespace devices::storage
