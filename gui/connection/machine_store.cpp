// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_store.h"

namespace gui {

using namespace service;  // NOLINT: the interface that this keeps a picture of

namespace {

std::string keyOf(const MachineSummary& machine) {
    return machine.unreadable ? machine.folder : machine.id;
}

}  // namespace

MachineStore::MachineStore(ServiceConnection& connection, QObject* parent)
    : QObject(parent), connection_(connection) {
    connect(&connection, &ServiceConnection::stateChanged, this, [this] {
        complete_ = false;
        if (connection_.state() == ServiceConnection::State::Connected)
            begin();
        else if (connection_.state() == ServiceConnection::State::Closed)
            forget();
    });
    connect(&connection, &ServiceConnection::machineChanged, this, &MachineStore::take);
    connect(&connection, &ServiceConnection::machineRemoved, this, [this](const std::string& id) {
        if (machines_.erase(id) != 0)
            emit removed(id);
        hostTimer_.start();
    });
    connect(&connection, &ServiceConnection::usageArrived, this, &MachineStore::takeUsage);
    // Changes come in bursts, and one look after them is enough.
    hostTimer_.setSingleShot(true);
    hostTimer_.setInterval(100);
    connect(&hostTimer_, &QTimer::timeout, this, &MachineStore::askHost);
    switchTimer_.setSingleShot(true);
    switchTimer_.setInterval(100);
    connect(&switchTimer_, &QTimer::timeout, this, &MachineStore::refreshSwitches);
    connect(&connection, &ServiceConnection::switchesChanged, &switchTimer_,
            qOverload<>(&QTimer::start));
    connect(&connection, &ServiceConnection::serviceChanged, &hostTimer_,
            qOverload<>(&QTimer::start));
    if (connection.state() == ServiceConnection::State::Connected)
        begin();
}

const KnownMachine* MachineStore::find(const std::string& id) const {
    const auto found = machines_.find(id);
    return found == machines_.end() ? nullptr : &found->second;
}

void MachineStore::begin() {
    // Subscribed first: what changes between the two replies is told.
    SubscribeParams subscription;
    subscription.machines = true;
    subscription.events = true;
    subscription.jobs = true;
    subscription.switches = true;
    subscription.usage = true;
    subscription.service = true;
    connection_.call<SubscribeMethod>(subscription, this, [](const auto&) {});
    refresh();
}

void MachineStore::forget() {
    hostTimer_.stop();
    switchTimer_.stop();
    machines_.clear();
    host_.reset();
    switches_.reset();
    emit replaced();
    emit hostChanged();
    emit switchesChanged();
}

void MachineStore::refresh() {
    connection_.call<MachineListMethod>({}, this, [this](RpcResult<MachineListReply> reply) {
        if (!reply)
            return;
        std::map<std::string, KnownMachine> machines;
        for (MachineSummary& one : reply->machines) {
            const std::string key = keyOf(one);
            KnownMachine& known = machines[key];
            if (const auto before = machines_.find(key); before != machines_.end())
                known.usage = before->second.usage;
            known.summary = std::move(one);
        }
        machines_ = std::move(machines);
        complete_ = true;
        emit replaced();
    });
    askHost();
    refreshSwitches();
}

void MachineStore::take(const MachineSummary& machine) {
    const std::string key = keyOf(machine);
    const auto [at, isNew] = machines_.try_emplace(key);
    at->second.summary = machine;
    if (!isActive(machine.state))
        at->second.usage.clear();
    if (isNew)
        emit added(key);
    else
        emit changed(key);
    hostTimer_.start();
}

void MachineStore::takeUsage(const MachineUsageNotification& usage) {
    for (const MachineUsage& one : usage.machines) {
        const auto found = machines_.find(one.id);
        if (found == machines_.end())
            continue;
        MachineSummary& summary = found->second.summary;
        summary.cpuUsagePercent = one.cpuUsagePercent;
        summary.assignedMemoryBytes = one.assignedMemoryBytes;
        summary.memoryDemandBytes = one.memoryDemandBytes;
        summary.uptimeSeconds = one.uptimeSeconds;
        if (one.cpuUsagePercent)
            found->second.usage.add(static_cast<float>(*one.cpuUsagePercent));
    }
    emit usageChanged();
}

void MachineStore::askHost() {
    connection_.call<HostGetMethod>({}, this, [this](RpcResult<HostReply> reply) {
        if (!reply)
            return;
        host_ = std::move(*reply);
        emit hostChanged();
    });
}

void MachineStore::refreshSwitches() {
    connection_.call<SwitchListMethod>({}, this, [this](RpcResult<SwitchListReply> reply) {
        if (!reply)
            return;
        switches_ = std::move(*reply);
        emit switchesChanged();
    });
}

}  // namespace gui
