// SPDX-License-Identifier: GPL-3.0-or-later
#include "virtual_switches.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/describe/enum_to_string.hpp>
#include <chrono>
#include <utility>

#include "service/ipc/machine_settings.h"
#include "settings_check.h"
#include "switch_check.h"

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr std::size_t kMaximumSwitches = 1'000;
/// Changes of interfaces come in bursts.
constexpr std::chrono::milliseconds kSettle{100};

bool mayManageNetworks() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
    return ::syscall(SYS_capget, &header, data.data()) == 0 &&
           (data[0].effective >> CAP_NET_ADMIN & 1) != 0;
}

std::string limitationOf(ServiceMode mode) {
    if (mode == ServiceMode::Session)
        return "a user's own service has the Default Switch only: other switches are a part of the "
               "host's network, which only the system's service may change";
    if (!mayManageNetworks())
        return "the service may not change the host's network (it lacks CAP_NET_ADMIN), so there "
               "is the Default Switch only";
    return {};
}

std::string kindText(const SwitchSettings& settings) {
    switch (settings.kind) {
        case SwitchKind::External:
            return fmt::format("external, at '{}'", settings.hostAdapter);
        case SwitchKind::Internal:
            return "internal";
        default:
            return "private";
    }
}

}  // namespace

VirtualSwitches::VirtualSwitches(boost::asio::any_io_executor executor, const ServicePlaces& places,
                                 ServiceMode mode, Journal& journal)
    : file_(places.switches()),
      journal_(journal),
      parts_(places.hostParts()),
      limitation_(limitationOf(mode)),
      changes_(executor),
      settle_(executor) {
    if (!limitation_.empty())
        return;
    auto network = HostNetwork::create();
    if (!network)
        limitation_ = network.error().message;
    else
        bridges_.emplace(std::move(*network), parts_);
}

void VirtualSwitches::record(EventSeverity severity, std::string kind, std::string text) {
    journal_.record(severity, std::move(kind), {}, {}, std::move(text));
}

void VirtualSwitches::load() {
    auto switches = loadSwitches(file_);
    if (!switches) {
        damage_ = switches.error().message;
        record(EventSeverity::Error, "Unreadable",
               "the virtual switches can't be read: " + damage_);
        return;
    }
    for (SwitchSettings& settings : *switches)
        entries_.push_back(std::make_unique<Entry>(Entry{std::move(settings), {}, false}));
    std::ranges::sort(entries_, {}, [](const auto& entry) { return entry->settings.name; });
    for (const auto& entry : entries_)
        establish(*entry);
    watch();
}

void VirtualSwitches::watch() {
    if (!bridges_)
        return;
    auto made = LinkWatch::create();
    const int copy = made ? ::fcntl(made->descriptor(), F_DUPFD_CLOEXEC, 0) : -1;
    if (copy < 0) {
        record(EventSeverity::Warning, "NetworkUnwatched",
               "what happens to virtual switches is not noticed: " +
                   (made ? std::string("no descriptor is left") : made.error().message));
        return;
    }
    watch_ = std::move(*made);
    changes_.assign(copy);
    lookSoon();
}

void VirtualSwitches::lookSoon() {
    changes_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& error) {
                            if (error)
                                return;
                            settle_.expires_after(kSettle);
                            settle_.async_wait([this](const boost::system::error_code& cancelled) {
                                if (cancelled)
                                    return;
                                watch_->drain();
                                look();
                                lookSoon();
                            });
                        });
}

void VirtualSwitches::look() {
    const auto links = bridges_->links();
    if (!links)
        return;
    for (const auto& entry : entries_) {
        std::string problem = BridgeSwitches::problemOf(entry->settings, *links);
        if (!problem.empty() && entry->wantsAdapter &&
            BridgeSwitches::adapterIsFree(entry->settings, *links)) {
            establish(*entry);
            continue;
        }
        note(*entry, std::move(problem));
    }
}

void VirtualSwitches::establish(Entry& entry) {
    if (!bridges_)
        return note(entry, limitation_);
    const auto done = bridges_->establish(entry.settings);
    note(entry, done ? std::string() : done.error().message);
}

