// SPDX-License-Identifier: GPL-3.0-or-later
#include "atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr mode_t kMode = 0600;

Result<void> writeWhole(const FileDescriptor& file, std::string_view content,
                        const std::string& path) {
    while (!content.empty()) {
        const ssize_t count = ::write(file.get(), content.data(), content.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return systemFailure(fmt::format("can't write '{}'", path), errno);
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fsync(file.get()) != 0)
        return systemFailure(fmt::format("can't make '{}' durable", path), errno);
    return {};
}

}  // namespace

Result<void> syncFolder(const std::string& folder) {
    const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor || ::fsync(descriptor.get()) != 0)
        return systemFailure(fmt::format("can't make the folder '{}' durable", folder), errno);
    return {};
}

Result<void> replaceFile(const std::string& path, std::string_view content) {
    // One writer per file: the service. A file that an interrupted one left is replaced.
    const std::string temporary = path + ".new";
    {
        const FileDescriptor file(::open(
            temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kMode));
        if (!file)
            return systemFailure(fmt::format("can't make '{}'", temporary), errno);
        if (auto written = writeWhole(file, content, temporary); !written) {
            ::unlink(temporary.c_str());
            return written;
        }
    }
    if (std::rename(temporary.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(temporary.c_str());
        return systemFailure(fmt::format("can't replace '{}'", path), error);
    }
    return syncFolder(std::filesystem::path(path).parent_path());
}

Result<std::string> readFile(const std::string& path, std::size_t most) {
    // Not blocking, so that a FIFO does not keep us waiting for its writer.
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file)
        return systemFailure(fmt::format("can't open '{}'", path), errno);
    return readFile(file, path, most);
}

Result<std::string> readFile(const FileDescriptor& file, const std::string& path,
                             std::size_t most) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return systemFailure(fmt::format("can't examine '{}'", path), errno);
    if (!S_ISREG(status.st_mode))
        return failure(fmt::format("'{}' is not a regular file", path));
    std::string content(most + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t count = ::read(file.get(), content.data() + size, content.size() - size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return systemFailure(fmt::format("can't read '{}'", path), errno);
        if (count == 0)
            break;
        size += static_cast<std::size_t>(count);
    }
    if (size > most)
        return failure(fmt::format("'{}' is larger than {} bytes", path, most));
    content.resize(size);
    return content;
}

}  // namespace service
