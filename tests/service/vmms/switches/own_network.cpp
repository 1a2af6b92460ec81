// SPDX-License-Identifier: GPL-3.0-or-later
#include "own_network.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "service/vmms/switches/netlink_socket.h"

namespace tests {

using hypervisor::FileDescriptor;
using service::HostNetwork;
using service::NetlinkMessage;
using service::NetlinkSocket;
using Time = std::chrono::steady_clock;

namespace {

constexpr std::size_t kTapHeader = 10;
constexpr std::size_t kSmallest = 60;

Frame frameFrom(std::initializer_list<unsigned> bytes) {
    Frame frame;
    for (const unsigned byte : bytes)
        frame.push_back(std::byte(byte));
    return frame;
}

void append(Frame& frame, const std::string& address) {
    in_addr bytes{};
    ::inet_pton(AF_INET, address.c_str(), &bytes);
    const auto view = std::as_bytes(std::span(&bytes, 1));
    frame.insert(frame.end(), view.begin(), view.end());
}

bool bringUp(const std::string& name) {
    auto network = HostNetwork::create();
    if (!network)
        return false;
    const auto link = network->find(name);
    return link && *link && network->setUp(**link);
}

}  // namespace

bool enterOwnNetwork() {
    return ::unshare(CLONE_NEWNET) == 0 && bringUp("lo");
}

bool makeCable(const std::string& adapter, const std::string& otherEnd) {
    auto socket = NetlinkSocket::create();
    if (!socket)
        return false;
    NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, ifinfomsg{});
    message.add(IFLA_IFNAME, std::string_view(adapter));
    const std::size_t info = message.open(IFLA_LINKINFO);
    message.add(IFLA_INFO_KIND, std::string_view("veth"));
    message.close(info);
    if (!socket->perform(std::move(message)))
        return false;
    // The kernel has named the other end.
    auto network = HostNetwork::create();
    const auto made = network ? network->find("veth0") : std::unexpected(network.error());
    if (!made || !*made)
        return false;
    ifinfomsg fixed{};
    fixed.ifi_index = (*made)->index;
    NetlinkMessage rename(RTM_NEWLINK, NLM_F_ACK, fixed);
    rename.add(IFLA_IFNAME, std::string_view(otherEnd));
    return socket->perform(std::move(rename)) && bringUp(adapter) && bringUp(otherEnd);
}

std::optional<FrameEnd> FrameEnd::ofInterface(const std::string& name) {
    FileDescriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
    sockaddr_ll place{};
    place.sll_family = AF_PACKET;
    place.sll_protocol = htons(ETH_P_ALL);
    place.sll_ifindex = static_cast<int>(::if_nametoindex(name.c_str()));
    if (!socket || place.sll_ifindex == 0 ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
        return std::nullopt;
    return FrameEnd(std::move(socket), 0);
}

FrameEnd FrameEnd::ofTap(FileDescriptor tap) {
    return FrameEnd(std::move(tap), kTapHeader);
}

bool FrameEnd::send(const Frame& frame) const {
    Frame whole(header_);
    whole.insert(whole.end(), frame.begin(), frame.end());
    return ::write(descriptor_.get(), whole.data(), whole.size()) ==
           static_cast<ssize_t>(whole.size());
}

std::optional<Frame> FrameEnd::receive(Time::time_point until) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Time::now());
    pollfd source{descriptor_.get(), POLLIN, 0};
    if (::poll(&source, 1, std::max(0, static_cast<int>(left.count()))) != 1)
        return std::nullopt;
    Frame bytes(65536);
    const ssize_t got = ::read(descriptor_.get(), bytes.data(), bytes.size());
    if (got < static_cast<ssize_t>(header_))
        return std::nullopt;
    bytes.resize(static_cast<std::size_t>(got));
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header_));
    return bytes;
}

bool FrameEnd::hears(const Frame& wanted, std::chrono::milliseconds patience) const {
    const auto until = Time::now() + patience;
    while (const auto frame = receive(until))
        if (*frame == wanted)
            return true;
    return false;
}

bool FrameEnd::hearsAnswerOf(const std::string& address, std::chrono::milliseconds patience) const {
    Frame sender;
    append(sender, address);
    const auto until = Time::now() + patience;
    while (const auto frame = receive(until))
        // An ARP reply (operation 2) whose sender's protocol address is the one asked for.
        if (frame->size() >= 42 && (*frame)[12] == std::byte{0x08} &&
            (*frame)[13] == std::byte{0x06} && (*frame)[21] == std::byte{2} &&
            std::equal(sender.begin(), sender.end(), frame->begin() + 28))
            return true;
    return false;
}

Frame broadcast(unsigned char mark) {
    // An experimental type, which no kernel understands.
    Frame frame =
        frameFrom({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02, 0, 0, 0, 0, mark, 0x88, 0xB5});
    frame.resize(kSmallest, std::byte{mark});
    return frame;
}

Frame arpRequest(const std::string& address, const std::string& asker) {
    Frame frame =
        frameFrom({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02, 0, 0,    0, 0, 0x77, 0x08, 0x06,
                   0,    1,    0x08, 0,    6,    4,    0,    1, 0x02, 0, 0, 0,    0,    0x77});
    append(frame, asker);
    frame.resize(frame.size() + 6);
    append(frame, address);
    frame.resize(kSmallest);
    return frame;
}

}  // namespace tests
