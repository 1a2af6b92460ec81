// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker_order.h"

#include <algorithm>
#include <utility>

#include "service/launch/firmware_images.h"
#include "service/vmms/memory/host_memory.h"

namespace service {

using hypervisor::FileDescriptor;

namespace {

std::vector<BootDrive> bootDrives(const MachineSettings& settings) {
    std::vector<BootDrive> drives;
    for (const Drive& drive : settings.drives)
        if (drive.controller == ControllerKind::Ide)
            drives.push_back(
                {drive.controllerNumber, drive.location, drive.kind == DriveKind::Dvd});
    return drives;
}

}  // namespace

WorkerOrder::WorkerOrder(const MachineSettings& settings, const MachineFiles& files)
    : files_(files) {
    start_.id = settings.id;
    start_.name = settings.name;
    start_.processors = settings.processor.count;
    start_.memoryBytes = settings.memory.startupBytes;
    start_.backend = settings.backend;
    if (const auto& kernel = settings.firmware.kernel) {
        start_.kernel = kernel->path;
        start_.initialRamDisks = kernel->initialRamDisks;
        start_.commandLine = kernel->commandLine;
    } else {
        start_.firmware = files.firmware.names;
        start_.bootOrder = bootPaths(settings.firmware.bootOrder, bootDrives(settings),
                                     static_cast<std::size_t>(std::ranges::count(
                                         settings.networkAdapters, true, &NetworkAdapter::legacy)));
        if (files.networkRom)
            start_.networkRom = files.networkRom->name;
    }
    start_.held = true;
    start_.hasStream = false;
    const IntegrationServices& integration = settings.integrationServices;
    start_.integration = {integration.shutdown,         integration.timeSynchronization,
                          integration.keyValueExchange, integration.heartbeat,
                          integration.backup,           integration.guestServices};
    if (settings.memory.dynamic) {
        start_.minimumMemoryBytes =
            std::min(settings.memory.minimumBytes, settings.memory.startupBytes);
        // More than the host has no machine ever gets.
        start_.maximumMemoryBytes = std::min(settings.memory.maximumBytes, hostMemory());
    }
    start_.memoryBufferPercent = settings.memory.bufferPercent;

    if (files.kernel)
        descriptors_.push_back(files.kernel.get());
    for (const FileDescriptor& disk : files.initialRamDisks)
        descriptors_.push_back(disk.get());
    for (const FileDescriptor& image : files.firmware.files)
        descriptors_.push_back(image.get());
    if (files.networkRom)
        descriptors_.push_back(files.networkRom->file.get());
    if (files.kvm) {
        start_.hasKvm = true;
        descriptors_.push_back(files.kvm.get());
    }
}

void WorkerOrder::addListener(int descriptor) {
    start_.hasListener = true;
    descriptors_.push_back(descriptor);
}

void WorkerOrder::addConsole(unsigned port, FileDescriptor listener) {
    start_.consolePorts.push_back(port);
    descriptors_.push_back(listener.get());
    owned_.push_back(std::move(listener));
}

void WorkerOrder::addDrives() {
    for (const DriveFiles& files : files_.drives) {
        start_.drives.push_back(files.drive);
        for (const devices::storage::OpenedImageFile& image : files.images)
            descriptors_.push_back(image.descriptor.get());
    }
}

WorkerAdapter describeAdapter(const NetworkAdapter& adapter, const SwitchPort& port) {
    return {adapter.id, adapter.macAddress, static_cast<bool>(port.descriptor),
            port.tap,   adapter.name,       adapter.legacy};
}

void WorkerOrder::addAdapter(const NetworkAdapter& adapter, SwitchPort port) {
    start_.adapters.push_back(describeAdapter(adapter, port));
    if (!port.descriptor)
        return;
    descriptors_.push_back(port.descriptor.get());
    owned_.push_back(std::move(port.descriptor));
}

void WorkerOrder::addScreen(FileDescriptor listener) {
    start_.hasScreen = true;
    descriptors_.push_back(listener.get());
    owned_.push_back(std::move(listener));
}

void WorkerOrder::addGuestSockets(FileDescriptor listener) {
    start_.hasGuestSockets = true;
    descriptors_.push_back(listener.get());
    owned_.push_back(std::move(listener));
}

}  // namespace service
