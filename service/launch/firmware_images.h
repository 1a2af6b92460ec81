// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/machine_settings.h"

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
    bool dvd = false;
    friend auto operator<=>(const BootDrive&, const BootDrive&) = default;
};
/// MachineStart::bootOrder for a machine with these drives, and a
/// diskette drive or none.
[[nodiscard]] std::vector<std::string> bootPaths(const std::vector<BootDevice>& order,
                                                 std::vector<BootDrive> drives);

/// Opens SeaBIOS where Debian's package "seabios" has it; for a machine with a screen also the
/// VGA's.
[[nodiscard]] hypervisor::Result<FirmwareImages> openFirmware(bool hasScreen);

}  // namespace service
