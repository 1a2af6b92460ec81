// SPDX-License-Identifier: GPL-3.0-or-later
#include "forwarding_disk.h"

namespace devices::storage {

void ForwardingDisk::start(DiskRequest& request) {
    request.forward = request.completed;
    request.decorator = this;
    send(request);
}

void ForwardingDisk::send(DiskRequest& request) {
    request.completed = [](DiskRequest& done, IoStatus status) {
        static_cast<ForwardingDisk*>(done.decorator)->ended(done, status);
    };
    below_->submit(request);
}

void ForwardingDisk::answer(DiskRequest& request, IoStatus status) {
    request.completed = std::exchange(request.forward, nullptr);
    completeFromLoop(request, status);
}

}  // namespace devices::storage
