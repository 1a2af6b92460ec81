// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "atomic_file.h"

namespace service {

namespace fs = std::filesystem;

using hypervisor::failure;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

// What a machine's folder has of the service's own.
constexpr std::string_view kOwnFiles[] = {kMachineFileName, "vm.json.new", "running"};

std::uint64_t sizeOf(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return 0;
    return static_cast<std::uint64_t>(status.st_size);
}

/// Directly in the folder, which only the service may write: no way leads out of it.
bool isIn(const std::string& path, const std::string& folder) {
    const fs::path name = fs::path(path).filename();
    return name != "." && name != ".." && path == folder + '/' + name.string();
}

std::vector<std::string> imagesOf(const MachineSettings& settings) {
    std::vector<std::string> images;
    for (const Drive& drive : settings.drives)
        if (drive.kind == DriveKind::HardDisk && !drive.path.empty())
            images.push_back(drive.path);
    return images;
}

}  // namespace

Result<std::string> createMachineFolder(const std::string& machines, const std::string& elsewhere,
                                        const StoredMachine& machine) {
    const std::string& id = machine.settings.id;
    const std::string parent = elsewhere.empty() ? machines : elsewhere;
    const std::string unfinished = fmt::format("{}/.{}.new", parent, id);
    const std::string folder = fmt::format("{}/{}", parent, id);
    const std::string link = fmt::format("{}/{}", machines, id);
    std::error_code ignored;
    if (::mkdir(unfinished.c_str(), 0700) != 0)
        return systemFailure(fmt::format("can't make the folder '{}'", unfinished), errno);
    if (auto stored = storeMachine(unfinished, machine); !stored) {
        fs::remove_all(unfinished, ignored);
        return std::unexpected(stored.error());
    }
    if (std::rename(unfinished.c_str(), folder.c_str()) != 0) {
        const int error = errno;
        fs::remove_all(unfinished, ignored);
        return systemFailure(fmt::format("can't make the folder '{}'", folder), error);
    }
    if (auto synced = syncFolder(parent); !synced) {
        fs::remove_all(folder, ignored);
        return std::unexpected(synced.error());
    }
    if (elsewhere.empty())
        return folder;
    if (::symlink(folder.c_str(), link.c_str()) != 0) {
        const int error = errno;
        fs::remove_all(folder, ignored);
        return systemFailure(fmt::format("can't note the machine's folder as '{}'", link), error);
    }
    if (auto synced = syncFolder(machines); !synced)
        return std::unexpected(synced.error());
    return folder;
}

Result<MachineDeleteReply> deleteMachineFolder(const std::string& machines,
                                               const std::string& folder, const std::string& id,
                                               const MachineSettings* settings, DeleteDisks disks) {
    MachineDeleteReply reply;
    for (const std::string_view name : kOwnFiles) {
        const std::string path = fmt::format("{}/{}", folder, name);
        if (::unlink(path.c_str()) == 0)
            reply.removed.push_back(path);
        else if (errno != ENOENT)
            return systemFailure(fmt::format("can't remove '{}'", path), errno);
    }
    // Once this is durable, the machine does not come back.
    if (auto synced = syncFolder(folder); !synced)
        return std::unexpected(synced.error());
    for (const std::string& image : settings ? imagesOf(*settings) : std::vector<std::string>()) {
        if (disks == DeleteDisks::Yes && isIn(image, folder) && ::unlink(image.c_str()) == 0)
            reply.removed.push_back(image);
        else
            reply.kept.push_back(image);
    }
    if (::rmdir(folder.c_str()) == 0) {
        reply.removed.push_back(folder);
    } else {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(folder, error))
            if (std::ranges::find(reply.kept, entry.path().string()) == reply.kept.end())
                reply.kept.push_back(entry.path().string());
    }
    const std::string link = fmt::format("{}/{}", machines, id);
    if (link != folder)
        ::unlink(link.c_str());
    static_cast<void>(syncFolder(machines).has_value());
    return reply;
}

std::vector<MachineFile> listMachineFiles(const std::string& folder,
                                          const MachineSettings& settings) {
    std::vector<MachineFile> files;
    files.push_back({fmt::format("{}/{}", folder, kMachineFileName),
                     sizeOf(fmt::format("{}/{}", folder, kMachineFileName)), true});
    for (const std::string& image : imagesOf(settings))
        files.push_back({image, sizeOf(image), false});
    return files;
}

Result<std::vector<FoundFolder>> findMachineFolders(const std::string& machines) {
    std::vector<FoundFolder> found;
    std::error_code error;
    fs::directory_iterator entries(machines, error);
    if (error)
        return failure(
            fmt::format("can't read the folder of machines '{}': {}", machines, error.message()));
    std::vector<std::string> paths;
    for (; entries != fs::directory_iterator(); entries.increment(error)) {
        if (error)
            return failure(fmt::format("can't read the folder of machines '{}': {}", machines,
                                       error.message()));
        paths.push_back(entries->path().string());
    }
    std::ranges::sort(paths);
    for (const std::string& path : paths) {
        const std::string name = fs::path(path).filename();
        if (name.starts_with('.')) {
            fs::remove_all(path, error);
            continue;
        }
        // The folder itself, not the link to it: messages and images name that.
        const std::string folder = fs::canonical(path, error).string();
        if (error) {
            found.push_back(
                {path, failure(fmt::format("can't open '{}': {}", path, error.message()))});
            continue;
        }
        if (!fs::is_directory(folder, error) && !error)
            continue;
        struct stat status {};
        const std::string file = fmt::format("{}/{}", folder, kMachineFileName);
        if (::lstat(file.c_str(), &status) != 0 && errno == ENOENT)
            continue;
        auto machine = loadMachine(folder);
        if (machine && machine->settings.id != name)
            machine =
                failure(fmt::format("'{}' is damaged: its id is not the name of its folder", file));
        found.push_back({folder, std::move(machine)});
    }
    return found;
}

}  // namespace service
