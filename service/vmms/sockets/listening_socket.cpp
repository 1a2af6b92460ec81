// SPDX-License-Identifier: GPL-3.0-or-later
#include "listening_socket.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>

#include "service/ipc/unix_address.h"

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr int kBacklog = 64;
// A socket has this name until it listens as it should.
constexpr std::string_view kUnfinished = ".new";

}  // namespace

Result<FileDescriptor> createListeningSocket(const std::string& path, const SocketAccess& access) {
    const std::string unfinished = path.substr(0, path.rfind('/') + 1) + std::string(kUnfinished);
    const auto address = unixAddress(unfinished);
    // Who connects must be able to name it, too.
    if (!address || !unixAddress(path))
        return hypervisor::failure(
            fmt::format("the socket's path {} is longer than the {} bytes that the kernel takes; "
                        "choose a shorter folder",
                        path, kLongestSocketPath));
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket)
        return systemFailure("can't make a socket for " + path, errno);
    ::unlink(unfinished.c_str());
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        return systemFailure("can't make the socket " + path, errno);
    // Nobody can connect before it listens.
    if (access.group && ::lchown(unfinished.c_str(), static_cast<uid_t>(-1), *access.group) != 0)
        return systemFailure(
            fmt::format("can't give the socket {} to group {}", path, *access.group), errno);
    if (::chmod(unfinished.c_str(), access.mode) != 0)
        return systemFailure("can't set the mode of the socket " + path, errno);
    if (::listen(socket.get(), kBacklog) != 0)
        return systemFailure("can't listen at " + path, errno);
    if (::rename(unfinished.c_str(), path.c_str()) != 0)
        return systemFailure("can't put the socket at " + path, errno);
    return socket;
}

}  // namespace service
