// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "adapter_wiring.h"
#include "devices/synthetic/network/network_adapter.h"
#include "hypervisor/error.h"
#include "hypervisor/stats/stats_memory.h"
#include "synthetic_order.h"
#include "vmbus/bus.h"

namespace service {

/// A machine's synthetic network adapters.
///
/// Thread safety: as vmbus::Bus.
class NetworkAdapters {
  public:
    /// `bus` and `stats` outlive this. Each adapter may have a channel for each of `processors`.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<NetworkAdapters>> create(
        vmbus::Bus& bus, hypervisor::StatsMemory& stats, unsigned processors, FigureNames& names,
        std::vector<AdapterOrder> orders);
    ~NetworkAdapters();
    NetworkAdapters(const NetworkAdapters&) = delete;
    NetworkAdapters& operator=(const NetworkAdapters&) = delete;

    /// Puts the adapter with this order's id into its port, or with none out of any.
    [[nodiscard]] hypervisor::Result<void> plug(AdapterOrder order);

  private:
    NetworkAdapters(vmbus::Bus& bus, hypervisor::StatsMemory& stats) : bus_(bus), stats_(stats) {}

    [[nodiscard]] hypervisor::Result<void> add(unsigned processors, FigureNames& names,
                                               AdapterOrder order);

    struct Known {
        vmbus::Guid id;
        std::unique_ptr<devices::synthetic::NetworkAdapter> adapter;
    };

    vmbus::Bus& bus_;
    hypervisor::StatsMemory& stats_;
    std::vector<Known> adapters_;
};

}  // namespace service
