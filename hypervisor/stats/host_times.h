// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "hypervisor/error.h"

namespace hypervisor {

/// What the kernel has counted for one LP since the host started. Times in nanoseconds, to the
/// kernel's tick (10 ms).
struct ProcessorTimes {
    /// Programs of the host and its VPs on KVM: what Hyper-V calls guest code of the root and of
    /// other partitions.
    std::uint64_t guest = 0;
    /// The kernel: system calls and interrupts.
    std::uint64_t hypervisor = 0;
    std::uint64_t idle = 0;
    /// Taken by the hypervisor that runs this host, if one does.
    std::uint64_t stolen = 0;
    /// Nothing on a kernel without /proc/schedstat.
    std::optional<std::uint64_t> contextSwitches;
};

struct HostTimes {
    /// By LP number; LPs that are offline are not there.
    std::map<std::uint32_t, ProcessorTimes> processors;
    /// Of all LPs.
    std::uint64_t contextSwitches = 0;
};

/// From the texts of /proc/stat and /proc/schedstat; the latter may be empty. `ticksPerSecond` is
/// sysconf(_SC_CLK_TCK).
[[nodiscard]] HostTimes parseHostTimes(std::string_view stat, std::string_view schedulerStat,
                                       std::uint64_t ticksPerSecond);

[[nodiscard]] Result<HostTimes> readHostTimes();

}  // namespace hypervisor
