// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "devices/chipset/chipset.h"
#include "devices/chipset/clock.h"
#include "devices/emulated/serial.h"
#include "devices/emulated/serial_stream.h"
#include "devices/firmware/firmware_configuration.h"
#include "devices/firmware/image_file.h"
#include "hypervisor/error.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/timer_queue.h"
#include "machine_end.h"
#include "service/ipc/worker_messages.h"
#include "virtual_processor_threads.h"

namespace service {

struct MachineSettings {
    hypervisor::VpIndex processors = 1;
    std::uint64_t memoryBytes = 0;
    std::string commandLine;
    /// A debug exit port, and what test guests ask their firmware for.
    bool debugExit = false;
    /// A reset boots the machine again rather than ending it.
    bool restartOnReset = true;
};

/// One machine: a partition with its VPs' threads, the chipset, COM ports, firmware tables and a
/// kernel that is booted directly.
///
/// Thread safety: create(), run() and destruction on one thread, stop() from any.
class Machine {
  public:
    /// Builds everything and loads the kernel, so that what is wrong with it shows here. `console`
    /// is the stream that COM1 is wired to.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<Machine>> create(
        hypervisor::Hypervisor& hypervisor, const MachineSettings& settings,
        devices::ImageFile kernel, std::vector<devices::ImageFile> initialRamDisks,
        hypervisor::FileDescriptor console);
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// Runs the machine until it ends; returns why. Called once.
    [[nodiscard]] WorkerEvent run();

    /// Makes run() return soon.
    void stop() { end_.stop(); }

  private:
    Machine(const MachineSettings& settings, devices::ImageFile kernel,
            std::vector<devices::ImageFile> initialRamDisks);

    [[nodiscard]] hypervisor::Result<void> build(hypervisor::Hypervisor& hypervisor,
                                                 hypervisor::FileDescriptor console);
    [[nodiscard]] hypervisor::Result<void> addDevices(hypervisor::FileDescriptor console);
    /// Everything as after power-on.
    [[nodiscard]] hypervisor::Result<void> reset();
    /// Writes tables and kernel into memory; VP 0's state.
    [[nodiscard]] hypervisor::Result<hypervisor::ProcessorState> load();

    const MachineSettings settings_;
    const devices::ImageFile kernel_;
    const std::vector<devices::ImageFile> initialRamDisks_;

    // How VP 0 starts with what load() has put into memory.
    hypervisor::ProcessorState start_;

    hypervisor::TimerQueue timers_;
    devices::HostClock clock_{timers_};
    // What devices and VPs use when they want the VPs to stop; set before either can.
    std::atomic<VirtualProcessorThreads*> stopping_ = nullptr;
    MachineEnd end_;
    // Devices reach the partition from their timers' thread, so they go first.
    std::unique_ptr<hypervisor::Partition> partition_;
    std::unique_ptr<devices::Chipset> chipset_;
    std::unique_ptr<devices::FirmwareConfiguration> firmwareConfiguration_;
    std::unique_ptr<devices::SerialStream> console_;
    std::array<std::unique_ptr<devices::SerialPort>, devices::kSerialAddresses.size()> serialPorts_;
    std::unique_ptr<VirtualProcessorThreads> processors_;
};

}  // namespace service
