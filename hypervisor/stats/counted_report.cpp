// SPDX-License-Identifier: GPL-3.0-or-later
#include "counted_report.h"

#include <fmt/format.h>

#include <array>

namespace hypervisor {

namespace {

constexpr std::array<const char*, kInterceptKinds> kIntercepts{
    "I/O instructions", "MMIO",       "MSR",      "HLT",  "CPUID",
    "hypercalls",       "interrupts", "emulated", "other"};

}  // namespace

std::string describeCounters(const VpStats& stats, const CountedStats& counted) {
    std::string text = "intercepts:";
    for (std::size_t kind = 0; kind < kInterceptKinds; ++kind)
        if (counted.has(static_cast<Intercept>(kind)))
            text += fmt::format(" {} {},", kIntercepts[kind], stats.intercepts[kind].read());
    const auto add = [&](VpCounter counter, const char* name) {
        if (counted.has(counter))
            text += fmt::format(" {} {},", name,
                                stats.counters[static_cast<std::size_t>(counter)].read());
    };
    add(VpCounter::VirtualInterrupts, "interrupts taken");
    add(VpCounter::LongSpinWaits, "long spin waits");
    add(VpCounter::SpinYields, "spin yields");
    text.back() = '\n';
    return text;
}

}  // namespace hypervisor
