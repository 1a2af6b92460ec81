// SPDX-License-Identifier: GPL-3.0-or-later
#include "synthetic_order.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace service {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kControllers = 4;
constexpr std::uint32_t kLocations = 64;
constexpr std::uint32_t kIdeControllers = 2;
constexpr std::uint32_t kIdeLocations = 2;

}  // namespace

Result<DriveOrder> takeDrive(const WorkerDrive& drive,
                             std::span<hypervisor::FileDescriptor>& descriptors) {
    if (drive.floppy && (drive.controller != 0 || drive.location != 0 || drive.images.size() > 1))
        return failure("there is one diskette drive, for one diskette");
    const bool there = drive.ide
                           ? drive.controller < kIdeControllers && drive.location < kIdeLocations
                           : drive.controller < kControllers && drive.location < kLocations;
    if (!there)
        return failure(fmt::format("there is no location {} at {} controller {}", drive.location,
                                   drive.ide ? "IDE" : "SCSI", drive.controller));
    if (drive.images.empty() && !drive.dvd && !drive.floppy)
        return failure("a hard disk needs an image");
    if (drive.images.size() > descriptors.size())
        return failure("descriptors of a drive's images are missing");
    DriveOrder order{drive, {}};
    for (const std::string& name : drive.images) {
        order.images.push_back({std::move(descriptors.front()), name});
        descriptors = descriptors.subspan(1);
    }
    return order;
}

Result<std::optional<devices::floppy::DriveKind>> disketteDriveOf(
    std::span<const DriveOrder> drives) {
    for (const DriveOrder& order : drives) {
        if (!order.drive.floppy)
            continue;
        if (order.images.empty())
            return devices::floppy::driveFor(std::nullopt);
        const auto& image = order.images.front();
        struct stat status {};
        if (::fstat(image.descriptor.get(), &status) != 0)
            return hypervisor::systemFailure(fmt::format("can't examine '{}'", image.path), errno);
        const auto format = devices::floppy::formatOf(static_cast<std::uint64_t>(status.st_size));
        if (!format)
            return failure(fmt::format(
                "'{}' is no image of a diskette: it has {} bytes, and diskettes have 360 KiB to "
                "2880 KiB",
                image.path, status.st_size));
        return devices::floppy::driveFor(format);
    }
    return std::nullopt;
}

Result<AdapterOrder> takeAdapter(const WorkerAdapter& adapter,
                                 std::span<hypervisor::FileDescriptor>& descriptors) {
    AdapterOrder order{adapter, {}};
    if (!adapter.hasPort)
        return order;
    if (descriptors.empty())
        return failure("the descriptor of an adapter's port is missing");
    order.port = std::move(descriptors.front());
    descriptors = descriptors.subspan(1);
    return order;
}

}  // namespace service
