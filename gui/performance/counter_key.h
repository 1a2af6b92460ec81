// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace gui {

/// Names a counter of a machine or of the host, in Hyper-V's words.
struct CounterKey {
    /// Empty: the host.
    std::string machine;
    std::string set;
    std::string instance;
    std::string name;

    auto operator<=>(const CounterKey&) const = default;
};

/// The same of what lies in a sample: to look up without copies.
struct CounterKeyView {
    std::string_view machine;
    std::string_view set;
    std::string_view instance;
    std::string_view name;

    auto operator<=>(const CounterKeyView&) const = default;
};

/// For maps.
struct CounterKeyOrder {
    using is_transparent = void;

    static CounterKeyView view(const CounterKey& key) {
        return {key.machine, key.set, key.instance, key.name};
    }
    static CounterKeyView view(const CounterKeyView& key) { return key; }
    template <class One, class Other>
    bool operator()(const One& one, const Other& other) const {
        return view(one) < view(other);
    }
};

/// Words of hypervisor/stats/performance_counters.cpp, as they are on the wire.
namespace counters {
inline constexpr char kVirtualProcessor[] = "Hyper-V Hypervisor Virtual Processor";
inline constexpr char kLogicalProcessor[] = "Hyper-V Hypervisor Logical Processor";
inline constexpr char kStorageDevice[] = "Hyper-V Virtual Storage Device";
inline constexpr char kNetworkAdapter[] = "Hyper-V Virtual Network Adapter";
inline constexpr char kTotal[] = "_Total";
inline constexpr char kGuestRunTime[] = "% Guest Run Time";
inline constexpr char kHypervisorRunTime[] = "% Hypervisor Run Time";
inline constexpr char kTotalRunTime[] = "% Total Run Time";
inline constexpr char kStolenTime[] = "% Stolen Time";
inline constexpr char kWaitTime[] = "% Wait Time";
}  // namespace counters

}  // namespace gui
