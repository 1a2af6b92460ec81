// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "job.h"
#include "storage_file.h"
#include "task.h"

namespace devices::storage {

/// Gives the file room for a range that reads as zeroes, in steps that report progress and can be
/// cancelled (ECANCELED). Where the file system can't promise room, zeroes are written.
Task<IoStatus> allocateWithProgress(StorageFile& file, FileRange range, Job& job);

}  // namespace devices::storage
