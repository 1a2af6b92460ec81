// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "hypervisor/guest_memory.h"
#include "hypervisor/processor_state.h"

namespace devices {

/// Where code and data are in a global descriptor table of two segments.
struct BootSelectors {
    std::uint16_t code;
    std::uint16_t data;
};
/// Of Linux's boot protocol (boot.rst, "32-bit Boot Protocol" and "64-bit Boot Protocol").
inline constexpr BootSelectors kLinuxSelectors{16, 24};
/// Where nothing asks for others.
inline constexpr BootSelectors kFirstSelectors{8, 16};

/// Room for a global descriptor table whose last selector is 24.
inline constexpr std::uint64_t kBootDescriptorTableSize = 40;

/// 32-bit protected mode, paging off, interrupts off, flat segments: the machine state of
/// Multiboot (specification 0.6.96, section 3.2), of PVH and of Linux's 32-bit boot protocol.
/// Writes the descriptor table to `descriptorTable`, which must be RAM.
[[nodiscard]] hypervisor::ProcessorState flatProtectedMode(
    const hypervisor::GuestMemory& memory, hypervisor::Gpa descriptorTable, std::uint32_t entry,
    BootSelectors selectors = kFirstSelectors);

/// 64-bit mode on the page tables at `pageTables`: the machine state of Linux's 64-bit boot
/// protocol, with its selectors. Writes the descriptor table likewise.
[[nodiscard]] hypervisor::ProcessorState flatLongMode(const hypervisor::GuestMemory& memory,
                                                      hypervisor::Gpa descriptorTable,
                                                      hypervisor::Gpa pageTables,
                                                      std::uint64_t entry);

}  // namespace devices
