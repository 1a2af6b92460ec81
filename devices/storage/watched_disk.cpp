// SPDX-License-Identifier: GPL-3.0-or-later
#include "watched_disk.h"

namespace devices::storage {

void WatchedDisk::start(DiskRequest& request) {
    request.forward = request.completed;
    request.decorator = this;
    request.completed = &ended;
    below_->submit(request);
}

void WatchedDisk::ended(DiskRequest& request, IoStatus status) {
    if (!status.ok())
        static_cast<WatchedDisk*>(request.decorator)
            ->tell(request.operation == DiskOperation::Read ? Access::Read : Access::Change,
                   status);
    // The last one may take the disk with it.
    request.completed = std::exchange(request.forward, nullptr);
    completeFromLoop(request, status);
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
