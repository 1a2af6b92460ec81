// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/describe/enum_to_string.hpp>
#include <cerrno>
#include <cmath>
#include <ctime>
#include <utility>

#include "atomic_file.h"
#include "machine_folder.h"

namespace service {

using hypervisor::FileDescriptor;

namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

// From the worker's process to its machine's first instruction.
constexpr auto kStartPatience = 60s;
constexpr auto kTurnOffPatience = 5s;
constexpr auto kRestartDelay = 1s;

std::string nameOf(MachineState state) {
    return boost::describe::enum_to_string(state, "?");
}

std::string nameOf(MachineAction action) {
    return boost::describe::enum_to_string(action, "?");
}

std::uint64_t secondsSince(const WorkerRecord& record) {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    const auto ticks = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
    const std::uint64_t then = record.startTime / ticks;
    const auto seconds = static_cast<std::uint64_t>(now.tv_sec);
    return seconds > then ? seconds - then : 0;
}

RpcError workerError(std::string message, std::string advice = {}) {
    return makeError(ErrorCode::WorkerError, std::move(message), std::move(advice));
}

}  // namespace

std::optional<double> cpuUsagePercent(const PerformanceMonitor& performance,
                                      const std::string& machine, std::uint32_t vps,
                                      std::uint32_t lps) {
    const auto figures = performance.latest(machine);
    if (!figures)
        return std::nullopt;
    const CounterLayout& layout = *figures->layout;
    for (std::size_t at = 0; at < layout.size() && at < figures->values.size(); ++at)
        if (layout[at].instance == "_Total" && layout[at].name == "% Total Run Time" &&
            layout[at].set == "Hyper-V Hypervisor Virtual Processor") {
            if (std::isnan(figures->values[at]))
                return std::nullopt;
            return figures->values[at] * vps / lps;
        }
    return std::nullopt;
}

Machine::Machine(MachineSurroundings& surroundings, std::string folder, StoredMachine stored)
    : around_(surroundings),
      folder_(std::move(folder)),
      stored_(std::move(stored)),
      patience_(surroundings.executor),
      restart_(surroundings.executor) {}

Machine::~Machine() {
    if (link_)
        link_->forget();
}

bool Machine::wasRunning() const {
    return ::access(markPath().c_str(), F_OK) == 0;
}

void Machine::markRunning(bool running) const {
    // Without it, a machine only is not started again by itself: no reason to refuse a start.
    if (running)
        static_cast<void>(FileDescriptor(::open(markPath().c_str(),
                                                O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600))
                              .get());
    else
        ::unlink(markPath().c_str());
}

std::vector<unsigned> Machine::consolePorts() const {
    std::vector<unsigned> ports;
    for (std::size_t at = 0; at < settings().comPorts.size(); ++at)
        if (settings().comPorts[at].console)
            ports.push_back(static_cast<unsigned>(at + 1));
    return ports;
}

std::vector<ConsoleInfo> Machine::consoles() const {
    std::vector<ConsoleInfo> list;
    for (const unsigned port : consolePorts())
        list.push_back({port, around_.consoles.path(id(), port)});
    return list;
}

MachineSummary Machine::summary() const {
    const MachineSettings& settings = stored_.settings;
    MachineSummary summary;
    summary.id = settings.id;
    summary.name = settings.name;
    summary.state = state_;
    summary.status = status_;
    summary.group = settings.group;
    summary.notes = settings.notes;
    summary.generation = settings.generation;
    summary.processor = settings.processor;
    summary.startupMemoryBytes = settings.memory.startupBytes;
    summary.created = settings.created;
    summary.folder = folder_;
    const MachineUsage now = usage();
    summary.assignedMemoryBytes = now.assignedMemoryBytes;
    summary.cpuUsagePercent = now.cpuUsagePercent;
    summary.uptimeSeconds = now.uptimeSeconds;
    return summary;
}

MachineUsage Machine::usage() const {
    MachineUsage usage;
    usage.id = id();
    if (!isActive(state_))
        return usage;
    usage.assignedMemoryBytes = settings().memory.startupBytes;
    usage.cpuUsagePercent =
        service::cpuUsagePercent(around_.performance, id(), settings().processor.count,
                                 around_.governor.logicalProcessors());
    if (link_)
        usage.uptimeSeconds = secondsSince(link_->record());
    return usage;
}

