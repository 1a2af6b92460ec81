// SPDX-License-Identifier: GPL-3.0-or-later
#include "watched_disk.h"

namespace devices::storage {

void WatchedDisk::ended(DiskRequest& request, IoStatus status) {
    if (!status.ok())
        tell(request.operation == DiskOperation::Read ? Access::Read : Access::Change, status);
    answer(request, status);
}

void WatchedDisk::tell(Access access, IoStatus status) {
    const auto now = Clock::now();
    auto& told = access == Access::Read ? read_ : changed_;
    if (told && now - *told < kQuiet)
        return;
    told = now;
    failed_(access, status);
}

}  // namespace devices::storage