void VirtualSwitches::note(Entry& entry, std::string problem) {
    if (bridges_ && entry.settings.kind == SwitchKind::External)
        if (const auto links = bridges_->links())
            entry.wantsAdapter = std::ranges::find(*links, entry.settings.hostAdapter,
                                                   &HostLink::name) == links->end();
    if (entry.problem == problem)
        return;
    const bool worked = entry.problem.empty();
    entry.problem = std::move(problem);
    if (entry.problem.empty()) {
        record(EventSeverity::Information, "SwitchReady",
               fmt::format("the virtual switch '{}' works again", entry.settings.name));
    } else {
        record(EventSeverity::Error, "SwitchFailed",
               fmt::format("the virtual switch '{}' does not work: {}", entry.settings.name,
                           entry.problem));
        if (worked && callbacks_.onFailed)
            callbacks_.onFailed(entry.settings.name, entry.problem);
    }
    tell(entry);
}

void VirtualSwitches::tell(const Entry& entry) const {
    if (callbacks_.onChanged)
        callbacks_.onChanged(describe(entry));
}

void VirtualSwitches::usersChanged(const std::string& name) const {
    for (const auto& entry : entries_)
        if (entry->settings.name == name)
            tell(*entry);
}

VirtualSwitch VirtualSwitches::describe(const Entry& entry) const {
    VirtualSwitch described;
    described.settings = entry.settings;
    described.interfaceName = BridgeSwitches::interfaceOf(entry.settings.id);
    described.state = entry.problem.empty() ? SwitchState::Ready : SwitchState::Failed;
    described.status = entry.problem;
    if (callbacks_.users)
        described.machines = callbacks_.users(entry.settings.name);
    return described;
}

std::vector<SwitchSettings> VirtualSwitches::allSettings() const {
    std::vector<SwitchSettings> all;
    for (const auto& entry : entries_)
        all.push_back(entry->settings);
    return all;
}

SwitchListReply VirtualSwitches::list() const {
    SwitchListReply reply;
    VirtualSwitch standard;
    standard.settings.name = kDefaultSwitch;
    standard.settings.kind = SwitchKind::Nat;
    if (callbacks_.users)
        standard.machines = callbacks_.users(kDefaultSwitch);
    reply.switches.push_back(std::move(standard));
    for (const auto& entry : entries_)
        reply.switches.push_back(describe(*entry));
    reply.limitation = limitation_;
    if (!bridges_)
        return reply;
    // A list that can't be had is told where an adapter is chosen.
    if (auto network = HostNetwork::create())
        if (const auto links = network->links())
            reply.hostAdapters = BridgeSwitches::hostAdapters(*links, allSettings());
    return reply;
}

bool VirtualSwitches::exists(const std::string& name) const {
    return name == kDefaultSwitch || std::ranges::any_of(entries_, [&](const auto& entry) {
               return entry->settings.name == name;
           });
}

std::string VirtualSwitches::names() const {
    std::string names = kDefaultSwitch;
    for (const auto& entry : entries_)
        names += ", " + entry->settings.name;
    return names;
}

RpcResult<VirtualSwitches::Entry*> VirtualSwitches::find(const std::string& nameOrId) {
    for (const auto& entry : entries_)
        if (entry->settings.name == nameOrId || entry->settings.id == nameOrId)
            return entry.get();
    if (nameOrId == kDefaultSwitch)
        return rpcFailure(ErrorCode::NotSupported,
                          fmt::format("'{}' is always there, as it is", kDefaultSwitch), {},
                          "name");
    return rpcFailure(ErrorCode::NotFound,
                      nameOrId.size() > kMaximumNameLength
                          ? "there is no such switch"
                          : fmt::format("there is no switch '{}'", nameOrId),
                      {}, "name", names());
}

RpcResult<void> VirtualSwitches::checkChangeable() const {
    if (!bridges_)
        return rpcFailure(ErrorCode::NotSupported, limitation_);
    if (!damage_.empty())
        return rpcFailure(ErrorCode::StorageError, "the virtual switches can't be read: " + damage_,
                          "repair the file or remove it, and start the service again");
    return {};
}

