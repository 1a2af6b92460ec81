// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <optional>

#include "service/ipc/host_requests.h"
#include "service/ipc/job_requests.h"

namespace gui {

[[nodiscard]] QString formatText(service::DiskFormat format);
[[nodiscard]] QString typeText(service::DiskType type);
/// "VHDX, dynamically expanding, 127 GB (4 MB on disk)".
[[nodiscard]] QString diskLine(const service::DiskInspectReply& disk);
/// Where new disks go if nothing is said: the service's choice, else a folder of the user's.
[[nodiscard]] QString usualDiskFolder(const std::optional<service::HostReply>& host);
/// That folder of the user's.
[[nodiscard]] QString homeDiskFolder();

}  // namespace gui
