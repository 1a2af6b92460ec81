// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "machines.h"
#include "peer.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/subscriptions.h"
#include "service/vmms/performance/performance_monitor.h"

namespace service {

/// Who is told of what.
///
/// Thread safety: the event loop's thread.
class SubscriptionsHub {
  public:
    SubscriptionsHub(Machines& machines, PerformanceMonitor& performance)
        : machines_(machines), performance_(performance) {}

    [[nodiscard]] RpcResult<SubscriptionParams> subscribe(const std::shared_ptr<Peer>& peer,
                                                          const SubscribeParams& params);
    [[nodiscard]] RpcResult<NoParams> unsubscribe(const Peer& peer,
                                                  const SubscriptionParams& params);
    /// The client has gone.
    void forget(const Peer& peer);

    void machineChanged(const Machine& machine);
    void machineRemoved(const std::string& id);
    void eventRecorded(const EventRecord& event);
    void jobChanged(const Job& job);
    void switchChanged(const VirtualSwitch& changed);
    void switchRemoved(const std::string& id);
    void serviceChanged(const ServiceSettings& settings);
    void serviceStopping(bool machinesGoOn);

  private:
    struct Entry {
        std::weak_ptr<Peer> peer;
        const Peer* key = nullptr;
        bool machines = false;
        bool events = false;
        bool jobs = false;
        bool switches = false;
        bool usage = false;
        bool service = false;
        std::unique_ptr<PerformanceMonitor::Subscription> performance;
    };

    [[nodiscard]] RpcResult<std::unique_ptr<PerformanceMonitor::Subscription>> beginPerformance(
        const std::shared_ptr<Peer>& peer, std::uint64_t id, const PerformanceSubscription& params);
    void tellUsage();
    /// Looks each second as long as somebody wants to know.
    void followUsage();
    template <class Notification>
    void tell(bool Entry::*wanted, const Notification& notification);

    Machines& machines_;
    PerformanceMonitor& performance_;
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, Entry> entries_;
    std::unique_ptr<PerformanceMonitor::Subscription> usage_;
};

}  // namespace service