RpcResult<void> VirtualSwitches::judge(const SwitchSettings& settings) {
    if (auto checked = checkSwitch(settings); !checked)
        return checked;
    for (const auto& entry : entries_) {
        const SwitchSettings& other = entry->settings;
        if (other.id == settings.id)
            continue;
        if (other.kind == SwitchKind::External && settings.kind == SwitchKind::External &&
            other.hostAdapter == settings.hostAdapter)
            return rpcFailure(ErrorCode::AlreadyExists,
                              fmt::format("the switch '{}' has the host's network adapter '{}'",
                                          other.name, other.hostAdapter),
                              "choose another one", "hostAdapter");
        if (BridgeSwitches::interfaceOf(other.id) == BridgeSwitches::interfaceOf(settings.id))
            return rpcFailure(ErrorCode::AlreadyExists, "a switch with this id is there already",
                              "use another id", "id");
    }
    if (exists(settings.name) && std::ranges::none_of(entries_, [&](const auto& entry) {
            return entry->settings.id == settings.id && entry->settings.name == settings.name;
        }))
        return rpcFailure(
            ErrorCode::AlreadyExists,
            fmt::format("there is a switch with the name '{}' already", settings.name),
            "choose another name", "name");
    if (settings.hostAddress.empty())
        return {};
    const auto conflict = bridges_->overlapping(settings.hostAddress, settings.id);
    if (!conflict)
        return rpcFailure(ErrorCode::InternalError, conflict.error().message);
    if (!conflict->empty())
        return rpcFailure(ErrorCode::AlreadyExists,
                          fmt::format("the network of {} has addresses of the host's {}",
                                      settings.hostAddress, *conflict),
                          "choose another network", "hostAddress");
    return {};
}

RpcResult<void> VirtualSwitches::store() {
    if (auto written = storeSwitches(file_, allSettings()); !written)
        return rpcFailure(ErrorCode::StorageError,
                          "the switches could not be written: " + written.error().message,
                          "make room, or make the folder writable");
    return {};
}

RpcResult<SwitchReply> VirtualSwitches::create(SwitchSettings settings) {
    if (auto can = checkChangeable(); !can)
        return std::unexpected(can.error());
    if (settings.id.empty())
        settings.id = newUuid();
    if (auto judged = judge(settings); !judged)
        return std::unexpected(judged.error());
    if (entries_.size() >= kMaximumSwitches)
        return rpcFailure(ErrorCode::LimitReached,
                          fmt::format("there are {} switches already", kMaximumSwitches),
                          "remove some");
    if (auto done = bridges_->establish(settings); !done)
        return rpcFailure(ErrorCode::NotSupported,
                          "the switch could not be made: " + done.error().message, {},
                          settings.kind == SwitchKind::External ? "hostAdapter" : "");
    const std::string id = settings.id;
    const auto place = std::ranges::lower_bound(
        entries_, settings.name, {}, [](const auto& entry) { return entry->settings.name; });
    const auto& entry =
        **entries_.insert(place, std::make_unique<Entry>(Entry{std::move(settings), {}, false}));
    if (auto stored = store(); !stored) {
        static_cast<void>(bridges_->remove(entry.settings));
        std::erase_if(entries_, [&](const auto& one) { return one->settings.id == id; });
        return std::unexpected(stored.error());
    }
    record(EventSeverity::Information, "SwitchCreated",
           fmt::format("the virtual switch '{}' was made ({})", entry.settings.name,
                       kindText(entry.settings)));
    tell(entry);
    return SwitchReply{describe(entry)};
}

RpcResult<SwitchReply> VirtualSwitches::set(const SwitchSetParams& params) {
    if (auto can = checkChangeable(); !can)
        return std::unexpected(can.error());
    const auto found = find(params.name);
    if (!found)
        return std::unexpected(found.error());
    Entry& entry = **found;
    const SwitchSettings before = entry.settings;
    SwitchSettings after = before;
    after.notes = params.notes.value_or(before.notes);
    after.kind = params.kind.value_or(before.kind);
    if (after.kind != before.kind) {
        // What the old kind had and the new one has not.
        after.hostAdapter.clear();
        after.hostAddress.clear();
        after.shared = true;
    }
    after.hostAdapter = params.hostAdapter.value_or(after.hostAdapter);
    after.shared = params.shared.value_or(after.shared);
    after.hostAddress = params.hostAddress.value_or(after.hostAddress);
    if (auto judged = judge(after); !judged)
        return std::unexpected(judged.error());
    SwitchSettings onlyNotes = after;
    onlyNotes.notes = before.notes;
    const auto done =
        onlyNotes == before ? bridges_->establish(after) : bridges_->change(before, after);
    if (!done)
        return rpcFailure(ErrorCode::NotSupported,
                          "the switch could not be changed: " + done.error().message, {},
                          after.kind == SwitchKind::External ? "hostAdapter" : "");
    entry.settings = after;
    if (auto stored = store(); !stored) {
        static_cast<void>(bridges_->change(after, before));
        entry.settings = before;
        return std::unexpected(stored.error());
    }
    note(entry, {});
    if (after != before)
        record(
            EventSeverity::Information, "SwitchChanged",
            fmt::format("the virtual switch '{}' was changed ({})", after.name, kindText(after)));
    tell(entry);
    return SwitchReply{describe(entry)};
}

