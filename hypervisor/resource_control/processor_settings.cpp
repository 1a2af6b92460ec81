// SPDX-License-Identifier: GPL-3.0-or-later
#include "processor_settings.h"

#include <fmt/format.h>

namespace hypervisor {

Result<void> check(const ProcessorSettings& settings) {
    if (settings.count == 0 || settings.count > kMaximumProcessorCount)
        return failure(fmt::format("a machine can't have {} VPs; give 1 to {}", settings.count,
                                   kMaximumProcessorCount));
    if (settings.limit == 0 || settings.limit > kWholeLp)
        return failure(
            fmt::format("a limit of {} of an LP for each VP is impossible; give more "
                        "than 0 % and at most 100 %",
                        describeShare(settings.limit)));
    if (settings.reserve > settings.limit)
        return failure(
            fmt::format("a reserve of {} is more than the limit of {}; raise the limit "
                        "or reserve less",
                        describeShare(settings.reserve), describeShare(settings.limit)));
    if (settings.weight < kMinimumWeight || settings.weight > kMaximumWeight)
        return failure(fmt::format("a weight of {} is impossible; give {} to {}", settings.weight,
                                   kMinimumWeight, kMaximumWeight));
    return {};
}

double percentOfTotal(const ProcessorSettings& settings, LpShare share, std::uint32_t lps) {
    if (lps == 0)
        return 0;
    return 100.0 * settings.count * share / kWholeLp / lps;
}

std::string describeShare(std::uint64_t share) {
    std::string text = fmt::format("{}.{:03}", share / 1000, share % 1000);
    while (text.back() == '0')
        text.pop_back();
    if (text.back() == '.')
        text.pop_back();
    return text + " %";
}

}  // namespace hypervisor
