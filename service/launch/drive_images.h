// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "devices/storage/images/image_chain.h"
#include "service/ipc/worker_messages.h"

namespace service {

/// Opens the image of a drive, and its parents, for a worker: for writing unless it is a DVD
/// drive's or the drive is read-only. A diskette that can't be written is a write-protected one.
/// Notes their names in `drive`, and whether the content is the disk's whatever it looks like;
/// `drive` says the rest.
[[nodiscard]] hypervisor::Result<std::vector<devices::storage::OpenedImageFile>> openDriveImages(
    devices::storage::IoEngine& engine, const std::string& path, WorkerDrive& drive);

}  // namespace service
