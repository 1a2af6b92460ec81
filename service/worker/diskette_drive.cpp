// SPDX-License-Identifier: GPL-3.0-or-later
#include "diskette_drive.h"

#include <utility>

namespace service {

namespace storage = devices::storage;

using devices::floppy::FloppyController;
using hypervisor::Result;

DisketteDrive::DisketteDrive(StorageThread& storage, std::unique_ptr<FloppyController> controller)
    : storage_(storage), controller_(std::move(controller)) {}

Result<std::unique_ptr<DisketteDrive>> DisketteDrive::create(devices::Chipset& chipset,
                                                             StorageThread& storage,
                                                             devices::floppy::DriveKind kind) {
    auto controller = FloppyController::create(
        {chipset.ports(), chipset.dma(), chipset.interruptLine(FloppyController::kInterrupt)}, kind,
        storage.engine());
    if (!controller)
        return std::unexpected(controller.error());
    return std::unique_ptr<DisketteDrive>(new DisketteDrive(storage, std::move(*controller)));
}

DisketteDrive::~DisketteDrive() {
    waitForAll();
    controller_->quiesce();
    storage_.run([this] {
        controller_.reset();
        close(std::move(image_), [](const Result<void>&) {});
    });
    waitForAll();
}

void DisketteDrive::begun() {
    const std::scoped_lock lock(countMutex_);
    ++underWay_;
}

void DisketteDrive::ended() {
    const std::scoped_lock lock(countMutex_);
    --underWay_;
    changed_.notify_all();
}

void DisketteDrive::waitForAll() {
    std::unique_lock lock(countMutex_);
    changed_.wait(lock, [this] { return underWay_ == 0; });
}

void DisketteDrive::change(DriveOrder order, Answer answer) {
    begun();
    answer = [this, tell = std::move(answer)](Result<void> done) mutable {
        tell(std::move(done));
        ended();
    };
    if (order.images.empty()) {
        storage_.engine().post([this, answer = std::move(answer)]() mutable { answer(use({})); });
        return;
    }
    storage_.open(std::move(order),
                  [this, answer = std::move(answer)](
                      Result<std::unique_ptr<storage::DiskImage>> opened) mutable {
                      if (!opened)
                          return answer(std::unexpected(opened.error()));
                      const Image image = std::move(*opened);
                      auto used = use(image);
                      if (used)
                          return answer({});
                      close(image, [used, answer = std::move(answer)](const Result<void>&) mutable {
                          answer(used);
                      });
                  });
}

Result<void> DisketteDrive::use(Image image) {
    // Counted until the old image is closed, which it is once the controller has done with it.
    begun();
    const auto released = [this, old = image_] {
        close(old, [](const Result<void>&) {});
        ended();
    };
    if (!image) {
        controller_->eject(released);
    } else if (auto inserted = controller_->insert(image, released); !inserted) {
        ended();
        return inserted;
    }
    image_ = std::move(image);
    return {};
}

void DisketteDrive::close(Image image, Answer closed) {
    if (!image)
        return closed({});
    begun();
    storage_.close(std::move(image), [this, closed = std::move(closed)](Result<void> done) mutable {
        closed(std::move(done));
        ended();
    });
}

}  // namespace service
