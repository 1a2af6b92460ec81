// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host_requests.h"
#include "job_requests.h"
#include "service_requests.h"
#include "switch_requests.h"

namespace service {

// What a client hears without asking again. A client that does not read what it asked for is cut
// off when its buffer is full.

struct PerformanceSubscription {
    /// Names or ids; nothing: all.
    std::optional<std::vector<std::string>> machines;
    /// The host's samples too; they are if nothing is said.
    std::optional<bool> host;
    /// 1000 if nothing is said; rounded up to tenths of a second.
    std::optional<std::uint32_t> intervalMilliseconds;
};
BOOST_DESCRIBE_STRUCT(PerformanceSubscription, (), (machines, host, intervalMilliseconds))

struct SubscribeParams {
    /// machine.changed, and machine.removed.
    std::optional<bool> machines;
    std::optional<bool> events;
    std::optional<bool> jobs;
    /// switch.changed, and switch.removed.
    std::optional<bool> switches;
    /// machine.usage, once a second: what a list of machines shows of those that run.
    std::optional<bool> usage;
    std::optional<PerformanceSubscription> performance;
    /// service.changed, and service.stopping.
    std::optional<bool> service;
};
BOOST_DESCRIBE_STRUCT(SubscribeParams, (),
                      (machines, events, jobs, switches, usage, performance, service))

struct SubscriptionParams {
    std::uint64_t subscription = 0;
};
BOOST_DESCRIBE_STRUCT(SubscriptionParams, (), (subscription))

struct SubscribeMethod {
    static constexpr std::string_view kName = "subscribe";
    using Params = SubscribeParams;
    using Reply = SubscriptionParams;
};

struct UnsubscribeMethod {
    static constexpr std::string_view kName = "unsubscribe";
    using Params = SubscriptionParams;
    using Reply = NoParams;
};

/// Created, renamed, in another state, with other settings.
struct MachineChangedNotification {
    static constexpr std::string_view kName = "machine.changed";
    MachineSummary machine;
};
BOOST_DESCRIBE_STRUCT(MachineChangedNotification, (), (machine))

struct MachineRemovedNotification {
    static constexpr std::string_view kName = "machine.removed";
    std::string id;
};
BOOST_DESCRIBE_STRUCT(MachineRemovedNotification, (), (id))

struct EventNotification {
    static constexpr std::string_view kName = "event";
    EventRecord event;
};
BOOST_DESCRIBE_STRUCT(EventNotification, (), (event))

struct JobChangedNotification {
    static constexpr std::string_view kName = "job.changed";
    Job job;
};
BOOST_DESCRIBE_STRUCT(JobChangedNotification, (), (job))

/// Made, renamed, with other settings, in another state, with other machines at it.
struct SwitchChangedNotification {
    static constexpr std::string_view kName = "switch.changed";
    VirtualSwitch virtualSwitch;
};
BOOST_DESCRIBE_STRUCT(SwitchChangedNotification, (), (virtualSwitch))

struct SwitchRemovedNotification {
    static constexpr std::string_view kName = "switch.removed";
    std::string id;
};
BOOST_DESCRIBE_STRUCT(SwitchRemovedNotification, (), (id))

struct ServiceChangedNotification {
    static constexpr std::string_view kName = "service.changed";
    ServiceSettings settings;
};
BOOST_DESCRIBE_STRUCT(ServiceChangedNotification, (), (settings))

/// The service ends in an orderly way: somebody has stopped it. The connection ends soon after.
struct ServiceStoppingNotification {
    static constexpr std::string_view kName = "service.stopping";
    bool machinesGoOn = true;
};
BOOST_DESCRIBE_STRUCT(ServiceStoppingNotification, (), (machinesGoOn))

struct MachineUsage {
    std::string id;
    /// Of all LPs, over the last second; nothing while it is not known.
    std::optional<double> cpuUsagePercent;
    std::uint64_t assignedMemoryBytes = 0;
    std::uint64_t uptimeSeconds = 0;
    /// What its guest says that it needs; 0: it has not told.
    std::uint64_t memoryDemandBytes = 0;
};
BOOST_DESCRIBE_STRUCT(MachineUsage, (),
                      (id, cpuUsagePercent, assignedMemoryBytes, uptimeSeconds, memoryDemandBytes))

/// Of all machines that run; also when none does any more.
struct MachineUsageNotification {
    static constexpr std::string_view kName = "machine.usage";
    std::vector<MachineUsage> machines;
};
BOOST_DESCRIBE_STRUCT(MachineUsageNotification, (), (machines))

struct PerformanceNotification {
    static constexpr std::string_view kName = "performance";
    std::uint64_t subscription = 0;
    std::vector<PerformanceSample> samples;
};
BOOST_DESCRIBE_STRUCT(PerformanceNotification, (), (subscription, samples))

}  // namespace service
