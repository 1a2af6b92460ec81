// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/describe/enum_to_string.hpp>
#include <cmath>
#include <ctime>
#include <utility>

#include "machine_folder.h"
#include "service/ipc/base64.h"
#include "service/launch/picture_file.h"

namespace service {

using hypervisor::FileDescriptor;

namespace {

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
    summary.memoryDemandBytes = now.memoryDemandBytes;
    if (isActive(state_))
        summary.heartbeat = guest_ ? guest_->heartbeat : GuestHeartbeat::NoContact;
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
    if (guest_) {
        usage.memoryDemandBytes = guest_->memoryDemandBytes;
        if (guest_->assignedMemoryBytes != 0)
            usage.assignedMemoryBytes = guest_->assignedMemoryBytes;
    }
    return usage;
}

MachineMemory Machine::memory() const {
    const MemorySettings& memory = settings().memory;
    MachineMemory now;
    now.id = id();
    now.process = link_ ? link_->process() : 0;
    // The worker's word; it has no more than this.
    now.maximum = std::max(memory.startupBytes, std::min(memory.maximumBytes, hostMemory()));
    now.assigned = std::min(usage().assignedMemoryBytes, now.maximum);
    now.yields = memory.dynamic && state_ == MachineState::Running && guest_ &&
                 guest_->memoryDemandBytes != 0 && guest_->leastMemoryBytes != 0;
    if (!now.yields)
        return now;
    now.minimum = std::min(memory.minimumBytes, memory.startupBytes);
    now.least = std::max(std::min(guest_->leastMemoryBytes, now.assigned), now.minimum);
    now.wanted = std::min(guest_->memoryDemandBytes, now.maximum) / 100 *
                 (100 + std::uint64_t{memory.bufferPercent});
    now.weight = memory.weight;
    for (const auto& [order, ceiling] : ceilings_)
        now.ceiling = std::max(now.ceiling, std::min(ceiling, now.maximum));
    return now;
}

void Machine::setMemoryCeiling(std::uint64_t bytes) {
    if (!link_)
        return;
    const std::uint64_t order = ++lastCeiling_;
    ceilings_.emplace(order, bytes);
    link_->ask(WorkerRequestKind::SetMemoryCeiling, static_cast<std::uint32_t>(bytes >> 20),
               [weak = weak_from_this(), order](const hypervisor::Result<WorkerEvent>& answer) {
                   const auto self = weak.lock();
                   if (self && answer)
                       self->ceilings_.erase(self->ceilings_.begin(),
                                             self->ceilings_.lower_bound(order));
               });
}

MachineDetails Machine::details() const {
    MachineDetails details;
    details.summary = summary();
    details.settings = settings();
    details.resources = around_.governor.report(id(), settings().processor);
    details.consoles = consoles();
    details.screenSocket = around_.consoles.screenPath(id());
    details.files = listMachineFiles(folder_, settings());
    if (link_)
        details.workerProcess = static_cast<std::uint32_t>(link_->process());
    if (link_ && description_) {
        details.runningBackend = description_->backend;
        details.sandbox = description_->sandbox;
    }
    details.guest = guest_;
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
    around_.memory.changed();
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
    if (!settings().firmware.kernel && settings().generation != 1)
        return rpcFailure(ErrorCode::NotSupported,
                          fmt::format("'{}' has no kernel to boot, and this version has no "
                                      "firmware for machines of generation 2",
                                      name()),
                          "set a kernel", "firmware.kernel");
    if (auto admitted = around_.governor.admit(id(), settings().processor); !admitted)
        return admitted;
    return around_.memory.admit(id(), name(), settings().memory.startupBytes);
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
    setState(MachineState::Starting, "waiting for memory that other machines give back");
    around_.memory.makeRoom(id(), name(),
                            [self = shared_from_this(), rights](RpcResult<void> room) {
                                if (room)
                                    self->openFiles(rights);
                                else
                                    self->launch(std::unexpected(std::move(room.error())));
                            });
}

void Machine::openFiles(ClientRights rights) {
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
    link_->ask(WorkerRequestKind::ShutDownGuest, 0,
               [self = shared_from_this(),
                reply = std::move(reply)](const hypervisor::Result<WorkerEvent>& answer) {
                   if (answer)
                       return self->shutDownAsked("integration component", reply);
                   // A guest without the driver may obey the power button.
                   self->pressPowerButton(reply);
               });
}

void Machine::pressPowerButton(const OnReply<MachineStateReply>& reply) {
    if (!link_)
        return reply(stateReply());
    link_->ask(WorkerRequestKind::PressPowerButton, 0,
               [self = shared_from_this(), reply](const hypervisor::Result<WorkerEvent>& answer) {
                   if (!answer)
                       return reply(std::unexpected(
                           workerError(answer.error().message, "turn the machine off instead")));
                   self->shutDownAsked("power button", reply);
               });
}

void Machine::shutDownAsked(const char* how, const OnReply<MachineStateReply>& reply) {
    if (state_ == MachineState::Running)
        setState(MachineState::Running, "the guest was asked to shut down");
    tell(EventSeverity::Information, "ShutDownAsked",
         fmt::format("the guest was asked to shut down ({})", how));
    reply(stateReply());
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

void Machine::takePicture(std::uint32_t mostPixels, OnReply<ScreenPictureReply> reply) {
    if (!isActive(state_) || !link_)
        return reply(rpcFailure(
            ErrorCode::WrongState,
            fmt::format("'{}' does not run, so its screen shows nothing", name()), "start it"));
    auto made = PictureFile::create();
    if (!made)
        return reply(rpcFailure(ErrorCode::StorageError, made.error().message));
    WorkerRequest request;
    request.kind = WorkerRequestKind::TakePicture;
    request.value = mostPixels;
    const auto file = std::make_shared<PictureFile>(std::move(*made));
    const std::array descriptors{file->descriptor()};
    link_->ask(std::move(request), descriptors,
               [file, reply = std::move(reply)](const hypervisor::Result<WorkerEvent>& answer) {
                   if (!answer)
                       return reply(std::unexpected(workerError(answer.error().message)));
                   const auto png = file->read();
                   if (!png)
                       return reply(std::unexpected(workerError(png.error().message)));
                   reply(ScreenPictureReply{encodeBase64(*png)});
               });
}

void Machine::changeDrives(const ClientRights& rights, std::deque<DriveChange> changes,
                           OnDrivesChanged done) {
    if (changes.empty())
        return done({});
    DriveChange first = std::move(changes.front());
    changes.pop_front();
    auto next = [self = shared_from_this(), rights, changes = std::move(changes), done,
                 first](RpcResult<void> result) mutable {
        if (result)
            result = self->noteDrive(rights, first);
        if (!result)
            return done(std::move(result));
        self->changeDrives(rights, std::move(changes), std::move(done));
    };
    if (first.kind == DriveChange::Kind::Detach)
        detachDrive(first, std::move(next));
    else
        attachDrive(rights, std::move(first), std::move(next));
}

void Machine::attachDrive(const ClientRights& rights, DriveChange change, OnDrivesChanged next) {
    const std::string field = change.field;
    MachineFileOpener::DriveCallback opened = [self = shared_from_this(), next = std::move(next),
                                               field](RpcResult<DriveFiles> files) {
        if (!files)
            return next(std::unexpected(files.error()));
        if (!self->link_)
            return next(std::unexpected(workerError("the machine has ended")));
        WorkerRequest request;
        request.kind = WorkerRequestKind::AttachDrive;
        request.drive = files->drive;
        std::vector<int> descriptors;
        for (const auto& image : files->images)
            descriptors.push_back(image.descriptor.get());
        self->link_->ask(
            std::move(request), descriptors,
            [next, field](const hypervisor::Result<WorkerEvent>& answer) {
                if (answer)
                    return next({});
                next(rpcFailure(ErrorCode::FileError, answer.error().message, {}, field));
            });
    };
    if (change.kind == DriveChange::Kind::Diskette)
        around_.files.openDiskette(rights, change.drive.path, std::move(opened));
    else
        around_.files.openDrive(rights, change.drive, field, std::move(opened));
}

void Machine::detachDrive(const DriveChange& change, OnDrivesChanged next) {
    if (!link_)
        return next(std::unexpected(workerError("the machine has ended")));
    WorkerRequest request;
    request.kind = WorkerRequestKind::DetachDrive;
    request.drive.emplace();
    request.drive->ide = change.drive.controller == ControllerKind::Ide;
    request.drive->controller = change.drive.controllerNumber;
    request.drive->location = change.drive.location;
    link_->ask(std::move(request), {},
               [next = std::move(next),
                field = change.field](const hypervisor::Result<WorkerEvent>& answer) {
                   if (answer)
                       return next({});
                   next(std::unexpected(workerError(answer.error().message)));
               });
}

RpcResult<void> Machine::noteDrive(const ClientRights& rights, const DriveChange& change) {
    StoredMachine stored = stored_;
    // Whoever names a path answers for it from now on.
    if (change.kind != DriveChange::Kind::Detach)
        stored.owner = rights.user;
    if (change.kind == DriveChange::Kind::Diskette) {
        stored.settings.floppy = FloppyDrive{change.drive.path};
        return this->change(std::move(stored));
    }
    std::vector<Drive>& drives = stored.settings.drives;
    std::erase_if(drives, [&change](const Drive& drive) {
        return drive.controller == change.drive.controller &&
               drive.controllerNumber == change.drive.controllerNumber &&
               drive.location == change.drive.location;
    });
    if (change.kind == DriveChange::Kind::Attach)
        drives.push_back(change.drive);
    return this->change(std::move(stored));
}

void Machine::tellMemory() {
    const MemorySettings& memory = settings().memory;
    if (!link_ || !memory.dynamic)
        return;
    WorkerRequest request{0, WorkerRequestKind::SetMemory};
    request.memory = {std::min(memory.minimumBytes, memory.startupBytes), memory.bufferPercent};
    link_->ask(std::move(request), {}, [](const hypervisor::Result<WorkerEvent>&) {});
}

RpcResult<void> Machine::change(StoredMachine stored) {
    if (auto written = storeMachine(folder_, stored); !written)
        return rpcFailure(
            ErrorCode::StorageError,
            "the settings could not be written, and are as before: " + written.error().message,
            "make room, or make the folder writable");
    const bool renamed = stored.settings.name != name();
    const bool resources = stored.settings.processor != settings().processor;
    const bool memory = stored.settings.memory != settings().memory;
    stored_ = std::move(stored);
    around_.memory.changed();
    if (memory)
        tellMemory();
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
