// SPDX-License-Identifier: GPL-3.0-or-later
#include "subscriptions_hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "counter_replies.h"
#include "service/ipc/json_rpc.h"

namespace service {

namespace {

constexpr std::size_t kMaximumOfPeer = 64;
constexpr std::uint32_t kUsualInterval = 1'000;

}  // namespace

RpcResult<SubscriptionParams> SubscriptionsHub::subscribe(const std::shared_ptr<Peer>& peer,
                                                          const SubscribeParams& params) {
    std::size_t has = 0;
    for (const auto& [id, entry] : entries_)
        has += entry.key == peer.get() ? 1 : 0;
    if (has >= kMaximumOfPeer)
        return rpcFailure(ErrorCode::LimitReached,
                          fmt::format("this connection has {} subscriptions already", has),
                          "end some");
    const std::uint64_t id = ++last_;
    Entry entry{peer,
                peer.get(),
                params.machines.value_or(false),
                params.events.value_or(false),
                params.jobs.value_or(false),
                params.switches.value_or(false),
                params.usage.value_or(false),
                params.service.value_or(false),
                nullptr};
    if (params.performance) {
        auto begun = beginPerformance(peer, id, *params.performance);
        if (!begun)
            return std::unexpected(begun.error());
        entry.performance = std::move(*begun);
    }
    entries_.emplace(id, std::move(entry));
    followUsage();
    return SubscriptionParams{id};
}

RpcResult<std::unique_ptr<PerformanceMonitor::Subscription>> SubscriptionsHub::beginPerformance(
    const std::shared_ptr<Peer>& peer, std::uint64_t id, const PerformanceSubscription& params) {
    std::vector<std::string> ids;
    if (params.machines)
        for (const std::string& name : *params.machines) {
            const auto machine = machines_.find(name);
            if (!machine)
                return std::unexpected(machine.error());
            ids.push_back((*machine)->id());
        }
    const bool host = params.host.value_or(true);
    if (params.machines && host)
        ids.emplace_back();
    if (params.machines && ids.empty())
        return rpcFailure(ErrorCode::InvalidParams, "the subscription is of nothing",
                          "name machines, or leave them away for all", "performance.machines");
    const bool fast = params.intervalMilliseconds.value_or(kUsualInterval) < kUsualInterval;
    if (fast && (!params.machines || ids.size() > PerformanceMonitor::kMostFast))
        return rpcFailure(ErrorCode::InvalidParams,
                          "only machines that are named can be sampled more often than each second",
                          "name them", "performance.machines",
                          fmt::format("1 to {} machines", PerformanceMonitor::kMostFast));
    return performance_.subscribe(
        std::move(ids),
        fast ? PerformanceMonitor::Pace::TenTimesASecond : PerformanceMonitor::Pace::EverySecond,
        [weak = std::weak_ptr(peer), id,
         host](const std::vector<PerformanceMonitor::FiguresPointer>& figures) {
            const auto client = weak.lock();
            if (!client)
                return;
            PerformanceNotification notification;
            notification.subscription = id;
            for (const auto& one : figures)
                if (host || !one->machine.empty())
                    notification.samples.push_back(toSample(*one));
            client->send(encodeNotification(notification));
        });
}

void SubscriptionsHub::tellUsage() {
    MachineUsageNotification notification;
    for (const auto& machine : machines_.all())
        if (isActive(machine->state()))
            notification.machines.push_back(machine->usage());
    tell(&Entry::usage, notification);
}

void SubscriptionsHub::followUsage() {
    const bool wanted =
        std::ranges::any_of(entries_, [](const auto& entry) { return entry.second.usage; });
    if (!wanted)
        usage_.reset();
    else if (!usage_)
        // The host's figures come each second whatever runs, and so this is called each second.
        usage_ = performance_.subscribe({}, PerformanceMonitor::Pace::EverySecond,
                                        [this](const auto& /*figures*/) { tellUsage(); });
}

RpcResult<NoParams> SubscriptionsHub::unsubscribe(const Peer& peer,
                                                  const SubscriptionParams& params) {
    const auto found = entries_.find(params.subscription);
    if (found == entries_.end() || found->second.key != &peer)
        return rpcFailure(
            ErrorCode::NotFound,
            fmt::format("this connection has no subscription {}", params.subscription), {},
            "subscription");
    entries_.erase(found);
    followUsage();
    return NoParams{};
}

void SubscriptionsHub::forget(const Peer& peer) {
    std::erase_if(entries_, [&](const auto& entry) { return entry.second.key == &peer; });
    followUsage();
}

template <class Notification>
void SubscriptionsHub::tell(bool Entry::*wanted, const Notification& notification) {
    // Encoded once for all. Those who are cut off while being told leave the list: a copy.
    std::vector<std::shared_ptr<Peer>> peers;
    for (const auto& [id, entry] : entries_)
        if (entry.*wanted)
            if (auto peer = entry.peer.lock())
                peers.push_back(std::move(peer));
    if (peers.empty())
        return;
    const std::string line = encodeNotification(notification);
    for (const auto& peer : peers)
        peer->send(line);
}

void SubscriptionsHub::machineChanged(const Machine& machine) {
    tell(&Entry::machines, MachineChangedNotification{machine.summary()});
}

void SubscriptionsHub::machineRemoved(const std::string& id) {
    tell(&Entry::machines, MachineRemovedNotification{id});
}

void SubscriptionsHub::eventRecorded(const EventRecord& event) {
    tell(&Entry::events, EventNotification{event});
}

void SubscriptionsHub::jobChanged(const Job& job) {
    tell(&Entry::jobs, JobChangedNotification{job});
}

void SubscriptionsHub::switchChanged(const VirtualSwitch& changed) {
    tell(&Entry::switches, SwitchChangedNotification{changed});
}

void SubscriptionsHub::switchRemoved(const std::string& id) {
    tell(&Entry::switches, SwitchRemovedNotification{id});
}

void SubscriptionsHub::serviceChanged(const ServiceSettings& settings) {
    tell(&Entry::service, ServiceChangedNotification{settings});
}

void SubscriptionsHub::serviceStopping(bool machinesGoOn) {
    tell(&Entry::service, ServiceStoppingNotification{machinesGoOn});
}

}  // namespace service
