// SPDX-License-Identifier: GPL-3.0-or-later
#include "plain_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;

Result<FileDescriptor> openPlainFile(const std::string& path, BlockDevices blockDevices) {
    const auto failed = [&](int error) {
        return hypervisor::systemFailure(fmt::format("can't open '{}'", path), error);
    };
    // Names the file without opening it, so that it is the same one afterwards.
    const FileDescriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!place || ::fstat(place.get(), &status) != 0)
        return failed(errno);
    const bool taken = S_ISREG(status.st_mode) ||
                       (S_ISBLK(status.st_mode) && blockDevices == BlockDevices::Accept);
    if (!taken)
        return hypervisor::failure(fmt::format("'{}' is not a regular file", path));
    FileDescriptor file(
        ::open(fmt::format("/proc/self/fd/{}", place.get()).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        return failed(errno);
    return file;
}

}  // namespace service
