// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "devices/chipset/chipset.h"
#include "devices/chipset/clock.h"
#include "devices/synthetic/message/device_thread.h"
#include "diskette_drive.h"
#include "guest_watch.h"
#include "hypervisor/error.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/stats/stats_memory.h"
#include "ide_drives.h"
#include "integration_components.h"
#include "legacy_adapters.h"
#include "network_adapters.h"
#include "screen.h"
#include "scsi_controllers.h"
#include "service/worker/sockets/guest_sockets.h"
#include "storage_thread.h"
#include "synthetic_order.h"
#include "vmbus/bus.h"

namespace service {

/// A machine's VMBus with everything on it, its drives and network adapters, those that VMBus knows
/// nothing of too, and the threads that serve all that.
///
/// Thread safety: create(), reset() and destruction on the machine's thread; all else from any but
/// the devices'.
class SyntheticDevices {
  public:
    struct Callbacks {
        /// One line for the owner: what a guest has done wrong, what a device has met.
        std::function<void(std::string text)> onNotice;
        /// One line: the host can't read or write an image, and why.
        std::function<void(std::string text)> onDriveFailed;
        /// The drive's place, and one line.
        std::function<void(const WorkerDrive& drive, std::string text)> onDiscEjected;
        std::function<void(const GuestReport& report)> onGuestReport;
        GuestFileCopy::Callbacks copy = {};
    };
    using Answer = std::move_only_function<void(hypervisor::Result<void>)>;

    /// Opens the drives' images, so that what is wrong with them shows here. `chipset`: where
    /// guests find the emulated drives, legacy network adapters and the screen's emulated half. All
    /// references outlive this.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<SyntheticDevices>> create(
        hypervisor::Partition& partition, devices::Chipset& chipset, devices::Clock& clock,
        hypervisor::StatsMemory& stats, SyntheticOrder order, Callbacks callbacks);
    ~SyntheticDevices();
    SyntheticDevices(const SyntheticDevices&) = delete;
    SyntheticDevices& operator=(const SyntheticDevices&) = delete;

    /// The machine is reset: on return nothing touches the guest's memory. No VP may be running.
    void reset() {
        bus_.reset();
        ide_->reset();
        legacyNetwork_->reset();
        if (diskette_)
            diskette_->reset();
        integration_->reset();
        if (screen_)
            screen_->reset();
    }
    /// The guest's time goes on after a pause.
    void resumed() { integration_->resumed(); }

    [[nodiscard]] GuestReport guestReport() const { return watch_.report(); }
    void shutDownGuest(bool restart, Answer answer) {
        integration_->shutDown(restart, std::move(answer));
    }
    [[nodiscard]] hypervisor::Result<void> copyFile(WorkerFileCopy copy,
                                                    hypervisor::FileDescriptor file) {
        return integration_->copyFile(std::move(copy), std::move(file));
    }
    void cancelCopy() { integration_->cancelCopy(); }
    [[nodiscard]] hypervisor::Result<void> setMemoryCeiling(std::uint64_t bytes) {
        return integration_->setMemoryCeiling(bytes);
    }
    /// IntegrationComponents::setMemory().
    [[nodiscard]] hypervisor::Result<void> setMemory(const WorkerMemory& memory) {
        return integration_->setMemory(memory);
    }
    void attachDrive(DriveOrder drive, Answer answer);
    void detachDrive(const WorkerDrive& drive, Answer answer);
    /// The diskette drive's number in the CMOS memory; 0: there is none.
    [[nodiscard]] std::uint8_t disketteDrive() const { return diskette_ ? diskette_->kind() : 0; }
    /// A PNG file into `file`; with a `side` as large as fits a square of that many pixels.
    void takePicture(hypervisor::FileDescriptor file, std::uint32_t side, Answer answer);
    /// The same into the file of the order's, if it has one. No VP may be running.
    [[nodiscard]] hypervisor::Result<void> keepLastPicture();
    [[nodiscard]] hypervisor::Result<void> plugAdapter(AdapterOrder adapter) {
        return adapter.adapter.legacy ? legacyNetwork_->plug(std::move(adapter))
                                      : network_->plug(std::move(adapter));
    }

  private:
    SyntheticDevices(hypervisor::Partition& partition, hypervisor::StatsMemory& stats,
                     Callbacks callbacks);

    [[nodiscard]] hypervisor::Result<void> build(hypervisor::Partition& partition,
                                                 devices::Chipset& chipset, devices::Clock& clock,
                                                 SyntheticOrder order);
    void tellOfEjection(bool ide, std::uint32_t controller, std::uint32_t location);
    [[nodiscard]] hypervisor::Result<void> addAdapters(hypervisor::Partition& partition,
                                                       devices::Chipset& chipset,
                                                       devices::Clock& clock,
                                                       SyntheticOrder& wanted);
    [[nodiscard]] hypervisor::Result<void> attachAtStart(std::vector<DriveOrder> drives);

    const Callbacks callbacks_;
    hypervisor::StatsMemory& stats_;
    GuestWatch watch_;
    // The devices go before what serves them, and the bus after them.
    vmbus::Bus bus_;
    std::unique_ptr<devices::synthetic::DeviceThread> deviceThread_;
    std::unique_ptr<StorageThread> storageThread_;
    std::unique_ptr<IntegrationComponents> integration_;
    std::unique_ptr<ScsiControllers> scsi_;
    std::unique_ptr<IdeDrives> ide_;
    /// Null: the machine has none.
    std::unique_ptr<DisketteDrive> diskette_;
    std::unique_ptr<NetworkAdapters> network_;
    std::unique_ptr<LegacyAdapters> legacyNetwork_;
    std::unique_ptr<GuestSockets> sockets_;
    std::unique_ptr<Screen> screen_;
    hypervisor::FileDescriptor lastPicture_;
};

}  // namespace service
