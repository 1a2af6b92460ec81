// SPDX-License-Identifier: GPL-3.0-or-later
#include "diskette_drive.h"

#include <utility>

namespace service {

namespace storage = devices::storage;

using devices::floppy::FloppyController;
using hypervisor::Result;

DisketteDrive::DisketteDrive(StorageThread& storage, devices::floppy::DriveKind kind,
                             std::unique_ptr<FloppyController> controller)
    : storage_(storage), kind_(kind), changes_(storage), controller_(std::move(controller)) {}

Result<std::unique_ptr<DisketteDrive>> DisketteDrive::create(devices::Chipset& chipset,
                                                             StorageThread& storage,
                                                             devices::floppy::DriveKind kind) {
    auto controller = FloppyController::create(
        {chipset.ports(), chipset.dma(), chipset.interruptLine(FloppyController::kInterrupt)}, kind,
        storage.engine());
    if (!controller)
        return std::unexpected(controller.error());
    return std::unique_ptr<DisketteDrive>(new DisketteDrive(storage, kind, std::move(*controller)));
}

DisketteDrive::~DisketteDrive() {
    changes_.wait();
    controller_->quiesce();
    storage_.run([this] {
        controller_.reset();
        changes_.close(std::move(image_), [](const Result<void>&) {});
    });
    changes_.wait();
}

void DisketteDrive::change(DriveOrder order, Answer answer) {
    changes_.change(
        std::move(order), [this](Image image) { return use(std::move(image)); }, std::move(answer));
}

Result<void> DisketteDrive::use(Image image) {
    // Counted until the old image is closed, which it is once the controller has done with it.
    changes_.begun();
    const auto released = [this, old = image_] {
        changes_.close(old, [](const Result<void>&) {});
        changes_.ended();
    };
    if (!image) {
        controller_->eject(released);
    } else if (auto inserted =
                   controller_->insert(storage_.watched(image, "the diskette drive"), released);
               !inserted) {
        changes_.ended();
        return inserted;
    }
    image_ = std::move(image);
    return {};
}

}  // namespace service
