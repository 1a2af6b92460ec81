// SPDX-License-Identifier: GPL-3.0-or-later
#include "firmware_images.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr const char* kSystemBios = "/usr/share/seabios/bios.bin";
constexpr const char* kNetworkRom = "/usr/lib/ipxe/ipxe.lkrn";
constexpr const char* kVideoBios = "/usr/share/seabios/vgabios-stdvga.bin";

}  // namespace

std::vector<std::string> bootPaths(const std::vector<BootDevice>& order,
                                   std::vector<BootDrive> drives, std::size_t legacyAdapters) {
    std::ranges::sort(drives);
    std::vector<std::string> paths;
    for (const BootDevice device : order) {
        // Behind the PIIX4's bridge. In a machine without it, the firmware passes it over.
        if (device == BootDevice::Floppy)
            paths.emplace_back("/pci@i0cf8/isa@7/fdc@03f0/floppy@0");
        // Functions of one device.
        if (device == BootDevice::Network)
            for (std::size_t number = 0; number < legacyAdapters; ++number)
                paths.push_back(number == 0 ? std::string("/pci@i0cf8/ethernet@a")
                                            : fmt::format("/pci@i0cf8/ethernet@a,{:x}", number));
        for (const BootDrive& drive : drives)
            if (device == (drive.dvd ? BootDevice::Dvd : BootDevice::HardDisk))
                // The IDE function of the PIIX4.
                paths.push_back(fmt::format("/pci@i0cf8/ide@7,1/drive@{:x}/disk@{:x}",
                                            drive.controller, drive.location));
    }
    return paths;
}

Result<FirmwareImages> openFirmware(bool hasScreen) {
    std::vector<const char*> paths{kSystemBios};
    if (hasScreen)
        paths.push_back(kVideoBios);
    FirmwareImages images;
    for (const char* const path : paths) {
        FileDescriptor file(::open(path, O_RDONLY | O_CLOEXEC));
        if (!file)
            return failure(
                fmt::format("can't open the firmware '{}': {}; install the package "
                            "seabios",
                            path, std::generic_category().message(errno)));
        images.names.emplace_back(path);
        images.files.push_back(std::move(file));
    }
    return images;
}

std::optional<NetworkRom> openNetworkRom() {
    FileDescriptor file(::open(kNetworkRom, O_RDONLY | O_CLOEXEC));
    if (!file)
        return std::nullopt;
    return NetworkRom{kNetworkRom, std::move(file)};
}

}  // namespace service
