// SPDX-License-Identifier: GPL-3.0-or-later
#include "link_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

Result<LinkWatch> LinkWatch::create() {
    FileDescriptor socket(
        ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    sockaddr_nl groups{};
    groups.nl_family = AF_NETLINK;
    groups.nl_groups = RTMGRP_LINK;
    if (!socket ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&groups), sizeof groups) != 0)
        return systemFailure("can't watch the host's interfaces", errno);
    return LinkWatch(std::move(socket));
}

void LinkWatch::drain() {
    std::array<std::byte, 64 << 10> buffer;
    // ENOBUFS: some were lost, and more may follow.
    while (::recv(socket_.get(), buffer.data(), buffer.size(), 0) >= 0 || errno == EINTR ||
           errno == ENOBUFS)
        continue;
}

}  // namespace service
