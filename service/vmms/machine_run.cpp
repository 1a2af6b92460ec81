// SPDX-License-Identifier: GPL-3.0-or-later

// A machine's worker, from its start to its end, and taken over from an earlier service.

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe/enum_to_string.hpp>
#include <utility>

#include "machine.h"

namespace service {

using hypervisor::FileDescriptor;

namespace {

constexpr std::chrono::seconds kRestartDelay{1};
constexpr std::uint64_t kNoCeiling = ~std::uint64_t{0};

}  // namespace

RpcError workerError(std::string message, std::string advice) {
    return makeError(ErrorCode::WorkerError, std::move(message), std::move(advice));
}

void Machine::launch(RpcResult<MachineFiles> files) {
    if (turningOff_) {
        failStart(makeError(ErrorCode::Cancelled, "the machine was turned off while it started"));
        return;
    }
    if (!files) {
        failStart(std::move(files.error()));
        return;
    }
    if (auto launched = launchWith(*files); !launched)
        failStart(std::move(launched.error()));
}

RpcResult<void> Machine::launchWith(const MachineFiles& files) {
    WorkerOrder order(settings(), files);
    order.start().userId = around_.workerUser;
    order.start().groupId = around_.workerGroup;
    order.start().pacing =
        around_.governor.limitsNeedPacing() ? settings().processor.limit : kNoLimit;

    auto listener = around_.records.listen(id());
    if (!listener)
        return rpcFailure(ErrorCode::StorageError, listener.error().message);
    order.addListener(listener->get());
    for (const unsigned port : consolePorts()) {
        auto console = around_.consoles.open(id(), port);
        if (!console)
            return rpcFailure(ErrorCode::StorageError, console.error().message);
        order.addConsole(port, std::move(*console));
    }
    order.addDrives();
    if (!files.networkRom && !settings().firmware.kernel &&
        std::ranges::any_of(settings().networkAdapters, &NetworkAdapter::legacy))
        tell(EventSeverity::Warning, "NoNetworkBoot",
             "it can't boot from its legacy network adapter: iPXE is missing on this host; install "
             "the package ipxe");
    tftpFolders_ = files.tftpFolders;
    for (const NetworkAdapter& adapter : settings().networkAdapters)
        order.addAdapter(adapter, openSwitchPort(adapter));
    auto screen = around_.consoles.openScreen(id());
    if (!screen)
        return rpcFailure(ErrorCode::StorageError, screen.error().message);
    order.addScreen(std::move(*screen));
    auto sockets = around_.consoles.openGuest(id());
    if (!sockets)
        return rpcFailure(ErrorCode::StorageError, sockets.error().message);
    order.addGuestSockets(std::move(*sockets));

    auto worker = launchWorker();
    if (!worker)
        return std::unexpected(workerError(worker.error().message));
    const auto record = recordOf(worker->process);
    ceilings_ = {{lastCeiling_, settings().memory.startupBytes}};
    link_ = WorkerLink::create(around_.executor, std::move(*worker),
                               record.value_or(WorkerRecord{}), linkCallbacks());
    if (!record)
        return std::unexpected(workerError(record.error().message));
    if (auto noted = around_.records.store(id(), *record); !noted)
        return rpcFailure(ErrorCode::StorageError, noted.error().message);
    if (auto placed = around_.governor.addProcess(id(), link_->process()); !placed)
        tell(EventSeverity::Warning, "ResourceControl", placed.error().message);
    if (auto sent = link_->sendStart(order.start(), order.descriptors()); !sent)
        return std::unexpected(workerError(sent.error().message));
    setState(MachineState::Starting, "building the machine");
    killUnlessOver(kStartPatience);
    return {};
}

WorkerLink::Callbacks Machine::linkCallbacks() {
    return {[weak = weak_from_this()](WorkerEvent event, std::vector<FileDescriptor> descriptors) {
                if (const auto self = weak.lock())
                    self->take(std::move(event), descriptors);
            },
            [weak = weak_from_this()](const std::string& how) {
                if (const auto self = weak.lock())
                    self->ended(how);
            }};
}

void Machine::takeStats(const std::vector<FileDescriptor>& descriptors) {
    if (descriptors.empty())
        return;
    if (auto added = around_.performance.add(id(), name(), descriptors.front(), link_->process());
        !added)
        tell(EventSeverity::Warning, "NoCounters", added.error().message);
}

void Machine::workerPrepared(const WorkerEvent& event,
                             const std::vector<FileDescriptor>& descriptors) {
    if (event.description)
        description_ = event.description;
    takeStats(descriptors);
    if (description_)
        if (auto placed =
                around_.governor.addThreads(id(), link_->process(), description_->threads);
            !placed)
            tell(EventSeverity::Warning, "ResourceControl", placed.error().message);
    letRun();
}

void Machine::letRun() {
    link_->ask(WorkerRequestKind::Run, 0,
               [self = shared_from_this()](const hypervisor::Result<WorkerEvent>& answer) {
                   if (answer)
                       self->started();
                   // One that was let run already says so; one that can't is killed in time.
               });
}

void Machine::started() {
    if (state_ != MachineState::Starting)
        return;
    patience_.cancel();
    markRunning(true);
    setState(MachineState::Running);
    tell(EventSeverity::Information, "Started",
         fmt::format(
             "it runs with {} VPs and {} MiB of memory on the {} backend",
             settings().processor.count, settings().memory.startupBytes >> 20,
             description_ ? boost::describe::enum_to_string(description_->backend, "?") : "?"));
    answerStart(MachineStartReply{id(), state_,
                                  description_ ? description_->backend : BackendChoice::Auto,
                                  around_.governor.report(id(), settings().processor)});
}

void Machine::answerStart(RpcResult<MachineStartReply> reply) {
    if (const auto answer = std::exchange(startReply_, {}))
        answer(std::move(reply));
}

void Machine::failStart(RpcError error) {
    if (link_) {
        link_->abandon();
        link_.reset();
    }
    if (error.code != ErrorCode::Cancelled)
        tell(EventSeverity::Error, "StartFailed", describe(error));
    leave(MachineState::Off, {});
    answerStart(std::unexpected(std::move(error)));
}

void Machine::take(WorkerEvent event, const std::vector<FileDescriptor>& descriptors) {
    switch (event.kind) {
        case WorkerEventKind::Prepared:
            workerPrepared(event, descriptors);
            break;
        case WorkerEventKind::Started:
            started();
            break;
        case WorkerEventKind::Paused:
            if (state_ == MachineState::Running) {
                setState(MachineState::Paused);
                tellOfGuest(EventSeverity::Warning, "Paused", event.text);
            }
            break;
        case WorkerEventKind::Resumed:
            if (state_ == MachineState::Paused && !adopting_)
                setState(MachineState::Running);
            break;
        case WorkerEventKind::Restarted:
            tellOfGuest(EventSeverity::Information, "Reset",
                        "the machine was reset and boots again");
            break;
        case WorkerEventKind::GuestCrashed:
            tellOfGuest(EventSeverity::Error, "GuestCrashed",
                        "the guest has told of its crash" +
                            (event.text.empty() ? std::string() : ": " + event.text));
            break;
        case WorkerEventKind::Notice:
            tellOfGuest(EventSeverity::Information, "Notice", event.text);
            break;
        case WorkerEventKind::NothingToBoot:
            tellOfGuest(EventSeverity::Warning, "NothingToBoot", event.text);
            break;
        case WorkerEventKind::DriveFailed:
            tellOfGuest(EventSeverity::Error, "DriveFailed", event.text);
            break;
        case WorkerEventKind::DiscEjected:
            discEjected(event);
            break;
        case WorkerEventKind::GuestReported:
            takeGuestReport(std::move(event));
            break;
        case WorkerEventKind::CopyProgress:
            if (copy_)
                copy_->onProgress(event.value);
            break;
        case WorkerEventKind::FileCopied:
            copyEnded(event.text.empty() ? hypervisor::Result<void>()
                                         : hypervisor::failure(std::move(event.text)));
            break;
        case WorkerEventKind::Description:
            takeStats(descriptors);
            break;
        default:
            if (isLast(event.kind) && !end_) {
                end_ = std::move(event);
                // It has nothing left to do but to end.
                killUnlessOver(kTurnOffPatience);
            }
    }
}

void Machine::discEjected(const WorkerEvent& event) {
    tellOfGuest(EventSeverity::Information, "DiscEjected", event.text);
    if (!event.drive)
        return;
    StoredMachine stored = stored_;
    for (Drive& drive : stored.settings.drives)
        if (drive.kind == DriveKind::Dvd && drive.controllerNumber == event.drive->controller &&
            drive.location == event.drive->location &&
            (drive.controller == ControllerKind::Ide) == event.drive->ide)
            drive.path.clear();
    if (stored == stored_)
        return;
    if (const auto changed = change(std::move(stored)); !changed)
        tell(EventSeverity::Warning, "SettingsNotWritten", describe(changed.error()));
}

void Machine::takeGuestReport(WorkerEvent event) {
    if (!event.guest)
        return;
    const GuestHeartbeat before = guest_ ? guest_->heartbeat : GuestHeartbeat::NoContact;
    const bool onlyDemand = guest_ && guest_->heartbeat == event.guest->heartbeat &&
                            guest_->items == event.guest->items;
    guest_ = std::move(event.guest);
    around_.memory.changed();
    // That is told once a second with the other usage.
    if (onlyDemand)
        return;
    if (guest_->heartbeat != before && guest_->heartbeat == GuestHeartbeat::LostContact)
        tellOfGuest(EventSeverity::Warning, "HeartbeatLost",
                    "the guest no longer answers its heartbeat");
    if (around_.onChanged)
        around_.onChanged(*this);
}

void Machine::copyFile(WorkerFileCopy copy, const FileDescriptor& file, CopyCallbacks callbacks) {
    if (copy_)
        return callbacks.onEnd(hypervisor::failure(
            "another file is being copied into the machine; wait for it, or cancel it"));
    if (!link_ || state_ != MachineState::Running)
        return callbacks.onEnd(hypervisor::failure("the machine does not run any more"));
    copy_ = std::move(callbacks);
    WorkerRequest request;
    request.kind = WorkerRequestKind::CopyFile;
    request.file = std::move(copy);
    const int descriptor = file.get();
    link_->ask(std::move(request), {&descriptor, 1},
               [self = shared_from_this()](const hypervisor::Result<WorkerEvent>& begun) {
                   if (!begun)
                       self->copyEnded(std::unexpected(begun.error()));
               });
}

void Machine::cancelCopy() {
    if (copy_ && link_)
        link_->ask(WorkerRequestKind::CancelCopy, 0, [](const hypervisor::Result<WorkerEvent>&) {});
}

void Machine::copyEnded(hypervisor::Result<void> result) {
    if (auto ended = std::exchange(copy_, std::nullopt))
        ended->onEnd(std::move(result));
}

void Machine::ended(const std::string& how) {
    link_.reset();
    tftpFolders_.clear();
    const bool starting = state_ == MachineState::Starting && !adopting_;
    if (!end_ && adopting_)
        return missedEnd(fmt::format("its worker process {}", how));
    if (!end_ && !turningOff_) {
        const std::string reason = fmt::format("its worker process {}", how);
        workerDied(reason);
        if (starting)
            answerStart(std::unexpected(
                workerError("the machine did not start: " + reason, "report this error in Vireo")));
        return;
    }
    const WorkerEventKind kind = end_ ? end_->kind : WorkerEventKind::Stopped;
    switch (kind) {
        case WorkerEventKind::Refused:
            tell(EventSeverity::Error, "StartFailed", end_->text);
            leave(MachineState::Off, {});
            answerStart(std::unexpected(workerError(end_->text)));
            return;
        case WorkerEventKind::Crashed:
            tell(EventSeverity::Error, "GuestFailed", end_->text);
            leave(MachineState::Critical,
                  "its guest can't go on: " + end_->text.substr(0, end_->text.find('\n')));
            answerStart(std::unexpected(
                makeError(ErrorCode::GuestError, "the guest can't go on: " + end_->text)));
            obeyCrashPolicy();
            return;
        case WorkerEventKind::PoweredOff:
            tell(EventSeverity::Information, "PoweredOff", "the guest has powered the machine off");
            break;
        default:
            tell(EventSeverity::Information, "TurnedOff", "the machine was turned off");
            break;
    }
    leave(MachineState::Off, {});
    answerStart(rpcFailure(ErrorCode::Cancelled, "the machine was turned off while it started"));
}

void Machine::leave(MachineState state, std::string status) {
    patience_.cancel();
    around_.governor.remove(id());
    around_.performance.remove(id());
    around_.records.remove(id());
    around_.consoles.remove(id());
    if (!hostGoesDown_)
        markRunning(false);
    description_.reset();
    guest_.reset();
    copyEnded(hypervisor::failure("the machine has ended meanwhile"));
    turningOff_ = false;
    setState(state, std::move(status));
    for (const auto& reply : std::exchange(offReplies_, {}))
        reply(stateReply());
}

void Machine::obeyCrashPolicy() {
    const CrashPolicy& policy = settings().crash;
    if (policy.action != CrashAction::Restart || hostGoesDown_)
        return;
    const auto now = std::chrono::steady_clock::now();
    while (!restarts_.empty() &&
           now - restarts_.front() > std::chrono::seconds(policy.periodSeconds))
        restarts_.pop_front();
    if (restarts_.size() >= policy.maximumRestarts) {
        tell(EventSeverity::Error, "RestartsExhausted",
             fmt::format("it is not restarted: that was tried {} times within {} seconds",
                         restarts_.size(), policy.periodSeconds));
        return;
    }
    restarts_.push_back(now);
    restart_.expires_after(kRestartDelay);
    restart_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!error && self && self->state_ == MachineState::Critical)
            self->startByItself("because it has failed");
    });
}

