// SPDX-License-Identifier: GPL-3.0-or-later
#include "confined_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace fs = std::filesystem;

Result<ConfinedFolder> ConfinedFolder::open(const std::string& path) {
    std::string plain = fs::path(path).lexically_normal().string();
    if (plain.size() > 1 && plain.back() == '/')
        plain.pop_back();
    FileDescriptor folder(::open(plain.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder)
        return hypervisor::systemFailure(fmt::format("can't open the folder '{}'", plain), errno);
    return ConfinedFolder(std::move(plain), std::move(folder));
}

std::expected<FileDescriptor, int> ConfinedFolder::openFile(const std::string& relative) const {
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    FileDescriptor file(static_cast<int>(
        ::syscall(SYS_openat2, folder_.get(), relative.c_str(), &how, sizeof how)));
    if (!file)
        return std::unexpected(errno);
    return file;
}

std::optional<std::string> ConfinedFolder::relative(const std::string& absolute) const {
    const std::string plain = fs::path(absolute).lexically_normal().string();
    const std::string begin = path_ == "/" ? path_ : path_ + '/';
    if (!plain.starts_with(begin) || plain.size() == begin.size())
        return std::nullopt;
    return plain.substr(begin.size());
}

}  // namespace service
