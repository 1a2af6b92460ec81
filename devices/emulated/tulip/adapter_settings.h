// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "address_filter.h"
#include "hypervisor/stats/stats_page.h"

namespace devices::tulip {

struct AdapterSettings {
    MacAddress mac{};
    /// Among the machine's adapters of this kind, below kMostAdapters: by it guests tell them
    /// apart.
    unsigned number = 0;
    /// The guest may send from addresses that are not its adapter's, as bridges in a guest need.
    bool macSpoofing = false;
    /// What its expansion ROM holds, of 1 byte to 16 MiB; null: it has none.
    std::shared_ptr<const std::vector<std::byte>> rom;
    /// Where the adapter counts what it does; may be null.
    std::shared_ptr<hypervisor::StatsSlot> counters;
};

/// As many as a machine of Hyper-V's can have.
inline constexpr unsigned kMostAdapters = 4;

}  // namespace devices::tulip
