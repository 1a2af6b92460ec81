// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "hypervisor/error.h"
#include "processor_settings.h"

namespace hypervisor {

/// The sum of count x reserve, in LpShare: a host of L LPs has L x kWholeLp to give.
[[nodiscard]] std::uint64_t totalReserve(std::span<const ProcessorSettings> machines);

/// Whether `wanted` may run beside `running` (itself not included) on `lps` LPs. The message of a
/// refusal has the numbers.
[[nodiscard]] Result<void> admit(const ProcessorSettings& wanted,
                                 std::span<const ProcessorSettings> running, std::uint32_t lps);

}  // namespace hypervisor
