// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "devices/storage/image.h"
#include "metadata.h"

namespace devices::storage::vhdx {

/// Writes an empty VHDX into an empty file and flushes it. The file identifier comes last, so a
/// file whose creation was interrupted is no VHDX.
Task<hypervisor::Result<void>> createFile(StorageFile& file, const ImageCreateOptions& options,
                                          Job& job);

/// The locator's paths from what the caller knows, with the format's separators.
void setPaths(ParentLocator& locator, const std::vector<ParentPath>& paths);

}  // namespace devices::storage::vhdx
