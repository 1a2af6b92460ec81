// SPDX-License-Identifier: GPL-3.0-or-later
#include "message_socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

struct ControlBuffer {
    alignas(cmsghdr)
        std::array<char, CMSG_SPACE(sizeof(int) * MessageSocket::kMaximumDescriptors)> bytes{};
};

}  // namespace

Result<std::pair<MessageSocket, MessageSocket>> MessageSocket::createPair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return systemFailure("can't create a socket pair", errno);
    return std::pair(MessageSocket(FileDescriptor(ends[0])),
                     MessageSocket(FileDescriptor(ends[1])));
}

Result<void> MessageSocket::send(const std::string& line, std::span<const int> descriptors) {
    if (line.size() >= kMaximumLine || descriptors.size() > kMaximumDescriptors)
        return failure("a message for the control socket is too long; name fewer or shorter files");
    // A number before the line tells how many descriptors are its own: the kernel may hand them to
    // the receiver together with lines that went before.
    const std::string bytes =
        (descriptors.empty() ? std::string() : std::to_string(descriptors.size()) + ' ') + line +
        '\n';
    ControlBuffer control;
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        iovec vector{const_cast<char*>(bytes.data()) + sent, bytes.size() - sent};
        msghdr message{};
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        if (sent == 0 && !descriptors.empty()) {
            message.msg_control = control.bytes.data();
            message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
            cmsghdr* const header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
            std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
        }
        const ssize_t count = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return systemFailure("can't send on the control socket", errno);
        sent += static_cast<std::size_t>(count);
    }
    return {};
}

Result<bool> MessageSocket::readAvailable() {
    std::array<char, 65536> bytes{};
    ControlBuffer control;
    iovec vector{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    ssize_t count = 0;
    do
        count = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    if (count < 0 && errno == ECONNRESET)
        return false;
    if (count < 0)
        return systemFailure("can't receive on the control socket", errno);
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        for (std::size_t at = 0; at + sizeof(int) <= header->cmsg_len - CMSG_LEN(0);
             at += sizeof(int)) {
            int descriptor = -1;
            std::memcpy(&descriptor, CMSG_DATA(header) + at, sizeof descriptor);
            descriptors_.emplace_back(descriptor);
        }
    }
    if (descriptors_.size() > kMaximumDescriptors || (message.msg_flags & MSG_CTRUNC))
        return failure("too many descriptors came over the control socket");
    received_.append(bytes.data(), static_cast<std::size_t>(count));
    if (received_.size() > kMaximumLine && received_.find('\n') == std::string::npos)
        return failure("an endless message came over the control socket");
    return count != 0;
}

std::optional<MessageSocket::Message> MessageSocket::next() {
    const std::size_t end = received_.find('\n');
    if (end == std::string::npos)
        return std::nullopt;
    const char* const begin = received_.data();
    std::size_t own = 0;
    const auto [past, error] = std::from_chars(begin, begin + end, own);
    std::size_t from = 0;
    if (error == std::errc() && *past == ' ')
        from = static_cast<std::size_t>(past - begin) + 1;
    else
        own = 0;
    Message message{received_.substr(from, end - from), {}};
    // They are here: descriptors come with a line's first byte.
    const auto first = descriptors_.begin();
    const auto last = first + static_cast<std::ptrdiff_t>(std::min(own, descriptors_.size()));
    message.descriptors.assign(std::move_iterator(first), std::move_iterator(last));
    descriptors_.erase(first, last);
    received_.erase(0, end + 1);
    return message;
}

Result<std::optional<MessageSocket::Message>> MessageSocket::receive() {
    for (;;) {
        if (auto message = next())
            return message;
        const auto more = readAvailable();
        if (!more)
            return std::unexpected(more.error());
        if (!*more)
            return std::nullopt;
    }
}

void MessageSocket::shutDownSending() {
    ::shutdown(socket_.get(), SHUT_WR);
}

}  // namespace service
