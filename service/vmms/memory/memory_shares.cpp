// SPDX-License-Identifier: GPL-3.0-or-later
#include "memory_shares.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace service {

namespace {

constexpr std::uint64_t kUnit = 1 << 20;
/// Halves any level to less than a byte.
constexpr int kHalvings = 64;

/// Filled from `lower` to `upper`; `weight` bytes above `base` for each unit of the level.
struct Vessel {
    std::size_t claim;
    std::uint64_t base;
    std::uint64_t lower;
    std::uint64_t upper;
    double weight;
};

std::uint64_t contentAt(const Vessel& vessel, double level) {
    const double above = level * vessel.weight;
    if (above >= static_cast<double>(vessel.upper - vessel.base))
        return vessel.upper;
    return std::max(vessel.lower, vessel.base + static_cast<std::uint64_t>(above));
}

std::uint64_t contentAt(std::span<const Vessel> vessels, double level) {
    std::uint64_t sum = 0;
    for (const Vessel& vessel : vessels)
        sum += contentAt(vessel, level);
    return sum;
}

/// Whole units, but at its ends.
std::uint64_t roundedAt(const Vessel& vessel, double level) {
    const std::uint64_t content = contentAt(vessel, level);
    return std::max(vessel.lower, content == vessel.upper ? content : content - content % kUnit);
}

/// Pours into the vessels what of `available` the others' shares leave.
void pour(std::span<const Vessel> vessels, std::uint64_t available,
          std::vector<std::uint64_t>& shares) {
    std::uint64_t all = std::accumulate(shares.begin(), shares.end(), std::uint64_t{0});
    double high = 0;
    for (const Vessel& vessel : vessels) {
        all -= shares[vessel.claim];
        high = std::max(high, static_cast<double>(vessel.upper - vessel.base) / vessel.weight + 1);
    }
    const std::uint64_t rest = available - std::min(available, all);
    double low = 0;
    if (contentAt(vessels, high) <= rest)
        low = high;
    for (int halving = 0; halving < kHalvings && low < high; ++halving) {
        const double middle = low + (high - low) / 2;
        (contentAt(vessels, middle) <= rest ? low : high) = middle;
    }
    // The level is between the two; what is a hair too much is gone when rounded.
    std::uint64_t rounded = 0;
    for (const Vessel& vessel : vessels)
        rounded += roundedAt(vessel, high);
    for (const Vessel& vessel : vessels)
        shares[vessel.claim] = roundedAt(vessel, rounded <= rest ? high : low);
}

bool allHaveWhatTheyWant(std::span<const Vessel> vessels, std::span<const std::uint64_t> shares) {
    return std::ranges::all_of(
        vessels, [&shares](const Vessel& vessel) { return shares[vessel.claim] >= vessel.upper; });
}

}  // namespace

std::vector<std::uint64_t> memoryShares(std::span<const MemoryClaim> claims,
                                        std::uint64_t available) {
    std::vector<std::uint64_t> shares;
    std::vector<Vessel> weighty;
    std::vector<Vessel> weightless;
    for (std::size_t at = 0; at < claims.size(); ++at) {
        const MemoryClaim& claim = claims[at];
        shares.push_back(claim.least);
        const std::uint64_t base = std::min(claim.minimum, claim.least);
        if (claim.weight != 0)
            weighty.push_back(
                {at, base, claim.least, claim.wanted, static_cast<double>(claim.weight)});
        else
            weightless.push_back({at, base, claim.least, claim.wanted, 1});
    }
    pour(weighty, available, shares);
    if (!allHaveWhatTheyWant(weighty, shares))
        return shares;
    pour(weightless, available, shares);
    if (!allHaveWhatTheyWant(weightless, shares))
        return shares;

    std::vector<Vessel> spare;
    for (std::size_t at = 0; at < claims.size(); ++at) {
        const MemoryClaim& claim = claims[at];
        spare.push_back({at, claim.wanted, claim.wanted, claim.most,
                         static_cast<double>(std::max(claim.weight, 1U))});
    }
    pour(spare, available, shares);
    return shares;
}

}  // namespace service