MachineDetails Machine::details() const {
    MachineDetails details;
    details.summary = summary();
    details.settings = settings();
    details.resources = around_.governor.report(id(), settings().processor);
    details.consoles = consoles();
    details.files = listMachineFiles(folder_, settings());
    if (link_)
        details.workerProcess = static_cast<std::uint32_t>(link_->process());
    if (link_ && description_) {
        details.runningBackend = description_->backend;
        details.sandbox = description_->sandbox;
    }
    return details;
}

RpcResult<void> Machine::checkLegal(MachineAction action) const {
    if (isLegal(action, state_))
        return {};
    std::string states;
    for (std::size_t at = 0; at < kMachineStates; ++at)
        if (isLegal(action, static_cast<MachineState>(at)))
            states += (states.empty() ? "" : ", ") + nameOf(static_cast<MachineState>(at));
    return rpcFailure(ErrorCode::WrongState,
                      fmt::format("'{}' is {}, and {} is not possible then", name(), nameOf(state_),
                                  nameOf(action)),
                      {}, {}, states);
}

void Machine::setState(MachineState state, std::string status) {
    if (state_ == state && status_ == status)
        return;
    state_ = state;
    status_ = std::move(status);
    if (around_.onChanged)
        around_.onChanged(*this);
}

void Machine::tell(EventSeverity severity, std::string kind, std::string text) {
    around_.journal.record(severity, std::move(kind), id(), name(), std::move(text));
}

void Machine::tellOfGuest(EventSeverity severity, std::string kind, std::string text) {
    switch (guestEvents_.ask(EventAllowance::Clock::now())) {
        case EventAllowance::Answer::Record:
            return tell(severity, std::move(kind), std::move(text));
        case EventAllowance::Answer::Exhausted:
            return tell(EventSeverity::Warning, "EventsDropped",
                        "its guest causes too many events; for now one in ten seconds is recorded");
        case EventAllowance::Answer::Drop:
            return;
    }
}

RpcResult<void> Machine::admitStart() const {
    if (auto legal = checkLegal(MachineAction::Start); !legal)
        return legal;
    if (!settings().firmware.kernel)
        return rpcFailure(ErrorCode::NotSupported,
                          fmt::format("'{}' has no kernel to boot, and this version has no "
                                      "firmware to boot from its drives",
                                      name()),
                          "set a kernel", "firmware.kernel");
    if (auto admitted = around_.governor.admit(id(), settings().processor); !admitted)
        return admitted;
    return around_.admitMemory(*this);
}

void Machine::start(ClientRights rights, OnReply<MachineStartReply> reply) {
    if (auto admitted = admitStart(); !admitted)
        return reply(std::unexpected(admitted.error()));
    restart_.cancel();
    end_.reset();
    description_.reset();
    turningOff_ = false;
    startReply_ = std::move(reply);
    // From here on its reserve and its memory are taken, so that two starts can't have the same.
    around_.governor.reserve(id(), settings().processor);
    setState(MachineState::Starting, "opening its files");
    around_.files.open(std::move(rights), settings(),
                       [self = shared_from_this()](RpcResult<MachineFiles> files) {
                           self->launch(std::move(files));
                       });
}

void Machine::startByItself(const std::string& why) {
    tell(EventSeverity::Information, "StartedByItself", "it is started " + why);
    auto rights =
        stored_.owner == ::geteuid() ? ClientRights::own() : ClientRights::ofUser(stored_.owner);
    if (!rights) {
        tell(EventSeverity::Error, "StartFailed",
             fmt::format("{}; whoever may open its files must start it, or change one of its paths",
                         rights.error().message));
        return;
    }
    if (auto admitted = admitStart(); !admitted) {
        tell(EventSeverity::Error, "StartFailed", describe(admitted.error()));
        return;
    }
    // What fails later is told where it fails.
    start(std::move(*rights), [](const RpcResult<MachineStartReply>&) {});
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
    if (auto launched = launchWith(std::move(*files)); !launched)
        failStart(std::move(launched.error()));
}

