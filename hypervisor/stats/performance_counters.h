// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host_times.h"
#include "stats_view.h"
#include "thread_times.h"

namespace hypervisor {

/// One figure in the words of Hyper-V's performance counters.
struct PerformanceCounter {
    /// "Hyper-V Hypervisor Virtual Processor", for instance.
    std::string_view set;
    /// "VP 0", "LP 3", a device's name, or "_Total": the mean of percentages and
    /// latencies, the sum of all else.
    std::string instance;
    /// "% Guest Run Time", "HLT Instructions/sec".
    std::string_view name;
    /// Nothing where the backend or the kernel does not count it.
    std::optional<double> value;
};

/// All that one machine's figures are made of, at one moment.
struct MachineSample {
    std::chrono::nanoseconds time{0};  ///< CLOCK_MONOTONIC
    StatsSnapshot stats;
    /// Of each VP's thread; nothing for one that has none (any more).
    std::vector<std::optional<ThreadTimes>> threads;
};

/// The host's.
struct HostSample {
    std::chrono::nanoseconds time{0};
    HostTimes times;
};

[[nodiscard]] Result<MachineSample> sampleMachine(const StatsView& view, pid_t worker);
[[nodiscard]] Result<HostSample> sampleHost();

/// Figures between two samples of the same machine: sets Virtual Processor, Partition, Dynamic
/// Memory VM (in megabytes and percent), Virtual Storage Device, Virtual Network Adapter, Virtual
/// Machine Bus and Serial Port. A percentage is of one LP. A VP's total run time is its thread's as
/// the kernel counts it; the VP itself counts how much of that is the hypervisor's, and the rest is
/// the guest's. Empty when no time has passed. A counter that went back, because the machine is
/// another one, counts as not there.
[[nodiscard]] std::vector<PerformanceCounter> machineCounters(const MachineSample& before,
                                                              const MachineSample& after);

/// The set Logical Processor. The guest's part of an LP holds what the host's own programs use,
/// as Hyper-V's does with the root partition.
[[nodiscard]] std::vector<PerformanceCounter> hostCounters(const HostSample& before,
                                                           const HostSample& after);

}  // namespace hypervisor
