// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "machine_file.h"
#include "service/ipc/machine_requests.h"

namespace service {

// Machines' folders below the service's: `<machines>/<id>`, or a link of that name to a folder
// elsewhere. A name that begins with a dot is work that was not finished, and is removed when the
// service starts.

/// Makes the machine's folder with its vm.json: after an interruption at any moment it is there
/// whole or not at all. `elsewhere` is a folder to make it in, or empty.
[[nodiscard]] hypervisor::Result<std::string> createMachineFolder(const std::string& machines,
                                                                  const std::string& elsewhere,
                                                                  const StoredMachine& machine);

enum class DeleteDisks : bool { No, Yes };

/// Removes vm.json first, so that the machine is gone from then on, then the rest that is the
/// machine's, and the folder if nothing else is in it.
[[nodiscard]] hypervisor::Result<MachineDeleteReply> deleteMachineFolder(
    const std::string& machines, const std::string& folder, const std::string& id,
    const MachineSettings* settings, DeleteDisks disks);

/// The machine's files: what is in its folder, and its images elsewhere.
[[nodiscard]] std::vector<MachineFile> listMachineFiles(const std::string& folder,
                                                        const MachineSettings& settings);

struct FoundFolder {
    std::string path;
    hypervisor::Result<StoredMachine> machine;
};
/// All machines' folders, unreadable ones with the reason; removes unfinished work. Folders without
/// a vm.json, which hold what a deleted machine has left, are no machines.
[[nodiscard]] hypervisor::Result<std::vector<FoundFolder>> findMachineFolders(
    const std::string& machines);

}  // namespace service
