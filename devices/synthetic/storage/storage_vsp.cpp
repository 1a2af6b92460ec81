// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage_vsp.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace devices::synthetic {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kLargestDiskSector = 4096;

}  // namespace

StorageVsp::StorageVsp(storage::IoEngine& engine, unsigned subChannels)
    : controller_(
          std::make_shared<StorageController>(engine, std::min(subChannels, kMaximumSubChannels))) {
    for (unsigned i = 0; i <= controller_->subChannels(); ++i)
        ports_.push_back(std::make_unique<Port>(controller_, i));
}

StorageVsp::~StorageVsp() = default;

template <class Work>
void StorageVsp::post(Work work) {
    controller_->engine().post(
        [controller = std::weak_ptr(controller_), work = std::move(work)]() mutable {
            if (const auto alive = controller.lock())
                work(*alive);
        });
}

Result<void> StorageVsp::judge(const storage::Disk& disk, std::uint32_t largestSector) const {
    const std::uint32_t sector = disk.logicalSectorSize();
    if (&disk.engine() != &controller_->engine())
        return failure("The disk is served by another thread than its controller.");
    if (sector == 0 || sector > largestSector || largestSector % sector != 0)
        return failure(
            fmt::format("A disk with sectors of {} bytes can't be attached here.", sector));
    return {};
}

Result<void> StorageVsp::attachDisk(unsigned lun, std::shared_ptr<storage::Disk> disk,
                                    const scsi::DiskOptions& options) {
    if (const auto judged = judge(*disk, kLargestDiskSector); !judged)
        return judged;
    if (disk->logicalSectorSize() < 512)
        return failure("A disk with sectors of less than 512 bytes can't be attached.");
    scsi::DiskOptions limited = options;
    limited.maximumTransfer =
        std::min<std::uint64_t>(options.maximumTransfer, StorageController::kMaximumTransfer);
    auto unit = std::make_shared<scsi::DiskUnit>(std::move(disk), limited);
    return attach(lun, {unit, unit, nullptr});
}

Result<void> StorageVsp::attachDvd(unsigned lun, std::shared_ptr<storage::Disk> medium,
                                   const scsi::DvdOptions& options, Ejecting guestEjects) {
    if (medium)
        if (const auto judged = judge(*medium, scsi::DvdDrive::kBlockSize); !judged)
            return judged;
    scsi::DvdOptions limited = options;
    limited.maximumTransfer =
        std::min<std::uint64_t>(options.maximumTransfer, StorageController::kMaximumTransfer);
    auto unit = std::make_shared<scsi::DvdDrive>(std::move(medium), limited);
    unit->onGuestEject(std::move(guestEjects));
    return attach(lun, {unit, nullptr, unit});
}

Result<void> StorageVsp::attach(unsigned lun, Attached unit) {
    if (lun >= kMaximumUnits)
        return failure(fmt::format("A SCSI controller has locations 0 to {}; {} is none of them.",
                                   kMaximumUnits - 1, lun));
    const std::scoped_lock lock(mutex_);
    const auto [place, free] = attached_.try_emplace(lun, std::move(unit));
    if (!free)
        return failure(fmt::format("Location {} of the SCSI controller is taken.", lun));
    post([lun, attached = place->second.unit](StorageController& controller) {
        controller.target().add(lun, attached);
        controller.unitsChanged();
    });
    return {};
}

Result<void> StorageVsp::detach(unsigned lun, Released released) {
    const std::scoped_lock lock(mutex_);
    auto found = attached_.extract(lun);
    if (!found)
        return failure(fmt::format("Location {} of the SCSI controller is empty.", lun));
    post([lun, attached = std::move(found.mapped()),
          released = std::move(released)](StorageController& controller) mutable {
        const auto unit = controller.target().remove(lun);
        if (attached.disk)
            attached.disk->release(std::move(released));
        else
            attached.dvd->release(std::move(released));
        controller.unitsChanged();
    });
    return {};
}

Result<std::shared_ptr<scsi::DvdDrive>> StorageVsp::drive(unsigned lun) const {
    const auto found = attached_.find(lun);
    if (found == attached_.end() || !found->second.dvd)
        return failure(fmt::format("Location {} of the SCSI controller has no DVD drive.", lun));
    return found->second.dvd;
}

Result<void> StorageVsp::insert(unsigned lun, std::shared_ptr<storage::Disk> medium,
                                Released released) {
    if (const auto judged = judge(*medium, scsi::DvdDrive::kBlockSize); !judged)
        return judged;
    const std::scoped_lock lock(mutex_);
    const auto dvd = drive(lun);
    if (!dvd)
        return std::unexpected(dvd.error());
    post([drive = *dvd, medium = std::move(medium),
          released = std::move(released)](StorageController&) mutable {
        drive->insert(std::move(medium), std::move(released));
    });
    return {};
}

Result<void> StorageVsp::eject(unsigned lun, Released released) {
    const std::scoped_lock lock(mutex_);
    const auto dvd = drive(lun);
    if (!dvd)
        return std::unexpected(dvd.error());
    post([drive = *dvd, released = std::move(released)](StorageController&) mutable {
        drive->eject(std::move(released));
    });
    return {};
}

Result<void> StorageVsp::capacityChanged(unsigned lun) {
    const std::scoped_lock lock(mutex_);
    const auto found = attached_.find(lun);
    if (found == attached_.end() || !found->second.disk)
        return failure(fmt::format("Location {} of the SCSI controller has no disk.", lun));
    post([disk = found->second.disk](StorageController& controller) {
        disk->capacityChanged();
        controller.unitsChanged();
    });
    return {};
}

std::shared_ptr<const hypervisor::StatsSlot> StorageVsp::counters(unsigned lun) const {
    const std::scoped_lock lock(mutex_);
    const auto found = attached_.find(lun);
    return found == attached_.end() ? nullptr : found->second.unit->counters();
}

void StorageVsp::opened(std::unique_ptr<vmbus::OpenChannel> channel) {
    ports_.front()->opened(std::move(channel));
}

void StorageVsp::closing() {
    ports_.front()->closing();
}

void StorageVsp::doorbell() {
    ports_.front()->doorbell();
}

vmbus::ChannelDevice* StorageVsp::subChannel(unsigned index) {
    return index != 0 && index < ports_.size() ? ports_[index].get() : nullptr;
}

void StorageVsp::Port::opened(std::unique_ptr<vmbus::OpenChannel> channel) {
    controller_->engine().post([controller = std::weak_ptr(controller_), index = index_,
                                open = std::move(channel)]() mutable {
        if (const auto alive = controller.lock())
            alive->channel(index).opened(std::move(open));
    });
}

void StorageVsp::Port::closing() {
    controller_->engine().post([controller = std::weak_ptr(controller_), index = index_] {
        if (const auto alive = controller.lock())
            alive->channel(index).closing();
    });
}

}  // namespace devices::synthetic
