// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "devices/storage/storage_file.h"
#include "devices/storage/task.h"
#include "header.h"
#include "hypervisor/error.h"

namespace devices::storage::vhdx {

/// A log beyond this is not replayed; the writers that are known make logs of 1 MiB.
constexpr std::uint32_t kMaximumReplayedLog = 32 * kMiB;

/// Carries out what the log says and empties it ([MS-VHDX] 2.3.3). A power cut on the way leaves a
/// log to be replayed again.
Task<hypervisor::Result<void>> replayLog(StorageFile& file, const HeaderPair& headers);

/// The file as it would be after replayLog(), for reading.
Task<hypervisor::Result<std::unique_ptr<StorageFile>>> overlayLog(std::unique_ptr<StorageFile> file,
                                                                  const HeaderPair& headers);

}  // namespace devices::storage::vhdx
