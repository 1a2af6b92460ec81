// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "devices/storage/io_engine.h"
#include "devices/storage/job.h"
#include "hypervisor/error.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/machine_settings.h"
#include "source_files.h"

namespace service {

/// A machine's disks, with all their ancestors, and what it boots directly, copied to one folder.
///
/// Everything is done with the rights of the calling thread, whose engine it is.
class MachineCopy {
  public:
    /// Where the copies are inside of the folder; empty: in the folder itself.
    struct Layout {
        std::string disks;
        std::string bootFiles;
    };

    /// Opens and locks all files; they stay locked as long as this lives. The error names the
    /// setting.
    [[nodiscard]] static RpcResult<MachineCopy> open(devices::storage::IoEngine& engine,
                                                     MachineSettings settings,
                                                     Confinement confinement, Layout layout);

    /// There is nothing to be copied.
    [[nodiscard]] bool isEmpty() const { return sources_.files().empty(); }

    /// Into an empty folder that will have the name `target`. Differencing disks find the copies of
    /// their parents, also when the folder is moved. What is there afterwards is durable; a failure
    /// leaves what has been copied.
    [[nodiscard]] hypervisor::Result<void> copyTo(const std::string& folder,
                                                  const std::string& target,
                                                  devices::storage::Job& job) const;
    /// The settings with the copies' paths, each behind `prefix`.
    [[nodiscard]] MachineSettings copied(const std::string& prefix) const;

  private:
    MachineCopy(devices::storage::IoEngine& engine, MachineSettings settings,
                Confinement confinement, Layout layout)
        : engine_(engine),
          settings_(std::move(settings)),
          sources_(engine, std::move(confinement)),
          layout_(std::move(layout)) {}

    void nameCopies();
    [[nodiscard]] hypervisor::Result<void> reconnect(const std::string& folder,
                                                     const std::string& target) const;

    devices::storage::IoEngine& engine_;
    MachineSettings settings_;
    SourceFiles sources_;
    Layout layout_;
    /// Which of the files each of ownPaths() is.
    std::vector<std::size_t> fileOfPath_;
    /// Of each file, inside of the folder.
    std::vector<std::string> names_;
};

}  // namespace service
