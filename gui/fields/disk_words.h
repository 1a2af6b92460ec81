// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "service/ipc/job_requests.h"

namespace gui {

[[nodiscard]] QString formatText(service::DiskFormat format);
[[nodiscard]] QString typeText(service::DiskType type);
/// "VHDX, dynamically expanding, 127 GB (4 MB on disk)".
[[nodiscard]] QString diskLine(const service::DiskInspectReply& disk);
/// Where the user's disks go if nothing is said.
[[nodiscard]] QString usualDiskFolder();

}  // namespace gui
