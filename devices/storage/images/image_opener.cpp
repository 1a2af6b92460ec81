// SPDX-License-Identifier: GPL-3.0-or-later
#include "image_opener.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "devices/storage/file_lock.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

// What may help, after the kernel's own words.
const char* wayOut(int error, FileAccess access) {
    const bool writing = access == FileAccess::ReadWrite;
    switch (error) {
        case ENOENT:
            return "; look at its name and folder";
        case EACCES:
        case EPERM:
            return writing ? "; it is read-only for this user: change its rights, or convert it to "
                             "a copy"
                           : "; this user may not read it: change its rights";
        case EROFS:
            return "; convert it to a copy elsewhere";
        case ETXTBSY:
            return "; something else uses it: end that first";
        default:
            return "";
    }
}

}  // namespace

Result<OpenedImageFile> PathImageOpener::open(const std::string& path, FileAccess access) {
    const int mode = access == FileAccess::ReadWrite ? O_RDWR : O_RDONLY;
    // A FIFO must not hold us up; for what is accepted the flag means nothing.
    hypervisor::FileDescriptor descriptor(
        ::open(path.c_str(), mode | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!descriptor) {
        const IoStatus status{errno};
        return failure("cannot open " + path +
                       (access == FileAccess::ReadWrite ? " for writing" : "") + ": " +
                       status.text() + wayOut(status.error, access));
    }
    struct stat status = {};
    if (::fstat(descriptor.get(), &status) == 0 && S_ISDIR(status.st_mode))
        return failure("cannot open " + path + ": it is a folder");
    if (auto locked = lockImage(descriptor.get(), access, path); !locked)
        return std::unexpected(locked.error());
    return OpenedImageFile{std::move(descriptor), path};
}

Result<OpenedImageFile> PathImageOpener::openParent(const std::string& child,
                                                    const ParentReference& parent) {
    const auto path = findParent(child, parent);
    if (!path)
        return std::unexpected(path.error());
    return open(*path, FileAccess::Read);
}

Result<std::string> findParent(const std::string& child, const ParentReference& parent) {
    std::string tried;
    for (const ParentPath& path : parent.paths) {
        for (const std::string& candidate : hostPaths(child, path)) {
            if (::access(candidate.c_str(), F_OK) == 0)
                return candidate;
            if (tried.find(candidate) == std::string::npos)
                tried += (tried.empty() ? "" : ", ") + candidate;
        }
    }
    return failure("cannot open " + child + ": its parent is not where it was (" +
                   (tried.empty() ? "it notes no usable path" : tried) +
                   "); name the place with 'vireo disk reconnect'");
}

Result<OpenedImageFile> GivenImageOpener::open(const std::string& path, FileAccess) {
    return next(path);
}

Result<OpenedImageFile> GivenImageOpener::openParent(const std::string& child,
                                                     const ParentReference&) {
    return next("the parent of " + child);
}

Result<OpenedImageFile> GivenImageOpener::next(const std::string& wanted) {
    if (given_ == chain_.size())
        return failure("cannot open " + wanted + ": its file was not handed over");
    return std::move(chain_[given_++]);
}

std::vector<std::string> hostPaths(const std::string& child, const ParentPath& path) {
    namespace fs = std::filesystem;
    std::string slashes = path.path;
    std::ranges::replace(slashes, '\\', '/');
    switch (path.kind) {
        case ParentPath::Kind::Relative: {
            const fs::path folder = fs::path(child).parent_path();
            std::vector<std::string> found = {(folder / slashes).lexically_normal().string()};
            // A backslash is a letter like any other in names on this host.
            if (slashes != path.path)
                found.push_back((folder / path.path).lexically_normal().string());
            return found;
        }
        case ParentPath::Kind::Absolute:
            if (path.path.starts_with('/'))
                return {path.path};
            // Ours, as the format has it; two of them begin the name of a server.
            if (slashes.starts_with('/') && !slashes.starts_with("//"))
                return {slashes};
            return {};
        case ParentPath::Kind::Volume:
            return {};
    }
    return {};
}

Result<std::vector<ParentPath>> pathsToParent(const std::string& child, const std::string& parent) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path absolute = fs::canonical(parent, error);
    if (error)
        return systemFailure("cannot find " + parent, error.value());
    fs::path folder = fs::path(child).parent_path();
    folder = fs::canonical(folder.empty() ? fs::path(".") : folder, error);
    if (error)
        return systemFailure("cannot find the folder of " + child, error.value());
    std::string relative = absolute.lexically_relative(folder).string();
    std::vector<ParentPath> paths;
    if (!relative.empty()) {
        std::ranges::replace(relative, '/', '\\');
        if (!relative.starts_with(".."))
            relative = ".\\" + relative;
        paths.push_back({ParentPath::Kind::Relative, relative});
    }
    paths.push_back({ParentPath::Kind::Absolute, absolute.string()});
    return paths;
}

}  // namespace devices::storage
