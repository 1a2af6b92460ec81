// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge_switches.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "ip_prefix.h"

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr const char* kPrefix = "vireo-";
constexpr std::size_t kIdCharacters = 8;
constexpr const char* kBridge = "bridge";
/// A tap device's too.
constexpr const char* kTun = "tun";

/// The second name of a switch's ports: ports outlive a bridge that somebody removes.
std::string portAlias(const std::string& id) {
    return "vireo:" + id;
}

bool isClosed(const SwitchSettings& settings) {
    return settings.kind == SwitchKind::Private ||
           (settings.kind == SwitchKind::External && !settings.shared);
}

const HostLink* linkNamed(const std::vector<HostLink>& links, const std::string& name) {
    const auto found = std::ranges::find(links, name, &HostLink::name);
    return found != links.end() ? &*found : nullptr;
}

bool isWireless(const std::string& name) {
    return ::access(("/sys/class/net/" + name + "/phy80211").c_str(), F_OK) == 0;
}

/// Why no switch can have this adapter; empty: one can.
std::string objection(const HostLink& link, const std::vector<HostLink>& links) {
    if (link.loopback || !link.ethernet)
        return "it is no Ethernet adapter";
    if (link.kind == kBridge || link.kind == kTun)
        return "it is no adapter, but the host's own";
    if (isWireless(link.name))
        return "it is wireless, and its access point takes no frames of other machines from it";
    if (link.master == 0)
        return {};
    const auto master = std::ranges::find(links, link.master, &HostLink::index);
    return fmt::format("it belongs to '{}'", master != links.end() ? master->name : "?");
}

HostAddress hostAddress(const SwitchSettings& settings, const HostLink& bridge) {
    HostAddress address;
    address.link = bridge.index;
    address.prefix = settings.hostAddress;
    return address;
}

}  // namespace

std::string BridgeSwitches::interfaceOf(const std::string& id) {
    return kPrefix + id.substr(0, kIdCharacters);
}

Result<HostLink> BridgeSwitches::existing(const std::string& name) {
    auto link = network_.find(name);
    if (!link)
        return std::unexpected(link.error());
    if (!*link)
        return failure(fmt::format("the host has no interface '{}'", name));
    return std::move(**link);
}

Result<void> BridgeSwitches::establish(const SwitchSettings& settings) {
    const std::string name = interfaceOf(settings.id);
    const auto before = network_.find(name);
    if (!before)
        return std::unexpected(before.error());
    if (*before && (*before)->kind != kBridge)
        return failure(fmt::format("the host has an interface '{}' that is no bridge", name));
    if (!*before)
        if (auto made = network_.makeBridge(name, settings.name); !made)
            return made;
    auto built = build(settings);
    if (!built && !*before)
        if (const auto bridge = network_.find(name); bridge && *bridge)
            // The reason counts that came first.
            static_cast<void>(network_.remove(**bridge));
    return built;
}

Result<void> BridgeSwitches::build(const SwitchSettings& settings) {
    const auto bridge = existing(interfaceOf(settings.id));
    if (!bridge)
        return std::unexpected(bridge.error());
    // Closed before it is up.
    if (auto set = network_.setOwnIpv6(*bridge, !isClosed(settings)); !set)
        return set;
    if (auto set = isClosed(settings) ? network_.closeEnd(*bridge) : network_.openEnd(*bridge);
        !set)
        return set;
    if (auto up = network_.setUp(*bridge); !up)
        return up;
    if (settings.kind == SwitchKind::External)
        if (auto joined = joinAdapter(settings, *bridge); !joined)
            return joined;
    if (settings.kind == SwitchKind::Internal && !settings.hostAddress.empty())
        if (auto added = network_.add(hostAddress(settings, *bridge)); !added)
            return added;
    return replugPorts(settings, *bridge);
}

