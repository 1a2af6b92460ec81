// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
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
/// MachineStart::bootOrder for a machine with these drives, a diskette drive or none, and so many
/// legacy network adapters.
[[nodiscard]] std::vector<std::string> bootPaths(const std::vector<BootDevice>& order,
                                                 std::vector<BootDrive> drives,
                                                 std::size_t legacyAdapters);

/// Opens SeaBIOS where Debian's package "seabios" has it; for a machine with a screen also the
/// VGA's.
[[nodiscard]] hypervisor::Result<FirmwareImages> openFirmware(bool hasScreen);

/// What legacy network adapters boot by: MachineStart::networkRom, and its descriptor.
struct NetworkRom {
    std::string name;
    hypervisor::FileDescriptor file;
};

/// Opens iPXE where Debian's package "ipxe" has it; nothing if that is not installed.
[[nodiscard]] std::optional<NetworkRom> openNetworkRom();

}  // namespace service
