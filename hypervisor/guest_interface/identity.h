// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "hypervisor/cpuid_result.h"
#include "hypervisor/intercept_handler.h"

namespace hypervisor {

/// How a guest reaches the hypervisor from the hypercall page.
enum class HypercallEntry : std::uint8_t {
    /// VMCALL, for a backend that sees it.
    Vmcall,
    /// A 4-byte OUT to kHypercallPort, which leaves every kernel's virtual machine monitor.
    PortWrite,
};
/// No device of a PC is at this port.
inline constexpr std::uint16_t kHypercallPort = 0xE4;

/// What of the interface a backend offers beyond what every one does.
struct GuestInterfaceSettings {
    VpIndex processors = 1;
    std::uint8_t physicalAddressBits = 46;
    HypercallEntry hypercallEntry = HypercallEntry::Vmcall;
    /// Frequency of the local APIC timer's base clock, in Hz.
    std::uint64_t apicFrequency = 1'000'000'000;
    /// EOI, ICR and TPR MSRs; needs GuestInterfaceHost::localApic().
    bool apicMsrs = false;
    /// The guest idle MSR; needs GuestInterfaceHost::idle().
    bool guestIdle = false;
    /// Interrupts to many processors by one hypercall.
    bool clusterIpi = false;
    /// TLB flushes of other processors by hypercall.
    bool tlbFlush = false;
};

/// The CPUID leaves of Hyper-V (TLFS, feature and interface discovery): all of 0x40000000 to
/// 0x400000FF, unassigned ones as zeros; nothing for other leaves.
[[nodiscard]] std::optional<CpuidResult> identityLeaf(const GuestInterfaceSettings& settings,
                                                      std::uint32_t leaf);

}  // namespace hypervisor
