// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

// Base64 makes a third more of it, and a reply has its limit.
constexpr off_t kMostBytes = off_t{40} << 20;

}  // namespace

Result<PictureFile> PictureFile::create() {
    FileDescriptor file(::memfd_create("screen-picture", MFD_CLOEXEC));
    if (!file)
        return systemFailure("can't make room for a picture", errno);
    return PictureFile(std::move(file));
}

Result<std::string> PictureFile::read() const {
    struct stat status {};
    if (::fstat(file_.get(), &status) != 0)
        return systemFailure("can't examine the picture", errno);
    if (status.st_size > kMostBytes)
        return failure("the picture is too large to be handed over; ask for a smaller one");
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t got = ::pread(file_.get(), bytes.data() + done, bytes.size() - done,
                                    static_cast<off_t>(done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return systemFailure("can't read the picture", errno);
        // Its worker has cut it off meanwhile.
        if (got == 0)
            bytes.resize(done);
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

}  // namespace service
