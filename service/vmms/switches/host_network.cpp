// SPDX-License-Identifier: GPL-3.0-or-later
#include "host_network.h"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>

#include <cerrno>
#include <utility>

namespace service {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint8_t kModeUsual = 0;  // IN6_ADDR_GEN_MODE_EUI64
constexpr std::uint8_t kModeNone = 1;   // IN6_ADDR_GEN_MODE_NONE

std::string macText(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte one : bytes)
        text += fmt::format("{}{:02x}", text.empty() ? "" : ":", std::to_integer<unsigned>(one));
    return text;
}

HostLink linkIn(const NetlinkAnswer& answer) {
    const auto fixed = answer.fixed<ifinfomsg>();
    const auto attributes = answer.attributes<ifinfomsg>();
    HostLink link;
    link.index = fixed.ifi_index;
    link.name = attributes.text(IFLA_IFNAME);
    link.kind = attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND);
    link.alias = attributes.text(IFLA_IFALIAS);
    link.macAddress = macText(attributes.bytes(IFLA_ADDRESS));
    link.master = attributes.number<int>(IFLA_MASTER).value_or(0);
    link.mtu = attributes.number<std::uint32_t>(IFLA_MTU).value_or(0);
    link.ethernet = fixed.ifi_type == ARPHRD_ETHER;
    link.loopback = (fixed.ifi_flags & IFF_LOOPBACK) != 0;
    link.up = (fixed.ifi_flags & IFF_UP) != 0;
    link.connected = attributes.number<std::uint8_t>(IFLA_CARRIER).value_or(0) != 0;
    return link;
}

NetlinkMessage changeOf(const HostLink& link) {
    ifinfomsg fixed{};
    fixed.ifi_family = AF_UNSPEC;
    fixed.ifi_index = link.index;
    return NetlinkMessage(RTM_NEWLINK, NLM_F_ACK, fixed);
}

Result<void> told(const std::expected<void, NetlinkRefusal>& done, const std::string& what) {
    if (done)
        return {};
    return failure(fmt::format("{}: {}", what, done.error().text));
}

}  // namespace

Result<HostNetwork> HostNetwork::create() {
    auto socket = NetlinkSocket::create();
    if (!socket)
        return std::unexpected(socket.error());
    return HostNetwork(std::move(*socket));
}

Result<std::vector<HostLink>> HostNetwork::links() {
    ifinfomsg fixed{};
    fixed.ifi_family = AF_UNSPEC;
    auto answers = socket_.list(NetlinkMessage(RTM_GETLINK, NLM_F_DUMP, fixed));
    if (!answers)
        return failure("can't list the host's interfaces: " + answers.error().text);
    std::vector<HostLink> links;
    for (const NetlinkAnswer& answer : *answers)
        if (answer.type == RTM_NEWLINK)
            links.push_back(linkIn(answer));
    return links;
}

Result<std::optional<HostLink>> HostNetwork::find(const std::string& name) {
    auto all = links();
    if (!all)
        return std::unexpected(all.error());
    for (HostLink& link : *all)
        if (link.name == name)
            return std::move(link);
    return std::nullopt;
}

Result<void> HostNetwork::makeBridge(const std::string& name, const std::string& alias) {
    NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, ifinfomsg{});
    message.add(IFLA_IFNAME, std::string_view(name));
    message.add(IFLA_IFALIAS, std::string_view(alias));
    const std::size_t info = message.open(IFLA_LINKINFO);
    message.add(IFLA_INFO_KIND, std::string_view("bridge"));
    const std::size_t data = message.open(IFLA_INFO_DATA);
    message.add(IFLA_BR_STP_STATE, std::uint32_t{0});
    message.add(IFLA_BR_FORWARD_DELAY, std::uint32_t{0});
    // Without somebody who asks for members, snooping would lose multicast.
    message.add(IFLA_BR_MCAST_SNOOPING, std::uint8_t{0});
    message.close(data);
    message.close(info);
    return told(socket_.perform(std::move(message)),
                fmt::format("can't make the bridge '{}'", name));
}

Result<void> HostNetwork::remove(const HostLink& link) {
    ifinfomsg fixed{};
    fixed.ifi_index = link.index;
    const auto done = socket_.perform(NetlinkMessage(RTM_DELLINK, NLM_F_ACK, fixed));
    if (!done && done.error().number == ENODEV)
        return {};
    return told(done, fmt::format("can't remove the interface '{}'", link.name));
}

Result<void> HostNetwork::setUp(const HostLink& link) {
    ifinfomsg fixed{};
    fixed.ifi_index = link.index;
    fixed.ifi_flags = IFF_UP;
    fixed.ifi_change = IFF_UP;
    return told(socket_.perform(NetlinkMessage(RTM_NEWLINK, NLM_F_ACK, fixed)),
                fmt::format("can't set the interface '{}' up", link.name));
}

Result<void> HostNetwork::setMaster(const HostLink& link, int master) {
    NetlinkMessage message = changeOf(link);
    message.add(IFLA_MASTER, master);
    return told(socket_.perform(std::move(message)),
                fmt::format("can't put the interface '{}' {} a bridge", link.name,
                            master != 0 ? "into" : "out of"));
}

Result<void> HostNetwork::setMtu(const HostLink& link, std::uint32_t mtu) {
    NetlinkMessage message = changeOf(link);
    message.add(IFLA_MTU, mtu);
    return told(socket_.perform(std::move(message)),
                fmt::format("can't give the interface '{}' an MTU of {}", link.name, mtu));
}

Result<void> HostNetwork::setMacAddress(const HostLink& link, const std::string& address) {
    std::vector<std::byte> bytes;
    for (std::size_t at = 0; at + 1 < address.size(); at += 3)
        bytes.push_back(std::byte(std::stoul(address.substr(at, 2), nullptr, 16)));
    NetlinkMessage message = changeOf(link);
    message.add(IFLA_ADDRESS, bytes);
    return told(socket_.perform(std::move(message)),
                fmt::format("can't give the interface '{}' the address {}", link.name, address));
}

Result<void> HostNetwork::setAlias(const HostLink& link, const std::string& alias) {
    NetlinkMessage message = changeOf(link);
    message.add(IFLA_IFALIAS, std::string_view(alias));
    return told(socket_.perform(std::move(message)),
                fmt::format("can't give the interface '{}' a second name", link.name));
}

Result<void> HostNetwork::setOwnIpv6(const HostLink& link, bool own) {
    NetlinkMessage message = changeOf(link);
    const std::size_t families = message.open(IFLA_AF_SPEC);
    const std::size_t ipv6 = message.open(AF_INET6);
    message.add(IFLA_INET6_ADDR_GEN_MODE, own ? kModeUsual : kModeNone);
    message.close(ipv6);
    message.close(families);
    const auto done = socket_.perform(std::move(message));
    // A host without IPv6 gives none.
    if (!done && done.error().number == EAFNOSUPPORT)
        return {};
    return told(done, fmt::format("can't set up IPv6 of the interface '{}'", link.name));
}

}  // namespace service
