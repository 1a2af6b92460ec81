// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "devices/storage/image.h"

namespace devices::storage {

/// Writes what `child` holds into its parent, which is open for writing below it, and closes both.
/// At any moment a power cut leaves a child that opens over its parent and reads as before; merging
/// can then be begun again, and at the end the parent alone reads as the child. `paths` lead to the
/// parent.
Task<hypervisor::Result<void>> mergeIntoParent(DiskImage& child, std::vector<ParentPath> paths,
                                               Job& job);

}  // namespace devices::storage
