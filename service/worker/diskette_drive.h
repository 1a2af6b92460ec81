// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "devices/chipset/chipset.h"
#include "devices/emulated/floppy/floppy_controller.h"
#include "devices/storage/image.h"
#include "hypervisor/error.h"
#include "image_changes.h"
#include "storage_thread.h"
#include "synthetic_order.h"

namespace service {

/// A machine's diskette controller with its drive, which is there from the machine's start to its
/// end; diskettes come and go.
///
/// Thread safety: change() from any thread but the storage thread, on which answers come; create(),
/// reset() and destruction on the machine's.
class DisketteDrive {
  public:
    using Answer = ImageChanges::Answer;

    /// All references outlive this.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<DisketteDrive>> create(
        devices::Chipset& chipset, StorageThread& storage, devices::floppy::DriveKind kind);
    /// Closes the image; no VP runs.
    ~DisketteDrive();
    DisketteDrive(const DisketteDrive&) = delete;
    DisketteDrive& operator=(const DisketteDrive&) = delete;

    /// Its number in the CMOS memory.
    [[nodiscard]] std::uint8_t kind() const { return std::to_underlying(kind_); }

    /// Opens the image of another diskette and puts it in place of the one that is in the drive; or
    /// none.
    void change(DriveOrder order, Answer answer);

    /// As after power-on: on return nothing touches the guest's memory. No VP may be running.
    void reset() { controller_->powerOn(); }

  private:
    using Image = ImageChanges::Image;

    DisketteDrive(StorageThread& storage, devices::floppy::DriveKind kind,
                  std::unique_ptr<devices::floppy::FloppyController> controller);

    /// On the storage thread; null: no diskette.
    [[nodiscard]] hypervisor::Result<void> use(Image image);

    StorageThread& storage_;
    const devices::floppy::DriveKind kind_;
    ImageChanges changes_;
    std::unique_ptr<devices::floppy::FloppyController> controller_;
    /// In the drive. Of the storage thread.
    Image image_;
};

}  // namespace service
