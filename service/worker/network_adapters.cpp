// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_adapters.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace service {

using devices::synthetic::NetworkAdapter;
using hypervisor::failure;
using hypervisor::Result;

Result<std::unique_ptr<NetworkAdapters>> NetworkAdapters::create(vmbus::Bus& bus,
                                                                 hypervisor::StatsMemory& stats,
                                                                 unsigned processors,
                                                                 FigureNames& names,
                                                                 std::vector<AdapterOrder> orders) {
    std::unique_ptr<NetworkAdapters> adapters(new NetworkAdapters(bus, stats));
    for (AdapterOrder& order : orders)
        if (auto added = adapters->add(processors, names, std::move(order)); !added)
            return std::unexpected(added.error());
    return adapters;
}

Result<void> NetworkAdapters::add(unsigned processors, FigureNames& names, AdapterOrder order) {
    const auto mac = parseMac(order.adapter.macAddress);
    const auto id = vmbus::Guid::parse(order.adapter.id);
    if (!mac || !id)
        return failure(fmt::format("'{}' and '{}' are no identity and MAC address of an adapter",
                                   order.adapter.id, order.adapter.macAddress));
    devices::synthetic::NetworkSettings settings;
    settings.mac = *mac;
    settings.queues = std::clamp(processors, 1U, devices::synthetic::kMostNetworkQueues);
    const std::string name = names.take(order.adapter.name);
    settings.counters = stats_.takeSlot(hypervisor::StatsSlotKind::Network,
                                        static_cast<std::uint32_t>(adapters_.size()), name);
    auto adapter = NetworkAdapter::create(settings);
    if (!adapter)
        return std::unexpected(adapter.error());
    auto port = openPort(order);
    if (!port)
        return std::unexpected(port.error());
    if (*port)
        (*adapter)->plug(std::move(*port));
    if (auto offered =
            bus_.offer({.type = NetworkAdapter::kInterfaceType, .instance = *id, .name = name},
                       (*adapter)->channel());
        !offered)
        return offered;
    adapters_.push_back({*id, std::move(*adapter)});
    return {};
}

Result<void> NetworkAdapters::plug(AdapterOrder order) {
    const auto id = vmbus::Guid::parse(order.adapter.id);
    const auto known = id ? std::ranges::find(adapters_, *id, &Known::id) : adapters_.end();
    if (known == adapters_.end())
        return failure(fmt::format("the machine has no adapter '{}'", order.adapter.id));
    auto port = openPort(order);
    if (!port)
        return std::unexpected(port.error());
    known->adapter->plug(std::move(*port));
    return {};
}

NetworkAdapters::~NetworkAdapters() {
    for (const Known& known : adapters_)
        bus_.revoke(known.adapter->channel());
}

}  // namespace service
