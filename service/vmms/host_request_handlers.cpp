// SPDX-License-Identifier: GPL-3.0-or-later
#include "host_request_handlers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "counter_replies.h"
#include "memory/host_memory.h"
#include "service/ipc/interface_description.h"
#include "service/ipc/methods.h"

namespace service {

namespace {

using PeerPointer = std::shared_ptr<Peer>;

constexpr std::uint32_t kUsualEvents = 1'000;

std::string hostName() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0)
        return {};
    return name.data();
}

/// "model name", "flags": the first line of a file in /proc that begins so.
std::string lineOf(const char* path, std::string_view begin) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(begin))
            return line;
    return {};
}

/// As workers choose: KVM only where the host's processor virtualizes.
void describeBackend(HostReply& reply) {
    const std::string flags = lineOf("/proc/cpuinfo", "flags") + ' ';
    const bool virtualizes =
        flags.find(" vmx ") != std::string::npos || flags.find(" svm ") != std::string::npos;
    const hypervisor::FileDescriptor device(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
    if (!device)
        reply.kvmNote = fmt::format("/dev/kvm: {}", std::strerror(errno));
    else if (!virtualizes)
        reply.kvmNote = "/dev/kvm is there, but the processor has neither VT-x nor AMD-V";
    reply.defaultBackend = device && virtualizes ? BackendChoice::Kvm : BackendChoice::Software;
}

HostReply describeHost(const HostRequestSources& sources) {
    HostReply reply;
    reply.hostName = hostName();
    reply.version = VIREO_VERSION;
    reply.session = sources.mode == ServiceMode::Session;
    reply.machinesFolder = sources.settings.machineFolder();
    reply.disksFolder = sources.settings.settings().diskFolder;
    reply.logicalProcessors = sources.governor.logicalProcessors();
    reply.memoryBytes = hostMemory();
    reply.availableMemoryBytes = availableHostMemory().value_or(0);
    describeBackend(reply);
    reply.resourceControl = sources.governor.mode();
    reply.resourceControlNote = sources.governor.note();
    for (const auto& machine : sources.machines.all()) {
        if (!isActive(machine->state()))
            continue;
        const ResourceReport report =
            sources.governor.report(machine->id(), machine->settings().processor);
        reply.reservations.push_back({machine->id(), machine->name(), machine->state(),
                                      machine->settings().processor, report.reservePercentOfTotal,
                                      report.entitlementPercentOfTotal});
    }
    reply.reservedPercent = sources.governor.reservedPercent();
    reply.freePercent = 100 - reply.reservedPercent;
    reply.metricsSocket = sources.places.metricsSocket();
    return reply;
}

/// The id of a machine that was named, or empty where none was.
RpcResult<std::string> idOf(const Machines& machines, const std::optional<std::string>& name) {
    if (!name)
        return std::string();
    const auto machine = machines.find(*name);
    if (!machine)
        return std::unexpected(machine.error());
    return (*machine)->id();
}

void listEvents(const HostRequestSources& sources, const EventsListParams& params,
                RequestRouter::OnReply<EventsListReply> onReply) {
    EventQuery query;
    if (params.machine) {
        auto id = idOf(sources.machines, params.machine);
        if (!id)
            return onReply(std::unexpected(id.error()));
        query.machine = std::move(*id);
    }
    query.after = params.after.value_or(0);
    if (params.since)
        query.since = std::chrono::sys_time<std::chrono::milliseconds>(
            std::chrono::milliseconds(*params.since));
    query.least = params.leastSeverity.value_or(EventSeverity::Information);
    query.count =
        std::min<std::size_t>(params.limit.value_or(kUsualEvents), EventStore::kMostAnswers);
    sources.events.query(
        std::move(query), [&machines = sources.machines,
                           onReply = std::move(onReply)](const std::vector<StoredEvent>& events) {
            EventsListReply reply;
            for (const StoredEvent& event : events)
                reply.events.push_back(toRecord(event, machines.nameOf(event.machine)));
            onReply(std::move(reply));
        });
}

void addFigures(RequestRouter& router, const HostRequestSources& sources) {
    router.addPlain<MachineStatsMethod>(
        [sources](const PeerPointer&, const MachineParams& params) -> RpcResult<StatsReply> {
            const auto id = idOf(sources.machines, params.machine);
            if (!id)
                return std::unexpected(id.error());
            return latestFigures(sources.performance, *id);
        });
    router.addPlain<HostStatsMethod>(
        [sources](const PeerPointer&, NoParams) { return latestFigures(sources.performance, {}); });
    router.add<StatsHistoryMethod>([sources](const PeerPointer&, const StatsHistoryParams& params,
                                             RequestRouter::OnReply<StatsHistoryReply> onReply) {
        const auto id = idOf(sources.machines, params.machine);
        if (!id)
            return onReply(std::unexpected(id.error()));
        queryHistory(sources.performance, *id, params, std::move(onReply));
    });
}

void addJobs(RequestRouter& router, JobTable& jobs) {
    router.addPlain<JobListMethod>(
        [&jobs](const PeerPointer&, NoParams) -> RpcResult<JobListReply> {
            return JobListReply{jobs.list()};
        });
    router.addPlain<JobGetMethod>(
        [&jobs](const PeerPointer&, const JobParams& params) { return jobs.get(params.job); });
    router.addPlain<JobCancelMethod>([&jobs](const PeerPointer& peer, const JobParams& params) {
        return jobs.cancel(peer->rights(), params.job);
    });
}

}  // namespace

void addHostRequests(RequestRouter& router, HostRequestSources sources) {
    router.addPlain<HostGetMethod>([sources](const PeerPointer&, NoParams) -> RpcResult<HostReply> {
        return describeHost(sources);
    });
    router.add<EventsListMethod>([sources](const PeerPointer&, const EventsListParams& params,
                                           RequestRouter::OnReply<EventsListReply> onReply) {
        listEvents(sources, params, std::move(onReply));
    });
    addFigures(router, sources);
    addJobs(router, sources.jobs);
    router.addPlain<SubscribeMethod>(
        [&hub = sources.subscriptions](const PeerPointer& peer, const SubscribeParams& params) {
            return hub.subscribe(peer, params);
        });
    router.addPlain<UnsubscribeMethod>(
        [&hub = sources.subscriptions](const PeerPointer& peer, const SubscriptionParams& params) {
            return hub.unsubscribe(*peer, params);
        });
    router.addPlain<ApiDescribeMethod>(
        [](const PeerPointer&, NoParams) -> RpcResult<ApiDescribeReply> {
            return ApiDescribeReply{describeInterface()};
        });
}

}  // namespace service
