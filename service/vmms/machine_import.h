// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <string>

#include "devices/storage/io_engine.h"
#include "devices/storage/job.h"
#include "exported_machine.h"
#include "hypervisor/error.h"
#include "service/ipc/exchange_requests.h"

namespace service {

/// What there is to be imported, and what stands against it as far as files tell. With the rights
/// of the calling thread.
[[nodiscard]] RpcResult<ImportInspectReply> inspectImport(devices::storage::IoEngine& engine,
                                                          const std::string& folder);

/// A machine that is made of an exported one: its files first, which is long work, then the machine
/// itself, which is the service's.
class MachineImport {
  public:
    /// With the rights of the calling thread, as the other two but settings(). The error names the
    /// request's field.
    [[nodiscard]] static RpcResult<MachineImport> prepare(const MachineImportParams& params,
                                                          uid_t user);

    /// What the machine will be; of a copied machine's paths it has those that are copied from,
    /// until run().
    [[nodiscard]] const MachineSettings& settings() const { return settings_; }

    /// Copies the files, whole or not at all, and looks whether the machine could use them.
    [[nodiscard]] hypervisor::Result<void> run(devices::storage::IoEngine& engine,
                                               devices::storage::Job& job);
    /// Removes the copies.
    void undo() const;

  private:
    explicit MachineImport(ExportedMachine source)
        : source_(std::move(source)), settings_(source_.settings()) {}
    [[nodiscard]] RpcResult<void> chooseDiskFolder(const MachineImportParams& params, uid_t user);
    [[nodiscard]] hypervisor::Result<void> copyFiles(devices::storage::IoEngine& engine,
                                                     devices::storage::Job& job);

    ExportedMachine source_;
    MachineSettings settings_;
    // Empty: nothing is copied.
    std::string diskFolder_;
    // What has been made, empty before.
    std::string made_;
};

}  // namespace service
