// SPDX-License-Identifier: GPL-3.0-or-later
#include "integration_components.h"

#include <utility>

namespace service {

using devices::synthetic::DeviceThread;
using devices::synthetic::GuestShutdown;
using devices::synthetic::Heartbeat;
using devices::synthetic::KeyValueExchange;
using devices::synthetic::TimeSynchronization;
using devices::synthetic::VolumeShadowCopy;
using hypervisor::failure;
using hypervisor::Result;

namespace {

GuestHeartbeat reported(Heartbeat::Contact contact) {
    switch (contact) {
        case Heartbeat::Contact::Ok:
            return GuestHeartbeat::Ok;
        case Heartbeat::Contact::Lost:
            return GuestHeartbeat::LostContact;
        case Heartbeat::Contact::None:
            break;
    }
    return GuestHeartbeat::NoContact;
}

}  // namespace

Result<std::unique_ptr<IntegrationComponents>> IntegrationComponents::create(
    vmbus::Bus& bus, DeviceThread& thread, devices::Clock& clock, hypervisor::Partition& partition,
    hypervisor::StatsMemory& stats, const SyntheticOrder& order, GuestWatch& watch,
    Callbacks callbacks) {
    std::unique_ptr<IntegrationComponents> components(new IntegrationComponents(bus));
    IntegrationComponents& self = *components;
    Result<void> added;
    const auto add = [&](const vmbus::Offer& offer, vmbus::ChannelDevice& device) {
        if (added)
            added = self.add(offer, device);
    };
    if (order.integration.shutdown) {
        self.shutdown_ = std::make_unique<GuestShutdown>(thread);
        add(GuestShutdown::offer(), *self.shutdown_);
    }
    if (order.integration.timeSynchronization) {
        self.time_ = std::make_unique<TimeSynchronization>(thread, [&clock, &partition] {
            return TimeSynchronization::Sample{clock.timeOfDay(), partition.referenceTime()};
        });
        add(TimeSynchronization::offer(), *self.time_);
    }
    if (order.integration.heartbeat) {
        self.heartbeat_ = std::make_unique<Heartbeat>(thread, [&watch](Heartbeat::Pulse pulse) {
            watch.setHeartbeat(reported(pulse.contact));
        });
        add(Heartbeat::offer(), *self.heartbeat_);
    }
    if (order.integration.keyValueExchange) {
        self.keyValues_ = std::make_unique<KeyValueExchange>(
            thread, [&watch](const KeyValueExchange::Items& items) {
                std::vector<GuestItem> list;
                for (const auto& [name, value] : items)
                    list.push_back({name, value});
                watch.setItems(std::move(list));
            });
        add(KeyValueExchange::offer(), *self.keyValues_);
    }
    if (order.integration.backup) {
        self.backup_ = std::make_unique<VolumeShadowCopy>(thread);
        add(VolumeShadowCopy::offer(), *self.backup_);
    }
    if (order.integration.guestServices) {
        self.files_ = std::make_unique<GuestFileCopy>(thread, std::move(callbacks.copy));
        add(devices::synthetic::FileCopy::offer(), self.files_->device());
    }
    if (order.minimumMemoryBytes != 0) {
        self.memory_ = std::make_unique<MemoryControl>(
            thread, partition, stats, watch,
            MemoryControl::Options{order.minimumMemoryBytes, order.memoryBufferPercent},
            MemoryControl::Callbacks{std::move(callbacks.onNotice)});
        add(devices::synthetic::DynamicMemory::offer(), self.memory_->device());
    }
    if (!added)
        return std::unexpected(added.error());
    return components;
}

IntegrationComponents::~IntegrationComponents() {
    for (vmbus::ChannelDevice* const device : offered_)
        bus_.revoke(*device);
}

Result<void> IntegrationComponents::add(const vmbus::Offer& offer, vmbus::ChannelDevice& device) {
    auto offered = bus_.offer(offer, device);
    if (offered)
        offered_.push_back(&device);
    return offered;
}

void IntegrationComponents::shutDown(bool restart, Answer answer) {
    if (!shutdown_)
        return answer(failure("the machine's shutdown component is turned off in its settings"));
    GuestShutdown::Options options;
    options.kind = restart ? GuestShutdown::Kind::Restart : GuestShutdown::Kind::PowerOff;
    shutdown_->shutDown(std::move(options), std::move(answer));
}

Result<void> IntegrationComponents::copyFile(WorkerFileCopy copy, hypervisor::FileDescriptor file) {
    if (!files_)
        return failure("the machine's guest services are turned off in its settings");
    return files_->begin(std::move(copy), std::move(file));
}

void IntegrationComponents::cancelCopy() {
    if (files_)
        files_->cancel();
}

Result<void> IntegrationComponents::setMemoryCeiling(std::uint64_t bytes) {
    if (!memory_)
        return failure("the machine has no dynamic memory");
    memory_->setCeiling(bytes);
    return {};
}

Result<void> IntegrationComponents::setMemory(const WorkerMemory& memory) {
    if (!memory_)
        return failure("the machine has no dynamic memory");
    memory_->setBounds(memory.minimumBytes, memory.bufferPercent);
    return {};
}

void IntegrationComponents::reset() {
    if (memory_)
        memory_->reset();
}

void IntegrationComponents::resumed() {
    if (time_)
        time_->synchronize();
}

}  // namespace service
