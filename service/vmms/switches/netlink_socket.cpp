// SPDX-License-Identifier: GPL-3.0-or-later
#include "netlink_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr std::size_t kBuffer = 256 << 10;

using Refused = std::unexpected<NetlinkRefusal>;

Refused refusedBy(int number) {
    return Refused({number, std::strerror(number)});
}

/// Of an answer of type NLMSG_ERROR that is no success: the errno's text, and what the kernel adds.
NetlinkRefusal refusalIn(const NetlinkAnswer& answer, std::uint16_t flags) {
    const auto error = answer.fixed<nlmsgerr>();
    NetlinkRefusal refusal{-error.error, std::strerror(-error.error)};
    if ((flags & NLM_F_ACK_TLVS) == 0)
        return refusal;
    // Behind what was asked, unless that was capped to its header.
    const std::size_t asked =
        (flags & NLM_F_CAPPED) != 0 ? sizeof(nlmsghdr) : NLMSG_ALIGN(error.msg.nlmsg_len);
    const std::size_t begin = sizeof(int) + asked;
    if (begin < answer.payload.size())
        if (const std::string text =
                NetlinkAttributes(std::span(answer.payload).subspan(begin)).text(NLMSGERR_ATTR_MSG);
            !text.empty())
            refusal.text += " (" + text + ")";
    return refusal;
}

}  // namespace

Result<NetlinkSocket> NetlinkSocket::create() {
    FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!socket)
        return systemFailure("can't speak with the kernel about networks", errno);
    const int on = 1;
    // Without them errors have fewer words.
    ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    return NetlinkSocket(std::move(socket));
}

std::expected<void, NetlinkRefusal> NetlinkSocket::perform(NetlinkMessage message) {
    if (auto answers = ask(std::move(message)); !answers)
        return Refused(std::move(answers.error()));
    return {};
}

std::expected<std::vector<NetlinkAnswer>, NetlinkRefusal> NetlinkSocket::list(
    NetlinkMessage message) {
    return ask(std::move(message));
}

std::expected<std::vector<NetlinkAnswer>, NetlinkRefusal> NetlinkSocket::ask(
    NetlinkMessage message) {
    const auto bytes = message.finish(++sequence_);
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    ssize_t sent = 0;
    do
        sent = ::sendto(socket_.get(), bytes.data(), bytes.size(), 0,
                        reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return refusedBy(errno);

    std::vector<NetlinkAnswer> answers;
    std::vector<std::byte> buffer(kBuffer);
    for (;;) {
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_TRUNC);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refusedBy(errno);
        if (static_cast<std::size_t>(got) > buffer.size())
            return refusedBy(EMSGSIZE);
        std::span<const std::byte> rest(buffer.data(), static_cast<std::size_t>(got));
        while (rest.size() >= sizeof(nlmsghdr)) {
            nlmsghdr header{};
            std::memcpy(&header, rest.data(), sizeof header);
            if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest.size())
                return refusedBy(EBADMSG);
            const auto payload = rest.first(header.nlmsg_len).subspan(NLMSG_HDRLEN);
            rest = rest.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), rest.size()));
            // Of a request that was given up before.
            if (header.nlmsg_seq != sequence_)
                continue;
            NetlinkAnswer answer{header.nlmsg_type, {payload.begin(), payload.end()}};
            if (header.nlmsg_type == NLMSG_ERROR) {
                if (answer.fixed<nlmsgerr>().error == 0)
                    return answers;
                return Refused(refusalIn(answer, header.nlmsg_flags));
            }
            if (header.nlmsg_type == NLMSG_DONE)
                return answers;
            answers.push_back(std::move(answer));
        }
    }
}

}  // namespace service
