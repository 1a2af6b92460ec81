// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "boot_images.h"
#include "devices/chipset/chipset.h"
#include "devices/chipset/clock.h"
#include "devices/firmware/bios.h"
#include "devices/firmware/firmware_configuration.h"
#include "devices/firmware/firmware_log.h"
#include "hypervisor/error.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/stats/stats_memory.h"
#include "hypervisor/timer_queue.h"
#include "machine_end.h"
#include "serial_ports.h"
#include "service/ipc/worker_messages.h"
#include "synthetic_devices.h"
#include "synthetic_order.h"
#include "virtual_processor_pacing.h"
#include "virtual_processor_threads.h"

namespace service {

struct MachineSettings {
    hypervisor::VpIndex processors = 1;
    std::uint64_t memoryBytes = 0;
    std::string commandLine;
    /// A debug exit port, and what test guests ask their firmware for. With a kernel.
    bool debugExit = false;
    /// A reset boots the machine again rather than ending it.
    bool restartOnReset = true;
    /// How many times slower than the host's the guest's time runs.
    std::uint32_t timeDivisor = 1;
    /// Nothing runs before start().
    bool held = false;
    /// As setPacing() has it.
    std::uint32_t pacing = kNoLimit;
    /// Up to which memory may grow; less than `memoryBytes`: it does not.
    std::uint64_t maximumMemoryBytes = 0;
};

/// What a machine calls while it is there, on any of its threads; all return fast.
struct MachineCallbacks {
    /// Something has happened that is not the machine's end.
    std::function<void(WorkerEvent event)> onEvent;
    /// On each VP's thread before it runs guest code for the first time.
    std::function<void()> onProcessorThread;
};

/// One machine: a partition with its VPs' threads, the chipset, COM ports, and a kernel that is
/// booted directly or firmware.
///
/// Thread safety: create(), run() and destruction on one thread, all else from any.
class Machine {
  public:
    /// Builds everything and loads what is to be booted, so that what is wrong with it shows here.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<Machine>> create(
        hypervisor::Hypervisor& hypervisor, const MachineSettings& settings, BootImages boot,
        SerialWiring serial, SyntheticOrder synthetic = {}, MachineCallbacks callbacks = {});
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// Runs the machine until it ends; returns why. Called once.
    [[nodiscard]] WorkerEvent run();

    /// Makes run() return soon.
    void stop() { end_.stop(); }

    // What the machine's owner can do with it; each fails in a state where it makes no sense.

    /// Lets a held machine run.
    [[nodiscard]] hypervisor::Result<void> start();
    /// VPs and the guest's time stand still afterwards.
    [[nodiscard]] hypervisor::Result<void> pause();
    [[nodiscard]] hypervisor::Result<void> resume();
    /// As the reset button does; is under way on return. A paused machine stays paused.
    [[nodiscard]] hypervisor::Result<void> requestReset();
    [[nodiscard]] hypervisor::Result<void> pressPowerButton();
    /// Asks the guest by its shutdown component.
    void shutDownGuest(bool restart, SyntheticDevices::Answer answer) {
        synthetic_->shutDownGuest(restart, std::move(answer));
    }
    void attachDrive(DriveOrder drive, SyntheticDevices::Answer answer) {
        synthetic_->attachDrive(std::move(drive), std::move(answer));
    }
    void detachDrive(const WorkerDrive& drive, SyntheticDevices::Answer answer) {
        synthetic_->detachDrive(drive, std::move(answer));
    }
    [[nodiscard]] hypervisor::Result<void> plugAdapter(AdapterOrder adapter) {
        return synthetic_->plugAdapter(std::move(adapter));
    }
    /// SyntheticDevices::takePicture().
    void takePicture(hypervisor::FileDescriptor file, std::uint32_t side,
                     SyntheticDevices::Answer answer) {
        synthetic_->takePicture(std::move(file), side, std::move(answer));
    }
    /// SyntheticDevices::keepLastPicture(), after run().
    [[nodiscard]] hypervisor::Result<void> keepLastPicture() {
        return synthetic_->keepLastPicture();
    }
    /// Copies a file into the guest; its end is told by FileCopied.
    [[nodiscard]] hypervisor::Result<void> copyFile(WorkerFileCopy copy,
                                                    hypervisor::FileDescriptor file) {
        return synthetic_->copyFile(std::move(copy), std::move(file));
    }
    void cancelCopy() { synthetic_->cancelCopy(); }
    /// SyntheticDevices::setMemoryCeiling().
    [[nodiscard]] hypervisor::Result<void> setMemoryCeiling(std::uint64_t bytes) {
        return synthetic_->setMemoryCeiling(bytes);
    }
    /// SyntheticDevices::setMemory().
    [[nodiscard]] hypervisor::Result<void> setMemory(const WorkerMemory& memory) {
        return synthetic_->setMemory(memory);
    }
    /// For people: each VP's last exceptions, registers and counters. A running machine stands for
    /// that moment.
    [[nodiscard]] hypervisor::Result<std::string> inspect();
    /// Limits what the VPs use, in thousandths of a percent of one LP for each; kNoLimit ends that.
    [[nodiscard]] hypervisor::Result<void> setPacing(std::uint32_t limit);