void Machine::killUnlessOver(std::chrono::seconds patience) {
    patience_.expires_after(patience);
    patience_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!error && self && self->link_)
            self->link_->kill();
    });
}

void Machine::adopt(std::function<void()> done) {
    const auto record = around_.records.load(id());
    if (!record) {
        around_.records.remove(id());
        return done();
    }
    auto link = WorkerLink::adopt(around_.executor, around_.records, id(), linkCallbacks());
    if (!link) {
        around_.governor.removeLeftover(id());
        missedEnd(link.error().message + "; that was while the service did not run");
        return done();
    }
    // What it was told is not known any more.
    ceilings_ = {{lastCeiling_, kNoCeiling}};
    link_ = std::move(*link);
    adopting_ = true;
    around_.governor.reserve(id(), settings().processor);
    setState(MachineState::Starting, "taking over its worker");
    killUnlessOver(kStartPatience);
    link_->ask(WorkerRequestKind::Describe, 0,
               [self = shared_from_this(),
                done = std::move(done)](const hypervisor::Result<WorkerEvent>& answer) {
                   if (answer && answer->description) {
                       self->takeDescription(*answer->description);
                       self->takeGuestReport(*answer);
                   }
                   // One that does not say what it is ends in time, or is killed.
                   self->adopting_ = false;
                   done();
               });
}

