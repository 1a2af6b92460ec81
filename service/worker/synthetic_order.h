// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "devices/emulated/floppy/diskette_format.h"
#include "devices/firmware/network_rom.h"
#include "devices/storage/images/image_opener.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/worker_messages.h"

namespace service {

/// A drive with the files that came for it.
struct DriveOrder {
    WorkerDrive drive;
    std::vector<devices::storage::OpenedImageFile> images;
};

/// A network adapter with its switch port, or none.
struct AdapterOrder {
    WorkerAdapter adapter;
    hypervisor::FileDescriptor port;
};

/// A drive of a start or a request, checked, with the first of `descriptors` that are its images;
/// they are taken out.
[[nodiscard]] hypervisor::Result<DriveOrder> takeDrive(
    const WorkerDrive& drive, std::span<hypervisor::FileDescriptor>& descriptors);

/// Which diskette drive a machine gets that begins with these drives; none without one among them.
[[nodiscard]] hypervisor::Result<std::optional<devices::floppy::DriveKind>> disketteDriveOf(
    std::span<const DriveOrder> drives);

/// A network adapter of a start or a request, with the first of `descriptors` if it has a port.
[[nodiscard]] hypervisor::Result<AdapterOrder> takeAdapter(
    const WorkerAdapter& adapter, std::span<hypervisor::FileDescriptor>& descriptors);

/// The devices on a machine's VMBus, and what stands beside them.
struct SyntheticOrder {
    /// A UUID, or empty.
    std::string machineId;
    std::string machineName;
    std::vector<DriveOrder> drives;
    std::optional<devices::floppy::DriveKind> disketteDrive;
    std::vector<AdapterOrder> adapters;
    /// What the legacy adapters among them have in their expansion ROMs; null: nothing.
    std::shared_ptr<const devices::NetworkRom> networkRom;
    WorkerIntegration integration;
    /// A listening socket, or none.
    hypervisor::FileDescriptor screen;
    /// A file for a picture of the screen when the machine ends, or none.
    hypervisor::FileDescriptor lastPicture;
    /// The listening socket for programs that want to reach the guest's, or none.
    hypervisor::FileDescriptor guestSockets;
    /// 0: the machine keeps all of its memory, and gets no more.
    std::uint64_t minimumMemoryBytes = 0;
    std::uint32_t memoryBufferPercent = 20;
};

}  // namespace service
