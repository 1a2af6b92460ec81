// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_lock.h"

#include <fcntl.h>

namespace devices::storage {

namespace {

constexpr off_t kLockedByte = off_t{1} << 62;

int setLock(int descriptor, short type) {
    struct flock range = {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = kLockedByte;
    range.l_len = 1;
    return ::fcntl(descriptor, F_OFD_SETLK, &range);
}

}  // namespace

hypervisor::Result<void> lockImage(int descriptor, FileAccess access, const std::string& name) {
    if (setLock(descriptor, access == FileAccess::ReadWrite ? F_WRLCK : F_RDLCK) == 0)
        return {};
    const int error = errno;
    if (error == EAGAIN || error == EACCES) {
        return hypervisor::failure(
            access == FileAccess::ReadWrite
                ? "cannot open " + name +
                      " for writing: it is in use by a machine or another command, itself or as "
                      "the parent of a disk; stop that first"
                : "cannot open " + name +
                      ": a machine or another command has it open for writing; stop that first");
    }
    // A file system without locks: the image can be used, unprotected.
    if (error == ENOLCK || error == EOPNOTSUPP || error == EINVAL)
        return {};
    return hypervisor::systemFailure("cannot lock " + name, error);
}

void unlockImage(int descriptor) {
    static_cast<void>(setLock(descriptor, F_UNLCK));
}

}  // namespace devices::storage
