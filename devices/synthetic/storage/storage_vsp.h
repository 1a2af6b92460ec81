// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "devices/storage/disk.h"
#include "devices/synthetic/storage/scsi/disk_unit.h"
#include "devices/synthetic/storage/scsi/dvd_drive.h"
#include "hypervisor/error.h"
#include "storage_controller.h"
#include "vmbus/channel.h"

namespace devices::synthetic {

/// The synthetic SCSI controller: what is offered to a guest, and what its owner does with it while
/// the machine runs. All of its channels, and all disks in it, are served by the thread of one
/// engine.
///
/// Thread safety: what the owner calls, from any thread; callbacks come on the engine's thread. To
/// be destroyed when its channels are closed, on the engine's thread or when its loop has ended,
/// and before the engine.
class StorageVsp final : public vmbus::ChannelDevice {
  public:
    /// Called when the controller does not use a disk any more.
    using Released = scsi::Medium::Released;
    using Ejecting = scsi::Medium::Ejecting;

    /// As many as Linux looks for: 0 to 254.
    static constexpr unsigned kMaximumUnits = 255;
    static constexpr unsigned kMaximumSubChannels = 63;
    /// The longest packet that a guest sends, descriptor included.
    static constexpr std::uint32_t kMaximumPacket = 4096;

    /// `engine` outlives this. `subChannels`: beside the primary channel, for a guest with as many
    /// further VPs.
    StorageVsp(storage::IoEngine& engine, unsigned subChannels);
    ~StorageVsp() override;

    /// The disk, of the same engine, and not to be used by others until it is released. A running
    /// guest is told to look for it.
    [[nodiscard]] hypervisor::Result<void> attachDisk(unsigned lun,
                                                      std::shared_ptr<storage::Disk> disk,
                                                      const scsi::DiskOptions& options);
    /// A DVD drive; `medium` may be null. `guestEjects`: the guest takes the medium out.
    [[nodiscard]] hypervisor::Result<void> attachDvd(unsigned lun,
                                                     std::shared_ptr<storage::Disk> medium,
                                                     const scsi::DvdOptions& options,
                                                     Ejecting guestEjects = {});
    /// The disk or drive is gone at once for the guest; what is under way is done first.
    [[nodiscard]] hypervisor::Result<void> detach(unsigned lun, Released released);

    /// Puts a medium into a DVD drive, in place of the one in it, which is released.
    [[nodiscard]] hypervisor::Result<void> insert(unsigned lun,
                                                  std::shared_ptr<storage::Disk> medium,
                                                  Released released = {});
    [[nodiscard]] hypervisor::Result<void> eject(unsigned lun, Released released);
    /// The disk has grown: the guest is told.
    [[nodiscard]] hypervisor::Result<void> capacityChanged(unsigned lun);

    /// Of the disk or drive at `lun`; null where there is none.
    [[nodiscard]] std::shared_ptr<const hypervisor::StatsSlot> counters(unsigned lun) const;

    void opened(std::unique_ptr<vmbus::OpenChannel> channel) override;
    void closing() override;
    void doorbell() override;
    [[nodiscard]] vmbus::ChannelDevice* subChannel(unsigned index) override;

  private:
    /// A channel's end for the bus.
    class Port final : public vmbus::ChannelDevice {
      public:
        Port(std::shared_ptr<StorageController> controller, unsigned index)
            : controller_(std::move(controller)), index_(index) {}
        void opened(std::unique_ptr<vmbus::OpenChannel> channel) override;
        void closing() override;
        void doorbell() override { controller_->channel(index_).ring(); }

      private:
        const std::shared_ptr<StorageController> controller_;
        const unsigned index_;
    };
    struct Attached {
        std::shared_ptr<scsi::LogicalUnit> unit;
        std::shared_ptr<scsi::DiskUnit> disk;
        std::shared_ptr<scsi::DvdDrive> dvd;
    };

    [[nodiscard]] hypervisor::Result<void> attach(unsigned lun, Attached unit);
    [[nodiscard]] hypervisor::Result<void> judge(const storage::Disk& disk,
                                                 std::uint32_t largestSector) const;
    [[nodiscard]] hypervisor::Result<std::shared_ptr<scsi::DvdDrive>> drive(unsigned lun) const;
    /// Has the engine's thread call `work(controller)`.
    template <class Work>
    void post(Work work);

    const std::shared_ptr<StorageController> controller_;
    std::vector<std::unique_ptr<Port>> ports_;
    mutable std::mutex mutex_;
    // Guarded by mutex_; what the engine's thread has may be some calls behind.
    std::map<unsigned, Attached> attached_;
};

}  // namespace devices::synthetic