RpcResult<SwitchReply> VirtualSwitches::rename(
    const SwitchRenameParams& params,
    const std::function<void(const std::string& oldName)>& renamed) {
    if (auto can = checkChangeable(); !can)
        return std::unexpected(can.error());
    const auto found = find(params.name);
    if (!found)
        return std::unexpected(found.error());
    Entry& entry = **found;
    SwitchSettings after = entry.settings;
    after.name = params.newName;
    const std::string oldName = entry.settings.name;
    if (after.name == oldName)
        return SwitchReply{describe(entry)};
    const auto inOurWords = [](RpcError error) {
        if (error.data.field == "name")
            error.data.field = "newName";
        return std::unexpected(std::move(error));
    };
    if (auto judged = judge(after); !judged)
        return inOurWords(std::move(judged.error()));
    entry.settings = after;
    if (auto stored = store(); !stored) {
        entry.settings.name = oldName;
        return std::unexpected(stored.error());
    }
    std::ranges::sort(entries_, {}, [](const auto& one) { return one->settings.name; });
    renamed(oldName);
    record(EventSeverity::Information, "SwitchRenamed",
           fmt::format("the virtual switch '{}' was '{}'", after.name, oldName));
    tell(entry);
    return SwitchReply{describe(entry)};
}

RpcResult<NoParams> VirtualSwitches::remove(const SwitchParams& params) {
    if (auto can = checkChangeable(); !can)
        return std::unexpected(can.error());
    const auto found = find(params.name);
    if (!found)
        return std::unexpected(found.error());
    const SwitchSettings settings = (*found)->settings;
    if (const auto users = callbacks_.users(settings.name); !users.empty()) {
        std::string machines;
        for (const std::string& machine : users)
            machines += (machines.empty() ? "'" : ", '") + machine + "'";
        return rpcFailure(ErrorCode::WrongState,
                          fmt::format("the switch '{}' is in use by {}", settings.name, machines),
                          "connect their adapters elsewhere first", "name");
    }
    if (auto removed = bridges_->remove(settings); !removed)
        return rpcFailure(ErrorCode::InternalError,
                          fmt::format("the switch '{}' could not be removed: {}", settings.name,
                                      removed.error().message));
    std::erase_if(entries_, [&](const auto& entry) { return entry->settings.id == settings.id; });
    if (auto stored = store(); !stored) {
        static_cast<void>(bridges_->establish(settings));
        entries_.push_back(std::make_unique<Entry>(Entry{settings, {}, false}));
        std::ranges::sort(entries_, {}, [](const auto& one) { return one->settings.name; });
        return std::unexpected(stored.error());
    }
    record(EventSeverity::Information, "SwitchRemoved",
           fmt::format("the virtual switch '{}' was removed", settings.name));
    if (callbacks_.onRemoved)
        callbacks_.onRemoved(settings.id);
    return NoParams{};
}

Result<FileDescriptor> VirtualSwitches::plug(const std::string& name) {
    const auto found = find(name);
    if (!found)
        return failure(found.error().message);
    Entry& entry = **found;
    // It may be put right by now.
    if (!entry.problem.empty())
        establish(entry);
    if (!bridges_)
        return failure(limitation_);
    if (!entry.problem.empty())
        return failure(fmt::format("the switch '{}' does not work: {}", name, entry.problem));
    return bridges_->plug(entry.settings);
}

}  // namespace service
