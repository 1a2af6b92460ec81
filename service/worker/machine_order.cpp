// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_order.h"

#include <fmt/core.h>

#include <cstddef>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "service/ipc/machine_limits.h"

namespace service {

using devices::ImageFile;
using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr std::uint64_t kMemoryUnit = 1 << 20;
constexpr std::uint32_t kSerialPorts = 4;

Result<void> checkConsoles(const MachineStart& start) {
    // A bit for each port that is taken.
    std::uint32_t taken = start.hasStream ? 1 << 1 : 0;
    for (const std::uint32_t port : start.consolePorts) {
        if (port == 0 || port > kSerialPorts || (taken >> port & 1) != 0)
            return failure(fmt::format("COM{} can't be wired to a console (again)", port));
        taken |= 1U << port;
    }
    return {};
}

std::size_t syntheticDescriptors(const MachineStart& start) {
    std::size_t count = (start.hasScreen ? 1 : 0) + (start.hasGuestSockets ? 1 : 0);
    for (const WorkerDrive& drive : start.drives)
        count += drive.images.size();
    for (const WorkerAdapter& adapter : start.adapters)
        count += adapter.hasPort ? 1 : 0;
    return count;
}

/// `descriptors` are as many as syntheticDescriptors() says.
Result<SyntheticOrder> takeSynthetic(const MachineStart& start,
                                     std::span<FileDescriptor> descriptors) {
    SyntheticOrder order;
    order.machineId = start.id;
    order.machineName = start.name;
    order.integration = start.integration;
    order.minimumMemoryBytes = start.minimumMemoryBytes;
    order.memoryBufferPercent = start.memoryBufferPercent;
    if (start.minimumMemoryBytes > start.memoryBytes)
        return failure("the memory to be kept is more than there is");
    if (start.maximumMemoryBytes > kMaximumMemory)
        return failure(
            fmt::format("a machine can't get {} bytes of memory", start.maximumMemoryBytes));
    std::set<std::tuple<bool, std::uint32_t, std::uint32_t>> places;
    for (const WorkerDrive& drive : start.drives) {
        if (!places.emplace(drive.ide, drive.controller, drive.location).second)
            return failure(fmt::format("two drives are at {} {}:{}", drive.ide ? "IDE" : "SCSI",
                                       drive.controller, drive.location));
        auto taken = takeDrive(drive, descriptors);
        if (!taken)
            return std::unexpected(taken.error());
        order.drives.push_back(std::move(*taken));
    }
    for (const WorkerAdapter& adapter : start.adapters) {
        auto taken = takeAdapter(adapter, descriptors);
        if (!taken)
            return std::unexpected(taken.error());
        order.adapters.push_back(std::move(*taken));
    }
    if (start.hasScreen) {
        order.screen = std::move(descriptors.front());
        descriptors = descriptors.subspan(1);
    }
    if (start.hasGuestSockets)
        order.guestSockets = std::move(descriptors.front());
    return order;
}

}  // namespace

Result<MachineOrder> MachineOrder::create(MessageSocket::Message message) {
    const auto start = decodeMachineStart(message.line);
    if (!start)
        return std::unexpected(start.error());
    if (start->processors == 0 || start->processors > kMaximumProcessors ||
        start->memoryBytes < kMinimumMemory || start->memoryBytes > kMaximumMemory ||
        start->memoryBytes % kMemoryUnit != 0)
        return failure(fmt::format("a machine can't have {} VPs and {} bytes of memory",
                                   start->processors, start->memoryBytes));
    if (start->timeDivisor == 0 || start->timeDivisor > kSlowestTime)
        return failure(fmt::format("time can't run {} times slower; 1 to {} are possible",
                                   start->timeDivisor, kSlowestTime));
    if (const auto checked = checkConsoles(*start); !checked)
        return std::unexpected(checked.error());
    const std::size_t expected = 1 + (start->hasStream ? 1 : 0) + start->initialRamDisks.size() +
                                 (start->hasKvm ? 1 : 0) + (start->hasListener ? 1 : 0) +
                                 start->consolePorts.size() + syntheticDescriptors(*start);
    if (message.descriptors.size() != expected)
        return failure(fmt::format("{} descriptors came with the order for a machine, not {}",
                                   message.descriptors.size(), expected));

    auto next = message.descriptors.begin();
    SerialWiring serial;
    if (start->hasStream)
        serial.stream = std::move(*next++);
    auto kernel = ImageFile::create(std::move(*next++), start->kernel);
    if (!kernel)
        return std::unexpected(kernel.error());
    std::vector<ImageFile> disks;
    for (const std::string& name : start->initialRamDisks) {
        auto disk = ImageFile::create(std::move(*next++), name);
        if (!disk)
            return std::unexpected(disk.error());
        disks.push_back(std::move(*disk));
    }
    FileDescriptor kvm;
    if (start->hasKvm)
        kvm = std::move(*next++);
    FileDescriptor listener;
    if (start->hasListener)
        listener = std::move(*next++);
    for (const std::uint32_t port : start->consolePorts)
        serial.consoles.push_back({port, std::move(*next++)});
    auto synthetic = takeSynthetic(*start, std::span(next, message.descriptors.end()));
    if (!synthetic)
        return std::unexpected(synthetic.error());
    const std::uint64_t mostMemory =
        start->minimumMemoryBytes != 0 ? start->maximumMemoryBytes : start->memoryBytes;
    return MachineOrder{
        {start->processors, start->memoryBytes, start->commandLine, start->debugExit,
         start->restartOnReset, start->timeDivisor, start->held, start->pacing, mostMemory},
        start->backend,
        start->userId,
        start->groupId,
        std::move(listener),
        std::move(kvm),
        std::move(serial),
        std::move(*kernel),
        std::move(disks),
        std::move(*synthetic)};
}

}  // namespace service
