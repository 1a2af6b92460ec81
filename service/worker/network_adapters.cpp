// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_adapters.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "devices/network/socket_port.h"
#include "devices/network/tap_port.h"

namespace service {

using devices::network::SocketPort;
using devices::network::SwitchPort;
using devices::network::TapPort;
using devices::synthetic::MacAddress;
using devices::synthetic::NetworkAdapter;
using hypervisor::failure;
using hypervisor::Result;

namespace {

/// "02:00:00:00:00:01".
std::optional<MacAddress> parseMac(const std::string& text) {
    MacAddress mac{};
    if (text.size() != mac.size() * 3 - 1)
        return std::nullopt;
    for (std::size_t at = 0; at < mac.size(); ++at) {
        const char* const digits = text.data() + at * 3;
        std::uint8_t byte = 0;
        const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
        if (error != std::errc{} || end != digits + 2 || (at + 1 != mac.size() && digits[2] != ':'))
            return std::nullopt;
        mac[at] = std::byte{byte};
    }
    return mac;
}

Result<std::unique_ptr<SwitchPort>> openPort(AdapterOrder& order) {
    if (!order.port)
        return nullptr;
    if (order.adapter.tap)
        return TapPort::create(std::move(order.port));
    return SocketPort::create(std::move(order.port));
}

}  // namespace

Result<std::unique_ptr<NetworkAdapters>> NetworkAdapters::create(vmbus::Bus& bus,
                                                                 hypervisor::StatsMemory& stats,
                                                                 unsigned processors,
                                                                 std::vector<AdapterOrder> orders) {
    std::unique_ptr<NetworkAdapters> adapters(new NetworkAdapters(bus, stats));
    for (AdapterOrder& order : orders)
        if (auto added = adapters->add(processors, std::move(order)); !added)
            return std::unexpected(added.error());
    return adapters;
}

std::string NetworkAdapters::figuresName(const WorkerAdapter& adapter) {
    std::string name = adapter.name;
    for (unsigned number = 2; !names_.insert(name).second; ++number)
        name = fmt::format("{} {}", adapter.name, number);
    return name;
}

Result<void> NetworkAdapters::add(unsigned processors, AdapterOrder order) {
    const auto mac = parseMac(order.adapter.macAddress);
    const auto id = vmbus::Guid::parse(order.adapter.id);
    if (!mac || !id)
        return failure(fmt::format("'{}' and '{}' are no identity and MAC address of an adapter",
                                   order.adapter.id, order.adapter.macAddress));
    devices::synthetic::NetworkSettings settings;
    settings.mac = *mac;
    settings.queues = std::clamp(processors, 1U, devices::synthetic::kMostNetworkQueues);
    const std::string name = figuresName(order.adapter);
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
