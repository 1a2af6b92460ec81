// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "devices/storage/io_engine.h"
#include "devices/storage/job.h"
#include "hypervisor/error.h"
#include "machine_file.h"
#include "service/ipc/error_codes.h"

namespace service {

/// A machine that is copied to a folder with all that belongs to it (docs/file-formats.md). After
/// an interruption, an error or a cancellation at any moment the folder is there whole or not at
/// all.
///
/// Everything is done with the rights of the calling thread.
struct MachineExport {
    StoredMachine machine;
    /// The text of its vm.json, for what this version does not know in it.
    std::string text;
    /// Where the machine's folder is made.
    std::string parent;

    [[nodiscard]] std::string target() const;
    /// Whether it can begin: the error names the request's field.
    [[nodiscard]] RpcResult<void> judge() const;
    [[nodiscard]] hypervisor::Result<void> run(devices::storage::IoEngine& engine,
                                               devices::storage::Job& job) const;
};

}  // namespace service
