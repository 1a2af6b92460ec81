// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "hypervisor/cpuid_result.h"
#include "hypervisor/intercept_handler.h"

namespace hypervisor::software {

/// Width of guest physical addresses.
inline constexpr std::uint8_t kPhysicalAddressBits = 46;

/// What CPUID depends on besides its leaf.
struct CpuidContext {
    VpIndex index = 0;
    VpIndex processors = 1;
    bool osXsave = false;
    /// XCR0: the save area's size follows it.
    std::uint64_t xcr0 = 1;
    /// IA32_APIC_BASE.EN, which shows as the APIC feature.
    bool apicEnabled = true;
};

/// CPUID of this processor, Hyper-V's leaves aside (Intel SDM volume 2, CPUID). It names no real
/// model: features say what there is.
[[nodiscard]] CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf,
                                const CpuidContext& context);

}  // namespace hypervisor::software
