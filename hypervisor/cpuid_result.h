// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace hypervisor {

/// What the CPUID instruction gives for one leaf and subleaf.
struct CpuidResult {
    std::uint32_t eax = 0;
    std::uint32_t ebx = 0;
    std::uint32_t ecx = 0;
    std::uint32_t edx = 0;

    friend bool operator==(const CpuidResult&, const CpuidResult&) = default;
};

}  // namespace hypervisor
