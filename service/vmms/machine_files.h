// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client_rights.h"
#include "devices/storage/images/image_opener.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/machine_settings.h"
#include "service/ipc/worker_messages.h"
#include "service/launch/firmware_images.h"

namespace service {

/// A drive's image and that one's ancestors, locked.
struct DriveFiles {
    /// As the worker is told of it.
    WorkerDrive drive;
    std::vector<devices::storage::OpenedImageFile> images;
};

/// Everything that a worker needs opened. What is not there is not needed.
struct MachineFiles {
    hypervisor::FileDescriptor kernel;
    std::vector<hypervisor::FileDescriptor> initialRamDisks;
    FirmwareImages firmware;
    std::optional<NetworkRom> networkRom;
    /// Of adapters that have one, by their id.
    std::map<std::string, std::shared_ptr<const hypervisor::FileDescriptor>> tftpFolders;
    /// The diskette drive of a machine that has one is among them.
    std::vector<DriveFiles> drives;
    hypervisor::FileDescriptor kvm;
};

/// With the calling thread's rights; content is judged by the worker, but for where disks' parents
/// are, and what can't be content at all is refused here. The error names the setting.
[[nodiscard]] RpcResult<MachineFiles> openMachineFiles(const MachineSettings& settings);
/// The same of one drive; `field` is its setting.
[[nodiscard]] RpcResult<DriveFiles> openDriveFiles(const Drive& drive, const std::string& field);
/// The same of the diskette drive; an empty path is no diskette.
[[nodiscard]] RpcResult<DriveFiles> openDisketteFiles(const std::string& path);

/// Opens machines' files with the rights of a user, on threads of its own, because a file may be
/// slow to open.
class MachineFileOpener {
  public:
    using Callback = std::move_only_function<void(RpcResult<MachineFiles> files)>;

    /// Callbacks come on `executor`.
    explicit MachineFileOpener(boost::asio::any_io_executor executor);
    /// Waits for what is being opened.
    ~MachineFileOpener();

    void open(ClientRights rights, MachineSettings settings, Callback callback);

    using DriveCallback = std::move_only_function<void(RpcResult<DriveFiles> files)>;
    /// As openDriveFiles().
    void openDrive(ClientRights rights, Drive drive, std::string field, DriveCallback callback);
    /// As openDisketteFiles().
    void openDiskette(ClientRights rights, std::string path, DriveCallback callback);

  private:
    using Open = std::function<RpcResult<DriveFiles>()>;
    void openOne(ClientRights rights, Open open, DriveCallback callback);

    const boost::asio::any_io_executor executor_;
    boost::asio::thread_pool threads_;
};

}  // namespace service
