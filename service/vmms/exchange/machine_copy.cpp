// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>

#include "devices/storage/images/disk_jobs.h"
#include "devices/storage/images/new_file.h"
#include "devices/storage/zero_content.h"
#include "file_copy.h"
#include "own_paths.h"

namespace service {

namespace storage = devices::storage;
namespace fs = std::filesystem;

using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

bool isDisk(const SourceFile& file) {
    return file.kind == MachineFileKind::HardDisk || file.kind == MachineFileKind::ParentDisk;
}

/// "disk (2).vhdx" where there is a "disk.vhdx" already.
std::string freeName(const std::string& folder, const std::string& path,
                     std::set<std::string>& taken) {
    const fs::path original = fs::path(path).filename();
    const std::string begin = folder.empty() ? folder : folder + '/';
    std::string name = begin + original.string();
    for (int number = 2; !taken.insert(name).second; ++number)
        name = fmt::format("{}{} ({}){}", begin, original.stem().string(), number,
                           original.extension().string());
    return name;
}

Result<void> makeFolder(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return systemFailure(fmt::format("can't make the folder '{}'", path), errno);
    return {};
}

Result<void> copySource(const SourceFile& file, const std::string& target, CopyProgress& progress) {
    struct stat status {};
    if (::fstat(file.descriptor.get(), &status) != 0)
        return systemFailure(fmt::format("can't examine '{}'", file.path), errno);
    // Whoever might read the image may read its copy; its new owner may write to it.
    const mode_t mode = (status.st_mode & 0666) | S_IRUSR | S_IWUSR;
    const FileDescriptor made(
        ::open(target.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!made)
        return systemFailure(fmt::format("can't make '{}'", target), errno);
    return copyFile(file.descriptor.get(), file.path, made.get(), target, file.size, progress);
}

/// As reconnectDisk(), but with the places where the copies will be.
storage::Task<Result<void>> reconnectCopy(storage::IoEngine& engine, std::string child,
                                          std::string parent,
                                          std::vector<storage::ParentPath> paths) {
    storage::PathImageOpener opener;
    auto parentImage = co_await storage::openDisk(engine, opener, parent, {});
    if (!parentImage)
        co_return std::unexpected(parentImage.error());
    storage::OpenDiskOptions options;
    options.access = storage::FileAccess::ReadWrite;
    options.children = storage::KnownChildren::Accept;
    options.withParent = false;
    auto image = co_await storage::openDisk(engine, opener, child, options);
    if (!image)
        co_return std::unexpected(image.error());
    auto reconnected = co_await (*image)->reconnect(**parentImage, std::move(paths));
    auto closed = co_await (*image)->close();
    co_return reconnected ? closed : reconnected;
}

}  // namespace

RpcResult<MachineCopy> MachineCopy::open(storage::IoEngine& engine, MachineSettings settings,
                                         Confinement confinement, Layout layout) {
    MachineCopy copy(engine, std::move(settings), std::move(confinement), std::move(layout));
    for (const OwnPath& own : ownPaths(copy.settings_)) {
        const auto file = copy.sources_.add(*own.path, own.kind);
        if (!file)
            return rpcFailure(ErrorCode::FileError, file.error().message, {}, own.field);
        copy.fileOfPath_.push_back(*file);
    }
    copy.nameCopies();
    return copy;
}

void MachineCopy::nameCopies() {
    std::set<std::string> taken;
    // A folder in the folder itself has its name first.
    for (const std::string& folder : {layout_.disks, layout_.bootFiles})
        taken.insert(folder);
    for (const SourceFile& file : sources_.files())
        names_.push_back(
            freeName(isDisk(file) ? layout_.disks : layout_.bootFiles, file.path, taken));
}

Result<void> MachineCopy::copyTo(const std::string& folder, const std::string& target,
                                 storage::Job& job) const {
    CopyProgress progress(job, sources_.totalBytes());
    std::set<std::string> folders;
    for (std::size_t at = 0; at < names_.size(); ++at) {
        const SourceFile& file = sources_.files()[at];
        const std::string& inside = isDisk(file) ? layout_.disks : layout_.bootFiles;
        if (!inside.empty() && folders.insert(folder + '/' + inside).second)
            if (auto made = makeFolder(folder + '/' + inside); !made)
                return made;
        if (auto copied = copySource(file, folder + '/' + names_[at], progress); !copied)
            return copied;
    }
    if (auto reconnected = reconnect(folder, target); !reconnected)
        return reconnected;
    if (job.cancelled())
        return storage::cancelledJob("copying the machine's files");
    for (const std::string& made : folders)
        if (auto synced = storage::syncFolder(made + "/."); !synced)
            return synced;
    return {};
}

Result<void> MachineCopy::reconnect(const std::string& folder, const std::string& target) const {
    const auto& files = sources_.files();
    // Ancestors before those on them, which note how their parents are then.
    std::vector<bool> done(files.size(), false);
    for (std::size_t first = 0; first < files.size(); ++first) {
        std::vector<std::size_t> chain;
        for (std::optional<std::size_t> at = first; at && !done[*at]; at = files[*at].parent) {
            done[*at] = true;
            chain.push_back(*at);
        }
        for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
            const auto parent = files[*at].parent;
            if (!parent)
                continue;
            using Kind = storage::ParentPath::Kind;
            const std::string beside = fs::path(names_[*parent]).filename().string();
            const auto reconnected = engine_.wait(
                reconnectCopy(engine_, folder + '/' + names_[*at], folder + '/' + names_[*parent],
                              {{Kind::Relative, ".\\" + beside},
                               {Kind::Absolute, target + '/' + names_[*parent]}}));
            if (!reconnected)
                return reconnected;
        }
    }
    return {};
}

MachineSettings MachineCopy::copied(const std::string& prefix) const {
    MachineSettings settings = settings_;
    const auto paths = ownPaths(settings);
    for (std::size_t at = 0; at < paths.size(); ++at)
        *paths[at].path = prefix + names_[fileOfPath_[at]];
    return settings;
}

}  // namespace service
