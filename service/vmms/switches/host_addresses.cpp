// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of HostNetwork that is about addresses and routes.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include <cerrno>

#include "host_network.h"
#include "ip_prefix.h"

namespace service {

using hypervisor::failure;
using hypervisor::Result;

namespace {

std::string textOf(int family, std::span<const std::byte> bytes) {
    return bytes.empty() ? std::string() : IpPrefix(family, bytes, 0).addressText();
}

void addText(NetlinkMessage& message, std::uint16_t attribute, const std::string& text) {
    if (const auto address = IpPrefix::parse(text))
        message.add(attribute, address->address());
}

/// One that is of the host's own making; the rest is the kernel's.
bool isSet(const ifaddrmsg& fixed, std::uint32_t flags) {
    if (fixed.ifa_family == AF_INET)
        return fixed.ifa_scope != RT_SCOPE_HOST;
    return fixed.ifa_family == AF_INET6 && fixed.ifa_scope != RT_SCOPE_LINK &&
           fixed.ifa_scope != RT_SCOPE_HOST && (flags & IFA_F_PERMANENT) != 0 &&
           (flags & IFA_F_TEMPORARY) == 0;
}

std::optional<NetlinkMessage> messageOf(const HostAddress& address, std::uint16_t type,
                                        std::uint16_t flags) {
    const auto prefix = IpPrefix::parse(address.prefix);
    if (!prefix)
        return std::nullopt;
    ifaddrmsg fixed{};
    fixed.ifa_family = static_cast<std::uint8_t>(prefix->family());
    fixed.ifa_prefixlen = static_cast<std::uint8_t>(prefix->bits());
    fixed.ifa_scope = address.scope;
    fixed.ifa_index = static_cast<std::uint32_t>(address.link);
    NetlinkMessage message(type, static_cast<std::uint16_t>(flags | NLM_F_ACK), fixed);
    message.add(IFA_LOCAL, prefix->address());
    message.add(IFA_ADDRESS, prefix->address());
    addText(message, IFA_BROADCAST, address.broadcast);
    // It was this host's before: nobody else has it.
    std::uint32_t kinds = prefix->family() == AF_INET6 ? IFA_F_NODAD : 0;
    if (address.noRoute)
        kinds |= IFA_F_NOPREFIXROUTE;
    message.add(IFA_FLAGS, kinds);
    return message;
}

std::optional<NetlinkMessage> messageOf(const HostRoute& route, std::uint16_t type,
                                        std::uint16_t flags) {
    const auto destination = IpPrefix::parse(route.destination);
    if (!destination)
        return std::nullopt;
    rtmsg fixed{};
    fixed.rtm_family = static_cast<std::uint8_t>(destination->family());
    fixed.rtm_dst_len = static_cast<std::uint8_t>(destination->bits());
    fixed.rtm_protocol = route.protocol;
    fixed.rtm_scope = route.scope;
    fixed.rtm_type = RTN_UNICAST;
    fixed.rtm_table = RT_TABLE_UNSPEC;
    NetlinkMessage message(type, static_cast<std::uint16_t>(flags | NLM_F_ACK), fixed);
    if (destination->bits() != 0)
        message.add(RTA_DST, destination->address());
    addText(message, RTA_GATEWAY, route.gateway);
    addText(message, RTA_PREFSRC, route.source);
    message.add(RTA_OIF, route.link);
    message.add(RTA_TABLE, route.table);
    if (route.metric != 0)
        message.add(RTA_PRIORITY, route.metric);
    return message;
}

/// `usual` are errno values of what is so already.
Result<void> carryOut(NetlinkSocket& socket, std::optional<NetlinkMessage> message,
                      std::initializer_list<int> usual, const std::string& what) {
    if (!message)
        return failure(what + ": it is none");
    const auto done = socket.perform(std::move(*message));
    if (done)
        return {};
    for (const int number : usual)
        if (done.error().number == number)
            return {};
    return failure(fmt::format("{}: {}", what, done.error().text));
}

}  // namespace

Result<std::vector<HostAddress>> HostNetwork::addresses() {
    auto answers = socket_.list(NetlinkMessage(RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{}));
    if (!answers)
        return failure("can't list the host's addresses: " + answers.error().text);
    std::vector<HostAddress> addresses;
    for (const NetlinkAnswer& answer : *answers) {
        const auto fixed = answer.fixed<ifaddrmsg>();
        const auto attributes = answer.attributes<ifaddrmsg>();
        const auto flags = attributes.number<std::uint32_t>(IFA_FLAGS).value_or(fixed.ifa_flags);
        if (answer.type != RTM_NEWADDR || !isSet(fixed, flags))
            continue;
        const auto bytes = attributes.bytes(attributes.has(IFA_LOCAL) ? IFA_LOCAL : IFA_ADDRESS);
        addresses.push_back({static_cast<int>(fixed.ifa_index),
                             IpPrefix(fixed.ifa_family, bytes, fixed.ifa_prefixlen).text(),
                             textOf(fixed.ifa_family, attributes.bytes(IFA_BROADCAST)),
                             fixed.ifa_scope, (flags & IFA_F_NOPREFIXROUTE) != 0});
    }
    return addresses;
}

Result<std::vector<HostRoute>> HostNetwork::routes() {
    auto answers = socket_.list(NetlinkMessage(RTM_GETROUTE, NLM_F_DUMP, rtmsg{}));
    if (!answers)
        return failure("can't list the host's routes: " + answers.error().text);
    std::vector<HostRoute> routes;
    for (const NetlinkAnswer& answer : *answers) {
        const auto fixed = answer.fixed<rtmsg>();
        const auto attributes = answer.attributes<rtmsg>();
        const auto table = attributes.number<std::uint32_t>(RTA_TABLE).value_or(fixed.rtm_table);
        // The kernel makes its own again, and routers tell theirs again.
        if (answer.type != RTM_NEWROUTE || fixed.rtm_type != RTN_UNICAST ||
            table == RT_TABLE_LOCAL || fixed.rtm_protocol == RTPROT_KERNEL ||
            fixed.rtm_protocol == RTPROT_RA || (fixed.rtm_flags & RTM_F_CLONED) != 0 ||
            (fixed.rtm_family != AF_INET && fixed.rtm_family != AF_INET6))
            continue;
        HostRoute route{
            attributes.number<int>(RTA_OIF).value_or(0),
            IpPrefix(fixed.rtm_family, attributes.bytes(RTA_DST), fixed.rtm_dst_len).text(),
            textOf(fixed.rtm_family, attributes.bytes(RTA_GATEWAY)),
            textOf(fixed.rtm_family, attributes.bytes(RTA_PREFSRC)),
            attributes.number<std::uint32_t>(RTA_PRIORITY).value_or(0),
            table,
            fixed.rtm_scope,
            fixed.rtm_protocol,
            false};
        if (!attributes.has(RTA_MULTIPATH)) {
            routes.push_back(std::move(route));
            continue;
        }
        auto hops = attributes.bytes(RTA_MULTIPATH);
        while (hops.size() >= sizeof(rtnexthop)) {
            rtnexthop hop{};
            std::memcpy(&hop, hops.data(), sizeof hop);
            if (hop.rtnh_len < sizeof hop || hop.rtnh_len > hops.size())
                break;
            route.link = hop.rtnh_ifindex;
            route.shared = true;
            routes.push_back(route);
            hops = hops.subspan(std::min<std::size_t>(RTNH_ALIGN(hop.rtnh_len), hops.size()));
        }
    }
    return routes;
}

Result<void> HostNetwork::add(const HostAddress& address) {
    return carryOut(socket_, messageOf(address, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL), {EEXIST},
                    fmt::format("can't add the address {}", address.prefix));
}

Result<void> HostNetwork::remove(const HostAddress& address) {
    return carryOut(socket_, messageOf(address, RTM_DELADDR, 0), {EADDRNOTAVAIL, ENODEV, ESRCH},
                    fmt::format("can't remove the address {}", address.prefix));
}

Result<void> HostNetwork::add(const HostRoute& route) {
    return carryOut(socket_, messageOf(route, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL), {EEXIST},
                    fmt::format("can't add the route to {}", route.destination));
}

Result<void> HostNetwork::remove(const HostRoute& route) {
    return carryOut(socket_, messageOf(route, RTM_DELROUTE, 0), {ESRCH, ENODEV},
                    fmt::format("can't remove the route to {}", route.destination));
}

}  // namespace service
