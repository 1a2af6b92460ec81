// SPDX-License-Identifier: GPL-3.0-or-later
#include "host_part.h"

#include <fmt/format.h>

#include <algorithm>

namespace service {

using hypervisor::failure;
using hypervisor::Result;

Result<HostPart> readHostPart(HostNetwork& network, const HostLink& link) {
    auto addresses = network.addresses();
    if (!addresses)
        return std::unexpected(addresses.error());
    auto routes = network.routes();
    if (!routes)
        return std::unexpected(routes.error());
    HostPart part;
    for (HostAddress& address : *addresses)
        if (address.link == link.index)
            part.addresses.push_back(std::move(address));
    for (HostRoute& route : *routes) {
        if (route.link != link.index)
            continue;
        if (route.shared)
            return failure(fmt::format(
                "the host's route to {} has several ways, of which '{}' is one; such a route can't "
                "be moved: change it first",
                route.destination, link.name));
        part.routes.push_back(std::move(route));
    }
    // Gateways are reached through routes of the narrower scope.
    std::ranges::stable_sort(part.routes, [](const HostRoute& one, const HostRoute& other) {
        return std::pair(!one.gateway.empty(), -one.scope) <
               std::pair(!other.gateway.empty(), -other.scope);
    });
    return part;
}

Result<void> placeHostPart(HostNetwork& network, const HostPart& part, const HostLink& link) {
    Result<void> first;
    const auto note = [&first](Result<void> done) {
        if (first && !done)
            first = std::move(done);
    };
    for (HostAddress address : part.addresses) {
        address.link = link.index;
        note(network.add(address));
    }
    for (HostRoute route : part.routes) {
        route.link = link.index;
        note(network.add(route));
    }
    return first;
}

Result<void> clearHostPart(HostNetwork& network, const HostPart& part, const HostLink& link) {
    for (HostRoute route : part.routes) {
        route.link = link.index;
        if (auto removed = network.remove(route); !removed)
            return removed;
    }
    for (HostAddress address : part.addresses) {
        address.link = link.index;
        if (auto removed = network.remove(address); !removed)
            return removed;
    }
    return {};
}

}  // namespace service
