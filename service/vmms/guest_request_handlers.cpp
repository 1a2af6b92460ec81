// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_request_handlers.h"

#include <memory>
#include <string>
#include <utility>

#include "guest_copy.h"
#include "service/ipc/guest_requests.h"

namespace service {

namespace {

RpcResult<JobReply> copyFile(const Machines& machines, JobTable& jobs,
                             const boost::asio::any_io_executor& executor, const Peer& peer,
                             const MachineCopyFileParams& params) {
    const auto machine = machines.find(params.machine);
    if (!machine)
        return std::unexpected(machine.error());
    auto copy = GuestCopy::create(params, *machine, executor);
    if (!copy)
        return std::unexpected(copy.error());
    JobTable::Conclusion conclusion;
    conclusion.run = [id = (*machine)->id()]() -> RpcResult<std::string> { return id; };
    std::string title = copy->title();
    return jobs.begin(
        peer.rights(), JobKind::CopyFile, std::move(title),
        [copy = std::move(*copy)](devices::storage::IoEngine&, devices::storage::Job& job) {
            return copy.run(job);
        },
        std::move(conclusion));
}

}  // namespace

void addGuestRequests(RequestRouter& router, Machines& machines, JobTable& jobs,
                      boost::asio::any_io_executor executor) {
    router.addPlain<GuestSocketMethod>(
        [&machines](const std::shared_ptr<Peer>&,
                    const MachineParams& params) -> RpcResult<GuestSocketReply> {
            const auto machine = machines.find(params.machine);
            if (!machine)
                return std::unexpected(machine.error());
            if (auto legal = (*machine)->checkLegal(MachineAction::Connect); !legal)
                return std::unexpected(legal.error());
            return GuestSocketReply{(*machine)->guestSocket()};
        });
    router.addPlain<MachineCopyFileMethod>(
        [&machines, &jobs, executor = std::move(executor)](const std::shared_ptr<Peer>& peer,
                                                           const MachineCopyFileParams& params) {
            return copyFile(machines, jobs, executor, *peer, params);
        });
}

}  // namespace service
