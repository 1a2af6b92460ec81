// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client_rights.h"
#include "event_allowance.h"
#include "hypervisor/file_descriptor.h"
#include "machine_file.h"
#include "machine_surroundings.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/machine_requests.h"
#include "service/ipc/machine_states.h"
#include "service/ipc/subscriptions.h"
#include "worker_link.h"

namespace service {

/// One machine of the service: its settings, its state, and its worker while it has one.
///
/// Its folder holds vm.json, and a file `running` while it is meant to run: when the host goes down
/// under it, that tells the next start of the service.
///
/// Thread safety: the executor's one thread. Replies come on it, possibly before the call returns.
class Machine : public std::enable_shared_from_this<Machine> {
  public:
    template <class Reply>
    using OnReply = std::function<void(RpcResult<Reply> reply)>;

    Machine(MachineSurroundings& surroundings, std::string folder, StoredMachine stored);
    /// The worker, if there is one, goes on.
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    [[nodiscard]] const std::string& id() const { return stored_.settings.id; }
    [[nodiscard]] const std::string& name() const { return stored_.settings.name; }
    [[nodiscard]] const std::string& folder() const { return folder_; }
    [[nodiscard]] const StoredMachine& stored() const { return stored_; }
    [[nodiscard]] const MachineSettings& settings() const { return stored_.settings; }
    [[nodiscard]] MachineState state() const { return state_; }
    [[nodiscard]] bool wasRunning() const;

    [[nodiscard]] MachineSummary summary() const;
    /// The part of it that changes by itself.
    [[nodiscard]] MachineUsage usage() const;
    [[nodiscard]] MachineDetails details() const;
    [[nodiscard]] std::vector<ConsoleInfo> consoles() const;

    /// Fails with the present state and what to do.
    [[nodiscard]] RpcResult<void> checkLegal(MachineAction action) const;

    void start(ClientRights rights, OnReply<MachineStartReply> reply);
    /// With the rights of the machine's owner, because of `why`.
    void startByItself(const std::string& why);
    void turnOff(OnReply<MachineStateReply> reply);
    void shutDown(OnReply<MachineStateReply> reply);
    void pause(OnReply<MachineStateReply> reply);
    void resume(OnReply<MachineStateReply> reply);
    void reset(OnReply<MachineStateReply> reply);

    /// Takes over the worker that an earlier service has left, if there is one; then calls back.
    void adopt(std::function<void()> done);

    /// Writes the new settings, then brings them into force. They have been judged.
    [[nodiscard]] RpcResult<void> change(StoredMachine stored);

    /// From now on the end of the machine does not count as somebody's wish that it be off.
    void hostGoesDown() { hostGoesDown_ = true; }

  private:
    void setState(MachineState state, std::string status = {});
    void tell(EventSeverity severity, std::string kind, std::string text);
    /// The same of what a guest or its worker may cause as often as it likes.
    void tellOfGuest(EventSeverity severity, std::string kind, std::string text);
    [[nodiscard]] MachineStateReply stateReply() const { return {id(), state_}; }

    // A start.
    [[nodiscard]] RpcResult<void> admitStart() const;
    void launch(RpcResult<MachineFiles> files);
    [[nodiscard]] RpcResult<void> launchWith(MachineFiles files);
    [[nodiscard]] WorkerLink::Callbacks linkCallbacks();
    void workerPrepared(const WorkerEvent& event,
                        const std::vector<hypervisor::FileDescriptor>& descriptors);
    void takeStats(const std::vector<hypervisor::FileDescriptor>& descriptors);
    /// Of a held worker, whose threads are where they belong.
    void letRun();
    void started();
    void failStart(RpcError error);
    void answerStart(RpcResult<MachineStartReply> reply);
    void tellWhatIsNotAttached();

    // A run.
    void take(WorkerEvent event, const std::vector<hypervisor::FileDescriptor>& descriptors);
    void takeDescription(const MachineDescription& description);
    void ended(const std::string& how);
    void leave(MachineState state, std::string status);
    void obeyCrashPolicy();
    void killUnlessOver(std::chrono::seconds patience);

    /// A worker that a service before this one had, and that is gone.
    void missedEnd(const std::string& reason);
    void markRunning(bool running) const;
    [[nodiscard]] std::string markPath() const { return folder_ + "/running"; }
    [[nodiscard]] std::vector<unsigned> consolePorts() const;

    MachineSurroundings& around_;
    const std::string folder_;
    StoredMachine stored_;
    MachineState state_ = MachineState::Off;
    std::string status_;

    std::shared_ptr<WorkerLink> link_;
    std::optional<MachineDescription> description_;
    // What the worker said last of all.
    std::optional<WorkerEvent> end_;
    bool adopting_ = false;
    bool turningOff_ = false;
    bool hostGoesDown_ = false;
    OnReply<MachineStartReply> startReply_;
    std::vector<OnReply<MachineStateReply>> offReplies_;
    // Kills a worker that does not start or end in time.
    boost::asio::steady_timer patience_;
    boost::asio::steady_timer restart_;
    std::deque<std::chrono::steady_clock::time_point> restarts_;
    EventAllowance guestEvents_;
};

/// Of all LPs, from the counters of the last second.
[[nodiscard]] std::optional<double> cpuUsagePercent(const PerformanceMonitor& performance,
                                                    const std::string& machine, std::uint32_t vps,
                                                    std::uint32_t lps);

}  // namespace service
