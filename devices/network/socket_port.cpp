// SPDX-License-Identifier: GPL-3.0-or-later
#include "socket_port.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace devices::network {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

/// A pause of the other end should not cost frames at once; the host's own limit caps it.
constexpr int kSocketBuffer = 1 << 20;

int option(int socket, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

}  // namespace

Result<std::unique_ptr<SocketPort>> SocketPort::create(FileDescriptor socket) {
    if (option(socket.get(), SO_TYPE) != SOCK_SEQPACKET ||
        option(socket.get(), SO_DOMAIN) != AF_UNIX)
        return failure(
            "a switch port can't use the descriptor: it is no Unix socket of kind SOCK_SEQPACKET");
    return std::unique_ptr<SocketPort>(new SocketPort(std::move(socket)));
}

Result<std::pair<FileDescriptor, FileDescriptor>> SocketPort::createSockets() {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return systemFailure("can't make the sockets of a switch port", errno);
    for (const int end : ends)
        ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
    return std::pair(FileDescriptor(ends[0]), FileDescriptor(ends[1]));
}

SendOutcome SocketPort::send(std::span<const iovec> pieces, const FrameOffload& offload) {
    const std::size_t length = lengthOf(pieces);
    if (!up_ || offload.checksum() || offload.segmentation() || length < kEthernetHeader ||
        length > kLongestFrame)
        return SendOutcome::Refused;
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    for (;;) {
        if (::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return SendOutcome::Sent;
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM)
            return SendOutcome::Full;
        if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
            up_ = false;
        return SendOutcome::Refused;
    }
}

ReceiveOutcome SocketPort::receive(FrameSink& sink, unsigned most) {
    for (unsigned count = 0; count < most; ++count) {
        if (!up_)
            return ReceiveOutcome::Closed;
        // MSG_TRUNC has the packet's true length come back: what is too long is left out.
        const ssize_t got =
            ::recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK)
                return ReceiveOutcome::Empty;
        }
        // A packet of no bytes can't be told from the end, and no frame has none.
        if (got <= 0) {
            up_ = false;
            return ReceiveOutcome::Closed;
        }
        const auto length = static_cast<std::size_t>(got);
        if (length >= kEthernetHeader && length <= buffer_.size())
            sink.received({std::span(buffer_).first(length), false});
    }
    return ReceiveOutcome::More;
}

}  // namespace devices::network
