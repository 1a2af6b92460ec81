// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client_rights.h"
#include "drive_changes.h"
#include "event_allowance.h"
#include "hypervisor/file_descriptor.h"
#include "machine_file.h"
#include "machine_surroundings.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/machine_requests.h"
#include "service/ipc/machine_states.h"
#include "service/ipc/subscriptions.h"
#include "worker_link.h"
#include "worker_order.h"

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
    /// Of one that is active.
    [[nodiscard]] MachineMemory memory() const;
    [[nodiscard]] MachineDetails details() const;
    [[nodiscard]] std::vector<ConsoleInfo> consoles() const;
    /// Where programs reach the guest's.
    [[nodiscard]] std::string guestSocket() const { return around_.consoles.guestPath(id()); }

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

    /// Of its screen; with another value than 0 scaled down to fit a square of that many pixels.
    void takePicture(std::uint32_t mostPixels, OnReply<ScreenPictureReply> reply);

    /// Takes over the worker that an earlier service has left, if there is one; then calls back.
    void adopt(std::function<void()> done);

    using OnDrivesChanged = std::function<void(RpcResult<void> done)>;
    /// Plugs SCSI drives of a machine that runs in and out, and changes discs and diskettes, in the
    /// order given, until one fails.
    /// Images are opened with `rights`. What is done is in the settings when `done` is called.
    void changeDrives(const ClientRights& rights, std::deque<DriveChange> changes,
                      OnDrivesChanged done);

    struct CopyCallbacks {
        std::function<void(std::uint32_t thousandths)> onProgress;
        /// Once.
        std::function<void(hypervisor::Result<void> result)> onEnd;
    };
    /// Copies a file of the host's into the guest, one at a time.
    void copyFile(WorkerFileCopy copy, const hypervisor::FileDescriptor& file,
                  CopyCallbacks callbacks);
    void cancelCopy();

    /// The worker is told, if there is one.
    void setMemoryCeiling(std::uint64_t bytes);

    /// Writes the new settings, then brings them into force. They have been judged.
    [[nodiscard]] RpcResult<void> change(StoredMachine stored);

    /// Plugs adapters of a machine that runs into other ports where they are connected otherwise
    /// than in `before`. What goes wrong is told in events.
    void replugAdapters(const std::vector<NetworkAdapter>& before);
    /// A switch that it may have adapters at does not work any more.
    void switchFailed(const std::string& name, const std::string& why);

    /// From now on the end of the machine does not count as somebody's wish that it be off.
    void hostGoesDown() { hostGoesDown_ = true; }

  private:
    // From the worker's process to its machine's first instruction.
    static constexpr std::chrono::seconds kStartPatience{60};
    static constexpr std::chrono::seconds kTurnOffPatience{5};

    void setState(MachineState state, std::string status = {});
    /// The worker, of what of the memory's settings can change while it runs.
    void tellMemory();
    void tell(EventSeverity severity, std::string kind, std::string text);
    /// The same of what a guest or its worker may cause as often as it likes.
    void tellOfGuest(EventSeverity severity, std::string kind, std::string text);
    [[nodiscard]] MachineStateReply stateReply() const { return {id(), state_}; }

    // A start.
    [[nodiscard]] RpcResult<void> admitStart() const;
    void openFiles(ClientRights rights);
    void launch(RpcResult<MachineFiles> files);
    [[nodiscard]] RpcResult<void> launchWith(const MachineFiles& files);
    /// Of the adapter's switch; none, with an event where that is not meant, when it has none.
    [[nodiscard]] SwitchPort openSwitchPort(const NetworkAdapter& adapter);
    [[nodiscard]] hypervisor::Result<SwitchPort> plugIntoNat(const NetworkAdapter& adapter);
    [[nodiscard]] WorkerLink::Callbacks linkCallbacks();
    void workerPrepared(const WorkerEvent& event,
                        const std::vector<hypervisor::FileDescriptor>& descriptors);
    void takeStats(const std::vector<hypervisor::FileDescriptor>& descriptors);
    /// Of a held worker, whose threads are where they belong.
    void letRun();
    void started();
    void failStart(RpcError error);
    void answerStart(RpcResult<MachineStartReply> reply);

    // A run.
    void take(WorkerEvent event, const std::vector<hypervisor::FileDescriptor>& descriptors);
    void attachDrive(const ClientRights& rights, DriveChange change, OnDrivesChanged next);
    void detachDrive(const DriveChange& change, OnDrivesChanged next);
    /// Notes in the settings what has been done.
    [[nodiscard]] RpcResult<void> noteDrive(const ClientRights& rights, const DriveChange& change);
    /// The drive is empty from now on, in the settings too.
    void discEjected(const WorkerEvent& event);
    void takeGuestReport(WorkerEvent event);
    void copyEnded(hypervisor::Result<void> result);
    void pressPowerButton(const OnReply<MachineStateReply>& reply);
    void shutDownAsked(const char* how, const OnReply<MachineStateReply>& reply);
    void takeDescription(const MachineDescription& description);
    void ended(const std::string& how);
    void leave(MachineState state, std::string status);
    void obeyCrashPolicy();
    void killUnlessOver(std::chrono::seconds patience);

    /// A worker that a service before this one had, and that is gone.
    void missedEnd(const std::string& reason);
    void workerDied(const std::string& reason);
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
    // The guest's word.
    std::optional<GuestReport> guest_;
    // Of memory: what the worker has said that it goes by, and what it was told after that, in
    // order.
    std::map<std::uint64_t, std::uint64_t> ceilings_;
    std::uint64_t lastCeiling_ = 0;
    // What its files were opened with; a machine that was adopted has none.
    std::map<std::string, std::shared_ptr<const hypervisor::FileDescriptor>> tftpFolders_;
    // What the worker said last of all.
    std::optional<WorkerEvent> end_;
    bool adopting_ = false;
    bool turningOff_ = false;
    bool hostGoesDown_ = false;
    OnReply<MachineStartReply> startReply_;
    std::vector<OnReply<MachineStateReply>> offReplies_;
    std::optional<CopyCallbacks> copy_;
    // Kills a worker that does not start or end in time.
    boost::asio::steady_timer patience_;
    boost::asio::steady_timer restart_;
    std::deque<std::chrono::steady_clock::time_point> restarts_;
    EventAllowance guestEvents_;
};

/// For a reply: a worker has refused or failed.
[[nodiscard]] RpcError workerError(std::string message, std::string advice = {});

/// Of all LPs, from the counters of the last second.
[[nodiscard]] std::optional<double> cpuUsagePercent(const PerformanceMonitor& performance,
                                                    const std::string& machine, std::uint32_t vps,
                                                    std::uint32_t lps);

}  // namespace service
