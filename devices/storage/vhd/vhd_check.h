// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "devices/storage/image.h"

namespace devices::storage::vhd {

/// ImageDriver::check() for VHD.
Task<hypervisor::Result<CheckReport>> checkImage(StorageFile& file, CheckMode mode, Job& job);

}  // namespace devices::storage::vhd
