// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "boot_request.h"
#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/processor_state.h"

namespace devices {

/// Whether the file carries the signatures of a Linux x86 kernel image (bzImage or zImage).
[[nodiscard]] bool isLinuxImage(const ImageFile& kernel);

/// Places kernel, initial RAM disks (one after the other: Linux unpacks them in this order),
/// command line, memory map and page tables, and returns VP 0's state at the kernel's 64-bit
/// entry, or at the 32-bit one of a kernel for older processors (Linux,
/// Documentation/arch/x86/boot.rst, protocol 2.10 or later).
[[nodiscard]] hypervisor::Result<hypervisor::ProcessorState> loadLinux(
    const hypervisor::GuestMemory& memory, const BootRequest& request);

}  // namespace devices
