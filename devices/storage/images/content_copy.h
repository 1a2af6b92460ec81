// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "devices/storage/image.h"

namespace devices::storage {

enum class CopyFrom : bool {
    /// What the disk reads as, parents included.
    Chain,
    /// What the image itself holds; the rest of the target stays.
    ImageAlone,
};

/// Copies content from one disk to another that is at least as large. Into a new, empty target
/// (Chain) zeroes are not written.
Task<hypervisor::Result<void>> copyContent(DiskImage& source, DiskImage& target, CopyFrom from,
                                           Job& job);

}  // namespace devices::storage
