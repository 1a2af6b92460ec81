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

    /// Where machines' folders are made if their makers name none.
    void setUsualFolder(std::string folder) { usualFolder_ = std::move(folder); }
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
    /// What can be said of settings of a machine that is to be made, but for its files.
    [[nodiscard]] RpcResult<void> judgeNew(const ClientRights& rights,
                                           const MachineCreateParams& params) const;
    /// Whether one of the machines, readable or not, has this id.
    [[nodiscard]] RpcResult<void> checkIdIsFree(const std::string& id) const;
    [[nodiscard]] RpcResult<void> checkNameIsFree(const std::string& name,
                                                  const std::string& exceptId) const;
    enum class Origin : bool { Created, Imported };
    /// Makes a machine of settings that judgeNew() has taken, and whose files are there; judges
    /// again what may have changed since.
    [[nodiscard]] RpcResult<MachineReply> addNew(const ClientRights& rights,
                                                 MachineCreateParams params, Origin origin);
    /// What a machine with these settings has too little of on this host, a sentence each.
    [[nodiscard]] std::vector<std::string> shortagesOf(const MachineSettings& settings) const;
    void recordExport(const std::string& id, const std::string& folder);
    void set(const ClientRights& rights, MachineSetParams params, OnReply<MachineReply> reply);
    [[nodiscard]] RpcResult<MachineReply> rename(const MachineRenameParams& params);
    [[nodiscard]] RpcResult<MachineDeleteReply> remove(const ClientRights& rights,
                                                       const MachineDeleteParams& params);

    /// Names of those with an adapter at the switch.
    [[nodiscard]] std::vector<std::string> usersOf(const std::string& switchName) const;
    /// Their adapters stay at it.
    void switchRenamed(const std::string& oldName, const std::string& newName);
    void switchFailed(const std::string& name, const std::string& why);

  private:
    struct Unreadable {
        std::string folder;
        std::string reason;
    };

    [[nodiscard]] RpcResult<MachineReply> setNow(const ClientRights& rights,
                                                 const MachineSetParams& params,
                                                 const MachineSettings& judged);
    [[nodiscard]] RpcResult<MachineSettings> judgeChanges(const Machine& machine,
                                                          const MachineSetParams& params) const;
    [[nodiscard]] std::vector<MachineMemory> memoryOfActive() const;
    void add(std::shared_ptr<Machine> machine);
    /// Of adapters that were not so in `before`: switches must be there, and no machine may have
    /// their MAC addresses.
    [[nodiscard]] RpcResult<void> judgeNetwork(const MachineSettings& settings,
                                               const std::vector<NetworkAdapter>& before) const;
    [[nodiscard]] std::string rivalOf(const Machine& machine, const NetworkAdapter& adapter) const;
    void tellSwitchUsers(const std::vector<NetworkAdapter>& before,
                         const std::vector<NetworkAdapter>& after) const;

    MachineSurroundings& around_;
    const ServicePlaces places_;
    const ServiceMode mode_;
    std::string usualFolder_;
    const std::function<void(const std::string& id)> onRemoved_;
    std::unordered_map<std::string, std::shared_ptr<Machine>> byId_;
    /// Sorted, for lists.
    std::map<std::string, std::shared_ptr<Machine>, std::less<>> byName_;
    std::vector<Unreadable> unreadable_;
    std::vector<std::unique_ptr<boost::asio::steady_timer>> delayedStarts_;
};

}  // namespace service
