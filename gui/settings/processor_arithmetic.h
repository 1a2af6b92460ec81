// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "service/ipc/host_requests.h"

namespace gui {

// What the processor page computes as one types. Shares are thousandths of a percent of one LP for
// each VP, as on the wire.

/// Above so many VPs for each LP of the host, guests mostly wait for each other.
inline constexpr std::uint32_t kSensibleProcessorsPerLp = 8;

[[nodiscard]] double percentOfShare(std::uint32_t share);
[[nodiscard]] std::uint32_t shareOfPercent(double percent);

/// What `share` of each of `count` VPs is of all LPs, in percent; 0 while the LPs aren't known.
[[nodiscard]] double percentOfTotal(std::uint32_t count, std::uint32_t share, std::uint32_t lps);

/// As administrators know it: whole, and rounded down, so that a sum never says more than there is.
[[nodiscard]] int wholePercent(double percent);

[[nodiscard]] bool hasTooManyProcessors(std::uint32_t count, std::uint32_t lps);

/// The most that the machine `id` can reserve of each of its `count` VPs beside all that run now.
[[nodiscard]] std::uint32_t mostReserve(const service::HostReply& host, const std::string& id,
                                        std::uint32_t count);

}  // namespace gui
