// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "devices/storage/image.h"
#include "devices/synthetic/storage/storage_vsp.h"
#include "hypervisor/error.h"
#include "hypervisor/stats/stats_memory.h"
#include "image_changes.h"
#include "storage_thread.h"
#include "synthetic_order.h"
#include "vmbus/bus.h"

namespace service {

/// A machine's synthetic SCSI controllers with the drives in them: number 0 is always there,
/// another one from its first drive on.
///
/// Thread safety: all methods from any thread but the storage thread; answers come on that one.
class ScsiControllers {
  public:
    using Answer = ImageChanges::Answer;
    /// The guest has ejected the disc of the DVD drive at a place.
    using Ejected = std::function<void(std::uint32_t controller, std::uint32_t location)>;

    /// All references outlive this. Each controller has a channel for each of `processors`.
    ScsiControllers(vmbus::Bus& bus, StorageThread& storage, hypervisor::StatsMemory& stats,
                    unsigned processors, std::string machineId, Ejected ejected);
    /// Takes the controllers away from the guest and closes all images.
    ~ScsiControllers();
    ScsiControllers(const ScsiControllers&) = delete;
    ScsiControllers& operator=(const ScsiControllers&) = delete;

    /// Offers controller 0.
    [[nodiscard]] hypervisor::Result<void> begin();

    /// Opens the images and gives the guest the drive; for a DVD drive that is there already, a
    /// new disc in place of the old one, or none.
    void attach(DriveOrder order, Answer answer);
    /// Takes a drive away; answered when its image is closed.
    void detach(const WorkerDrive& drive, Answer answer);

  private:
    using Place = std::pair<std::uint32_t, std::uint32_t>;
    using Image = ImageChanges::Image;
    struct Drive {
        bool dvd = false;
        /// Null: no disc.
        Image image;
    };

    [[nodiscard]] hypervisor::Result<devices::synthetic::StorageVsp*> controller(
        std::uint32_t number);
    // With mutex_ held, on the storage thread.
    [[nodiscard]] hypervisor::Result<void> insertDrive(Place place, const WorkerDrive& drive,
                                                       Image image);
    [[nodiscard]] hypervisor::Result<void> changeDisc(Place place, Drive& drive, Image image);
    [[nodiscard]] std::shared_ptr<devices::storage::Disk> watched(Place place,
                                                                  const Image& image) const;
    /// The drive is empty from now on; what it returns is for when nothing uses the disc any more.
    [[nodiscard]] std::function<void()> guestEjects(Place place);

    vmbus::Bus& bus_;
    StorageThread& storage_;
    ImageChanges changes_;
    hypervisor::StatsMemory& stats_;
    const unsigned processors_;
    const std::string machineId_;
    const Ejected ejected_;

    std::mutex mutex_;
    // Guarded by mutex_.
    std::map<std::uint32_t, std::unique_ptr<devices::synthetic::StorageVsp>> controllers_;
    std::map<Place, Drive> drives_;
};

}  // namespace service
