// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "hypervisor/error.h"

namespace hypervisor {

/// A part of one LP, in thousandths of a percent, as Hyper-V keeps it.
using LpShare = std::uint32_t;
inline constexpr LpShare kWholeLp = 100'000;

inline constexpr std::uint32_t kMinimumWeight = 1;
inline constexpr std::uint32_t kDefaultWeight = 100;
inline constexpr std::uint32_t kMaximumWeight = 10'000;
inline constexpr std::uint32_t kMaximumProcessorCount = 64;

/// A machine's processor resource control, with Hyper-V's meaning. All per VP.
struct ProcessorSettings {
    std::uint32_t count = 1;
    LpShare reserve = 0;
    LpShare limit = kWholeLp;
    std::uint32_t weight = kDefaultWeight;

    bool operator==(const ProcessorSettings&) const = default;
};

/// Fails with what is out of which range.
[[nodiscard]] Result<void> check(const ProcessorSettings& settings);

/// What `share` per VP is of all `lps` LPs, in percent: one VP at 100 % on four LPs is 25.
[[nodiscard]] double percentOfTotal(const ProcessorSettings& settings, LpShare share,
                                    std::uint32_t lps);

/// "12.5 %" for 12500.
[[nodiscard]] std::string describeShare(std::uint64_t share);

}  // namespace hypervisor
