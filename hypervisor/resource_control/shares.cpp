// SPDX-License-Identifier: GPL-3.0-or-later
#include "shares.h"

#include <algorithm>
#include <cmath>

namespace hypervisor {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kPeriod = 20'000;
constexpr std::uint64_t kLongestPeriod = 1'000'000;
constexpr std::uint64_t kShortestQuota = 1'000;

}  // namespace

std::vector<double> fairShares(std::span<const ProcessorSettings> machines, std::uint32_t lps) {
    double reserved = 0;
    double weights = 0;
    for (const ProcessorSettings& machine : machines) {
        reserved += static_cast<double>(machine.count) * machine.reserve / kWholeLp;
        weights += static_cast<double>(machine.count) * machine.weight;
    }
    const double all = lps;
    const double free = std::max(all - reserved, 0.0);
    // More may be reserved than there is when LPs went offline.
    const double scale = reserved > all ? all / reserved : 1;
    std::vector<double> shares;
    shares.reserve(machines.size());
    for (const ProcessorSettings& machine : machines)
        shares.push_back(scale * static_cast<double>(machine.count) * machine.reserve / kWholeLp +
                         (weights > 0
                              ? static_cast<double>(machine.count) * machine.weight * free / weights
                              : 0));
    return shares;
}

std::vector<std::uint64_t> groupWeights(std::span<const double> shares, WeightRange range) {
    const double largest = shares.empty() ? 0 : *std::max_element(shares.begin(), shares.end());
    std::vector<std::uint64_t> weights(shares.size(), range.least);
    if (largest <= 0)
        return weights;
    const double scale = static_cast<double>(range.most) / largest;
    for (std::size_t index = 0; index < shares.size(); ++index) {
        const double weight = std::round(shares[index] * scale);
        weights[index] =
            std::clamp(static_cast<std::uint64_t>(std::max(weight, 0.0)), range.least, range.most);
    }
    return weights;
}

std::optional<Bandwidth> bandwidth(const ProcessorSettings& settings) {
    if (settings.limit >= kWholeLp)
        return std::nullopt;
    const std::uint64_t limit = std::max<std::uint64_t>(settings.limit, 1) * settings.count;
    std::uint64_t period = kPeriod;
    // A quota that would be too short takes a longer period.
    while (period < kLongestPeriod && limit * period / kWholeLp < kShortestQuota)
        period = std::min(period * 2, kLongestPeriod);
    const std::uint64_t quota =
        std::max((limit * period + kWholeLp / 2) / kWholeLp, kShortestQuota);
    return Bandwidth{std::chrono::microseconds(quota), std::chrono::microseconds(period)};
}

}  // namespace hypervisor
