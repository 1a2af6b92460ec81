// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host_network.h"
#include "service/ipc/field_rules.h"

namespace service {

/// What the host has of one interface: its addresses there and its routes through it.
struct HostPart {
    std::vector<HostAddress> addresses;
    std::vector<HostRoute> routes;

    [[nodiscard]] bool isEmpty() const { return addresses.empty() && routes.empty(); }
};
BOOST_DESCRIBE_STRUCT(HostPart, (), (addresses, routes))
template <>
inline constexpr bool kHasDefaults<HostPart> = true;

/// Fails where the host has routes that can't be moved.
[[nodiscard]] hypervisor::Result<HostPart> readHostPart(HostNetwork& network, const HostLink& link);
/// Gives the interface all of it; it must be up for that. Goes on after a failure: the first is
/// returned.
[[nodiscard]] hypervisor::Result<void> placeHostPart(HostNetwork& network, const HostPart& part,
                                                     const HostLink& link);
[[nodiscard]] hypervisor::Result<void> clearHostPart(HostNetwork& network, const HostPart& part,
                                                     const HostLink& link);

/// Where the service keeps what it has taken from the host's adapters, until the host goes down:
/// addresses that are nowhere would be lost with the service.
class HostPartKeeper {
  public:
    virtual ~HostPartKeeper() = default;

    /// `id` is the switch's.
    [[nodiscard]] virtual hypervisor::Result<void> keep(const std::string& id,
                                                        const HostPart& part) = 0;
    [[nodiscard]] virtual std::optional<HostPart> kept(const std::string& id) const = 0;
    virtual void forget(const std::string& id) = 0;
};

}  // namespace service
