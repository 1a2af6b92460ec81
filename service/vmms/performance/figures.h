// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace service {

/// A counter in Hyper-V's words: set "Hyper-V Hypervisor Virtual Processor", instance "VP 0" or
/// "_Total", name "% Guest Run Time".
struct CounterName {
    std::string set;
    std::string instance;
    std::string name;

    auto operator<=>(const CounterName&) const = default;
};

using CounterLayout = std::vector<CounterName>;

/// What a machine, or the host, did between two samples.
struct Figures {
    static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

    /// The machine's id; empty for the host.
    std::string machine;
    /// The end of the time that they are of, and its length.
    std::chrono::sys_time<std::chrono::milliseconds> time;
    std::chrono::nanoseconds length{0};
    /// Shared by all figures with the same counters; one value for each of its entries.
    std::shared_ptr<const CounterLayout> layout;
    /// kNone where the backend or the kernel does not count it.
    std::vector<double> values;
};

}  // namespace service
