// SPDX-License-Identifier: GPL-3.0-or-later
#include "source_opener.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "devices/storage/file_lock.h"
#include "plain_file.h"

namespace service {

namespace storage = devices::storage;

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using storage::FileAccess;
using storage::OpenedImageFile;

namespace {

Result<FileDescriptor> openConfined(const ConfinedFolder& folder, const std::string& path) {
    const auto relative = folder.relative(path);
    if (!relative)
        return failure(fmt::format("'{}' is outside of the folder '{}'", path, folder.path()));
    auto file = folder.openFile(*relative);
    if (file)
        return std::move(*file);
    if (file.error() == EXDEV)
        return failure(fmt::format("'{}' leads out of the folder '{}'", path, folder.path()));
    return hypervisor::systemFailure(fmt::format("cannot open {}", path), file.error());
}

bool isSameFile(int one, int other) {
    struct stat first {};
    struct stat second {};
    return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace

Result<OpenedImageFile> SourceOpener::openOne(const std::string& path) const {
    auto file = folder_ ? openConfined(*folder_, path) : openPlainFile(path);
    if (!file)
        return std::unexpected(file.error());
    struct stat status {};
    if (::fstat(file->get(), &status) != 0)
        return hypervisor::systemFailure(fmt::format("can't examine '{}'", path), errno);
    if (!S_ISREG(status.st_mode))
        return failure(fmt::format("'{}' is not a regular file", path));
    if (auto locked = storage::lockImage(file->get(), FileAccess::Read, path); !locked)
        return std::unexpected(locked.error());
    return OpenedImageFile{std::move(*file), path};
}

Result<OpenedImageFile> SourceOpener::open(const std::string& path, FileAccess) {
    auto noted = openOne(path);
    if (!noted)
        return noted;
    auto given = openOne(path);
    if (!given)
        return given;
    if (!isSameFile(noted->descriptor.get(), given->descriptor.get()))
        return failure(fmt::format("somebody replaces '{}' just now; try again", path));
    opened_.push_back(std::move(*noted));
    return given;
}

Result<std::string> SourceOpener::findConfinedParent(const std::string& child,
                                                     const storage::ParentReference& parent) const {
    for (const storage::ParentPath& path : parent.paths)
        for (const std::string& candidate : storage::hostPaths(child, path)) {
            const auto relative = folder_->relative(candidate);
            // What is not there may be at the next place; other errors are told when it is opened.
            if (relative) {
                const auto file = folder_->openFile(*relative);
                if (file || file.error() != ENOENT)
                    return folder_->path() + '/' + *relative;
            }
        }
    return failure(
        fmt::format("the parent of '{}' is not in the folder '{}'", child, folder_->path()));
}

Result<OpenedImageFile> SourceOpener::openParent(const std::string& child,
                                                 const storage::ParentReference& parent) {
    auto path = folder_ ? findConfinedParent(child, parent) : storage::findParent(child, parent);
    if (!path)
        return std::unexpected(path.error());
    return open(*path, FileAccess::Read);
}

}  // namespace service
