// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// The images that MachineStart::firmware names, and their descriptors.
struct FirmwareImages {
    std::vector<std::string> names;
    std::vector<hypervisor::FileDescriptor> files;
};

/// Opens SeaBIOS where Debian's package "seabios" has it.
[[nodiscard]] hypervisor::Result<FirmwareImages> openFirmware();

}  // namespace service
