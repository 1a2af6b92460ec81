// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event_severity.h"
#include "machine_requests.h"

namespace service {

// Requests about the host as a whole: its LPs and who has reserved them, events, performance.

struct Reservation {
    std::string id;
    std::string name;
    MachineState state = MachineState::Off;
    ProcessorSettings processor;
    double reservePercentOfTotal = 0;
    double entitlementPercentOfTotal = 0;
};
BOOST_DESCRIBE_STRUCT(Reservation, (),
                      (id, name, state, processor, reservePercentOfTotal,
                       entitlementPercentOfTotal))

struct HostReply {
    std::string hostName;
    /// Of Vireo.
    std::string version;
    bool session = false;
    /// Where folders of new machines are made if nothing is said.
    std::string machinesFolder;
    /// The same of new disks; empty: each user's own, "Vireo/Virtual Hard Disks" in the home.
    std::string disksFolder;
    std::uint32_t logicalProcessors = 0;
    std::uint64_t memoryBytes = 0;
    std::uint64_t availableMemoryBytes = 0;
    /// What machines that are Auto run on here, and whether KVM can be used at all and why not.
    BackendChoice defaultBackend = BackendChoice::Software;
    std::string kvmNote;
    ResourceControlMode resourceControl = ResourceControlMode::WorkerPacing;
    std::string resourceControlNote;
    /// Of machines that run.
    std::vector<Reservation> reservations;
    /// Percent of all LPs.
    double reservedPercent = 0;
    double freePercent = 100;
    /// Of the socket with the OpenMetrics page.
    std::string metricsSocket;
};
BOOST_DESCRIBE_STRUCT(HostReply, (),
                      (hostName, version, session, machinesFolder, disksFolder, logicalProcessors,
                       memoryBytes, availableMemoryBytes, defaultBackend, kvmNote, resourceControl,
                       resourceControlNote, reservations, reservedPercent, freePercent,
                       metricsSocket))

struct HostGetMethod {
    static constexpr std::string_view kName = "host.get";
    using Params = NoParams;
    using Reply = HostReply;
};

struct EventRecord {
    /// Rises with every event.
    std::uint64_t id = 0;
    /// Milliseconds since 1970.
    std::int64_t time = 0;
    EventSeverity severity = EventSeverity::Information;
    /// "Started", "WorkerDied": stable, for scripts.
    std::string kind;
    /// Empty: of the service itself.
    std::string machineId;
    /// As it was then.
    std::string machineName;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(EventRecord, (), (id, time, severity, kind, machineId, machineName, text))

struct EventsListParams {
    /// Name or id; nothing: all machines and the service.
    std::optional<std::string> machine;
    /// Those with a greater id only.
    std::optional<std::uint64_t> after;
    /// Milliseconds since 1970.
    std::optional<std::int64_t> since;
    std::optional<EventSeverity> leastSeverity;
    /// The newest so many; 1,000 if nothing is said.
    std::optional<std::uint32_t> limit;
};
BOOST_DESCRIBE_STRUCT(EventsListParams, (), (machine, after, since, leastSeverity, limit))
template <>
inline constexpr std::array kFieldRanges<EventsListParams> = {FieldRange{"limit", 1, 100'000}};

struct EventsListReply {
    /// Oldest first.
    std::vector<EventRecord> events;
};
BOOST_DESCRIBE_STRUCT(EventsListReply, (), (events))

struct EventsListMethod {
    static constexpr std::string_view kName = "events.list";
    using Params = EventsListParams;
    using Reply = EventsListReply;
};

/// In the words of Hyper-V's performance counters (hypervisor/stats/performance_counters.h).
struct CounterValue {
    std::string set;
    std::string instance;
    std::string name;
    /// Nothing where it is not counted.
    std::optional<double> value;
};
BOOST_DESCRIBE_STRUCT(CounterValue, (), (set, instance, name, value))

struct PerformanceSample {
    /// Empty: the host's.
    std::string machineId;
    /// Milliseconds since 1970, of the interval's end.
    std::int64_t time = 0;
    std::uint32_t intervalMilliseconds = 0;
    std::vector<CounterValue> counters;
};
BOOST_DESCRIBE_STRUCT(PerformanceSample, (), (machineId, time, intervalMilliseconds, counters))

struct StatsReply {
    PerformanceSample sample;
};
BOOST_DESCRIBE_STRUCT(StatsReply, (), (sample))

/// The newest figures of one machine.
struct MachineStatsMethod {
    static constexpr std::string_view kName = "machine.stats";
    using Params = MachineParams;
    using Reply = StatsReply;
};

struct HostStatsMethod {
    static constexpr std::string_view kName = "host.stats";
    using Params = NoParams;
    using Reply = StatsReply;
};

/// Names a counter, or with parts left out all that have the others.
struct CounterSelection {
    std::optional<std::string> set;
    std::optional<std::string> instance;
    std::optional<std::string> name;
};
BOOST_DESCRIBE_STRUCT(CounterSelection, (), (set, instance, name))

struct StatsHistoryParams {
    /// Name or id; nothing: the host.
    std::optional<std::string> machine;
    /// Nothing: all that there are.
    std::optional<std::vector<CounterSelection>> counters;
    /// Seconds since 1970; nothing: the last hour, up to now.
    std::optional<std::int64_t> from;
    std::optional<std::int64_t> to;
    /// No more than so many for each counter, 4,000 if nothing is said: steps are as fine as that
    /// allows and as there is history for the time (1 s, 10 s, 1 min, or several of them).
    std::optional<std::uint32_t> mostPoints;
};
BOOST_DESCRIBE_STRUCT(StatsHistoryParams, (), (machine, counters, from, to, mostPoints))
template <>
inline constexpr std::array kFieldRanges<StatsHistoryParams> = {
    FieldRange{"mostPoints", 1, 20'000}};

struct CounterSeries {
    std::string set;
    std::string instance;
    std::string name;
    /// One for each step from the reply's `from`, the mean and the greatest figure in it; nothing
    /// where there is none.
    std::vector<std::optional<double>> values;
    std::vector<std::optional<double>> maxima;
};
BOOST_DESCRIBE_STRUCT(CounterSeries, (), (set, instance, name, values, maxima))

struct StatsHistoryReply {
    std::int64_t from = 0;
    std::uint32_t stepSeconds = 1;
    std::vector<CounterSeries> series;
};
BOOST_DESCRIBE_STRUCT(StatsHistoryReply, (), (from, stepSeconds, series))

struct StatsHistoryMethod {
    static constexpr std::string_view kName = "stats.history";
    using Params = StatsHistoryParams;
    using Reply = StatsHistoryReply;
};

struct ApiDescribeReply {
    /// JSON Schema (2020-12) of every method, notification and error.
    boost::json::object description;
};
BOOST_DESCRIBE_STRUCT(ApiDescribeReply, (), (description))

struct ApiDescribeMethod {
    static constexpr std::string_view kName = "api.describe";
    using Params = NoParams;
    using Reply = ApiDescribeReply;
};

}  // namespace service
