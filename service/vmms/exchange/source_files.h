// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "devices/storage/io_engine.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/exchange_requests.h"
#include "source_opener.h"

namespace service {

/// A file to be copied: open, and locked as by any reader, so that no machine begins to write to
/// it.
struct SourceFile {
    MachineFileKind kind = MachineFileKind::HardDisk;
    std::string path;
    hypervisor::FileDescriptor descriptor;
    std::uint64_t size = 0;
    dev_t device = 0;
    ino_t inode = 0;
    /// Of a differencing disk: which of the files.
    std::optional<std::size_t> parent;
};

/// The files of a machine, each once however many need it.
class SourceFiles {
  public:
    /// With the rights of the calling thread, whose engine it is.
    SourceFiles(devices::storage::IoEngine& engine, Confinement confinement)
        : engine_(engine), confinement_(std::move(confinement)) {}

    /// A disk comes with all its ancestors; which of the files it is.
    [[nodiscard]] hypervisor::Result<std::size_t> add(const std::string& path,
                                                      MachineFileKind kind);

    [[nodiscard]] const std::vector<SourceFile>& files() const { return files_; }
    [[nodiscard]] std::uint64_t totalBytes() const { return total_; }

  private:
    [[nodiscard]] hypervisor::Result<std::vector<devices::storage::OpenedImageFile>> openDisk(
        SourceOpener& opener, const std::string& path);
    [[nodiscard]] hypervisor::Result<std::size_t> take(devices::storage::OpenedImageFile opened,
                                                       MachineFileKind kind);

    devices::storage::IoEngine& engine_;
    const Confinement confinement_;
    std::vector<SourceFile> files_;
    std::uint64_t total_ = 0;
};

}  // namespace service
