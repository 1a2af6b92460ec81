// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "boot_request.h"
#include "elf_image.h"
#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/processor_state.h"

namespace devices {

/// Whether an ELF file names a PVH entry.
[[nodiscard]] bool hasPvhEntry(const ElfImage& image);

/// Boots an ELF kernel by the x86/HVM direct boot protocol (Xen, docs/misc/pvh.pandoc and
/// xen/include/public/arch-x86/hvm/start_info.h): its segments at their physical addresses,
/// start information with command line, modules, memory map and RSDP, 32-bit entry.
[[nodiscard]] hypervisor::Result<hypervisor::ProcessorState> loadPvh(
    const hypervisor::GuestMemory& memory, const BootRequest& request);

}  // namespace devices
