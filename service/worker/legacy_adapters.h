// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "adapter_wiring.h"
#include "devices/chipset/chipset.h"
#include "devices/chipset/clock.h"
#include "devices/emulated/tulip/adapter.h"
#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/stats/stats_memory.h"
#include "synthetic_order.h"

namespace service {

/// A machine's legacy network adapters, DEC 21140As of its PCI bus.
///
/// Thread safety: create(), reset() and destruction on the machine's thread, plug() from any.
class LegacyAdapters {
  public:
    /// All references outlive this.
    struct Surroundings {
        devices::Chipset& chipset;
        const hypervisor::GuestMemory& memory;
        devices::Clock& clock;
        hypervisor::StatsMemory& stats;
        /// What they boot by; null: nothing.
        std::shared_ptr<const devices::NetworkRom> rom;
    };
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<LegacyAdapters>> create(
        const Surroundings& surroundings, FigureNames& names, std::vector<AdapterOrder> orders);

    /// Puts the adapter with this order's id into its port, or with none out of any.
    [[nodiscard]] hypervisor::Result<void> plug(AdapterOrder order);
    /// The machine is reset: on return nothing touches the guest's memory.
    void reset();

  private:
    LegacyAdapters() = default;
    [[nodiscard]] hypervisor::Result<void> add(const Surroundings& surroundings, FigureNames& names,
                                               AdapterOrder order);

    struct Known {
        std::string id;
        std::unique_ptr<devices::tulip::Adapter> adapter;
    };
    std::vector<Known> adapters_;
};

}  // namespace service
