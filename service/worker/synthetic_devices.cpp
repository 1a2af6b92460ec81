// SPDX-License-Identifier: GPL-3.0-or-later
#include "synthetic_devices.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <latch>
#include <utility>

#include "devices/display/picture.h"

namespace service {

using devices::synthetic::DeviceThread;
using hypervisor::Result;

namespace {

vmbus::Bus::Callbacks busCallbacks(const SyntheticDevices::Callbacks& callbacks,
                                   hypervisor::StatsMemory& stats) {
    vmbus::Bus::Callbacks result;
    result.onViolation = [tell = callbacks.onNotice](const std::string& what) {
        tell("the guest has broken VMBus's protocol: " + what);
    };
    result.counters = [&stats](vmbus::Relid relid, const std::string& name) {
        return stats.takeSlot(hypervisor::StatsSlotKind::Channel, relid, name);
    };
    return result;
}

Result<void> writePicture(Screen& screen, std::uint32_t side,
                          const hypervisor::FileDescriptor& file) {
    auto picture = screen.takePicture();
    if (!picture)
        return std::unexpected(picture.error());
    const auto png = devices::display::encodePng(
        side == 0 ? *picture : devices::display::scaledDown(*picture, side));
    if (!png)
        return std::unexpected(png.error());
    for (std::size_t done = 0; done < png->size();) {
        const ssize_t written =
            ::pwrite(file.get(), png->data() + done, png->size() - done, static_cast<off_t>(done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return hypervisor::systemFailure("can't hand the picture of the screen over", errno);
        done += static_cast<std::size_t>(written);
    }
    return {};
}

}  // namespace

SyntheticDevices::SyntheticDevices(hypervisor::Partition& partition, hypervisor::StatsMemory& stats,
                                   Callbacks callbacks)
    : callbacks_(std::move(callbacks)),
      stats_(stats),
      watch_(callbacks_.onGuestReport),
      bus_(partition, busCallbacks(callbacks_, stats)) {}

SyntheticDevices::~SyntheticDevices() {
    // Pictures that are still to be taken.
    if (deviceThread_)
        deviceThread_->forget(this);
}

Result<std::unique_ptr<SyntheticDevices>> SyntheticDevices::create(
    hypervisor::Partition& partition, devices::Chipset& chipset, devices::Clock& clock,
    hypervisor::StatsMemory& stats, SyntheticOrder order, Callbacks callbacks) {
    std::unique_ptr<SyntheticDevices> made(
        new SyntheticDevices(partition, stats, std::move(callbacks)));
    if (auto built = made->build(partition, chipset, clock, std::move(order)); !built)
        return std::unexpected(built.error());
    return made;
}

Result<void> SyntheticDevices::build(hypervisor::Partition& partition, devices::Chipset& chipset,
                                     devices::Clock& clock, SyntheticOrder order) {
    auto thread = DeviceThread::create(clock);
    if (!thread)
        return std::unexpected(thread.error());
    deviceThread_ = std::move(*thread);
    auto storage = StorageThread::create(callbacks_.onDriveFailed);
    if (!storage)
        return std::unexpected(storage.error());
    storageThread_ = std::move(*storage);

    auto integration =
        IntegrationComponents::create(bus_, *deviceThread_, clock, partition, stats_, order, watch_,
                                      {callbacks_.onNotice, callbacks_.copy});
    if (!integration)
        return std::unexpected(integration.error());
    integration_ = std::move(*integration);

    if (auto added = addAdapters(partition, chipset, clock, order); !added)
        return added;

    if (order.screen) {
        auto screen = Screen::create(bus_, chipset, *deviceThread_, partition,
                                     std::move(order.screen), order.machineName);
        if (!screen)
            return std::unexpected(screen.error());
        screen_ = std::move(*screen);
        lastPicture_ = std::move(order.lastPicture);
    }

    if (order.guestSockets) {
        auto sockets = GuestSockets::create(bus_, std::move(order.guestSockets));
        if (!sockets)
            return std::unexpected(sockets.error());
        sockets_ = std::move(*sockets);
    }

    scsi_ = std::make_unique<ScsiControllers>(
        bus_, *storageThread_, stats_, partition.processorCount(), order.machineId,
        [this](std::uint32_t controller, std::uint32_t location) {
            tellOfEjection(false, controller, location);
        });
    if (auto begun = scsi_->begin(); !begun)
        return begun;
    auto ide =
        IdeDrives::create(chipset, partition.memory(), *storageThread_, stats_, order.machineId,
                          [this](std::uint32_t controller, std::uint32_t location) {
                              tellOfEjection(true, controller, location);
                          });
    if (!ide)
        return std::unexpected(ide.error());
    ide_ = std::move(*ide);
    if (order.disketteDrive) {
        auto diskette = DisketteDrive::create(chipset, *storageThread_, *order.disketteDrive);
        if (!diskette)
            return std::unexpected(diskette.error());
        diskette_ = std::move(*diskette);
    }
    return attachAtStart(std::move(order.drives));
}

Result<void> SyntheticDevices::addAdapters(hypervisor::Partition& partition,
                                           devices::Chipset& chipset, devices::Clock& clock,
                                           SyntheticOrder& wanted) {
    std::vector<AdapterOrder> synthetic;
    std::vector<AdapterOrder> legacy;
    for (AdapterOrder& order : wanted.adapters)
        (order.adapter.legacy ? legacy : synthetic).push_back(std::move(order));
    FigureNames names;
    auto network = NetworkAdapters::create(bus_, stats_, partition.processorCount(), names,
                                           std::move(synthetic));
    if (!network)
        return std::unexpected(network.error());
    network_ = std::move(*network);
    auto legacyNetwork = LegacyAdapters::create(
        {chipset, partition.memory(), clock, stats_, std::move(wanted.networkRom)}, names,
        std::move(legacy));
    if (!legacyNetwork)
        return std::unexpected(legacyNetwork.error());
    legacyNetwork_ = std::move(*legacyNetwork);
    return {};
}

void SyntheticDevices::attachDrive(DriveOrder drive, Answer answer) {
    if (drive.drive.floppy && !diskette_)
        return answer(hypervisor::failure("the machine has no diskette drive"));
    if (drive.drive.floppy)
        diskette_->change(std::move(drive), std::move(answer));
    else if (drive.drive.ide)
        ide_->attach(std::move(drive), std::move(answer));
    else
        scsi_->attach(std::move(drive), std::move(answer));
}

void SyntheticDevices::detachDrive(const WorkerDrive& drive, Answer answer) {
    if (drive.floppy)
        answer(hypervisor::failure(
            "the machine can't lose its diskette drive while it runs; turn it off first"));
    else if (drive.ide)
        ide_->detach(drive, std::move(answer));
    else
        scsi_->detach(drive, std::move(answer));
}

void SyntheticDevices::tellOfEjection(bool ide, std::uint32_t controller, std::uint32_t location) {
    WorkerDrive drive;
    drive.ide = ide;
    drive.dvd = true;
    drive.controller = controller;
    drive.location = location;
    callbacks_.onDiscEjected(
        drive, fmt::format("the guest has ejected the disc of the DVD drive at {} {}:{}",
                           ide ? "IDE" : "SCSI", controller, location));
}

void SyntheticDevices::takePicture(hypervisor::FileDescriptor file, std::uint32_t side,
                                   Answer answer) {
    if (!screen_)
        return answer(hypervisor::failure("the machine has no screen"));
    deviceThread_->post(this,
                        [this, file = std::move(file), side, answer = std::move(answer)]() mutable {
                            answer(writePicture(*screen_, side, file));
                        });
}

Result<void> SyntheticDevices::keepLastPicture() {
    return lastPicture_ ? writePicture(*screen_, 0, lastPicture_) : Result<void>();
}

Result<void> SyntheticDevices::attachAtStart(std::vector<DriveOrder> drives) {
    Result<void> first;
    std::latch attached(static_cast<std::ptrdiff_t>(drives.size()));
    // Answers come on one thread, one after the other.
    for (DriveOrder& drive : drives)
        attachDrive(std::move(drive), [&](Result<void> done) {
            if (first && !done)
                first = std::move(done);
            attached.count_down();
        });
    attached.wait();
    ide_->settle();
    return first;
}

}  // namespace service
