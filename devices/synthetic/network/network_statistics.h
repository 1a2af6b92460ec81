// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <utility>

#include "hypervisor/stats/stats_page.h"

namespace devices::synthetic {

/// What an adapter counts in its slot of the stats pages. Sent and received are as the guest sees
/// it. Counted by the adapter's thread, read by any.
class NetworkStatistics {
  public:
    /// Where only this finds it if `slot` is null.
    explicit NetworkStatistics(std::shared_ptr<hypervisor::StatsSlot> slot)
        : slot_(slot ? std::move(slot) : std::make_shared<hypervisor::StatsSlot>()) {}

    [[nodiscard]] std::uint64_t read(hypervisor::NetworkValue value) const {
        return (*slot_)[value].read();
    }
    void count(hypervisor::NetworkValue value, std::uint64_t much = 1) {
        (*slot_)[value].add(much);
    }

  private:
    const std::shared_ptr<hypervisor::StatsSlot> slot_;
};

}  // namespace devices::synthetic
