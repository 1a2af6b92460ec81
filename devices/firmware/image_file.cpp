// SPDX-License-Identifier: GPL-3.0-or-later
#include "image_file.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace devices {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

ImageFile::ImageFile(FileDescriptor file, std::string name, std::uint64_t size)
    : file_(std::move(file)), name_(std::move(name)), size_(size) {}

Result<ImageFile> ImageFile::create(FileDescriptor file, std::string name) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return hypervisor::systemFailure(fmt::format("can't examine '{}'", name), errno);
    if (S_ISDIR(status.st_mode))
        return failure(fmt::format("'{}' is a directory; name a file", name));
    if (!S_ISREG(status.st_mode))
        return failure(fmt::format("'{}' is not a regular file; copy its content into one", name));
    if (status.st_size <= 0)
        return failure(fmt::format("'{}' is empty; check that it was copied whole", name));
    return ImageFile(std::move(file), std::move(name), static_cast<std::uint64_t>(status.st_size));
}

Result<void> ImageFile::read(std::uint64_t offset, std::span<std::byte> to) const {
    const auto truncated = [&] {
        return failure(
            fmt::format("'{}' ends before its own headers say; it is truncated or "
                        "damaged, copy it again",
                        name_));
    };
    if (offset > size_ || to.size() > size_ - offset)
        return truncated();
    while (!to.empty()) {
        const ssize_t count =
            ::pread(file_.get(), to.data(), to.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return hypervisor::systemFailure(fmt::format("can't read '{}'", name_), errno);
        if (count == 0)
            return truncated();
        to = to.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

Result<void> ImageFile::load(std::uint64_t offset, std::uint64_t size,
                             const hypervisor::GuestMemory& memory, hypervisor::Gpa to) const {
    std::byte* const host = memory.at(to, size);
    if (!host)
        return failure(
            fmt::format("'{}' does not fit into the machine's memory at {:#x}; give the "
                        "machine more memory",
                        name_, to));
    return read(offset, {host, size});
}

}  // namespace devices
