// SPDX-License-Identifier: GPL-3.0-or-later
#include "drive_images.h"

#include <fcntl.h>

#include <cerrno>
#include <optional>

#include "devices/storage/images/open_disk.h"
#include "hypervisor/file_descriptor.h"

namespace service {

namespace storage = devices::storage;

namespace {

/// By the rights of the calling thread, and where the file is.
bool refusesWriting(const std::string& path) {
    const hypervisor::FileDescriptor file(
        ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    return !file && (errno == EACCES || errno == EPERM || errno == EROFS);
}

}  // namespace

hypervisor::Result<std::vector<storage::OpenedImageFile>> openDriveImages(storage::IoEngine& engine,
                                                                          const std::string& path,
                                                                          WorkerDrive& drive) {
    // A guest may have written another format's signature into its raw disk; and a disc is what it
    // is, whatever file system it has, if any.
    drive.raw =
        drive.dvd || drive.floppy || storage::formatOfPath(path) == storage::ImageFormat::Raw;
    if (drive.floppy && !drive.readOnly)
        drive.readOnly = refusesWriting(path);
    auto chain = engine.wait(storage::openChain(
        engine, path,
        drive.dvd || drive.readOnly ? storage::FileAccess::Read : storage::FileAccess::ReadWrite,
        drive.raw ? std::optional(storage::ImageFormat::Raw) : std::nullopt));
    if (!chain)
        return std::unexpected(chain.error());
    for (const storage::OpenedImageFile& image : *chain)
        drive.images.push_back(image.path);
    return chain;
}

}  // namespace service
