// SPDX-License-Identifier: GPL-3.0-or-later
#include "new_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "devices/storage/io_status.h"

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;
using hypervisor::systemFailure;

Result<NewFile> NewFile::create(std::string path, bool replace) {
    struct stat status = {};
    const bool there = ::lstat(path.c_str(), &status) == 0;
    if (there && !replace)
        return failure("cannot create " + path +
                       ": it is there already; remove it or give --force");
    if (there && !S_ISREG(status.st_mode))
        return failure("cannot replace " + path + ": it is not a regular file");
    std::string temporary = path + ".XXXXXX";
    hypervisor::FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file)
        return failure("cannot create " + path + ": " + IoStatus{errno}.text());
    // mkostemp() gives the owner alone rights; a new file has those that the user's mask leaves.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(file.get(), there ? status.st_mode & 07777 : 0666 & ~mask) != 0) {
        const int error = errno;
        ::unlink(temporary.c_str());
        return systemFailure("cannot create " + path, error);
    }
    return NewFile(std::move(path), std::move(temporary), std::move(file), replace);
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::move(other.file_)),
      replace_(other.replace_) {}

NewFile::~NewFile() {
    if (!temporary_.empty())
        ::unlink(temporary_.c_str());
}

Result<hypervisor::FileDescriptor> NewFile::descriptor() const {
    hypervisor::FileDescriptor copy(::fcntl(file_.get(), F_DUPFD_CLOEXEC, 3));
    if (!copy)
        return systemFailure("cannot open " + path_ + " again", errno);
    return copy;
}

Result<void> NewFile::publish() {
    // Whoever made a file of that name meanwhile keeps it.
    const unsigned flags = replace_ ? 0 : RENAME_NOREPLACE;
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), flags) != 0)
        return systemFailure("cannot give " + path_ + " its name", errno);
    temporary_.clear();
    return syncFolder(path_);
}

Result<void> syncFolder(const std::string& path) {
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    const std::string folder = parent.empty() ? "." : parent.string();
    const hypervisor::FileDescriptor opened(
        ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::fsync(opened.get()) != 0)
        return systemFailure("cannot bring the folder " + folder + " to stable storage", errno);
    return {};
}

}  // namespace devices::storage
