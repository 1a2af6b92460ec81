// SPDX-License-Identifier: GPL-3.0-or-later
#include "stalling_disk.h"

#include <utility>

namespace devices::storage {

void StallingDisk::ended(DiskRequest& request, IoStatus status) {
    if (!status.noSpace())
        return answer(request, status);
    request.status = status;
    held_.push_back(&request);
    if (held_.size() == 1)
        stalled_(status);
}

void StallingDisk::retry() {
    for (DiskRequest* const request : std::exchange(held_, {}))
        send(*request);
}

void StallingDisk::giveUp() {
    for (DiskRequest* const request : std::exchange(held_, {})) {
        request->completed = std::exchange(request->forward, nullptr);
        request->disk = this;
        complete(*request, request->status);
    }
}

}  // namespace devices::storage
