// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace service {

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

/// Whether the drives' images could be opened as the machine would use them.
RpcResult<void> tryDrives(const MachineSettings& settings) {
    for (std::size_t at = 0; at < settings.drives.size(); ++at) {
        const Drive& drive = settings.drives[at];
        if (drive.path.empty())
            continue;
        const bool writes = drive.kind == DriveKind::HardDisk && !drive.readOnly;
        const FileDescriptor image(::open(
            drive.path.c_str(), (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
        if (!image)
            return unusable("the image", drive.path, fmt::format("drives[{}].path", at),
                            std::strerror(errno), "check the name and the rights");
    }
    return {};
}

}  // namespace

RpcResult<MachineFiles> openMachineFiles(const MachineSettings& settings) {
    if (auto tried = tryDrives(settings); !tried)
        return std::unexpected(tried.error());
    MachineFiles files;
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
    }
    return files;
}

MachineFileOpener::MachineFileOpener(boost::asio::any_io_executor executor)
    : executor_(std::move(executor)), threads_(kOpeningThreads) {}

MachineFileOpener::~MachineFileOpener() {
    threads_.join();
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
