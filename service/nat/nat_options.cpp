// SPDX-License-Identifier: GPL-3.0-or-later
#include "nat_options.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <optional>

namespace service::nat {

using hypervisor::failure;
using hypervisor::Result;

namespace {

std::optional<in_addr> parseAddress(const std::string& text) {
    in_addr address{};
    if (::inet_pton(AF_INET, text.c_str(), &address) != 1)
        return std::nullopt;
    return address;
}

template <class Number>
std::optional<Number> parseNumber(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::optional<std::uint16_t> parsePort(std::string_view text) {
    const auto port = parseNumber<std::uint16_t>(text);
    return port && *port != 0 ? port : std::nullopt;
}

}  // namespace

Result<PortForward> PortForward::parse(std::string_view text) {
    const auto wrong = [&](const char* what) {
        return failure("can't forward '" + std::string(text) + "': " + what +
                       "; write, for example, tcp:127.0.0.1:2222:10.0.2.15:22");
    };
    std::array<std::string_view, 5> fields;
    std::string_view rest = text;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::size_t end = rest.find(':');
        const bool last = i + 1 == fields.size();
        if ((end == std::string_view::npos) != last)
            return wrong("there must be five fields");
        fields[i] = rest.substr(0, end);
        rest = last ? std::string_view{} : rest.substr(end + 1);
    }
    PortForward forward;
    if (fields[0] == "udp")
        forward.protocol = ForwardProtocol::Udp;
    else if (fields[0] != "tcp")
        return wrong("the protocol must be tcp or udp");
    const auto host =
        fields[1].empty() ? in_addr{htonl(INADDR_LOOPBACK)} : parseAddress(std::string(fields[1]));
    const auto guest = fields[3].empty() ? in_addr{} : parseAddress(std::string(fields[3]));
    if (!host || !guest)
        return wrong("an address is not one");
    const auto hostPort = parsePort(fields[2]);
    const auto guestPort = parsePort(fields[4]);
    if (!hostPort || !guestPort)
        return wrong("a port is not one");
    forward.hostAddress = *host;
    forward.hostPort = *hostPort;
    forward.guestAddress = *guest;
    forward.guestPort = *guestPort;
    return forward;
}

Result<NatOptions> NatOptions::create(const std::string& network, const std::string& host,
                                      const std::string& dns, const std::string& dhcpStart) {
    const std::size_t slash = network.find('/');
    const auto address = parseAddress(network.substr(0, slash));
    const auto bits = slash == std::string::npos
                          ? std::nullopt
                          : parseNumber<unsigned>(std::string_view(network).substr(slash + 1));
    if (!address || !bits || *bits < 8 || *bits > 29)
        return failure("'" + network + "' is no network for NAT; write, for example, 10.0.2.0/24");
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - *bits);
    const std::uint32_t base = ntohl(address->s_addr) & mask;

    NatOptions options;
    options.network.s_addr = htonl(base);
    options.netmask.s_addr = htonl(mask);
    struct Place {
        in_addr& address;
        const std::string& text;
        std::uint32_t number;
    };
    // 8 addresses have no fifteenth.
    const std::array<Place, 3> places{{{options.host, host, 2},
                                       {options.dns, dns, 3},
                                       {options.dhcpStart, dhcpStart, *bits > 27 ? 4U : 15U}}};
    for (const Place& place : places) {
        const auto given =
            place.text.empty() ? in_addr{htonl(base + place.number)} : parseAddress(place.text);
        const std::uint32_t value = given ? ntohl(given->s_addr) : 0;
        if (!given || (value & mask) != base || value == base || value == (base | ~mask))
            return failure("'" + place.text + "' is no address of the network " + network);
        place.address = *given;
    }
    if (options.host.s_addr == options.dns.s_addr ||
        options.host.s_addr == options.dhcpStart.s_addr ||
        options.dns.s_addr == options.dhcpStart.s_addr)
        return failure("gateway, DNS and the first address of DHCP must be three addresses");
    return options;
}

}  // namespace service::nat
