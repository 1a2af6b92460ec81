// SPDX-License-Identifier: GPL-3.0-or-later
#include "machines.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <set>
#include <utility>

#include "machine_folder.h"
#include "service/ipc/settings_changes.h"
#include "settings_check.h"

namespace service {

namespace {

constexpr std::size_t kMaximumMachines = 10'000;

std::set<std::string> tftpFolders(const MachineSettings& settings) {
    std::set<std::string> folders;
    for (const NetworkAdapter& adapter : settings.networkAdapters)
        folders.insert(adapter.tftpFolder);
    folders.erase("");
    return folders;
}

/// Who changes one of these must be able to open them all.
bool namesSameFiles(const MachineSettings& one, const MachineSettings& other) {
    return one.firmware.kernel == other.firmware.kernel && one.drives == other.drives &&
           one.floppy == other.floppy && one.checkpoints.folder == other.checkpoints.folder &&
           tftpFolders(one) == tftpFolders(other);
}

/// What a running machine can't change is the same in both: what it has, and what it is to have.
bool sameHardware(MachineSettings one, MachineSettings other) {
    // Drives at SCSI controllers can be plugged while the machine runs, and discs changed.
    for (MachineSettings* const settings : {&one, &other}) {
        std::erase_if(settings->drives,
                      [](const Drive& drive) { return drive.controller == ControllerKind::Scsi; });
        for (Drive& drive : settings->drives)
            if (drive.kind == DriveKind::Dvd)
                drive.path.clear();
        // Each machine that can have the drive has it.
        settings->floppy.reset();
    }
    // An adapter that stays can be connected elsewhere.
    if (one.networkAdapters.size() == other.networkAdapters.size())
        for (std::size_t at = 0; at < one.networkAdapters.size(); ++at) {
            NetworkAdapter& adapter = one.networkAdapters[at];
            const NetworkAdapter& its = other.networkAdapters[at];
            if (adapter.id != its.id)
                continue;
            adapter.name = its.name;
            adapter.switchName = its.switchName;
            adapter.forwards = its.forwards;
        }
    const std::uint32_t count = one.processor.count;
    one.name = other.name;
    one.notes = other.notes;
    one.group = other.group;
    one.processor = other.processor;
    one.processor.count = count;
    one.memory.weight = other.memory.weight;
    if (one.memory.dynamic) {
        one.memory.bufferPercent = other.memory.bufferPercent;
        // Those that have been started count on it that this one can come down so far.
        one.memory.minimumBytes = std::min(one.memory.minimumBytes, other.memory.minimumBytes);
    }
    one.checkpoints = other.checkpoints;
    one.automaticStart = other.automaticStart;
    one.automaticStop = other.automaticStop;
    one.crash = other.crash;
    return one == other;
}

}  // namespace

Machines::Machines(MachineSurroundings& surroundings, const ServicePlaces& places, ServiceMode mode,
                   std::function<void(const std::string& id)> onRemoved)
    : around_(surroundings),
      places_(places),
      mode_(mode),
      usualFolder_(places_.machines()),
      onRemoved_(std::move(onRemoved)) {
    around_.memory.setCallbacks({[this] { return memoryOfActive(); },
                                 [this](const std::string& id, std::uint64_t ceiling) {
                                     if (const auto found = byId_.find(id); found != byId_.end())
                                         found->second->setMemoryCeiling(ceiling);
                                 }});
    around_.rivalOf = [this](const Machine& machine, const NetworkAdapter& adapter) {
        return rivalOf(machine, adapter);
    };
}

void Machines::add(std::shared_ptr<Machine> machine) {
    byName_.emplace(machine->name(), machine);
    byId_.emplace(machine->id(), std::move(machine));
}

hypervisor::Result<void> Machines::load() {
    auto folders = findMachineFolders(places_.machines());
    if (!folders)
        return std::unexpected(folders.error());
    for (FoundFolder& folder : *folders) {
        const auto refuse = [&](std::string reason) {
            around_.journal.record(EventSeverity::Error, "Unreadable", {}, {}, reason);
            unreadable_.push_back({folder.path, std::move(reason)});
        };
        if (!folder.machine)
            refuse(folder.machine.error().message);
        else if (byName_.contains(folder.machine->settings.name))
            refuse(fmt::format("'{}': another machine has the name '{}' too", folder.path,
                               folder.machine->settings.name));
        else
            add(std::make_shared<Machine>(around_, folder.path, std::move(*folder.machine)));
    }
    return {};
}

void Machines::adopt(std::function<void()> done) {
    // The last of them calls back, and this function itself counts as one.
    auto open = std::make_shared<std::size_t>(byId_.size() + 1);
    const auto one = [open, done = std::move(done)] {
        if (--*open == 0)
            done();
    };
    for (const auto& machine : all())
        machine->adopt(one);
    one();
}

void Machines::startAutomatically() {
    for (const auto& machine : all()) {
        const AutomaticStart& automatic = machine->settings().automaticStart;
        const bool wanted =
            automatic.action == AutomaticStartAction::Always ||
            (automatic.action == AutomaticStartAction::IfWasRunning && machine->wasRunning());
        if (!wanted || machine->state() != MachineState::Off)
            continue;
        auto timer = std::make_unique<boost::asio::steady_timer>(
            around_.executor, std::chrono::seconds(automatic.delaySeconds));
        timer->async_wait([weak = std::weak_ptr(machine)](const boost::system::error_code& error) {
            const auto self = weak.lock();
            if (!error && self && self->state() == MachineState::Off)
                self->startByItself("with the host");
        });
        delayedStarts_.push_back(std::move(timer));
    }
}

std::vector<MachineSummary> Machines::list() const {
    std::vector<MachineSummary> list;
    list.reserve(byName_.size() + unreadable_.size());
    for (const auto& [name, machine] : byName_)
        list.push_back(machine->summary());
    for (const Unreadable& folder : unreadable_) {
        MachineSummary summary;
        summary.name = std::filesystem::path(folder.folder).filename();
        summary.state = MachineState::Critical;
        summary.status = folder.reason;
        summary.unreadable = true;
        summary.folder = folder.folder;
        list.push_back(std::move(summary));
    }
    return list;
}

RpcResult<std::shared_ptr<Machine>> Machines::find(const std::string& nameOrId) const {
    if (const auto found = byId_.find(nameOrId); found != byId_.end())
        return found->second;
    if (const auto found = byName_.find(nameOrId); found != byName_.end())
        return found->second;
    for (const Unreadable& folder : unreadable_)
        if (std::filesystem::path(folder.folder).filename() == nameOrId)
            return rpcFailure(ErrorCode::Unreadable, folder.reason,
                              "repair the file and start the service again, or delete the machine",
                              "machine");
    // A name that no machine can have is not repeated.
    return rpcFailure(ErrorCode::NotFound,
                      nameOrId.size() > kMaximumNameLength
                          ? "there is no such machine"
                          : fmt::format("there is no machine '{}'", nameOrId),
                      "give the name or the id of one that is listed", "machine");
}

std::string Machines::nameOf(const std::string& id) const {
    const auto found = byId_.find(id);
    return found == byId_.end() ? std::string() : found->second->name();
}

std::vector<std::shared_ptr<Machine>> Machines::all() const {
    std::vector<std::shared_ptr<Machine>> machines;
    for (const auto& [name, machine] : byName_)
        machines.push_back(machine);
    return machines;
}

RpcResult<void> Machines::checkNameIsFree(const std::string& name,
                                          const std::string& exceptId) const {
    const auto found = byName_.find(name);
    if (found == byName_.end() || found->second->id() == exceptId)
        return {};
    return rpcFailure(ErrorCode::AlreadyExists,
                      fmt::format("there is a machine with the name '{}' already", name),
                      "choose another name", "name");
}

RpcResult<void> Machines::checkIdIsFree(const std::string& id) const {
    const auto refusal = [](const std::string& name) {
        return rpcFailure(ErrorCode::AlreadyExists,
                          fmt::format("there is a machine with this id already: '{}'", name),
                          "use another id", "id");
    };
    if (const auto found = byId_.find(id); found != byId_.end())
        return refusal(found->second->name());
    for (const Unreadable& folder : unreadable_)
        if (std::filesystem::path(folder.folder).filename() == id)
            return refusal(folder.folder);
    return {};
}

std::vector<std::string> Machines::shortagesOf(const MachineSettings& settings) const {
    std::vector<std::string> shortages;
    const std::uint32_t lps = around_.governor.logicalProcessors();
    if (settings.processor.count > lps)
        shortages.push_back(fmt::format(
            "The machine has {} virtual processors and this host {} logical ones: it will be slow.",
            settings.processor.count, lps));
    const std::uint64_t most = around_.memory.most();
    if (settings.memory.startupBytes > most)
        shortages.push_back(fmt::format(
            "The machine starts with {} MiB of memory, and this host has {} MiB for machines: it "
            "can't start here.",
            settings.memory.startupBytes >> 20, most >> 20));
    return shortages;
}

void Machines::recordExport(const std::string& id, const std::string& folder) {
    around_.journal.record(EventSeverity::Information, "Exported", id, nameOf(id),
                           fmt::format("the machine was exported to '{}'", folder));
}

std::vector<MachineMemory> Machines::memoryOfActive() const {
    std::vector<MachineMemory> list;
    for (const auto& [id, machine] : byId_)
        if (isActive(machine->state()))
            list.push_back(machine->memory());
    return list;
}

void Machines::create(const ClientRights& rights, MachineCreateParams params,
                      OnReply<MachineReply> reply) {
    MachineSettings& settings = params.settings;
    settings.version = kSettingsVersion;
    if (settings.id.empty())
        settings.id = newUuid();
    settings.created = std::time(nullptr);
    giveIdentities(settings);
    if (auto judged = judgeNew(rights, params); !judged)
        return reply(std::unexpected(judged.error()));
    if (auto judged = judgeNetwork(settings, {}); !judged)
        return reply(std::unexpected(judged.error()));
    const MachineSettings copy = settings;
    around_.files.open(rights, copy,
                       [this, rights, params = std::move(params),
                        reply = std::move(reply)](RpcResult<MachineFiles> files) mutable {
                           if (!files && files.error().code != ErrorCode::NotSupported)
                               return reply(std::unexpected(files.error()));
                           // Whoever has the answer finds none of them locked.
                           files = MachineFiles();
                           reply(addNew(rights, std::move(params), Origin::Created));
                       });
}

RpcResult<void> Machines::judgeNew(const ClientRights& rights,
                                   const MachineCreateParams& params) const {
    if (auto checked = checkSettings(params.settings); !checked)
        return checked;
    if (params.folder && mode_ == ServiceMode::System && rights.user != 0)
        return rpcFailure(ErrorCode::PermissionDenied,
                          "the system's service keeps machines in its own folder only",
                          "leave the folder away, or let root do it", "folder");
    if (params.folder && (params.folder->empty() || params.folder->front() != '/'))
        return rpcFailure(ErrorCode::InvalidParams, "the folder is no absolute path", {}, "folder",
                          "an absolute path");
    if (auto free = checkNameIsFree(params.settings.name, {}); !free)
        return free;
    return checkIdIsFree(params.settings.id);
}

RpcResult<MachineReply> Machines::addNew(const ClientRights& rights, MachineCreateParams params,
                                         Origin origin) {
    if (byId_.size() >= kMaximumMachines)
        return rpcFailure(ErrorCode::LimitReached,
                          fmt::format("there are {} machines already", kMaximumMachines),
                          "delete some");
    // Others may have come while the files were opened.
    if (auto free = checkNameIsFree(params.settings.name, {}); !free)
        return std::unexpected(free.error());
    if (auto free = checkIdIsFree(params.settings.id); !free)
        return std::unexpected(free.error());
    StoredMachine stored{std::move(params.settings), rights.user};
    const std::string place = params.folder.value_or(usualFolder_);
    auto folder =
        createMachineFolder(places_.machines(), place == places_.machines() ? "" : place, stored);
    if (!folder)
        return rpcFailure(ErrorCode::StorageError,
                          "the machine could not be made: " + folder.error().message,
                          "make room, or make the folder writable");
    const auto machine = std::make_shared<Machine>(around_, *folder, std::move(stored));
    add(machine);
    const bool imported = origin == Origin::Imported;
    around_.journal.record(EventSeverity::Information, imported ? "Imported" : "Created",
                           machine->id(), machine->name(),
                           imported ? "the machine was imported" : "the machine was made");
    around_.onChanged(*machine);
    tellSwitchUsers({}, machine->settings().networkAdapters);
    return MachineReply{machine->details()};
}

RpcResult<MachineSettings> Machines::judgeChanges(const Machine& machine,
                                                  const MachineSetParams& params) const {
    auto changed = withChanges(machine.settings(), params.changes);
    if (!changed)
        return changed;
    for (const auto& [field, same] :
         {std::pair{"id", changed->id == machine.id()},
          {"version", changed->version == machine.settings().version},
          {"generation", changed->generation == machine.settings().generation},
          {"created", changed->created == machine.settings().created}})
        if (!same)
            return rpcFailure(ErrorCode::InvalidParams,
                              fmt::format("the {} of a machine can't change", field), {}, field);
    giveIdentities(*changed);
    if (auto checked = checkSettings(*changed); !checked)
        return std::unexpected(checked.error());
    if (auto free = checkNameIsFree(changed->name, machine.id()); !free)
        return std::unexpected(free.error());
    if (auto judged = judgeNetwork(*changed, machine.settings().networkAdapters); !judged)
        return std::unexpected(judged.error());
    if (auto legal = machine.checkLegal(sameHardware(machine.settings(), *changed)
                                            ? MachineAction::ChangeLive
                                            : MachineAction::ChangeHardware);
        !legal)
        return std::unexpected(legal.error());
    if (changed->name != machine.name())
        if (auto legal = machine.checkLegal(MachineAction::Rename); !legal)
            return std::unexpected(legal.error());
    if (isActive(machine.state()))
        if (auto admitted = around_.governor.admit(machine.id(), changed->processor); !admitted)
            return std::unexpected(admitted.error());
    return changed;
}

void Machines::set(const ClientRights& rights, MachineSetParams params,
                   OnReply<MachineReply> reply) {
    const auto machine = find(params.machine);
    if (!machine)
        return reply(std::unexpected(machine.error()));
    auto changed = judgeChanges(**machine, params);
    if (!changed)
        return reply(std::unexpected(changed.error()));
    params.machine = (*machine)->id();
    const MachineSettings& now = (*machine)->settings();
    if (isActive((*machine)->state()) &&
        (changed->drives != now.drives || changed->floppy != now.floppy)) {
        auto changes = driveChanges(now.drives, changed->drives);
        if (auto diskette = disketteChange(now.floppy, changed->floppy))
            changes.push_back(std::move(*diskette));
        return (*machine)->changeDrives(rights, {changes.begin(), changes.end()},
                                        [this, rights, params, changed = std::move(*changed),
                                         reply = std::move(reply)](const RpcResult<void>& done) {
                                            if (!done)
                                                return reply(std::unexpected(done.error()));
                                            reply(setNow(rights, params, changed));
                                        });
    }
    if (namesSameFiles((*machine)->settings(), *changed))
        return reply(setNow(rights, params, *changed));
    const MachineSettings copy = *changed;
    around_.files.open(rights, copy,
                       [this, rights, params = std::move(params), changed = std::move(*changed),
                        reply = std::move(reply)](RpcResult<MachineFiles> files) {
                           if (!files && files.error().code != ErrorCode::NotSupported)
                               return reply(std::unexpected(files.error()));
                           files = MachineFiles();
                           reply(setNow(rights, params, changed));
                       });
}

RpcResult<MachineReply> Machines::setNow(const ClientRights& rights, const MachineSetParams& params,
                                         const MachineSettings& judged) {
    const auto machine = find(params.machine);
    if (!machine)
        return std::unexpected(machine.error());
    // The machine may be another one than before its files were opened.
    auto changed = judgeChanges(**machine, params);
    if (!changed)
        return std::unexpected(changed.error());
    if (!namesSameFiles(*changed, judged))
        return rpcFailure(ErrorCode::WrongState, "somebody else has changed the machine's files",
                          "try again");
    StoredMachine stored{std::move(*changed), (*machine)->stored().owner};
    if (!namesSameFiles(stored.settings, (*machine)->settings()))
        stored.owner = rights.user;
    if (stored == (*machine)->stored())
        return MachineReply{(*machine)->details()};
    const std::string oldName = (*machine)->name();
    const std::vector<NetworkAdapter> adapters = (*machine)->settings().networkAdapters;
    if (auto done = (*machine)->change(std::move(stored)); !done)
        return std::unexpected(done.error());
    if (const std::string name = (*machine)->name(); name != oldName) {
        byName_.erase(oldName);
        byName_.emplace(name, *machine);
        around_.journal.record(EventSeverity::Information, "Renamed", (*machine)->id(), name,
                               fmt::format("the machine was '{}'", oldName));
    } else {
        around_.journal.record(EventSeverity::Information, "Changed", (*machine)->id(), name,
                               "the settings were changed");
    }
    if (adapters != (*machine)->settings().networkAdapters) {
        if (isActive((*machine)->state()))
            (*machine)->replugAdapters(adapters);
        tellSwitchUsers(adapters, (*machine)->settings().networkAdapters);
    }
    return MachineReply{(*machine)->details()};
}

RpcResult<MachineReply> Machines::rename(const MachineRenameParams& params) {
    const auto machine = find(params.machine);
    if (!machine)
        return std::unexpected(machine.error());
    MachineSetParams change;
    change.machine = (*machine)->id();
    change.changes.emplace("name", params.name);
    // A name alone opens no file.
    return setNow(ClientRights::own(), change, (*machine)->settings());
}

RpcResult<MachineDeleteReply> Machines::remove(const ClientRights& rights,
                                               const MachineDeleteParams& params) {
    const DeleteDisks disks =
        params.deleteDisks.value_or(false) ? DeleteDisks::Yes : DeleteDisks::No;
    const auto failed = [](const hypervisor::Error& error) {
        return rpcFailure(ErrorCode::StorageError,
                          "the machine could not be deleted: " + error.message,
                          "make its folder writable");
    };
    for (auto folder = unreadable_.begin(); folder != unreadable_.end(); ++folder) {
        const std::string name = std::filesystem::path(folder->folder).filename();
        if (name != params.machine)
            continue;
        if (rights.user != 0 && mode_ == ServiceMode::System)
            return rpcFailure(ErrorCode::PermissionDenied,
                              "only root may delete a machine that can't be read",
                              "repair it, or ask root");
        auto deleted =
            deleteMachineFolder(places_.machines(), folder->folder, name, nullptr, disks);
        if (!deleted)
            return failed(deleted.error());
        unreadable_.erase(folder);
        return *deleted;
    }
    const auto machine = find(params.machine);
    if (!machine)
        return std::unexpected(machine.error());
    if (auto legal = (*machine)->checkLegal(MachineAction::Delete); !legal)
        return std::unexpected(legal.error());
    const std::string id = (*machine)->id();
    const std::string name = (*machine)->name();
    const std::vector<NetworkAdapter> adapters = (*machine)->settings().networkAdapters;
    auto deleted = deleteMachineFolder(places_.machines(), (*machine)->folder(), id,
                                       &(*machine)->settings(), disks);
    if (!deleted)
        return failed(deleted.error());
    byName_.erase(name);
    byId_.erase(id);
    around_.performance.forget(id);
    around_.journal.record(EventSeverity::Information, "Deleted", {}, {},
                           fmt::format("the machine '{}' ({}) was deleted", name, id));
    onRemoved_(id);
    tellSwitchUsers(adapters, {});
    return *deleted;
}

}  // namespace service
