// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "devices/storage/image.h"

namespace devices::storage::vhd {

/// ImageDriver::create() for VHD.
Task<hypervisor::Result<void>> createImage(StorageFile& file, const ImageCreateOptions& options,
                                           Job& job);

}  // namespace devices::storage::vhd
