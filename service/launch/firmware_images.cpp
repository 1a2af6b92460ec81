// SPDX-License-Identifier: GPL-3.0-or-later
#include "firmware_images.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr const char* kSystemBios = "/usr/share/seabios/bios.bin";
constexpr const char* kVideoBios = "/usr/share/seabios/vgabios-stdvga.bin";

}  // namespace

std::string bootPath(const BootDrive& drive) {
    // The IDE function of the PIIX4.
    return fmt::format("/pci@i0cf8/ide@7,1/drive@{:x}/disk@{:x}", drive.controller, drive.location);
}

Result<FirmwareImages> openFirmware(bool hasScreen) {
    std::vector<const char*> paths{kSystemBios};
    if (hasScreen)
        paths.push_back(kVideoBios);
    FirmwareImages images;
    for (const char* const path : paths) {
        FileDescriptor file(::open(path, O_RDONLY | O_CLOEXEC));
        if (!file)
            return failure(fmt::format("can't open the firmware '{}': {}; install the package "
                                       "seabios",
                                       path, std::generic_category().message(errno)));
        images.names.emplace_back(path);
        images.files.push_back(std::move(file));
    }
    return images;
}

}  // namespace service
