// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/worker_messages.h"
#include "service/launch/picture_file.h"

namespace service::cli {

/// The arguments of `vireo run` as typed.
struct RunArguments {
    /// Otherwise the machine boots by its firmware.
    bool hasKernel = false;
    std::string kernel;
    std::vector<std::string> initialRamDisks;
    /// Images for the synthetic SCSI controller, in the order of their locations.
    std::vector<std::string> drives;
    /// What the firmware tries to boot, first to last.
    std::string bootOrder = "dvd,hard-disk,network,floppy";
    /// Images of hard disks and of discs for the IDE controllers.
    std::vector<std::string> disks;
    std::vector<std::string> discs;
    /// An image for the diskette drive; empty: the machine has none.
    std::string diskette;
    /// "none" or "nat".
    std::string network = "none";
    std::string legacyNetwork = "none";
    std::vector<std::string> forwards;
    /// What the legacy adapter boots by; empty: iPXE, if it is installed.
    std::string networkRom;
    /// Whose files the guest gets by TFTP; empty: none.
    std::string tftp;
    /// The one of them that DHCP tells it to boot.
    std::string bootFile;
    /// NAT's gateway leads to what listens on the host's 127.0.0.1.
    bool hostLoopback = false;
    /// Where the screen's socket shall be; empty: the machine has no screen.
    std::string screen;
    /// Where a picture of the screen shall be in the end; with hasScreenshot the machine has a
    /// screen.
    bool hasScreenshot = false;
    std::string screenshot;
    std::string append;
    std::string processors = "1";
    std::string memory = "1G";
    std::string backend = "auto";
    std::string slowTime = "1";
    bool debugExit = false;
    bool noReboot = false;
};

/// The arguments checked, and the files opened with the user's rights.
struct RunRequest {
    MachineStart start;
    /// The kernel and its RAM disks, or the firmware's images and the network's ROM.
    std::vector<hypervisor::FileDescriptor> boot;
    /// Of start.drives, in their order.
    std::vector<hypervisor::FileDescriptor> images;
    /// Of start.adapters, in their order.
    std::vector<hypervisor::FileDescriptor> ports;
    /// A listening socket, or none.
    hypervisor::FileDescriptor screen;
    /// Where the worker puts a picture of it in the end, or none.
    std::optional<PictureFile> picture;
    /// None when /dev/kvm is not to be used, or can't be and need not be.
    hypervisor::FileDescriptor kvm;
};

[[nodiscard]] hypervisor::Result<RunRequest> checkRunArguments(const RunArguments& arguments);

}  // namespace service::cli
