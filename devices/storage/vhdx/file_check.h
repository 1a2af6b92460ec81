// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "devices/storage/image.h"

namespace devices::storage::vhdx {

/// Looks at both headers and region tables, the log, the metadata and every BAT entry. Repairing
/// replays the log and restores damaged copies from good ones. An error only if the file can't be
/// read; what is wrong with it is in the report.
Task<hypervisor::Result<CheckReport>> checkFile(StorageFile& file, CheckMode mode, Job& job);

}  // namespace devices::storage::vhdx
