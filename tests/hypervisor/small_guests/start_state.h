// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "guest_description.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/processor_state.h"

namespace small_guests {

/// Where a guest's image is loaded and entered; guest.ld links for it.
inline constexpr hypervisor::Gpa kImageStart = 0x1'0000;

/// Sets up for the first instruction of VP 0:
/// - real: CS = 0x1000 with IP = 0, DS = ES = SS = 0x1000, SP = 0xF000.
/// - protected: flat 32-bit segments from the GDT below, ESP = 0x9F000, no paging.
/// - long: as protected with 64-bit CS, the first 4 GiB mapped to themselves (user, writable)
///   from page tables at 0x1000, in 2 MiB pages, RSP = 0x9F000.
/// The GDT at 0x7000: 0x08 64-bit code, 0x10 data, 0x18 32-bit code, 0x20 16-bit code, 0x28 16-bit
/// data; for privilege level 3: 0x30 32-bit code, 0x38 data, 0x40 64-bit code; 0x48 to 0x60 are
/// free: two descriptors of 16 bytes or four of 8.
[[nodiscard]] hypervisor::ProcessorState prepareStart(StartMode mode,
                                                      hypervisor::GuestMemory& memory);

}  // namespace small_guests
