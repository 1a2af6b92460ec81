// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "client_rights.h"
#include "machine.h"
#include "machine_surroundings.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/machine_requests.h"
#include "service_places.h"

namespace service {

/// All machines of the service: finds them by name or id, makes, changes and deletes them.
///
/// Thread safety: the executor's one thread; replies as Machine's.
class Machines {
  public:
    template <class Reply>
    using OnReply = Machine::OnReply<Reply>;

    /// `onRemoved` gets the id of a machine that was deleted.
    Machines(MachineSurroundings& surroundings, const ServicePlaces& places, ServiceMode mode,
             std::function<void(const std::string& id)> onRemoved);

    /// Reads the folders. One that can't be read is listed as such.
    [[nodiscard]] hypervisor::Result<void> load();
    /// Takes over the workers that run; then calls back.
    void adopt(std::function<void()> done);
    /// What is to be started with the host.
    void startAutomatically();

    [[nodiscard]] std::vector<MachineSummary> list() const;
    [[nodiscard]] RpcResult<std::shared_ptr<Machine>> find(const std::string& nameOrId) const;
    /// Of an id; empty if there is no such machine.
    [[nodiscard]] std::string nameOf(const std::string& id) const;
    [[nodiscard]] std::vector<std::shared_ptr<Machine>> all() const;

    void create(const ClientRights& rights, MachineCreateParams params,
                OnReply<MachineReply> reply);
    void set(const ClientRights& rights, MachineSetParams params, OnReply<MachineReply> reply);
    [[nodiscard]] RpcResult<MachineReply> rename(const MachineRenameParams& params);
    [[nodiscard]] RpcResult<MachineDeleteReply> remove(const ClientRights& rights,
                                                       const MachineDeleteParams& params);

  private:
    struct Unreadable {
        std::string folder;
        std::string reason;
    };

    [[nodiscard]] RpcResult<void> checkNameIsFree(const std::string& name,
                                                  const std::string& exceptId) const;
    [[nodiscard]] RpcResult<MachineReply> createNow(const ClientRights& rights,
                                                    MachineCreateParams params);
    [[nodiscard]] RpcResult<MachineReply> setNow(const ClientRights& rights,
                                                 const MachineSetParams& params,
                                                 const MachineSettings& judged);
    [[nodiscard]] RpcResult<MachineSettings> judgeChanges(const Machine& machine,
                                                          const MachineSetParams& params) const;
    [[nodiscard]] RpcResult<void> admitMemory(const Machine& machine) const;
    void add(std::shared_ptr<Machine> machine);

    MachineSurroundings& around_;
    const ServicePlaces places_;
    const ServiceMode mode_;
    const std::function<void(const std::string& id)> onRemoved_;
    const std::uint64_t hostMemory_;
    std::unordered_map<std::string, std::shared_ptr<Machine>> byId_;
    /// Sorted, for lists.
    std::map<std::string, std::shared_ptr<Machine>, std::less<>> byName_;
    std::vector<Unreadable> unreadable_;
    std::vector<std::unique_ptr<boost::asio::steady_timer>> delayedStarts_;
};

}  // namespace service
