// SPDX-License-Identifier: GPL-3.0-or-later
#include "scsi_controllers.h"

#include <fmt/core.h>

#include <tuple>

#include "device_identity.h"
#include "devices/synthetic/storage/storage_protocol.h"

namespace service {

namespace storage = devices::storage;

using devices::synthetic::StorageVsp;
using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kLocations = 64;

std::string nameOf(std::uint32_t controller, std::uint32_t location) {
    return fmt::format("SCSI {}:{}", controller, location);
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

ScsiControllers::ScsiControllers(vmbus::Bus& bus, StorageThread& storage,
                                 hypervisor::StatsMemory& stats, unsigned processors,
                                 std::string machineId, Ejected ejected)
    : bus_(bus),
      storage_(storage),
      changes_(storage),
      stats_(stats),
      processors_(processors),
      machineId_(std::move(machineId)),
      ejected_(std::move(ejected)) {}

ScsiControllers::~ScsiControllers() {
    changes_.wait();
    for (const auto& [number, controller] : controllers_)
        bus_.revoke(*controller);
    while (!drives_.empty()) {
        WorkerDrive first;
        std::tie(first.controller, first.location) = drives_.begin()->first;
        detach(first, [](const Result<void>&) {});
    }
    changes_.wait();
    storage_.run([this] { controllers_.clear(); });
}

Result<void> ScsiControllers::begin() {
    const std::scoped_lock lock(mutex_);
    const auto first = controller(0);
    if (!first)
        return std::unexpected(first.error());
    return {};
}

Result<StorageVsp*> ScsiControllers::controller(std::uint32_t number) {
    if (const auto found = controllers_.find(number); found != controllers_.end())
        return found->second.get();
    auto made = std::make_unique<StorageVsp>(storage_.engine(), processors_ - 1);
    vmbus::Offer offer;
    offer.type = devices::synthetic::kScsiControllerType;
    offer.instance = deviceIdentity(machineId_, fmt::format("SCSI controller {}", number));
    offer.name = fmt::format("SCSI Controller {}", number);
    if (const auto offered = bus_.offer(offer, *made); !offered) {
        // It goes where it lives.
        storage_.engine().post([gone = std::move(made)] {});
        return std::unexpected(offered.error());
    }
    return controllers_.emplace(number, std::move(made)).first->second.get();
}

void ScsiControllers::attach(DriveOrder order, Answer answer) {
    const WorkerDrive drive = order.drive;
    const Place place{drive.controller, drive.location};
    {
        // Offering waits, which the storage thread must not.
        const std::scoped_lock lock(mutex_);
        const auto there = drives_.find(place);
        if (there != drives_.end() && !(there->second.dvd && drive.dvd))
            return answer(failure(
                fmt::format("{} has a drive already", nameOf(drive.controller, drive.location))));
        if (const auto made = controller(drive.controller); !made)
            return answer(std::unexpected(made.error()));
    }
    changes_.change(
        std::move(order),
        [this, place, drive](Image image) -> Result<void> {
            const std::scoped_lock lock(mutex_);
            if (const auto there = drives_.find(place); there != drives_.end())
                return changeDisc(place, there->second, std::move(image));
            return insertDrive(place, drive, std::move(image));
        },
        std::move(answer));
}

Result<void> ScsiControllers::insertDrive(Place place, const WorkerDrive& drive, Image image) {
    StorageVsp& controller = *controllers_.at(place.first);
    const vmbus::Guid own =
        deviceIdentity(machineId_, fmt::format("drive {}", nameOf(place.first, place.second)));
    auto counters =
        stats_.takeSlot(hypervisor::StatsSlotKind::Storage,
                        drive.controller * kLocations + drive.location, figuresName(drive));
    if (drive.dvd) {
        devices::scsi::DvdOptions options;
        options.counters = std::move(counters);
        options.identifier = own.bytes;
        auto attached = controller.attachDvd(place.second, watched(place, image), options,
                                             [this, place] { return guestEjects(place); });
        if (!attached)
            return attached;
    } else {
        devices::scsi::DiskOptions options;
        options.counters = std::move(counters);
        // An image keeps its identity wherever it is attached.
        options.identifier = vmbus::Guid::parse(image->describe().identifier).value_or(own).bytes;
        if (auto attached = controller.attachDisk(place.second, watched(place, image), options);
            !attached)
            return attached;
    }
    drives_[place] = {drive.dvd, std::move(image)};
    return {};
}

Result<void> ScsiControllers::changeDisc(Place place, Drive& drive, Image image) {
    StorageVsp& controller = *controllers_.at(place.first);
    const auto released = [this, old = std::exchange(drive.image, image)] {
        if (old)
            changes_.close(old, [](const Result<void>&) {});
    };
    return image ? controller.insert(place.second, watched(place, image), released)
                 : controller.eject(place.second, released);
}

std::shared_ptr<storage::Disk> ScsiControllers::watched(Place place, const Image& image) const {
    return image ? storage_.watched(image, nameOf(place.first, place.second)) : nullptr;
}

std::function<void()> ScsiControllers::guestEjects(Place place) {
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
        ejected_(place.first, place.second);
    };
}

void ScsiControllers::detach(const WorkerDrive& drive, Answer answer) {
    // The controller calls what can be copied.
    auto shared = std::make_shared<Answer>(std::move(answer));
    std::unique_lock lock(mutex_);
    const auto there = drives_.find({drive.controller, drive.location});
    if (there == drives_.end()) {
        lock.unlock();
        return (*shared)(
            failure(fmt::format("{} has no drive", nameOf(drive.controller, drive.location))));
    }
    changes_.begun();
    const auto released = [this, image = there->second.image, shared] {
        changes_.close(image, [this, shared](Result<void> closed) {
            (*shared)(std::move(closed));
            changes_.ended();
        });
    };
    drives_.erase(there);
    // It is there: what is in drives_ is in its controller.
    static_cast<void>(
        controllers_.at(drive.controller)->detach(drive.location, released).has_value());
}

}  // namespace service
