// SPDX-License-Identifier: GPL-3.0-or-later
#include "unix_sockets.h"

#include <sys/socket.h>
#include <unistd.h>

#include <QtGlobal>

#include "service/ipc/unix_address.h"

namespace tests {

using hypervisor::FileDescriptor;

FileDescriptor connectTo(const std::string& path) {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = service::unixAddress(path);
    if (!address ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        return {};
    return socket;
}

FileDescriptor listenAt(const std::string& path) {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = service::unixAddress(path);
    ::unlink(path.c_str());
    if (!address ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
        ::listen(socket.get(), 64) != 0)
        qFatal("can't listen at %s", path.c_str());
    return socket;
}

}  // namespace tests
