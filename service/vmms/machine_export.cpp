// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_export.h"

#include <fmt/format.h>

#include <utility>

#include "atomic_file.h"
#include "service/vmms/exchange/confined_folder.h"
#include "service/vmms/exchange/folder_name.h"
#include "service/vmms/exchange/machine_copy.h"
#include "service/vmms/exchange/unfinished_folder.h"

namespace service {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr const char* kDisksFolder = "Virtual Hard Disks";
constexpr const char* kBootFolder = "Boot Files";

}  // namespace

std::string MachineExport::target() const {
    return parent + '/' + folderName(machine.settings.name);
}

RpcResult<void> MachineExport::judge() const {
    if (const auto folder = ConfinedFolder::open(parent); !folder)
        return rpcFailure(ErrorCode::FileError, folder.error().message,
                          "name a folder that is there", "folder");
    if (const auto free = refuseIfThere(target()); !free)
        return rpcFailure(ErrorCode::AlreadyExists, free.error().message, {}, "folder");
    return {};
}

Result<void> MachineExport::run(devices::storage::IoEngine& engine,
                                devices::storage::Job& job) const {
    const auto copy = MachineCopy::open(engine, machine.settings, {}, {kDisksFolder, kBootFolder});
    if (!copy)
        return failure(copy.error().message);
    auto folder = UnfinishedFolder::create(parent, folderName(machine.settings.name), "exporting");
    if (!folder)
        return std::unexpected(folder.error());
    if (auto copied = copy->copyTo(folder->path(), folder->target(), job); !copied)
        return copied;
    const StoredMachine exported{copy->copied({}), machine.owner};
    if (auto written = replaceFile(fmt::format("{}/{}", folder->path(), kMachineFileName),
                                   writeMachineFile(exported, text));
        !written)
        return written;
    return folder->publish();
}

}  // namespace service