Result<void> BridgeSwitches::joinAdapter(const SwitchSettings& settings, const HostLink& bridge) {
    const auto links = network_.links();
    if (!links)
        return std::unexpected(links.error());
    const HostLink* const adapter = linkNamed(*links, settings.hostAdapter);
    if (!adapter)
        return failure(fmt::format("the host has no network adapter '{}'", settings.hostAdapter));
    if (adapter->master == bridge.index) {
        // An earlier service has put it there, and may not have come to the end of it.
        const auto there = readHostPart(network_, bridge);
        const auto kept = keeper_.kept(settings.id);
        if (!settings.shared || !there || !there->isEmpty() || !kept)
            return {};
        return placeHostPart(network_, *kept, bridge);
    }
    if (const std::string why = objection(*adapter, *links); !why.empty())
        return failure(
            fmt::format("no switch can have the network adapter '{}': {}", adapter->name, why));
    auto part = readHostPart(network_, *adapter);
    if (!part)
        return std::unexpected(part.error());
    if (part->isEmpty())
        // After a bridge with all of it was removed.
        part = keeper_.kept(settings.id).value_or(HostPart{});
    else if (auto noted = keeper_.keep(settings.id, *part); !noted)
        return noted;

    const auto move = [&]() -> Result<void> {
        // As if the adapter itself were still there: same address, same size of frames.
        if (auto set = network_.setMacAddress(bridge, adapter->macAddress); !set)
            return set;
        if (auto set = network_.setMtu(bridge, adapter->mtu); !set)
            return set;
        if (auto up = network_.setUp(*adapter); !up)
            return up;
        if (auto cleared = clearHostPart(network_, *part, *adapter); !cleared)
            return cleared;
        if (auto joined = network_.setMaster(*adapter, bridge.index); !joined)
            return joined;
        return settings.shared ? placeHostPart(network_, *part, bridge) : Result<void>{};
    };
    auto moved = move();
    if (!moved) {
        // Back to where it was; the reason counts that came first.
        static_cast<void>(clearHostPart(network_, *part, bridge));
        static_cast<void>(network_.setMaster(*adapter, 0));
        static_cast<void>(placeHostPart(network_, *part, *adapter));
    }
    return moved;
}

Result<void> BridgeSwitches::releaseAdapter(const SwitchSettings& settings,
                                            const HostLink& bridge) {
    const auto adapter = network_.find(settings.hostAdapter);
    if (!adapter)
        return std::unexpected(adapter.error());
    HostPart part = keeper_.kept(settings.id).value_or(HostPart{});
    if (settings.shared && bridge.index != 0) {
        // It may have changed since.
        auto now = readHostPart(network_, bridge);
        if (!now)
            return std::unexpected(now.error());
        part = std::move(*now);
        if (auto cleared = clearHostPart(network_, part, bridge); !cleared)
            return cleared;
    }
    if (!*adapter) {
        keeper_.forget(settings.id);
        return {};
    }
    if (bridge.index != 0 && (*adapter)->master == bridge.index)
        if (auto left = network_.setMaster(**adapter, 0); !left)
            return left;
    if (auto placed = placeHostPart(network_, part, **adapter); !placed)
        return placed;
    keeper_.forget(settings.id);
    return {};
}

Result<void> BridgeSwitches::withdraw(const SwitchSettings& settings) {
    const auto bridge = network_.find(interfaceOf(settings.id));
    if (!bridge)
        return std::unexpected(bridge.error());
    if (settings.kind == SwitchKind::External)
        return releaseAdapter(settings, bridge->value_or(HostLink{}));
    if (settings.kind == SwitchKind::Internal && !settings.hostAddress.empty() && *bridge)
        return network_.remove(hostAddress(settings, **bridge));
    return {};
}

Result<void> BridgeSwitches::change(const SwitchSettings& from, const SwitchSettings& to) {
    if (auto withdrawn = withdraw(from); !withdrawn)
        return withdrawn;
    auto established = establish(to);
    if (!established) {
        // The reason counts that came first.
        static_cast<void>(withdraw(to));
        static_cast<void>(establish(from));
    }
    return established;
}

Result<void> BridgeSwitches::remove(const SwitchSettings& settings) {
    if (auto withdrawn = withdraw(settings); !withdrawn)
        return withdrawn;
    const auto bridge = network_.find(interfaceOf(settings.id));
    if (!bridge)
        return std::unexpected(bridge.error());
    if (!*bridge || (*bridge)->kind != kBridge)
        return {};
    return network_.remove(**bridge);
}

