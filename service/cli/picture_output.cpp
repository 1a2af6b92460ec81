// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "hypervisor/file_descriptor.h"

namespace service::cli {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

std::string cannotWrite(const std::string& path) {
    return "can't write the picture '" + path + "'";
}

}  // namespace

Result<void> replacePicture(const std::string& path, const std::string& bytes) {
    const std::string what = cannotWrite(path);
    std::string temporary = path + ".XXXXXX";
    FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file)
        return systemFailure(what, errno);
    int error = 0;
    for (std::size_t done = 0; error == 0 && done < bytes.size();) {
        const ssize_t written = ::write(file.get(), bytes.data() + done, bytes.size() - done);
        if (written >= 0)
            done += static_cast<std::size_t>(written);
        else if (errno != EINTR)
            error = errno;
    }
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (error == 0 &&
        (::fchmod(file.get(), 0666 & ~mask) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0))
        error = errno;
    if (error == 0)
        return {};
    ::unlink(temporary.c_str());
    return systemFailure(what, error);
}

Result<void> checkPicturePlace(const std::string& path) {
    if (path.empty())
        return failure("the name of the picture is empty; name a file");
    std::error_code error;
    if (std::filesystem::is_directory(path, error))
        return failure(cannotWrite(path) + ": it is a directory; name a file");
    std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (folder.empty())
        folder = ".";
    if (::access(folder.c_str(), W_OK | X_OK) != 0)
        return systemFailure(cannotWrite(path), errno);
    return {};
}

}  // namespace service::cli
