// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "boot_request.h"
#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/processor_state.h"

namespace devices {

/// Whether the first 8192 bytes hold a Multiboot 1 header with a right checksum.
[[nodiscard]] bool hasMultibootHeader(const ImageFile& kernel);

/// Boots a kernel as a Multiboot 1 boot loader does (Multiboot specification 0.6.96): an ELF file
/// of 32 or 64 bits at its physical addresses, or a flat file by the addresses in its header. The
/// kernel gets the command line "<file name> <what is appended>", each initial RAM disk as a
/// module with its file name as string, memory sizes and memory map.
[[nodiscard]] hypervisor::Result<hypervisor::ProcessorState> loadMultiboot(
    const hypervisor::GuestMemory& memory, const BootRequest& request);

}  // namespace devices