    /// When the worker's process began (CLOCK_MONOTONIC), for the stats pages.
    void setProcessStarted(std::chrono::nanoseconds time) {
        stats_->header().processStarted.set(static_cast<std::uint64_t>(time.count()));
    }

    /// What is known of the guest.
    [[nodiscard]] GuestReport guestReport() const { return synthetic_->guestReport(); }
    /// State, settings, resets and the VPs' threads.
    [[nodiscard]] MachineDescription describe();
    [[nodiscard]] const hypervisor::StatsMemory& stats() const { return *stats_; }

  private:
    Machine(const MachineSettings& settings, BootImages boot, MachineCallbacks callbacks);

    [[nodiscard]] hypervisor::Result<void> build(hypervisor::Hypervisor& hypervisor,
                                                 SerialWiring serial, SyntheticOrder synthetic);
    [[nodiscard]] hypervisor::Result<void> addDevices(SerialWiring serial,
                                                      SyntheticOrder synthetic);
    [[nodiscard]] hypervisor::Result<void> addFirmware();
    /// Everything as after power-on.
    [[nodiscard]] hypervisor::Result<void> reset();
    /// Writes tables and kernel, or the firmware, into memory; VP 0's state.
    [[nodiscard]] hypervisor::Result<hypervisor::ProcessorState> load();
    /// Carries out a reset whose VPs are parked; the guest's crash where that fails.
    [[nodiscard]] std::optional<WorkerEvent> restart();
    void release();
    void tellFirstRun(hypervisor::VpIndex index);
    void tellGuestCrash(const hypervisor::GuestCrash& crash);
    void tellNothingToBoot(const std::string& why) const;
    void tell(WorkerEvent event) const;

    const MachineSettings settings_;
    const MachineCallbacks callbacks_;
    const BootImages boot_;
    /// As SMBIOS tells it; set while the machine is built.
    devices::MachineIdentity identity_{};

    // Held while VPs are parked and let go, so that reset, pause and resume don't mix.
    std::mutex transition_;
    // Guarded by transition_.
    MachineRunState state_ = MachineRunState::Prepared;
    std::uint32_t resets_ = 0;
    std::uint32_t pacingLimit_ = kNoLimit;
    std::chrono::steady_clock::time_point pausedAt_;
    // How VP 0 starts with what load() has put into memory, until it has.
    std::optional<hypervisor::ProcessorState> start_;

    // VPs count there until the partition has gone.
    std::unique_ptr<hypervisor::StatsMemory> stats_;
    hypervisor::TimerQueue timers_{settings_.timeDivisor};
    devices::HostClock clock_{timers_};
    // What devices and VPs use when they want the VPs to stop; set before either can.
    std::atomic<VirtualProcessorThreads*> stopping_ = nullptr;
    MachineEnd end_;
    // Devices reach the partition from their timers' thread, so they go first.
    std::unique_ptr<hypervisor::Partition> partition_;
    std::unique_ptr<devices::Chipset> chipset_;
    std::optional<devices::Bios> bios_;
    std::unique_ptr<devices::FirmwareConfiguration> firmwareConfiguration_;
    std::unique_ptr<devices::FirmwareLog> firmwareLog_;
    std::unique_ptr<SerialPorts> serialPorts_;
    std::unique_ptr<SyntheticDevices> synthetic_;
    std::unique_ptr<VirtualProcessorThreads> processors_;
    std::unique_ptr<VirtualProcessorPacing> pacing_;
};

}  // namespace service
