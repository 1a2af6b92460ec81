// SPDX-License-Identifier: GPL-3.0-or-later
#include "ide_drives.h"

#include <fmt/core.h>

#include <utility>

#include "device_identity.h"

namespace service {

namespace storage = devices::storage;

using devices::ide::IdeController;
using hypervisor::failure;
using hypervisor::Result;

namespace {

/// Figures of drives are told apart by a number: these follow the SCSI controllers'.
constexpr std::uint32_t kFirstIndex = 4 * 64;

std::string nameOf(unsigned controller, unsigned location) {
    return fmt::format("IDE {}:{}", controller, location);
}

/// What a drive's figures are shown under. A DVD drive's disc may change.
std::string figuresName(const WorkerDrive& drive) {
    const std::string place = nameOf(drive.controller, drive.location);
    if (drive.dvd || drive.images.empty())
        return place + " DVD";
    const std::string& image = drive.images.front();
    return place + " " + image.substr(image.rfind('/') + 1);
}

}  // namespace

IdeDrives::IdeDrives(StorageThread& storage, hypervisor::StatsMemory& stats, std::string machineId,
                     Ejected ejected)
    : storage_(storage),
      changes_(storage),
      stats_(stats),
      machineId_(std::move(machineId)),
      ejected_(std::move(ejected)) {}

Result<std::unique_ptr<IdeDrives>> IdeDrives::create(devices::Chipset& chipset,
                                                     const hypervisor::GuestMemory& memory,
                                                     StorageThread& storage,
                                                     hypervisor::StatsMemory& stats,
                                                     std::string machineId, Ejected ejected) {
    std::unique_ptr<IdeDrives> made(
        new IdeDrives(storage, stats, std::move(machineId), std::move(ejected)));
    auto controller =
        IdeController::create({chipset.ports(),
                               chipset.pci(),
                               {chipset.interruptLine(IdeController::kInterrupts[0]),
                                chipset.interruptLine(IdeController::kInterrupts[1])}},
                              memory, storage.engine());
    if (!controller)
        return std::unexpected(controller.error());
    made->controller_ = std::move(*controller);
    return made;
}

IdeDrives::~IdeDrives() {
    changes_.wait();
    if (!controller_)
        return;
    controller_->quiesce();
    storage_.run([this] { controller_.reset(); });
    for (auto& [place, drive] : drives_)
        changes_.close(std::move(drive.image), [](const Result<void>&) {});
    changes_.wait();
}

void IdeDrives::settle() {
    const std::scoped_lock lock(mutex_);
    settled_ = true;
}

void IdeDrives::attach(DriveOrder order, Answer answer) {
    const WorkerDrive drive = order.drive;
    const Place place{drive.controller, drive.location};
    {
        const std::scoped_lock lock(mutex_);
        const auto there = drives_.find(place);
        const bool changesDisc = there != drives_.end() && there->second.dvd && drive.dvd;
        if (there != drives_.end() && !changesDisc)
            return answer(
                failure(fmt::format("{} has a drive already", nameOf(place.channel, place.drive))));
        if (settled_ && !changesDisc)
            return answer(failure(fmt::format(
                "{} can't get a drive while the machine runs: IDE has no hot plugging; turn it "
                "off first, or take a SCSI controller",
                nameOf(place.channel, place.drive))));
    }
    changes_.change(
        std::move(order),
        [this, place, drive](Image image) { return use(place, drive, std::move(image)); },
        std::move(answer));
}

void IdeDrives::detach(const WorkerDrive& drive, Answer answer) {
    answer(failure(
        fmt::format("{} can't lose its drive while the machine runs: IDE has no hot plugging; turn "
                    "it off first",
                    nameOf(drive.controller, drive.location))));
}

Result<void> IdeDrives::use(Place place, const WorkerDrive& drive, Image image) {
    const std::scoped_lock lock(mutex_);
    if (const auto there = drives_.find(place); there != drives_.end())
        return changeDisc(place, there->second, std::move(image));
    return addDrive(place, drive, std::move(image));
}

Result<void> IdeDrives::addDrive(Place place, const WorkerDrive& drive, Image image) {
    const vmbus::Guid own =
        deviceIdentity(machineId_, fmt::format("drive {}", nameOf(place.channel, place.drive)));
    auto counters =
        stats_.takeSlot(hypervisor::StatsSlotKind::Storage,
                        kFirstIndex + place.channel * 2 + place.drive, figuresName(drive));
    if (drive.dvd) {
        devices::scsi::DvdOptions options;
        options.counters = std::move(counters);
        options.identifier = own.bytes;
        auto attached = controller_->attachDvd(place, watched(place, image), options,
                                               [this, place] { return guestEjects(place); });
        if (!attached)
            return attached;
    } else {
        devices::scsi::DiskOptions options;
        options.counters = std::move(counters);
        // An image keeps its identity wherever it is attached.
        options.identifier = vmbus::Guid::parse(image->describe().identifier).value_or(own).bytes;
        if (auto attached = controller_->attachDisk(place, watched(place, image), options);
            !attached)
            return attached;
    }
    drives_[place] = {drive.dvd, std::move(image)};
    return {};
}

Result<void> IdeDrives::changeDisc(Place place, Drive& drive, Image image) {
    const auto released = [this, old = std::exchange(drive.image, image)] {
        if (old)
            changes_.close(old, [](const Result<void>&) {});
    };
    return image ? controller_->insert(place, watched(place, image), released)
                 : controller_->eject(place, released);
}

std::shared_ptr<storage::Disk> IdeDrives::watched(Place place, const Image& image) const {
    return image ? storage_.watched(image, nameOf(place.channel, place.drive)) : nullptr;
}

std::function<void()> IdeDrives::guestEjects(Place place) {
    Image image;
    {
        const std::scoped_lock lock(mutex_);
        const auto there = drives_.find(place);
        if (there != drives_.end())
            image = std::exchange(there->second.image, nullptr);
    }
    if (!image)
        return {};
    return [this, place, image] {
        changes_.close(image, [](const Result<void>&) {});
        ejected_(place.channel, place.drive);
    };
}

}  // namespace service