RpcResult<void> Machine::launchWith(MachineFiles files) {
    const KernelBoot& kernel = *settings().firmware.kernel;
    MachineStart order;
    order.processors = settings().processor.count;
    order.memoryBytes = settings().memory.startupBytes;
    order.backend = settings().backend;
    order.hasKvm = static_cast<bool>(files.kvm);
    order.kernel = kernel.path;
    order.initialRamDisks = kernel.initialRamDisks;
    order.commandLine = kernel.commandLine;
    order.held = true;
    order.hasListener = true;
    order.hasStream = false;
    order.userId = around_.workerUser;
    order.groupId = around_.workerGroup;
    order.pacing = around_.governor.limitsNeedPacing() ? settings().processor.limit : kNoLimit;

    auto listener = around_.records.listen(id());
    if (!listener)
        return rpcFailure(ErrorCode::StorageError, listener.error().message);
    std::vector<int> descriptors{files.kernel.get()};
    for (const FileDescriptor& disk : files.initialRamDisks)
        descriptors.push_back(disk.get());
    if (files.kvm)
        descriptors.push_back(files.kvm.get());
    descriptors.push_back(listener->get());
    std::vector<FileDescriptor> consoleListeners;
    for (const unsigned port : consolePorts()) {
        auto console = around_.consoles.open(id(), port);
        if (!console)
            return rpcFailure(ErrorCode::StorageError, console.error().message);
        order.consolePorts.push_back(port);
        descriptors.push_back(console->get());
        consoleListeners.push_back(std::move(*console));
    }

    auto worker = launchWorker();
    if (!worker)
        return std::unexpected(workerError(worker.error().message));
    const auto record = recordOf(worker->process);
    link_ = WorkerLink::create(around_.executor, std::move(*worker),
                               record.value_or(WorkerRecord{}), linkCallbacks());
    if (!record)
        return std::unexpected(workerError(record.error().message));
    if (auto noted = around_.records.store(id(), *record); !noted)
        return rpcFailure(ErrorCode::StorageError, noted.error().message);
    if (auto placed = around_.governor.addProcess(id(), link_->process()); !placed)
        tell(EventSeverity::Warning, "ResourceControl", placed.error().message);
    if (auto sent = link_->sendStart(order, descriptors); !sent)
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
    tellWhatIsNotAttached();
    answerStart(MachineStartReply{id(), state_,
                                  description_ ? description_->backend : BackendChoice::Auto,
                                  around_.governor.report(id(), settings().processor)});
}

