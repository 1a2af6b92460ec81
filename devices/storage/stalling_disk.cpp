// SPDX-License-Identifier: GPL-3.0-or-later
#include "stalling_disk.h"

#include <utility>

namespace devices::storage {

void StallingDisk::start(DiskRequest& request) {
    request.forward = request.completed;
    request.decorator = this;
    send(request);
}

void StallingDisk::send(DiskRequest& request) {
    request.completed = &ended;
    below_->submit(request);
}

void StallingDisk::ended(DiskRequest& request, IoStatus status) {
    auto& self = *static_cast<StallingDisk*>(request.decorator);
    if (status.noSpace()) {
        request.status = status;
        self.held_.push_back(&request);
        if (self.held_.size() == 1)
            self.stalled_(status);
        return;
    }
    request.completed = std::exchange(request.forward, nullptr);
    completeFromLoop(request, status);
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
