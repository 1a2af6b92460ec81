// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
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

/// A drive at an IDE controller.
struct BootDrive {
    std::uint32_t controller = 0;
    std::uint32_t location = 0;
    friend auto operator<=>(const BootDrive&, const BootDrive&) = default;
};
/// As MachineStart::bootOrder names it.
[[nodiscard]] std::string bootPath(const BootDrive& drive);

/// Opens SeaBIOS where Debian's package "seabios" has it; for a machine with a screen also the
/// VGA's.
[[nodiscard]] hypervisor::Result<FirmwareImages> openFirmware(bool hasScreen);

}  // namespace service
