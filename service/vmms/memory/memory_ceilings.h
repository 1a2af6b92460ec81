// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "machine_memory.h"

namespace service {

/// Up to where machines with dynamic memory may take memory, of what the host has for all, so that
/// they never have more together. While each has what it wants, nothing changes. Else memory goes
/// by memoryShares(), and a machine gets more only as far as others have let go of theirs; one that
/// has just started, too.
///
/// Nothing swings: what has come down does not go up again for a while, small changes are left
/// out, and a machine is asked for a part of what it has at a time. What a guest keeps of that
/// counts as its own, so that others are asked too.
///
/// Only arithmetic: no clock and no thread.
class MemoryCeilings {
  public:
    using Time = std::chrono::steady_clock::time_point;

    struct Change {
        std::string id;
        /// A multiple of 1 MiB, but for the machine's own minimum and maximum.
        std::uint64_t ceiling;
    };

    /// What machines are to be told, of all that are active and may have `available` together. Each
    /// that has come anew, or yields anew, is told.
    [[nodiscard]] std::vector<Change> update(std::span<const MachineMemory> machines,
                                             std::uint64_t available, Time now);

    /// Of what a machine is to give back at a time.
    [[nodiscard]] static std::uint64_t mostStep(std::uint64_t assigned);

  private:
    struct State {
        std::uint64_t ceiling;
        /// When it came down the last time.
        Time lowered;
        bool told = false;
    };

    [[nodiscard]] bool isSettled(std::span<const MachineMemory> machines, std::uint64_t pool) const;
    void lower(std::span<const MachineMemory> machines, std::span<const std::uint64_t> shares,
               std::uint64_t pool, Time now);
    void raise(std::span<const MachineMemory> machines, std::span<const std::uint64_t> shares,
               std::uint64_t pool, Time now);
    [[nodiscard]] State& stateOf(const MachineMemory& machine);
    /// What they have or may take.
    [[nodiscard]] std::uint64_t reach(const MachineMemory& machine) const;
    [[nodiscard]] std::uint64_t reach(std::span<const MachineMemory> machines) const;

    /// Of those that yield.
    std::map<std::string, State, std::less<>> states_;
};

}  // namespace service
