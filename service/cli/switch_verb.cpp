// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "confirmation.h"
#include "enumeration_words.h"
#include "exit_status.h"
#include "service_verb.h"
#include "state_change.h"
#include "table.h"
#include "verbs.h"

namespace service::cli {

namespace {

constexpr const char* kFooter =
    "An external switch connects machines with what one of the host's network adapters is "
    "connected\n"
    "to, an internal one with each other and the host, a private one with each other alone. The\n"
    "Default Switch (NAT) is always there.";
constexpr const char* kKinds = "external|internal|private";

struct SwitchArguments {
    ServiceOptions service;
    std::string name;
    std::optional<std::string> kind;
    std::optional<std::string> adapter;
    std::optional<std::string> shared;
    std::optional<std::string> address;
    std::optional<std::string> notes;
};

void addSettings(VerbOptions& verb, SwitchArguments& arguments) {
    verb.value("--kind", arguments.kind, kKinds, "Whom it connects");
    verb.value("--adapter", arguments.adapter, "NAME",
               "Of an external switch: the host's network adapter ('vireo switch adapters')");
    verb.value("--shared", arguments.shared, "on|off",
               "Of an external switch: the host goes on using that adapter; on by default");
    verb.value("--address", arguments.address, "ADDRESS/BITS",
               "Of an internal switch: the host's own address at it; '' for none");
    verb.value("--notes", arguments.notes, "TEXT", "Notes");
}

/// False after a failure has been told.
bool readKind(const SwitchArguments& arguments, std::optional<SwitchKind>& kind,
              ServiceSession& session) {
    if (!arguments.kind)
        return true;
    const auto word = parseWord<SwitchKind>(*arguments.kind, "--kind");
    if (!word || *word == SwitchKind::Nat) {
        session.fail(kBadArguments, fmt::format("--kind does not know '{}'; give one of {}",
                                                *arguments.kind, kKinds));
        return false;
    }
    kind = *word;
    return true;
}

bool readShared(const SwitchArguments& arguments, std::optional<bool>& shared,
                ServiceSession& session) {
    if (!arguments.shared)
        return true;
    if (*arguments.shared != "on" && *arguments.shared != "off") {
        session.fail(kBadArguments,
                     fmt::format("--shared does not know '{}'; give on or off", *arguments.shared));
        return false;
    }
    shared = *arguments.shared == "on";
    return true;
}

std::string attachment(const VirtualSwitch& one) {
    const SwitchSettings& settings = one.settings;
    if (settings.kind == SwitchKind::External)
        return settings.hostAdapter + (settings.shared ? ", shared with the host" : "");
    return settings.hostAddress;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

void list(const SwitchArguments&, ServiceSession& session) {
    const auto reply = session.call<SwitchListMethod>({});
    if (!reply)
        return;
    if (session.json())
        return session.printReply();
    using enum Table::Align;
    Table table({{"NAME", Left},
                 {"KIND", Left},
                 {"STATE", Left},
                 {"INTERFACE", Left},
                 {"HOST", Left},
                 {"MACHINES", Left},
                 {"STATUS", Left}});
    for (const VirtualSwitch& one : reply->switches)
        table.add({one.settings.name, shown(one.settings.kind), shown(one.state), one.interfaceName,
                   attachment(one), joined(one.machines), one.status});
    session.print(table.text());
    if (!reply->limitation.empty())
        session.print(fmt::format("\nNo others can be made: {}.\n", reply->limitation));
}

void listAdapters(const SwitchArguments&, ServiceSession& session) {
    const auto reply = session.call<SwitchListMethod>({});
    if (!reply)
        return;
    if (session.json())
        return session.printReply();
    using enum Table::Align;
    Table table({{"ADAPTER", Left},
                 {"MAC ADDRESS", Left},
                 {"CABLE", Left},
                 {"SWITCH", Left},
                 {"FOR A SWITCH", Left}});
    for (const HostAdapter& adapter : reply->hostAdapters)
        table.add({adapter.name, adapter.macAddress,
                   adapter.connected ? "connected" : "not connected", adapter.switchName,
                   adapter.unusable.empty() ? "yes" : "no: " + adapter.unusable});
    session.print(table.text());
    if (!reply->limitation.empty())
        session.print(fmt::format("No switch can have one: {}.\n", reply->limitation));
}

void tellDone(const std::string& name, const char* what, ServiceSession& session) {
    if (session.json())
        session.printReply();
    else
        session.print(fmt::format("{}: {}\n", printableName(name), what));
}

void create(const SwitchArguments& arguments, ServiceSession& session) {
    SwitchSettings settings;
    settings.name = arguments.name;
    std::optional<SwitchKind> kind;
    std::optional<bool> shared;
    if (!readKind(arguments, kind, session) || !readShared(arguments, shared, session))
        return;
    if (!kind)
        return session.fail(kBadArguments,
                            fmt::format("say whom the switch connects: --kind {}", kKinds));
    settings.kind = *kind;
    settings.hostAdapter = arguments.adapter.value_or("");
    settings.shared = shared.value_or(true);
    settings.hostAddress = arguments.address.value_or("");
    settings.notes = arguments.notes.value_or("");
    if (session.call<SwitchCreateMethod>({settings}))
        tellDone(arguments.name, "created", session);
}

void set(const SwitchArguments& arguments, ServiceSession& session) {
    SwitchSetParams params;
    params.name = arguments.name;
    if (!readKind(arguments, params.kind, session) ||
        !readShared(arguments, params.shared, session))
        return;
    params.hostAdapter = arguments.adapter;
    params.hostAddress = arguments.address;
    params.notes = arguments.notes;
    if (session.call<SwitchSetMethod>(params))
        tellDone(arguments.name, "changed", session);
}

struct RenameArguments {
    ServiceOptions service;
    std::string name;
    std::string newName;
};

void rename(const RenameArguments& arguments, ServiceSession& session) {
    if (session.call<SwitchRenameMethod>({arguments.name, arguments.newName}) && session.json())
        session.printReply();
}

struct RemoveArguments {
    ServiceOptions service;
    std::string name;
    bool yes = false;
};

void remove(const RemoveArguments& arguments, ServiceSession& session) {
    if (!arguments.yes && !confirm(fmt::format("Remove the virtual switch '{}'?", arguments.name)))
        return;
    if (session.call<SwitchRemoveMethod>({arguments.name}))
        tellDone(arguments.name, "removed", session);
}

void nameSwitch(VerbOptions& verb, std::string& target) {
    verb.required("switch", target, kSwitchForm, "Name or id of a virtual switch");
}

}  // namespace

void addSwitchVerb(CLI::App& program, std::function<int()>& chosen) {
    CLI::App& group = addVerbGroup(program, "switch", "Virtual switches, which connect machines",
                                   serviceVerbFooter(kFooter));
    addServiceVerb<SwitchArguments>(
        group, chosen, "list", "All switches, and who is at them",
        [](VerbOptions&, SwitchArguments&) {}, list);
    addServiceVerb<SwitchArguments>(
        group, chosen, "create", "Make a switch",
        [](VerbOptions& verb, SwitchArguments& arguments) {
            verb.required("name", arguments.name, "NAME", "What it is called");
            addSettings(verb, arguments);
        },
        create, kFooter);
    addServiceVerb<SwitchArguments>(
        group, chosen, "set", "Change a switch; machines at it stay connected",
        [](VerbOptions& verb, SwitchArguments& arguments) {
            nameSwitch(verb, arguments.name);
            addSettings(verb, arguments);
        },
        set, kFooter);
    addServiceVerb<RenameArguments>(
        group, chosen, "rename", "Give a switch another name; machines stay at it",
        [](VerbOptions& verb, RenameArguments& arguments) {
            nameSwitch(verb, arguments.name);
            verb.required("name", arguments.newName, "NAME", "Its new name");
        },
        rename);
    addServiceVerb<RemoveArguments>(
        group, chosen, "remove", "Remove a switch that no machine is at",
        [](VerbOptions& verb, RemoveArguments& arguments) {
            nameSwitch(verb, arguments.name);
            verb.flag("--yes,-y", arguments.yes, "Don't ask");
        },
        remove);
    addServiceVerb<SwitchArguments>(
        group, chosen, "adapters", "The host's network adapters that a switch can have",
        [](VerbOptions&, SwitchArguments&) {}, listAdapters);
}

}  // namespace service::cli
