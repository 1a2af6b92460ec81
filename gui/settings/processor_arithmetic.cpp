// SPDX-License-Identifier: GPL-3.0-or-later
#include "processor_arithmetic.h"

#include <algorithm>
#include <cmath>

namespace gui {

using service::kNoLimit;

namespace {

constexpr double kSharesPerPercent = 1'000;

}  // namespace

double percentOfShare(std::uint32_t share) {
    return share / kSharesPerPercent;
}

std::uint32_t shareOfPercent(double percent) {
    const double share = std::round(percent * kSharesPerPercent);
    return static_cast<std::uint32_t>(std::clamp(share, 0.0, static_cast<double>(kNoLimit)));
}

double percentOfTotal(std::uint32_t count, std::uint32_t share, std::uint32_t lps) {
    return lps == 0 ? 0 : 100.0 * count * share / kNoLimit / lps;
}

int wholePercent(double percent) {
    // What is whole but for the last bit of its fraction is not rounded down.
    return static_cast<int>(std::floor(percent + 1e-9));
}

bool hasTooManyProcessors(std::uint32_t count, std::uint32_t lps) {
    return lps != 0 && count > lps * kSensibleProcessorsPerLp;
}

std::uint32_t mostReserve(const service::HostReply& host, const std::string& id,
                          std::uint32_t count) {
    const std::uint64_t all = std::uint64_t{host.logicalProcessors} * kNoLimit;
    std::uint64_t taken = 0;
    for (const service::Reservation& other : host.reservations)
        if (other.id != id)
            taken += std::uint64_t{other.processor.count} * other.processor.reserve;
    const std::uint64_t free = taken < all ? all - taken : 0;
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(free / std::max(count, 1U), kNoLimit));
}

}  // namespace gui