Result<void> BridgeSwitches::replugPorts(const SwitchSettings& settings, const HostLink& bridge) {
    const auto links = network_.links();
    if (!links)
        return std::unexpected(links.error());
    for (const HostLink& link : *links)
        if (link.kind == kTun && link.master == 0 && link.alias == portAlias(settings.id))
            if (auto joined = network_.setMaster(link, bridge.index); !joined)
                return joined;
    return {};
}

std::string BridgeSwitches::problemOf(const SwitchSettings& settings,
                                      const std::vector<HostLink>& links) {
    const std::string name = interfaceOf(settings.id);
    const HostLink* const bridge = linkNamed(links, name);
    if (!bridge || bridge->kind != kBridge)
        return fmt::format("the host's bridge '{}' is gone", name);
    if (!bridge->up)
        return fmt::format("the host's bridge '{}' is down", name);
    if (settings.kind != SwitchKind::External)
        return {};
    const HostLink* const adapter = linkNamed(links, settings.hostAdapter);
    if (!adapter)
        return fmt::format("the host's network adapter '{}' is gone", settings.hostAdapter);
    if (adapter->master != bridge->index)
        return fmt::format("the host's network adapter '{}' was taken out of '{}'",
                           settings.hostAdapter, name);
    return {};
}

bool BridgeSwitches::adapterIsFree(const SwitchSettings& settings,
                                   const std::vector<HostLink>& links) {
    if (settings.kind != SwitchKind::External)
        return false;
    const HostLink* const adapter = linkNamed(links, settings.hostAdapter);
    return adapter && objection(*adapter, links).empty();
}

Result<FileDescriptor> BridgeSwitches::plug(const SwitchSettings& settings) {
    const auto bridge = existing(interfaceOf(settings.id));
    if (!bridge)
        return std::unexpected(bridge.error());
    auto tap = network_.makeTap();
    if (!tap)
        return std::unexpected(tap.error());
    const auto link = existing(tap->name);
    if (!link)
        return std::unexpected(link.error());
    if (auto set = network_.setAlias(*link, portAlias(settings.id)); !set)
        return std::unexpected(set.error());
    // The host has nothing to say there.
    if (auto set = network_.setOwnIpv6(*link, false); !set)
        return std::unexpected(set.error());
    if (link->mtu != bridge->mtu)
        if (auto set = network_.setMtu(*link, bridge->mtu); !set)
            return std::unexpected(set.error());
    if (auto joined = network_.setMaster(*link, bridge->index); !joined)
        return std::unexpected(joined.error());
    if (auto up = network_.setUp(*link); !up)
        return std::unexpected(up.error());
    return std::move(tap->descriptor);
}

std::vector<HostAdapter> BridgeSwitches::hostAdapters(const std::vector<HostLink>& links,
                                                      const std::vector<SwitchSettings>& switches) {
    std::vector<HostAdapter> adapters;
    for (const HostLink& link : links) {
        if (link.loopback || !link.ethernet || link.kind == kBridge || link.kind == kTun)
            continue;
        HostAdapter adapter{link.name, link.macAddress, link.connected, objection(link, links), {}};
        const auto master = std::ranges::find(links, link.master, &HostLink::index);
        for (const SwitchSettings& one : switches)
            if (master != links.end() && master->name == interfaceOf(one.id)) {
                adapter.switchName = one.name;
                adapter.unusable = fmt::format("the switch '{}' has it", one.name);
            }
        adapters.push_back(std::move(adapter));
    }
    std::ranges::sort(adapters, {}, &HostAdapter::name);
    return adapters;
}

Result<std::string> BridgeSwitches::overlapping(const std::string& prefix,
                                                const std::string& exceptId) {
    const auto wanted = IpPrefix::parse(prefix);
    const auto addresses = network_.addresses();
    if (!addresses)
        return std::unexpected(addresses.error());
    const auto links = network_.links();
    if (!links)
        return std::unexpected(links.error());
    for (const HostAddress& address : *addresses) {
        const auto other = IpPrefix::parse(address.prefix);
        const auto link = std::ranges::find(*links, address.link, &HostLink::index);
        if (!wanted || !other || link == links->end() || link->name == interfaceOf(exceptId))
            continue;
        if (wanted->overlaps(*other))
            return fmt::format("{} of '{}'", address.prefix, link->name);
    }
    return std::string();
}

}  // namespace service
