// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "processor_settings.h"

namespace hypervisor {

/// The share of the LPs that each machine gets when all are busy, in LPs: its reserve, and of what
/// nobody has reserved a part in proportion to count x weight. Groups whose weights are in this
/// proportion give every busy machine at least its reserve, whichever others are busy. The sum is
/// the number of LPs as long as the reserves are admitted (admission.h), else in proportion.
[[nodiscard]] std::vector<double> fairShares(std::span<const ProcessorSettings> machines,
                                             std::uint32_t lps);

/// A range of weights that the kernel takes; a weight's worth is its ratio to others.
struct WeightRange {
    std::uint64_t least;
    std::uint64_t most;
};
/// Control groups version 2, `cpu.weight`.
inline constexpr WeightRange kWeightsV2{1, 10'000};
/// Control groups version 1, `cpu.shares`.
inline constexpr WeightRange kWeightsV1{2, 262'144};

/// Weights in proportion to `shares` within `range`, as exact as integers in it can be. Shares
/// below the smallest that the range can tell from the largest get its least.
[[nodiscard]] std::vector<std::uint64_t> groupWeights(std::span<const double> shares,
                                                      WeightRange range);

/// CPU bandwidth: `quota` of running time in each `period`, for a whole group.
struct Bandwidth {
    std::chrono::microseconds quota;
    std::chrono::microseconds period;
    bool operator==(const Bandwidth&) const = default;
};
/// Nothing when the machine may use its VPs' LPs whole. Within what the kernel takes: periods of
/// 1 ms to 1 s, quotas of at least 1 ms.
[[nodiscard]] std::optional<Bandwidth> bandwidth(const ProcessorSettings& settings);

}  // namespace hypervisor
