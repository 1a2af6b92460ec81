// SPDX-License-Identifier: GPL-3.0-or-later
#include "switch_request_handlers.h"

#include <utility>

namespace service {

namespace {

using PeerPointer = std::shared_ptr<Peer>;

}  // namespace

void addSwitchRequests(RequestRouter& router, VirtualSwitches& switches, Machines& machines) {
    router.addPlain<SwitchListMethod>(
        [&switches](const PeerPointer&, NoParams) -> RpcResult<SwitchListReply> {
            return switches.list();
        });
    router.addPlain<SwitchCreateMethod>([&switches](const PeerPointer&, SwitchCreateParams params) {
        return switches.create(std::move(params.settings));
    });
    router.addPlain<SwitchSetMethod>(
        [&switches](const PeerPointer&, const SwitchSetParams& params) {
            return switches.set(params);
        });
    router.addPlain<SwitchRenameMethod>(
        [&switches, &machines](const PeerPointer&, const SwitchRenameParams& params) {
            return switches.rename(params, [&](const std::string& oldName) {
                machines.switchRenamed(oldName, params.newName);
            });
        });
    router.addPlain<SwitchRemoveMethod>(
        [&switches](const PeerPointer&, const SwitchParams& params) {
            return switches.remove(params);
        });
}

}  // namespace service
