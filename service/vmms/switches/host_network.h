// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "netlink_socket.h"

namespace service {

/// An interface of the host.
struct HostLink {
    int index = 0;
    std::string name;
    /// "bridge", "tun", "veth"; empty where there is hardware behind it.
    std::string kind;
    std::string alias;
    std::string macAddress;
    /// Index of the bridge, or bond, that it belongs to; 0: none.
    int master = 0;
    std::uint32_t mtu = 0;
    bool ethernet = false;
    bool loopback = false;
    bool up = false;
    bool connected = false;
};

/// An address of an interface as the kernel has it. Those that it makes itself (link-local, from
/// routers) are not listed.
struct HostAddress {
    /// The interface's index; not kept.
    int link = 0;
    /// As IpPrefix's text.
    std::string prefix;
    /// Empty: none.
    std::string broadcast;
    std::uint8_t scope = 0;
    /// The host does without the route to the network that goes with an address.
    bool noRoute = false;
};
BOOST_DESCRIBE_STRUCT(HostAddress, (), (prefix, broadcast, scope, noRoute))

/// A route through one interface that somebody has set.
struct HostRoute {
    /// The interface's index; not kept.
    int link = 0;
    /// As IpPrefix's text.
    std::string destination;
    /// Empty: the destination is on the link.
    std::string gateway;
    /// The address that packets get; empty: any.
    std::string source;
    std::uint32_t metric = 0;
    std::uint32_t table = 0;
    std::uint8_t scope = 0;
    std::uint8_t protocol = 0;
    /// One of several ways of one route: can't be moved alone.
    bool shared = false;
};
BOOST_DESCRIBE_STRUCT(HostRoute, (), (destination, gateway, source, metric, table, scope, protocol))

/// A tap device that was made for a port.
struct TapInterface {
    std::string name;
    hypervisor::FileDescriptor descriptor;
};

/// The networking of the host's kernel, in the network namespace of the thread that made this.
/// Errors say what was tried on which interface.
///
/// Thread safety: one thread at a time.
class HostNetwork {
  public:
    [[nodiscard]] static hypervisor::Result<HostNetwork> create();

    [[nodiscard]] hypervisor::Result<std::vector<HostLink>> links();
    [[nodiscard]] hypervisor::Result<std::optional<HostLink>> find(const std::string& name);

    /// A plain bridge, down, without spanning tree and without filters of its own; `alias` is shown
    /// by tools.
    [[nodiscard]] hypervisor::Result<void> makeBridge(const std::string& name,
                                                      const std::string& alias);
    [[nodiscard]] hypervisor::Result<void> remove(const HostLink& link);
    [[nodiscard]] hypervisor::Result<void> setUp(const HostLink& link);
    /// Into a bridge, or with 0 out of any.
    [[nodiscard]] hypervisor::Result<void> setMaster(const HostLink& link, int master);
    [[nodiscard]] hypervisor::Result<void> setMtu(const HostLink& link, std::uint32_t mtu);
    [[nodiscard]] hypervisor::Result<void> setMacAddress(const HostLink& link,
                                                         const std::string& address);
    /// Whether the kernel gives it IPv6 addresses of its own.
    [[nodiscard]] hypervisor::Result<void> setOwnIpv6(const HostLink& link, bool own);

    /// Of all interfaces.
    [[nodiscard]] hypervisor::Result<std::vector<HostAddress>> addresses();
    [[nodiscard]] hypervisor::Result<std::vector<HostRoute>> routes();
    // What is there already, or gone already, is no failure.
    [[nodiscard]] hypervisor::Result<void> add(const HostAddress& address);
    [[nodiscard]] hypervisor::Result<void> remove(const HostAddress& address);
    [[nodiscard]] hypervisor::Result<void> add(const HostRoute& route);
    [[nodiscard]] hypervisor::Result<void> remove(const HostRoute& route);

    /// Drops, or no longer drops, all that goes between the host and its own end of a bridge.
    /// Frames between the bridge's ports pass.
    [[nodiscard]] hypervisor::Result<void> closeEnd(const HostLink& bridge);
    [[nodiscard]] hypervisor::Result<void> openEnd(const HostLink& bridge);

    /// A tap device with the frame headers that devices/network/tap_port.h wants. It goes with the
    /// last copy of its descriptor.
    [[nodiscard]] hypervisor::Result<TapInterface> makeTap();
    [[nodiscard]] hypervisor::Result<void> setAlias(const HostLink& link, const std::string& alias);

  private:
    explicit HostNetwork(NetlinkSocket socket) : socket_(std::move(socket)) {}

    NetlinkSocket socket_;
};

}  // namespace service
