// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "service/launch/drive_images.h"
#include "service/launch/nat_launch.h"

namespace service {

namespace storage = devices::storage;

using hypervisor::FileDescriptor;

namespace {

constexpr std::size_t kOpeningThreads = 2;
constexpr const char* kKvmDevice = "/dev/kvm";

std::unexpected<RpcError> unusable(const char* role, const std::string& path,
                                   const std::string& field, const std::string& why,
                                   std::string advice) {
    return rpcFailure(ErrorCode::FileError, fmt::format("can't open {} '{}': {}", role, path, why),
                      std::move(advice), field);
}

RpcResult<FileDescriptor> openImage(const char* role, const std::string& path,
                                    const std::string& field) {
    // Not blocking, so that a FIFO does not keep us waiting for its writer.
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) {
        const int error = errno;
        return unusable(role, path, field, std::strerror(error),
                        error == EACCES ? "ask for the right to read it" : "check the name");
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return unusable(role, path, field, std::strerror(errno), {});
    if (!S_ISREG(status.st_mode))
        return unusable(role, path, field, "it is not a regular file", "name a file");
    if (status.st_size == 0)
        return unusable(role, path, field, "it is empty", "check that it was copied whole");
    return file;
}

RpcResult<DriveFiles> openFiles(const WorkerDrive& drive, const std::string& path,
                                const std::string& field) {
    DriveFiles files;
    files.drive = drive;
    if (path.empty())
        return files;
    storage::IoEngineOptions engineOptions;
    engineOptions.depth = 8;
    auto engine = storage::IoEngine::create(engineOptions);
    if (!engine)
        return rpcFailure(ErrorCode::StorageError, engine.error().message);
    auto images = openDriveImages(**engine, path, files.drive);
    if (!images)
        return rpcFailure(ErrorCode::FileError, images.error().message,
                          "check the name and the rights", field);
    files.images = std::move(*images);
    return files;
}

}  // namespace

RpcResult<DriveFiles> openDriveFiles(const Drive& drive, const std::string& field) {
    WorkerDrive described;
    described.ide = drive.controller == ControllerKind::Ide;
    described.controller = drive.controllerNumber;
    described.location = drive.location;
    described.dvd = drive.kind == DriveKind::Dvd;
    described.readOnly = drive.readOnly;
    return openFiles(described, drive.path, field);
}

RpcResult<DriveFiles> openDisketteFiles(const std::string& path) {
    WorkerDrive described;
    described.floppy = true;
    return openFiles(described, path, "floppy.path");
}

RpcResult<MachineFiles> openMachineFiles(const MachineSettings& settings) {
    MachineFiles files;
    for (std::size_t at = 0; at < settings.networkAdapters.size(); ++at) {
        const NetworkAdapter& adapter = settings.networkAdapters[at];
        if (adapter.tftpFolder.empty())
            continue;
        auto folder = openTftpFolder(adapter.tftpFolder);
        if (!folder)
            return rpcFailure(ErrorCode::FileError, folder.error().message,
                              "check the name and the rights",
                              fmt::format("networkAdapters[{}].tftpFolder", at));
        files.tftpFolders.emplace(adapter.id,
                                  std::make_shared<const FileDescriptor>(std::move(*folder)));
    }
    for (std::size_t at = 0; at < settings.drives.size(); ++at) {
        auto drive = openDriveFiles(settings.drives[at], fmt::format("drives[{}].path", at));
        if (!drive)
            return std::unexpected(drive.error());
        files.drives.push_back(std::move(*drive));
    }
    // Each machine of generation 1 has the drive.
    if (settings.generation == 1) {
        auto drive = openDisketteFiles(settings.floppy.value_or(FloppyDrive{}).path);
        if (!drive)
            return std::unexpected(drive.error());
        files.drives.push_back(std::move(*drive));
    }
    if (const auto& kernel = settings.firmware.kernel) {
        auto image = openImage("the kernel", kernel->path, "firmware.kernel.path");
        if (!image)
            return std::unexpected(image.error());
        files.kernel = std::move(*image);
        for (std::size_t at = 0; at < kernel->initialRamDisks.size(); ++at) {
            auto disk = openImage("the initial RAM disk", kernel->initialRamDisks[at],
                                  fmt::format("firmware.kernel.initialRamDisks[{}]", at));
            if (!disk)
                return std::unexpected(disk.error());
            files.initialRamDisks.push_back(std::move(*disk));
        }
    } else {
        auto firmware = openFirmware(true);
        if (!firmware)
            return rpcFailure(ErrorCode::FileError, firmware.error().message);
        files.firmware = std::move(*firmware);
        if (std::ranges::any_of(settings.networkAdapters, &NetworkAdapter::legacy))
            files.networkRom = openNetworkRom();
    }
    return files;
}

MachineFileOpener::MachineFileOpener(boost::asio::any_io_executor executor)
    : executor_(std::move(executor)), threads_(kOpeningThreads) {}

MachineFileOpener::~MachineFileOpener() {
    threads_.join();
}

void MachineFileOpener::openDrive(ClientRights rights, Drive drive, std::string field,
                                  DriveCallback callback) {
    openOne(
        std::move(rights),
        [drive = std::move(drive), field = std::move(field)] {
            return openDriveFiles(drive, field);
        },
        std::move(callback));
}

void MachineFileOpener::openDiskette(ClientRights rights, std::string path,
                                     DriveCallback callback) {
    openOne(
        std::move(rights), [path = std::move(path)] { return openDisketteFiles(path); },
        std::move(callback));
}

void MachineFileOpener::openOne(ClientRights rights, Open open, DriveCallback callback) {
    auto shared = std::make_shared<DriveCallback>(std::move(callback));
    boost::asio::post(threads_, [executor = executor_, rights = std::move(rights),
                                 open = std::move(open), shared] {
        auto result = std::make_shared<RpcResult<DriveFiles>>([&]() -> RpcResult<DriveFiles> {
            const auto acting = ActingAs::create(rights);
            if (!acting)
                return rpcFailure(ErrorCode::PermissionDenied, acting.error().message);
            return open();
        }());
        boost::asio::post(executor, [shared, result] { (*shared)(std::move(*result)); });
    });
}

void MachineFileOpener::open(ClientRights rights, MachineSettings settings, Callback callback) {
    // The work counts for the executor's loop until its callback has run.
    auto shared = std::make_shared<Callback>(std::move(callback));
    boost::asio::post(threads_, [executor = executor_, rights = std::move(rights),
                                 settings = std::move(settings), shared] {
        RpcResult<MachineFiles> files = [&]() -> RpcResult<MachineFiles> {
            const auto acting = ActingAs::create(rights);
            if (!acting)
                return rpcFailure(ErrorCode::PermissionDenied, acting.error().message);
            return openMachineFiles(settings);
        }();
        // /dev/kvm is the service's to give, whoever asks for the machine.
        if (files && settings.backend != BackendChoice::Software) {
            files->kvm = FileDescriptor(::open(kKvmDevice, O_RDWR | O_CLOEXEC));
            if (!files->kvm && settings.backend == BackendChoice::Kvm)
                files = rpcFailure(
                    ErrorCode::NotSupported,
                    fmt::format("can't use KVM: {}: {}", kKvmDevice, std::strerror(errno)),
                    "load the kvm module on a host with VT-x or AMD-V, or choose the software "
                    "backend",
                    "backend", "Auto, Software");
        }
        auto result = std::make_shared<RpcResult<MachineFiles>>(std::move(files));
        boost::asio::post(executor, [shared, result] { (*shared)(std::move(*result)); });
    });
}

}  // namespace service
