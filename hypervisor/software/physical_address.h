// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace hypervisor::software {

/// Width of guest physical addresses: what CPUID leaf 0x80000008 has to say.
inline constexpr unsigned kPhysicalAddressBits = 46;
inline constexpr std::uint64_t kPhysicalAddressMask =
    (std::uint64_t{1} << kPhysicalAddressBits) - 1;

}  // namespace hypervisor::software
