// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "exit_status.h"
#include "machine_report.h"
#include "service/ipc/settings_changes.h"
#include "service_verb.h"
#include "settings_arguments.h"
#include "settings_change.h"
#include "state_change.h"
#include "verbs.h"

namespace service::cli {

namespace {

constexpr const char* kFooter =
    "  vireo set web --reserve 10 --limit 50 --weight 200\n"
    "\n"
    "Reserve, limit, weight, notes, group and the automatic actions change while the machine\n"
    "runs; hardware changes while it is off. What is not named stays as it is.";

struct SetArguments {
    ServiceOptions service;
    std::vector<std::string> machines;
    SettingsArguments settings;
};

void configure(VerbOptions& verb, SetArguments& arguments) {
    verb.machines(arguments.machines);
    addSettingsOptions(verb, arguments.settings, SettingsPurpose::Change);
}

void change(const std::string& name, const SettingsArguments& arguments, ServiceSession& session) {
    const auto before = session.call<MachineGetMethod>({name});
    if (!before)
        return;
    MachineSettings settings = before->machine.settings;
    if (const auto applied = applyArguments(arguments, SettingsPurpose::Change, settings); !applied)
        return session.fail(kBadArguments, applied.error().message);
    // By id, so that it is this machine even if names change meanwhile.
    const auto reply = session.call<MachineSetMethod>(
        {before->machine.settings.id, changesBetween(before->machine.settings, settings)});
    if (!reply)
        return;
    if (session.json())
        return session.printReply();
    const MachineDetails& machine = reply->machine;
    std::string text = fmt::format("{}: {}\n", printableName(machine.summary.name),
                                   processorText(machine.settings.processor, machine.resources));
    if (!machine.resources.note.empty())
        text += printableName(machine.resources.note) + "\n";
    session.print(text);
}

void set(const SetArguments& arguments, ServiceSession& session) {
    for (const std::string& name : arguments.machines)
        change(name, arguments.settings, session);
}

}  // namespace

void addSetVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<SetArguments>(program, chosen, "set", "Change settings of machines", configure,
                                 set, kFooter);
}

}  // namespace service::cli