void Machine::tellWhatIsNotAttached() {
    std::string missing;
    const auto add = [&](bool present, const char* what) {
        if (present)
            missing += (missing.empty() ? "" : ", ") + std::string(what);
    };
    add(!settings().drives.empty(), "drives");
    add(settings().floppy.has_value(), "the diskette drive");
    add(!settings().networkAdapters.empty(), "network adapters");
    add(settings().memory.dynamic, "dynamic memory");
    if (!missing.empty())
        tell(EventSeverity::Warning, "NotAttached",
             "this version does not give the machine its " + missing);
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

void Machine::ended(const std::string& how) {
    link_.reset();
    const bool starting = state_ == MachineState::Starting && !adopting_;
    if (!end_ && adopting_)
        return missedEnd(fmt::format("its worker process {}", how));
    if (!end_ && !turningOff_) {
        const std::string reason = fmt::format("its worker process {}", how);
        tell(EventSeverity::Error, "WorkerDied", reason);
        leave(MachineState::Critical, reason);
        if (starting)
            answerStart(std::unexpected(
                workerError("the machine did not start: " + reason, "report this error in Vireo")));
        obeyCrashPolicy();
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
    turningOff_ = false;
    setState(state, std::move(status));
    for (const auto& reply : std::exchange(offReplies_, {}))
        reply(stateReply());
}

void Machine::obeyCrashPolicy() {
    const CrashPolicy& policy = settings().crash;
    if (policy.action != CrashAction::Restart || hostGoesDown_)
        return;
    const auto now = Time::now();
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

void Machine::turnOff(OnReply<MachineStateReply> reply) {
    if (auto legal = checkLegal(MachineAction::TurnOff); !legal)
        return reply(std::unexpected(legal.error()));
    offReplies_.push_back(std::move(reply));
    if (std::exchange(turningOff_, true))
        return;
    // Whatever becomes of the service meanwhile, the machine is meant to be off.
    if (!hostGoesDown_)
        markRunning(false);
    // While its files are being opened there is no worker yet; launch() sees the wish.
    if (!link_)
        return;
    setState(MachineState::Stopping);
    link_->ask(WorkerRequestKind::TurnOff, 0, [](const hypervisor::Result<WorkerEvent>&) {});
    killUnlessOver(kTurnOffPatience);
}

void Machine::shutDown(OnReply<MachineStateReply> reply) {
    if (auto legal = checkLegal(MachineAction::ShutDown); !legal)
        return reply(std::unexpected(legal.error()));
    link_->ask(WorkerRequestKind::PressPowerButton, 0,
               [self = shared_from_this(),
                reply = std::move(reply)](const hypervisor::Result<WorkerEvent>& answer) {
                   if (!answer)
                       return reply(std::unexpected(
                           workerError(answer.error().message, "turn the machine off instead")));
                   if (self->state_ == MachineState::Running)
                       self->setState(MachineState::Running, "the guest was asked to shut down");
                   self->tell(EventSeverity::Information, "ShutDownAsked",
                              "the guest was asked to shut down (power button)");
                   reply(self->stateReply());
               });
}

void Machine::pause(OnReply<MachineStateReply> reply) {
    if (auto legal = checkLegal(MachineAction::Pause); !legal)
        return reply(std::unexpected(legal.error()));
    setState(MachineState::Pausing);
    link_->ask(WorkerRequestKind::Pause, 0,
               [self = shared_from_this(),
                reply = std::move(reply)](const hypervisor::Result<WorkerEvent>& answer) {
                   if (self->state_ == MachineState::Pausing)
                       self->setState(answer ? MachineState::Paused : MachineState::Running);
                   if (!answer)
                       return reply(std::unexpected(workerError(answer.error().message)));
                   self->tell(EventSeverity::Information, "Paused", "the machine was paused");
                   reply(self->stateReply());
               });
}

void Machine::resume(OnReply<MachineStateReply> reply) {
    if (auto legal = checkLegal(MachineAction::Resume); !legal)
        return reply(std::unexpected(legal.error()));
    link_->ask(WorkerRequestKind::Resume, 0,
               [self = shared_from_this(),
                reply = std::move(reply)](const hypervisor::Result<WorkerEvent>& answer) {
                   if (!answer)
                       return reply(std::unexpected(workerError(answer.error().message)));
                   if (self->state_ == MachineState::Paused)
                       self->setState(MachineState::Running);
                   self->tell(EventSeverity::Information, "Resumed", "the machine goes on");
                   reply(self->stateReply());
               });
}

void Machine::reset(OnReply<MachineStateReply> reply) {
    if (auto legal = checkLegal(MachineAction::Reset); !legal)
        return reply(std::unexpected(legal.error()));
    link_->ask(WorkerRequestKind::Reset, 0,
               [self = shared_from_this(),
                reply = std::move(reply)](const hypervisor::Result<WorkerEvent>& answer) {
                   if (!answer)
                       return reply(std::unexpected(workerError(answer.error().message)));
                   reply(self->stateReply());
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
    link_ = std::move(*link);
    adopting_ = true;
    around_.governor.reserve(id(), settings().processor);
    setState(MachineState::Starting, "taking over its worker");
    killUnlessOver(kStartPatience);
    link_->ask(WorkerRequestKind::Describe, 0,
               [self = shared_from_this(),
                done = std::move(done)](const hypervisor::Result<WorkerEvent>& answer) {
                   if (answer && answer->description)
                       self->takeDescription(*answer->description);
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

RpcResult<void> Machine::change(StoredMachine stored) {
    if (auto written = storeMachine(folder_, stored); !written)
        return rpcFailure(
            ErrorCode::StorageError,
            "the settings could not be written, and are as before: " + written.error().message,
            "make room, or make the folder writable");
    const bool renamed = stored.settings.name != name();
    const bool resources = stored.settings.processor != settings().processor;
    stored_ = std::move(stored);
    if (isActive(state_) && resources) {
        around_.governor.change(id(), settings().processor);
        if (link_ && around_.governor.limitsNeedPacing())
            link_->ask(WorkerRequestKind::SetPacing, settings().processor.limit,
                       [](const hypervisor::Result<WorkerEvent>&) {});
    }
    if (renamed && isActive(state_))
        around_.performance.rename(id(), name());
    if (around_.onChanged)
        around_.onChanged(*this);
    return {};
}

}  // namespace service
