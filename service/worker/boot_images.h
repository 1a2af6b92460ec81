// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "devices/firmware/image_file.h"

namespace service {

/// What a machine starts with: a kernel with its RAM disks, directly, or its firmware.
struct BootImages {
    std::optional<devices::ImageFile> kernel;
    std::vector<devices::ImageFile> initialRamDisks;
    /// Without a kernel; the VGA's where there is one.
    std::optional<devices::ImageFile> systemBios;
    std::optional<devices::ImageFile> videoBios;
    /// Without a kernel; what legacy network adapters boot by.
    std::optional<devices::ImageFile> networkRom;
    /// As BiosSettings has it.
    std::vector<std::string> bootOrder;
};

}  // namespace service
