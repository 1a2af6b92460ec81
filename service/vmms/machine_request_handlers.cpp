// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_request_handlers.h"

#include <fmt/format.h>

#include <utility>

namespace service {

namespace {

using PeerPointer = std::shared_ptr<Peer>;

/// A request that moves a machine from one state to another.
template <class Method>
void addAction(RequestRouter& router, Machines& machines,
               void (Machine::*action)(Machine::OnReply<MachineStateReply>)) {
    router.add<Method>([&machines, action](const PeerPointer&, const MachineParams& params,
                                           RequestRouter::OnReply<MachineStateReply> onReply) {
        const auto machine = machines.find(params.machine);
        if (!machine)
            return onReply(std::unexpected(machine.error()));
        ((**machine).*action)(std::move(onReply));
    });
}

RpcResult<ConsoleAttachReply> attach(const Machines& machines, const ConsoleAttachParams& params) {
    const auto machine = machines.find(params.machine);
    if (!machine)
        return std::unexpected(machine.error());
    const std::uint32_t port = params.port.value_or(1);
    std::string ports;
    for (ConsoleInfo& console : (*machine)->consoles()) {
        if (console.port == port) {
            if (!isActive((*machine)->state()))
                return rpcFailure(ErrorCode::WrongState,
                                  fmt::format("'{}' does not run", (*machine)->name()), "start it");
            return ConsoleAttachReply{std::move(console)};
        }
        ports += (ports.empty() ? "" : ", ") + std::to_string(console.port);
    }
    return rpcFailure(ErrorCode::NotFound,
                      fmt::format("'{}' has no console at COM{}", (*machine)->name(), port),
                      "switch one on in its settings", "port", ports);
}

}  // namespace

void addMachineRequests(RequestRouter& router, Machines& machines) {
    router.addPlain<MachineListMethod>(
        [&machines](const PeerPointer&, NoParams) -> RpcResult<MachineListReply> {
            return MachineListReply{machines.list()};
        });
    router.addPlain<MachineGetMethod>(
        [&machines](const PeerPointer&, const MachineParams& params) -> RpcResult<MachineReply> {
            const auto machine = machines.find(params.machine);
            if (!machine)
                return std::unexpected(machine.error());
            return MachineReply{(*machine)->details()};
        });
    router.add<MachineCreateMethod>([&machines](const PeerPointer& peer, MachineCreateParams params,
                                                RequestRouter::OnReply<MachineReply> onReply) {
        machines.create(peer->rights(), std::move(params), std::move(onReply));
    });
    router.add<MachineSetMethod>([&machines](const PeerPointer& peer, MachineSetParams params,
                                             RequestRouter::OnReply<MachineReply> onReply) {
        machines.set(peer->rights(), std::move(params), std::move(onReply));
    });
    router.addPlain<MachineRenameMethod>(
        [&machines](const PeerPointer&, const MachineRenameParams& params) {
            return machines.rename(params);
        });
    router.addPlain<MachineDeleteMethod>(
        [&machines](const PeerPointer& peer, const MachineDeleteParams& params) {
            return machines.remove(peer->rights(), params);
        });
    router.add<MachineStartMethod>([&machines](const PeerPointer& peer, const MachineParams& params,
                                               RequestRouter::OnReply<MachineStartReply> onReply) {
        const auto machine = machines.find(params.machine);
        if (!machine)
            return onReply(std::unexpected(machine.error()));
        (*machine)->start(peer->rights(), std::move(onReply));
    });
    addAction<MachineTurnOffMethod>(router, machines, &Machine::turnOff);
    addAction<MachineShutDownMethod>(router, machines, &Machine::shutDown);
    addAction<MachineResetMethod>(router, machines, &Machine::reset);
    addAction<MachinePauseMethod>(router, machines, &Machine::pause);
    addAction<MachineResumeMethod>(router, machines, &Machine::resume);
    router.addPlain<ConsoleListMethod>(
        [&machines](const PeerPointer&,
                    const MachineParams& params) -> RpcResult<ConsoleListReply> {
            const auto machine = machines.find(params.machine);
            if (!machine)
                return std::unexpected(machine.error());
            return ConsoleListReply{(*machine)->consoles()};
        });
    router.add<ScreenPictureMethod>(
        [&machines](const PeerPointer&, const ScreenPictureParams& params,
                    RequestRouter::OnReply<ScreenPictureReply> onReply) {
            const auto machine = machines.find(params.machine);
            if (!machine)
                return onReply(std::unexpected(machine.error()));
            (*machine)->takePicture(params.mostPixels.value_or(0), std::move(onReply));
        });
    router.addPlain<ConsoleAttachMethod>(
        [&machines](const PeerPointer&, const ConsoleAttachParams& params) {
            return attach(machines, params);
        });
}

}  // namespace service
