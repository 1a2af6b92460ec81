// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "hypervisor/guest_memory.h"
#include "hypervisor/processor_state.h"

namespace devices {

/// Room for a global descriptor table whose last selector is 24.
inline constexpr std::uint64_t kBootDescriptorTableSize = 40;

/// 32-bit protected mode, paging off, interrupts off, flat segments: the machine state of
/// Multiboot (specification 0.6.96, section 3.2) and of PVH. Code is at selector 8, data at 16.
/// Writes the descriptor table to `descriptorTable`, which must be RAM.
[[nodiscard]] hypervisor::ProcessorState flatProtectedMode(const hypervisor::GuestMemory& memory,
                                                           hypervisor::Gpa descriptorTable,
                                                           std::uint32_t entry);

/// 64-bit mode on the page tables at `pageTables`: the machine state of Linux's 64-bit boot
/// protocol, which asks for code at selector 16 and data at 24. Writes the descriptor table
/// likewise.
[[nodiscard]] hypervisor::ProcessorState flatLongMode(const hypervisor::GuestMemory& memory,
                                                      hypervisor::Gpa descriptorTable,
                                                      hypervisor::Gpa pageTables,
                                                      std::uint64_t entry);

}  // namespace devices