void Machine::missedEnd(const std::string& reason) {
    if (!wasRunning()) {
        tell(EventSeverity::Warning, "Interrupted",
             "its start or end was under way when the service ended, and it is off now: " + reason);
        return leave(MachineState::Off, {});
    }
    workerDied(reason);
}

void Machine::workerDied(const std::string& reason) {
    tell(EventSeverity::Error, "WorkerDied", reason);
    leave(MachineState::Critical, reason);
    obeyCrashPolicy();
}

void Machine::takeDescription(const MachineDescription& description) {
    description_ = description;
    if (description.state == MachineRunState::Ended)
        return;
    patience_.cancel();
    if (auto placed = around_.governor.addThreads(id(), link_->process(), description.threads);
        !placed)
        tell(EventSeverity::Warning, "ResourceControl", placed.error().message);
    const std::uint32_t pacing =
        around_.governor.limitsNeedPacing() ? settings().processor.limit : kNoLimit;
    if (description.pacing != pacing)
        link_->ask(WorkerRequestKind::SetPacing, pacing,
                   [](const hypervisor::Result<WorkerEvent>&) {});
    if (description.state == MachineRunState::Prepared) {
        // The start was interrupted before the guest's first instruction, and goes on.
        killUnlessOver(kStartPatience);
        letRun();
        return;
    }
    setState(description.state == MachineRunState::Paused ? MachineState::Paused
                                                          : MachineState::Running);
    markRunning(true);
    tell(EventSeverity::Information, "Adopted", "the service took over its running worker");
}

}  // namespace service
