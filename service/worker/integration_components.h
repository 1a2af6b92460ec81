// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "devices/chipset/clock.h"
#include "devices/synthetic/integration/guest_shutdown.h"
#include "devices/synthetic/integration/heartbeat.h"
#include "devices/synthetic/integration/key_value_exchange.h"
#include "devices/synthetic/integration/time_synchronization.h"
#include "devices/synthetic/integration/volume_shadow_copy.h"
#include "devices/synthetic/message/device_thread.h"
#include "guest_file_copy.h"
#include "guest_watch.h"
#include "hypervisor/error.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/stats/stats_memory.h"
#include "memory_control.h"
#include "synthetic_order.h"
#include "vmbus/bus.h"

namespace service {

/// The integration components that a machine has, and its dynamic memory.
///
/// Thread safety: all methods from any thread but the device thread.
class IntegrationComponents {
  public:
    /// On the device thread.
    struct Callbacks {
        /// One line for the owner.
        std::function<void(std::string text)> onNotice;
        GuestFileCopy::Callbacks copy;
    };

    /// All references outlive this.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<IntegrationComponents>> create(
        vmbus::Bus& bus, devices::synthetic::DeviceThread& thread, devices::Clock& clock,
        hypervisor::Partition& partition, hypervisor::StatsMemory& stats,
        const SyntheticOrder& order, GuestWatch& watch, Callbacks callbacks);
    ~IntegrationComponents();
    IntegrationComponents(const IntegrationComponents&) = delete;
    IntegrationComponents& operator=(const IntegrationComponents&) = delete;

    using Answer = std::move_only_function<void(hypervisor::Result<void>)>;
    /// Asks the guest to shut down or restart; `answer` is called when it has agreed or refused.
    void shutDown(bool restart, Answer answer);
    /// Copies a file into the guest, one at a time; the end is told by a callback.
    [[nodiscard]] hypervisor::Result<void> copyFile(WorkerFileCopy copy,
                                                    hypervisor::FileDescriptor file);
    void cancelCopy();
    /// What the guest is to have at most from now on, in bytes.
    [[nodiscard]] hypervisor::Result<void> setMemoryCeiling(std::uint64_t bytes);
    /// MemoryControl::setBounds().
    [[nodiscard]] hypervisor::Result<void> setMemory(const WorkerMemory& memory);
    /// The guest's clock has stood still: the machine was paused.
    void resumed();
    /// The machine is reset, and no component is served.
    void reset();

  private:
    explicit IntegrationComponents(vmbus::Bus& bus) : bus_(bus) {}

    [[nodiscard]] hypervisor::Result<void> add(const vmbus::Offer& offer,
                                               vmbus::ChannelDevice& device);

    vmbus::Bus& bus_;
    std::vector<vmbus::ChannelDevice*> offered_;
    std::unique_ptr<devices::synthetic::GuestShutdown> shutdown_;
    std::unique_ptr<devices::synthetic::TimeSynchronization> time_;
    std::unique_ptr<devices::synthetic::Heartbeat> heartbeat_;
    std::unique_ptr<devices::synthetic::KeyValueExchange> keyValues_;
    std::unique_ptr<devices::synthetic::VolumeShadowCopy> backup_;
    std::unique_ptr<GuestFileCopy> files_;
    std::unique_ptr<MemoryControl> memory_;
};

}  // namespace service
