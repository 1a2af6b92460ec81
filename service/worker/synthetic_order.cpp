// SPDX-License-Identifier: GPL-3.0-or-later
#include "synthetic_order.h"

#include <fmt/core.h>

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
    const bool there = drive.ide
                           ? drive.controller < kIdeControllers && drive.location < kIdeLocations
                           : drive.controller < kControllers && drive.location < kLocations;
    if (!there)
        return failure(fmt::format("there is no location {} at {} controller {}", drive.location,
                                   drive.ide ? "IDE" : "SCSI", drive.controller));
    if (drive.images.empty() && !drive.dvd)
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
