// SPDX-License-Identifier: GPL-3.0-or-later

// What machines have to do with each other and with virtual switches by their network adapters.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "machines.h"
#include "settings_check.h"

namespace service {

RpcResult<void> Machines::judgeNetwork(const MachineSettings& settings,
                                       const std::vector<NetworkAdapter>& before) const {
    for (std::size_t at = 0; at < settings.networkAdapters.size(); ++at) {
        const NetworkAdapter& adapter = settings.networkAdapters[at];
        const auto was = std::ranges::find(before, adapter.id, &NetworkAdapter::id);
        const std::string field = fmt::format("networkAdapters[{}]", at);
        if (!adapter.switchName.empty() && !around_.switches.exists(adapter.switchName) &&
            (was == before.end() || was->switchName != adapter.switchName))
            return rpcFailure(ErrorCode::NotFound,
                              fmt::format("there is no switch '{}'", adapter.switchName), {},
                              field + ".switchName", around_.switches.names());
        const bool keepsAddress = was != before.end() && was->macAddress == adapter.macAddress;
        if (adapter.legacy && isSwappedByDrivers(adapter.macAddress) &&
            !(keepsAddress && was->legacy))
            return rpcFailure(
                ErrorCode::InvalidParams,
                fmt::format("a guest's driver of legacy adapters takes {} for an address with its "
                            "bytes swapped",
                            adapter.macAddress),
                "give another second byte than 00", field + ".macAddress");
        if (keepsAddress)
            continue;
        const auto refusal = [&](const std::string& owner) {
            return rpcFailure(
                ErrorCode::AlreadyExists,
                fmt::format("{} has the MAC address {} already", owner, adapter.macAddress),
                "leave it away for an address that nobody has", field + ".macAddress");
        };
        for (std::size_t other = 0; other < at; ++other)
            if (settings.networkAdapters[other].macAddress == adapter.macAddress)
                return refusal("another adapter of the machine");
        for (const auto& [id, machine] : byId_)
            if (id != settings.id && std::ranges::any_of(machine->settings().networkAdapters,
                                                         [&](const NetworkAdapter& one) {
                                                             return one.macAddress ==
                                                                    adapter.macAddress;
                                                         }))
                return refusal(fmt::format("the machine '{}'", machine->name()));
    }
    return {};
}

std::string Machines::rivalOf(const Machine& machine, const NetworkAdapter& adapter) const {
    for (const auto& [id, other] : byId_) {
        if (other.get() == &machine || !isActive(other->state()))
            continue;
        for (const NetworkAdapter& one : other->settings().networkAdapters)
            if (one.macAddress == adapter.macAddress && one.switchName == adapter.switchName)
                return other->name();
    }
    return {};
}

std::vector<std::string> Machines::usersOf(const std::string& switchName) const {
    std::vector<std::string> names;
    for (const auto& [name, machine] : byName_)
        if (std::ranges::any_of(
                machine->settings().networkAdapters,
                [&](const NetworkAdapter& adapter) { return adapter.switchName == switchName; }))
            names.push_back(name);
    return names;
}

void Machines::switchRenamed(const std::string& oldName, const std::string& newName) {
    for (const std::string& name : usersOf(oldName)) {
        const auto& machine = byName_.find(name)->second;
        StoredMachine stored = machine->stored();
        for (NetworkAdapter& adapter : stored.settings.networkAdapters)
            if (adapter.switchName == oldName)
                adapter.switchName = newName;
        if (auto done = machine->change(std::move(stored)); !done)
            around_.journal.record(
                EventSeverity::Warning, "NoSwitch", machine->id(), name,
                fmt::format("the switch '{}' is '{}' now, and its settings still name the old one: "
                            "{}",
                            oldName, newName, done.error().message));
    }
}

void Machines::switchFailed(const std::string& name, const std::string& why) {
    for (const auto& [id, machine] : byId_)
        machine->switchFailed(name, why);
}

void Machines::tellSwitchUsers(const std::vector<NetworkAdapter>& before,
                               const std::vector<NetworkAdapter>& after) const {
    std::set<std::string> names;
    for (const auto* const adapters : {&before, &after})
        for (const NetworkAdapter& adapter : *adapters)
            names.insert(adapter.switchName);
    for (const std::string& name : names)
        around_.switches.usersChanged(name);
}

}  // namespace service
