// SPDX-License-Identifier: GPL-3.0-or-later
#include "unfinished_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "devices/storage/images/new_file.h"

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace fs = std::filesystem;

namespace {

constexpr mode_t kMode = 0700;

/// Without waiting; none if there is no such folder.
Result<FileDescriptor> lockFolder(const std::string& path) {
    FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder && errno == ENOENT)
        return FileDescriptor();
    if (!folder)
        return systemFailure(fmt::format("can't open the folder '{}'", path), errno);
    if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0)
        return failure(fmt::format(
            "'{}' is being written to by another export or import; wait for it, or cancel it",
            path));
    return folder;
}

Result<void> removeWhatWasLeft(const std::string& path) {
    const auto left = lockFolder(path);
    if (!left)
        return std::unexpected(left.error());
    std::error_code error;
    if (*left)
        fs::remove_all(path, error);
    if (error)
        return failure(
            fmt::format("can't remove '{}', which an interrupted export or import has "
                        "left: {}",
                        path, error.message()));
    return {};
}

}  // namespace

Result<void> refuseIfThere(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0)
        return failure(
            fmt::format("'{}' is there already; remove it or choose another folder", path));
    return {};
}

Result<UnfinishedFolder> UnfinishedFolder::create(const std::string& parent,
                                                  const std::string& name,
                                                  const std::string& purpose) {
    UnfinishedFolder unfinished(parent, fmt::format("{}/.{}.{}", parent, name, purpose),
                                fmt::format("{}/{}", parent, name));
    const std::string path = std::exchange(unfinished.path_, {});
    if (auto free = refuseIfThere(unfinished.target_); !free)
        return std::unexpected(free.error());
    if (auto removed = removeWhatWasLeft(path); !removed)
        return std::unexpected(removed.error());
    if (::mkdir(path.c_str(), kMode) != 0)
        return systemFailure(fmt::format("can't make the folder '{}'", path), errno);
    auto locked = lockFolder(path);
    struct stat made {};
    struct stat named {};
    if (!locked)
        return std::unexpected(locked.error());
    // Another one may have taken it for what was left, before it was locked.
    if (::fstat(locked->get(), &made) != 0 || ::lstat(path.c_str(), &named) != 0 ||
        made.st_dev != named.st_dev || made.st_ino != named.st_ino)
        return failure(fmt::format("another export or import has taken '{}'; try again", path));
    unfinished.path_ = path;
    unfinished.folder_ = std::move(*locked);
    return unfinished;
}

UnfinishedFolder::UnfinishedFolder(UnfinishedFolder&& other) noexcept
    : parent_(std::move(other.parent_)),
      path_(std::exchange(other.path_, {})),
      target_(std::move(other.target_)),
      folder_(std::move(other.folder_)) {}

UnfinishedFolder::~UnfinishedFolder() {
    std::error_code ignored;
    if (!path_.empty())
        fs::remove_all(path_, ignored);
}

Result<void> UnfinishedFolder::publish() {
    if (::fsync(folder_.get()) != 0)
        return systemFailure(fmt::format("can't make the folder '{}' durable", path_), errno);
    // Whoever made something of that name meanwhile keeps it.
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) != 0)
        return systemFailure(fmt::format("can't give '{}' its name", target_), errno);
    path_.clear();
    return devices::storage::syncFolder(target_);
}

}  // namespace service
