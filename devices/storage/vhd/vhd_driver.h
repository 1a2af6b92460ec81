// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "devices/storage/image.h"

namespace devices::storage {

/// Microsoft's Virtual Hard Disk format: fixed, dynamic and differencing disks up to 2040 GB with
/// sectors of 512 bytes.
[[nodiscard]] const ImageDriver& vhdDriver();

}  // namespace devices::storage
