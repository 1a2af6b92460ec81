// SPDX-License-Identifier: GPL-3.0-or-later
#include "admission.h"

#include <fmt/format.h>

namespace hypervisor {

std::uint64_t totalReserve(std::span<const ProcessorSettings> machines) {
    std::uint64_t sum = 0;
    for (const ProcessorSettings& machine : machines)
        sum += std::uint64_t{machine.count} * machine.reserve;
    return sum;
}

Result<void> admit(const ProcessorSettings& wanted, std::span<const ProcessorSettings> running,
                   std::uint32_t lps) {
    if (auto checked = check(wanted); !checked)
        return checked;
    const std::uint64_t all = std::uint64_t{lps} * kWholeLp;
    const std::uint64_t taken = totalReserve(running);
    const std::uint64_t asked = std::uint64_t{wanted.count} * wanted.reserve;
    // In this order nothing wraps, whatever was admitted on a host that had more LPs.
    if (asked == 0 || (taken <= all && asked <= all - taken))
        return {};
    return failure(fmt::format(
        "a reserve of {} for each of {} VPs is {} of an LP in all, but of this host's {} on {} "
        "LPs {} are reserved by running machines and {} are free; reserve less, or stop a machine",
        describeShare(wanted.reserve), wanted.count, describeShare(asked), describeShare(all), lps,
        describeShare(taken), describeShare(taken < all ? all - taken : 0)));
}

}  // namespace hypervisor
