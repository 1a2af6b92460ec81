// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_import.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <utility>
#include <vector>

#include "machine_files.h"
#include "service/vmms/exchange/confined_folder.h"
#include "service/vmms/exchange/folder_name.h"
#include "service/vmms/exchange/machine_copy.h"
#include "service/vmms/exchange/own_paths.h"
#include "service/vmms/exchange/unfinished_folder.h"
#include "settings_check.h"

namespace service {

namespace storage = devices::storage;
namespace fs = std::filesystem;

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr const char* kUsualDisks = "/Vireo/Virtual Hard Disks";
constexpr const char* kBootFiles = "Boot Files";

/// Where the manager makes new machines' disks, too.
RpcResult<std::string> usualDiskFolder(uid_t user) {
    passwd record{};
    passwd* found = nullptr;
    std::vector<char> text(64 << 10);
    if (::getpwuid_r(user, &record, text.data(), text.size(), &found) != 0 || found == nullptr ||
        found->pw_dir == nullptr || found->pw_dir[0] != '/')
        return rpcFailure(ErrorCode::FileError,
                          fmt::format("user {} has no home for the disks", user),
                          "name a folder for them", "diskFolder");
    std::string folder = std::string(found->pw_dir) + kUsualDisks;
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        return rpcFailure(ErrorCode::FileError,
                          fmt::format("can't make the folder '{}': {}", folder, error.message()),
                          "name another folder", "diskFolder");
    return folder;
}

void renew(MachineSettings& settings) {
    settings.id = newUuid();
    settings.created = std::time(nullptr);
    // The other machine's checkpoints are not this one's.
    settings.checkpoints.folder.clear();
    for (NetworkAdapter& adapter : settings.networkAdapters) {
        adapter.id.clear();
        adapter.macAddress.clear();
    }
    giveIdentities(settings);
}

bool isMissing(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

}  // namespace

RpcResult<ImportInspectReply> inspectImport(storage::IoEngine& engine, const std::string& folder) {
    auto machine = ExportedMachine::read(folder);
    if (!machine)
        return std::unexpected(machine.error());
    ImportInspectReply reply;
    reply.settings = machine->settings();
    SourceFiles files(engine, machine->confinement());
    for (const OwnPath& own : ownPaths(reply.settings)) {
        const auto added = files.add(*own.path, own.kind);
        if (added)
            continue;
        const bool missing = isMissing(*own.path);
        reply.files.push_back({own.kind, *own.path, 0, missing});
        reply.problems.push_back(
            {missing ? fmt::format("The file '{}' is missing.", *own.path)
                     : fmt::format("'{}' can't be used: {}.", *own.path, added.error().message),
             {ImportKind::Register, ImportKind::Restore, ImportKind::Copy}});
    }
    for (const SourceFile& file : files.files())
        reply.files.push_back({file.kind, file.path, file.size, false});
    reply.totalBytes = files.totalBytes();
    for (std::string& sentence : machine->takeOutMissingDiscs())
        reply.problems.push_back({std::move(sentence), {}});
    return reply;
}

RpcResult<MachineImport> MachineImport::prepare(const MachineImportParams& params, uid_t user) {
    auto source = ExportedMachine::read(params.folder);
    if (!source)
        return std::unexpected(source.error());
    static_cast<void>(source->takeOutMissingDiscs());
    MachineImport import(std::move(*source));
    import.settings_.version = kSettingsVersion;
    if (params.name)
        import.settings_.name = *params.name;
    if (params.kind == ImportKind::Copy)
        renew(import.settings_);
    // It becomes a part of paths.
    if (auto name = checkName(import.settings_.name); !name)
        return std::unexpected(name.error());
    if (params.kind != ImportKind::Register && !ownPaths(import.settings_).empty())
        if (auto chosen = import.chooseDiskFolder(params, user); !chosen)
            return std::unexpected(chosen.error());
    return import;
}

RpcResult<void> MachineImport::chooseDiskFolder(const MachineImportParams& params, uid_t user) {
    auto chosen =
        params.diskFolder ? RpcResult<std::string>(*params.diskFolder) : usualDiskFolder(user);
    if (!chosen)
        return std::unexpected(chosen.error());
    if (const auto folder = ConfinedFolder::open(*chosen); !folder)
        return rpcFailure(ErrorCode::FileError, folder.error().message,
                          "name a folder that is there", "diskFolder");
    diskFolder_ = std::move(*chosen);
    if (const auto free = refuseIfThere(diskFolder_ + '/' + folderName(settings_.name)); !free)
        return rpcFailure(ErrorCode::AlreadyExists, free.error().message, {}, "diskFolder");
    return {};
}

Result<void> MachineImport::run(storage::IoEngine& engine, storage::Job& job) {
    if (!diskFolder_.empty()) {
        if (auto copied = copyFiles(engine, job); !copied)
            return copied;
    } else {
        const auto files = MachineCopy::open(engine, settings_, source_.confinement(), {});
        if (!files)
            return failure(files.error().message);
    }
    // As when a machine is created.
    if (const auto files = openMachineFiles(settings_); !files) {
        undo();
        return failure(describe(files.error()));
    }
    return {};
}

Result<void> MachineImport::copyFiles(storage::IoEngine& engine, storage::Job& job) {
    const auto copy = MachineCopy::open(engine, settings_, source_.confinement(), {"", kBootFiles});
    if (!copy)
        return failure(copy.error().message);
    auto folder = UnfinishedFolder::create(diskFolder_, folderName(settings_.name), "importing");
    if (!folder)
        return std::unexpected(folder.error());
    if (auto copied = copy->copyTo(folder->path(), folder->target(), job); !copied)
        return copied;
    if (auto published = folder->publish(); !published)
        return published;
    made_ = folder->target();
    settings_ = copy->copied(made_ + '/');
    return {};
}

void MachineImport::undo() const {
    std::error_code ignored;
    if (!made_.empty())
        fs::remove_all(made_, ignored);
}

}  // namespace service
