// SPDX-License-Identifier: GPL-3.0-or-later
#include "ide_controller.h"

#include <fmt/format.h>

#include <algorithm>

#include "ata_disk.h"
#include "atapi_drive.h"

namespace devices::ide {

using hypervisor::failure;
using hypervisor::Result;

namespace {

/// Both channels in compatibility mode, for good; a bus master.
constexpr PciIdentity kIdentity{
    .vendor = 0x8086, .device = 0x7111, .classCode = 0x01'01'80, .revision = 1};
constexpr unsigned kBusMasterBase = 4;
constexpr unsigned kBusMasterCount = 16;

// Timings, which drives of software don't need, but for the bit that lets a channel answer.
constexpr unsigned kTiming = 0x40;
constexpr std::uint32_t kDecodes = 0x8000;
constexpr unsigned kSlaveTiming = 0x44;
constexpr unsigned kUltraControl = 0x48;
constexpr unsigned kUltraTiming = 0x4A;

/// Where a channel has been since the PC AT.
struct Legacy {
    const char* name;
    std::uint16_t command;
    std::uint16_t control;
};
constexpr std::array kLegacy{Legacy{"primary IDE", 0x1F0, 0x3F6},
                             Legacy{"secondary IDE", 0x170, 0x376}};

}  // namespace

std::uint32_t IdeController::BusMasterPorts::readPort(std::uint16_t port, unsigned size) {
    std::uint32_t value = 0;
    for (unsigned byte = 0; byte < size; ++byte) {
        const unsigned offset = port + byte;
        value |=
            std::uint32_t{
                channels_.at(offset / BusMaster::kPorts).readBusMaster(offset % BusMaster::kPorts)}
            << byte * 8;
    }
    return value;
}

void IdeController::BusMasterPorts::writePort(std::uint16_t port, unsigned size,
                                              std::uint32_t value) {
    for (unsigned byte = 0; byte < size; ++byte) {
        const unsigned offset = port + byte;
        channels_.at(offset / BusMaster::kPorts)
            .writeBusMaster(offset % BusMaster::kPorts,
                            static_cast<std::uint8_t>(value >> byte * 8));
    }
}

IdeController::IdeController(const Wiring& wiring, const hypervisor::GuestMemory& memory,
                             storage::IoEngine& engine)
    : PciFunction(kIdentity),
      engine_(engine),
      channels_{Channel(memory, engine, wiring.interrupts[0]),
                Channel(memory, engine, wiring.interrupts[1])},
      controlPorts_{ControlPort(channels_[0]), ControlPort(channels_[1])},
      busMasterPorts_(channels_) {
    addPorts(kBusMasterBase, kBusMasterCount);
    addRegister(kTiming, 2, 0xFFFF, kDecodes);
    addRegister(kTiming + 2, 2, 0xFFFF, kDecodes);
    addRegister(kSlaveTiming, 1, 0xFF, 0);
    addRegister(kUltraControl, 1, 0x0F, 0);
    addRegister(kUltraTiming, 2, 0x3333, 0);
}

Result<std::unique_ptr<IdeController>> IdeController::create(const Wiring& wiring,
                                                             const hypervisor::GuestMemory& memory,
                                                             storage::IoEngine& engine) {
    std::unique_ptr<IdeController> made(new IdeController(wiring, memory, engine));
    if (auto claimed = made->claim(wiring); !claimed)
        return std::unexpected(claimed.error());
    return made;
}

Result<void> IdeController::claim(const Wiring& wiring) {
    PortBus& ports = wiring.ports;
    for (unsigned i = 0; i < kChannels; ++i) {
        const Legacy& legacy = kLegacy[i];
        if (auto claimed =
                ports.claim(legacy.name, {legacy.command, Channel::kCommandPorts, 4}, channels_[i]);
            !claimed)
            return claimed;
        if (auto claimed = ports.claim(legacy.name, {legacy.control, 1, 1}, controlPorts_[i]);
            !claimed)
            return claimed;
    }
    const auto movable = ports.claimMovable("IDE bus master", kBusMasterCount, 4, busMasterPorts_);
    if (!movable)
        return std::unexpected(movable.error());
    busMaster_ = *movable;
    return wiring.pci.add(kDevice, kFunction, *this);
}

void IdeController::portsPlaced(unsigned /*baseAddress*/, std::optional<std::uint16_t> first) {
    busMaster_->moveTo(first);
}

void IdeController::configured() {
    for (unsigned i = 0; i < kChannels; ++i) {
        channels_[i].setDecoding((read(kTiming + i * 2, 2) & kDecodes) != 0);
        channels_[i].setMaster(mayMasterBus());
    }
}

// --- Drives ---

Result<void> IdeController::judge(const storage::Disk& disk) const {
    if (&disk.engine() != &engine_)
        return failure("The disk is served by another thread than its controller.");
    return {};
}

Result<Channel*> IdeController::freePlace(Place place) {
    if (place.channel >= kChannels || place.drive >= Channel::kDrives)
        return failure(fmt::format("There is no location {} at an IDE controller {}; give 0 or 1.",
                                   place.drive, place.channel));
    Channel& channel = channels_[place.channel];
    if (!channel.isFree(place.drive))
        return failure(
            fmt::format("Location {} of IDE controller {} is taken.", place.drive, place.channel));
    return &channel;
}

Result<void> IdeController::attachDisk(Place place, std::shared_ptr<storage::Disk> disk,
                                       const scsi::DiskOptions& options) {
    const auto channel = freePlace(place);
    if (!channel)
        return std::unexpected(channel.error());
    if (auto judged = judge(*disk); !judged)
        return judged;
    if (disk->logicalSectorSize() != AtaDisk::kSectorSize)
        return failure(
            fmt::format("An IDE disk has sectors of 512 bytes, not {}; attach it at a SCSI "
                        "controller.",
                        disk->logicalSectorSize()));
    scsi::DiskOptions own = options;
    own.maximumTransfer = AtaDisk::kMaximumTransfer;
    const std::uint64_t sectors = disk->size() / AtaDisk::kSectorSize;
    const std::uint32_t physical = disk->physicalSectorSize();
    auto unit = std::make_shared<scsi::DiskUnit>(std::move(disk), own);
    (*channel)->attach(place.drive, std::make_unique<AtaDisk>((*channel)->host(), std::move(unit),
                                                              sectors, physical));
    return {};
}

Result<void> IdeController::attachDvd(Place place, std::shared_ptr<storage::Disk> medium,
                                      const scsi::DvdOptions& options, Ejecting guestEjects) {
    const auto channel = freePlace(place);
    if (!channel)
        return std::unexpected(channel.error());
    if (medium)
        if (auto judged = judge(*medium); !judged)
            return judged;
    scsi::DvdOptions own = options;
    own.maximumTransfer = AtapiDrive::kMaximumTransfer;
    auto unit = std::make_shared<scsi::DvdDrive>(std::move(medium), own);
    unit->onGuestEject(std::move(guestEjects));
    (*channel)->attach(place.drive, std::make_unique<AtapiDrive>((*channel)->host(), unit));
    const std::scoped_lock lock(mutex_);
    dvds_[place] = std::move(unit);
    return {};
}

Result<std::shared_ptr<scsi::DvdDrive>> IdeController::drive(Place place) const {
    const std::scoped_lock lock(mutex_);
    const auto found = dvds_.find(place);
    if (found == dvds_.end())
        return failure(fmt::format("Location {} of IDE controller {} has no DVD drive.",
                                   place.drive, place.channel));
    return found->second;
}

Result<void> IdeController::insert(Place place, std::shared_ptr<storage::Disk> medium,
                                   Released released) {
    if (auto judged = judge(*medium); !judged)
        return judged;
    auto dvd = drive(place);
    if (!dvd)
        return std::unexpected(dvd.error());
    engine_.post([dvd = std::move(*dvd), medium = std::move(medium),
                  released = std::move(released)]() mutable {
        dvd->insert(std::move(medium), std::move(released));
    });
    return {};
}

Result<void> IdeController::eject(Place place, Released released) {
    auto dvd = drive(place);
    if (!dvd)
        return std::unexpected(dvd.error());
    engine_.post([dvd = std::move(*dvd), released = std::move(released)]() mutable {
        dvd->eject(std::move(released));
    });
    return {};
}

void IdeController::powerOn() {
    for (Channel& channel : channels_)
        channel.powerOn();
}

void IdeController::quiesce() {
    for (Channel& channel : channels_)
        channel.quiesce();
}

bool IdeController::idle() const {
    return std::ranges::all_of(channels_, [](const Channel& channel) { return channel.idle(); });
}

}  // namespace devices::ide
