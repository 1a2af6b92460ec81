// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "devices/chipset/chipset.h"
#include "devices/emulated/ide/ide_controller.h"
#include "devices/storage/image.h"
#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/stats/stats_memory.h"
#include "image_changes.h"
#include "storage_thread.h"
#include "synthetic_order.h"

namespace service {

/// A machine's IDE controllers 0 and 1, which are the two channels of one function of its chipset,
/// with the drives at them. Drives are there from the machine's start to its end; discs of DVD
/// drives come and go.
///
/// Thread safety: attach() and detach() from any thread but the storage thread, on which answers
/// come; create(), settle(), reset() and destruction on the machine's.
class IdeDrives {
  public:
    using Answer = ImageChanges::Answer;
    /// The guest has ejected the disc of the DVD drive at a place.
    using Ejected = std::function<void(std::uint32_t controller, std::uint32_t location)>;

    /// All references outlive this.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<IdeDrives>> create(
        devices::Chipset& chipset, const hypervisor::GuestMemory& memory, StorageThread& storage,
        hypervisor::StatsMemory& stats, std::string machineId, Ejected ejected);
    /// Closes all images; no VP runs.
    ~IdeDrives();
    IdeDrives(const IdeDrives&) = delete;
    IdeDrives& operator=(const IdeDrives&) = delete;

    /// Opens the images and attaches the drive, before settle(); for a DVD drive that is there
    /// already, a new disc in place of the old one, or none.
    void attach(DriveOrder order, Answer answer);
    /// Refuses: IDE has no way to tell a guest.
    void detach(const WorkerDrive& drive, Answer answer);
    /// No drive comes any more.
    void settle();

    /// As after power-on: on return nothing touches the guest's memory. No VP may be running.
    void reset() { controller_->powerOn(); }

  private:
    using Place = devices::ide::IdeController::Place;
    using Image = ImageChanges::Image;
    struct Drive {
        bool dvd = false;
        /// Null: no disc.
        Image image;
    };

    IdeDrives(StorageThread& storage, hypervisor::StatsMemory& stats, std::string machineId,
              Ejected ejected);

    // With mutex_ held, on the storage thread.
    [[nodiscard]] hypervisor::Result<void> use(Place place, const WorkerDrive& drive, Image image);
    [[nodiscard]] hypervisor::Result<void> addDrive(Place place, const WorkerDrive& drive,
                                                    Image image);
    [[nodiscard]] hypervisor::Result<void> changeDisc(Place place, Drive& drive, Image image);
    [[nodiscard]] std::shared_ptr<devices::storage::Disk> watched(Place place,
                                                                  const Image& image) const;
    /// The drive is empty from now on; what it returns is for when nothing uses the disc any more.
    [[nodiscard]] std::function<void()> guestEjects(Place place);

    StorageThread& storage_;
    ImageChanges changes_;
    hypervisor::StatsMemory& stats_;
    const std::string machineId_;
    const Ejected ejected_;
    std::unique_ptr<devices::ide::IdeController> controller_;

    std::mutex mutex_;
    // Guarded by mutex_.
    std::map<Place, Drive> drives_;
    bool settled_ = false;
};

}  // namespace service
