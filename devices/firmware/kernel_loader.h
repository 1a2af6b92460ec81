// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "boot_request.h"
#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/processor_state.h"

namespace devices {

enum class KernelFormat : std::uint8_t { Linux, Multiboot, Pvh };

/// By which protocol a file is to be booted; the error names what the file is instead.
[[nodiscard]] hypervisor::Result<KernelFormat> recogniseKernel(const ImageFile& kernel);

/// Recognises the kernel, places it with all that it is told, and returns the state in which VP 0
/// starts it.
[[nodiscard]] hypervisor::Result<hypervisor::ProcessorState> loadKernel(
    const hypervisor::GuestMemory& memory, const BootRequest& request);

}  // namespace devices
