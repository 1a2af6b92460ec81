// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_request_handlers.h"

#include <memory>
#include <utility>

namespace service {

namespace {

using PeerPointer = std::shared_ptr<Peer>;

struct Sources {
    KeptServiceSettings& kept;
    const Machines& machines;
    JobTable& jobs;
    ServiceEnd end;
};
using SourcesPointer = std::shared_ptr<Sources>;

ServiceReply describeService(const Sources& sources, const ClientRights& rights) {
    return {sources.kept.settings(), sources.kept.usualMachineFolder(),
            sources.kept.limitation(rights), sources.end.machinesGoOn};
}

/// Folders that are another one than now, as the client can use them.
RpcResult<void> tryFolders(const ServiceSetParams& params, const ServiceSettings& now) {
    for (const auto& [folder, before, field] :
         {std::tuple{&params.diskFolder, &now.diskFolder, "diskFolder"},
          {&params.machineFolder, &now.machineFolder, "machineFolder"}})
        if (*folder && !(*folder)->empty() && **folder != *before)
            if (auto tried = tryFolder(**folder, field); !tried)
                return tried;
    return {};
}

void setService(const SourcesPointer& sources, const ClientRights& rights,
                const ServiceSetParams& params, RequestRouter::OnReply<ServiceReply> onReply) {
    if (auto judged = sources->kept.judge(rights, params); !judged)
        return onReply(std::unexpected(judged.error()));
    // A folder may be slow, and is the client's: another thread, and the client's rights.
    auto tried = std::make_shared<RpcResult<void>>();
    sources->jobs.runShort(
        rights,
        [tried, params, now = sources->kept.settings()](
            devices::storage::IoEngine&, devices::storage::Job&) -> hypervisor::Result<void> {
            *tried = tryFolders(params, now);
            return {};
        },
        [sources, tried, rights, params,
         onReply = std::move(onReply)](const hypervisor::Result<void>& result) {
            if (!result)
                return onReply(rpcFailure(ErrorCode::PermissionDenied, result.error().message));
            if (!*tried)
                return onReply(std::unexpected(tried->error()));
            if (auto set = sources->kept.set(params); !set)
                return onReply(std::unexpected(set.error()));
            onReply(describeService(*sources, rights));
        });
}

void stopService(const Sources& sources, const RequestRouter::OnReply<ServiceStopReply>& onReply) {
    if (auto prevented = sources.end.prevent(); !prevented)
        return onReply(rpcFailure(ErrorCode::NotSupported, prevented.error().message,
                                  "stop it with 'sudo systemctl stop vireod.socket vireod'"));
    ServiceStopReply reply{sources.end.machinesGoOn, 0};
    for (const auto& machine : sources.machines.all())
        reply.runningMachines += isActive(machine->state()) ? 1 : 0;
    onReply(reply);
    sources.end.stop();
}

}  // namespace

void addServiceRequests(RequestRouter& router, KeptServiceSettings& kept, const Machines& machines,
                        JobTable& jobs, ServiceEnd end) {
    const auto sources = std::make_shared<Sources>(Sources{kept, machines, jobs, std::move(end)});
    router.addPlain<ServiceGetMethod>(
        [sources](const PeerPointer& peer, NoParams) -> RpcResult<ServiceReply> {
            return describeService(*sources, peer->rights());
        });
    router.add<ServiceSetMethod>([sources](const PeerPointer& peer, const ServiceSetParams& params,
                                           RequestRouter::OnReply<ServiceReply> onReply) {
        setService(sources, peer->rights(), params, std::move(onReply));
    });
    router.add<ServiceStopMethod>(
        [sources](const PeerPointer&, NoParams,
                  const RequestRouter::OnReply<ServiceStopReply>& onReply) {
            stopService(*sources, onReply);
        });
}

}  // namespace service
