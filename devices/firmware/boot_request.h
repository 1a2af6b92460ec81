// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>

#include "hypervisor/guest_memory.h"
#include "image_file.h"

namespace devices {

/// What a direct boot starts besides the kernel itself.
struct BootRequest {
    const ImageFile& kernel;
    std::span<const ImageFile> initialRamDisks;
    /// What the user appends: for Linux and PVH the whole command line.
    std::string commandLine;
    /// Where the RSDP is.
    hypervisor::Gpa acpiRsdp = 0;
};

}  // namespace devices
