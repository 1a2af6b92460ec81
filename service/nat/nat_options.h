// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hypervisor/error.h"

namespace service::nat {

/// What DHCP has room for, without its end (RFC 2131).
inline constexpr std::size_t kLongestBootFile = 127;

enum class ForwardProtocol : std::uint8_t { Tcp, Udp };

/// Connections to a port of the host that go to one of the guest.
struct PortForward {
    ForwardProtocol protocol = ForwardProtocol::Tcp;
    in_addr hostAddress{};
    std::uint16_t hostPort = 0;
    /// 0.0.0.0: the first address that DHCP gives.
    in_addr guestAddress{};
    std::uint16_t guestPort = 0;

    /// "tcp:127.0.0.1:2222:10.0.2.15:22"; either address may be left out, and the host's is then
    /// 127.0.0.1.
    [[nodiscard]] static hypervisor::Result<PortForward> parse(std::string_view text);
};

/// The guest's side of the network, IPv4.
struct NatOptions {
    in_addr network{};
    in_addr netmask{};
    /// The gateway.
    in_addr host{};
    in_addr dns{};
    in_addr dhcpStart{};
    /// What DHCP calls the guest; may be empty.
    std::string hostname;
    /// The gateway's address stands for the host's own 127.0.0.1. Opens what listens there,
    /// trusting who can connect, to the guest.
    bool hostLoopback = false;
    std::vector<PortForward> forwards;
    /// The working folder's files are what TFTP has.
    bool tftp = false;
    /// What DHCP tells the guest to boot from there, of at most kLongestBootFile characters; may be
    /// empty.
    std::string bootFile;

    /// `network` is "10.0.2.0/24", 8 to 29 bits; empty addresses become the network's second,
    /// third and fifteenth. Fails when something is no address, or not of the network, or twice.
    [[nodiscard]] static hypervisor::Result<NatOptions> create(const std::string& network,
                                                               const std::string& host,
                                                               const std::string& dns,
                                                               const std::string& dhcpStart);
};

}  // namespace service::nat
