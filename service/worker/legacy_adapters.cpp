// SPDX-License-Identifier: GPL-3.0-or-later
#include "legacy_adapters.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace service {

using devices::tulip::Adapter;
using hypervisor::failure;
using hypervisor::Result;

namespace {

/// Figures of adapters are told apart by a number: these follow the synthetic ones.
constexpr std::uint32_t kFirstIndex = 64;

}  // namespace

Result<std::unique_ptr<LegacyAdapters>> LegacyAdapters::create(const Surroundings& surroundings,
                                                               FigureNames& names,
                                                               std::vector<AdapterOrder> orders) {
    std::unique_ptr<LegacyAdapters> adapters(new LegacyAdapters);
    for (AdapterOrder& order : orders)
        if (auto added = adapters->add(surroundings, names, std::move(order)); !added)
            return std::unexpected(added.error());
    return adapters;
}

Result<void> LegacyAdapters::add(const Surroundings& surroundings, FigureNames& names,
                                 AdapterOrder order) {
    const auto mac = parseMac(order.adapter.macAddress);
    if (!mac)
        return failure(
            fmt::format("'{}' is no MAC address of an adapter", order.adapter.macAddress));
    if (adapters_.size() >= devices::tulip::kMostAdapters)
        return failure(fmt::format("a machine can't have more than {} legacy network adapters",
                                   devices::tulip::kMostAdapters));
    devices::tulip::AdapterSettings settings;
    settings.mac = *mac;
    settings.number = static_cast<unsigned>(adapters_.size());
    if (const auto& rom = surroundings.rom; rom && (settings.number == 0 || !rom->isForFirst))
        settings.rom = {rom, &rom->bytes};
    settings.counters =
        surroundings.stats.takeSlot(hypervisor::StatsSlotKind::Network,
                                    kFirstIndex + settings.number, names.take(order.adapter.name));
    auto port = openPort(order);
    if (!port)
        return std::unexpected(port.error());
    devices::Chipset& chipset = surroundings.chipset;
    auto adapter =
        Adapter::create(settings,
                        {chipset.ports(), chipset.mmio(), chipset.pci(),
                         chipset.pciInterrupt(Adapter::kDevice, Adapter::pinOf(settings.number))},
                        surroundings.memory, surroundings.clock);
    if (!adapter)
        return std::unexpected(adapter.error());
    if (*port)
        (*adapter)->plug(std::move(*port));
    adapters_.push_back({std::move(order.adapter.id), std::move(*adapter)});
    return {};
}

Result<void> LegacyAdapters::plug(AdapterOrder order) {
    const auto known = std::ranges::find(adapters_, order.adapter.id, &Known::id);
    if (known == adapters_.end())
        return failure(fmt::format("the machine has no adapter '{}'", order.adapter.id));
    auto port = openPort(order);
    if (!port)
        return std::unexpected(port.error());
    known->adapter->plug(std::move(*port));
    return {};
}

void LegacyAdapters::reset() {
    for (const Known& known : adapters_)
        known.adapter->powerOn();
}

}  // namespace service
