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
constexpr std::size_t kFirmwareImages = 2;

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

Result<void> checkBoot(const MachineStart& start) {
    const bool hasKernel = !start.kernel.empty();
    if (hasKernel != start.firmware.empty() || start.firmware.size() > kFirmwareImages ||
        (!hasKernel && !start.initialRamDisks.empty()) || (hasKernel && !start.networkRom.empty()))
        return failure("a machine boots either a kernel or by its firmware");
    return {};
}

std::size_t bootDescriptors(const MachineStart& start) {
    return (start.kernel.empty() ? 0 : 1) + start.initialRamDisks.size() + start.firmware.size() +
           (start.networkRom.empty() ? 0 : 1);
}

/// Takes as many descriptors from `next` on as bootDescriptors() says.
Result<BootImages> takeBoot(const MachineStart& start,
                            std::vector<FileDescriptor>::iterator& next) {
    BootImages boot;
    const auto take = [&next](const std::string& name, auto keep) -> Result<void> {
        auto file = ImageFile::create(std::move(*next++), name);
        if (!file)
            return std::unexpected(file.error());
        keep(std::move(*file));
        return {};
    };
    Result<void> taken;
    if (!start.kernel.empty())
        taken = take(start.kernel, [&](ImageFile file) { boot.kernel = std::move(file); });
    for (const std::string& name : start.initialRamDisks)
        if (taken)
            taken = take(name,
                         [&](ImageFile file) { boot.initialRamDisks.push_back(std::move(file)); });
    for (const std::string& name : start.firmware)
        if (taken)
            taken = take(name, [&](ImageFile file) {
                (boot.systemBios ? boot.videoBios : boot.systemBios) = std::move(file);
            });
    if (taken && !start.networkRom.empty())
        taken = take(start.networkRom, [&](ImageFile file) { boot.networkRom = std::move(file); });
    if (!taken)
        return std::unexpected(taken.error());
    boot.bootOrder = start.bootOrder;
    return boot;
}

std::size_t syntheticDescriptors(const MachineStart& start) {
    std::size_t count = (start.hasScreen ? 1 : 0) + (start.hasLastPicture ? 1 : 0) +
                        (start.hasGuestSockets ? 1 : 0);
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
    std::set<std::tuple<bool, bool, std::uint32_t, std::uint32_t>> places;
    for (const WorkerDrive& drive : start.drives) {
        if (!places.emplace(drive.ide, drive.floppy, drive.controller, drive.location).second)
            return failure(fmt::format("two drives are at {} {}:{}",
                                       drive.floppy ? "diskette"
                                       : drive.ide  ? "IDE"
                                                    : "SCSI",
                                       drive.controller, drive.location));
        auto taken = takeDrive(drive, descriptors);
        if (!taken)
            return std::unexpected(taken.error());
        order.drives.push_back(std::move(*taken));
    }
    auto disketteDrive = disketteDriveOf(order.drives);
    if (!disketteDrive)
        return std::unexpected(disketteDrive.error());
    order.disketteDrive = *disketteDrive;
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
    if (start.hasLastPicture) {
        if (!start.hasScreen)
            return failure("a machine without a screen has no picture of it");
        order.lastPicture = std::move(descriptors.front());
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
    if (const auto checked = checkBoot(*start); !checked)
        return std::unexpected(checked.error());
    const std::size_t expected = bootDescriptors(*start) + (start->hasStream ? 1 : 0) +
                                 (start->hasKvm ? 1 : 0) + (start->hasListener ? 1 : 0) +
                                 start->consolePorts.size() + syntheticDescriptors(*start);
    if (message.descriptors.size() != expected)
        return failure(fmt::format("{} descriptors came with the order for a machine, not {}",
                                   message.descriptors.size(), expected));

    auto next = message.descriptors.begin();
    SerialWiring serial;
    if (start->hasStream)
        serial.stream = std::move(*next++);
    auto boot = takeBoot(*start, next);
    if (!boot)
        return std::unexpected(boot.error());
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
        std::move(*boot),
        std::move(*synthetic)};
}

}  // namespace service
