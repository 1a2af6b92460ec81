// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "confirmation.h"
#include "quantities.h"
#include "service_verb.h"
#include "state_change.h"
#include "verbs.h"

namespace service::cli {

namespace {

constexpr const char* kFooter =
    "On a terminal it names every file that would go and asks; --yes answers. Images of disks\n"
    "stay, but with --disks those in the machine's own folder go too.";

struct DeleteArguments {
    ServiceOptions service;
    std::vector<std::string> machines;
    bool disks = false;
    bool yes = false;
};

void configure(VerbOptions& verb, DeleteArguments& arguments) {
    verb.machines(arguments.machines);
    verb.flag("--disks", arguments.disks, "Images of disks in the machine's folder too");
    verb.flag("--yes,-y", arguments.yes, "Don't ask");
}

/// Every file that goes, or may go, by name.
std::string question(const MachineDetails& machine, bool disks) {
    std::string text = fmt::format("Delete '{}'? These files are removed:\n", machine.summary.name);
    std::string kept;
    for (const MachineFile& file : machine.files) {
        const bool inFolder = file.path.starts_with(machine.summary.folder + "/");
        const bool goes = file.removedWithMachine || (disks && inFolder);
        (goes ? text : kept) += fmt::format("  {} ({})\n", file.path, sizeText(file.sizeBytes));
    }
    if (!kept.empty())
        text += "These stay:\n" + kept;
    return text + "Delete it?";
}

void removeMachine(const std::string& name, const DeleteArguments& arguments,
                   ServiceSession& session) {
    const auto machine = session.call<MachineGetMethod>({name});
    if (!machine)
        return;
    if (!arguments.yes && !confirm(question(machine->machine, arguments.disks)))
        return;
    const MachineSummary& summary = machine->machine.summary;
    // A machine that can't be read has no id that could be known.
    const auto reply = session.call<MachineDeleteMethod>(
        {summary.id.empty() ? name : summary.id, arguments.disks});
    if (!reply)
        return;
    if (session.json())
        return session.printReply();
    std::string text = fmt::format("{}: deleted\n", printableName(summary.name));
    for (const std::string& path : reply->kept)
        text += fmt::format("kept {}\n", printableName(path));
    session.print(text);
}

void remove(const DeleteArguments& arguments, ServiceSession& session) {
    for (const std::string& name : arguments.machines)
        removeMachine(name, arguments, session);
}

}  // namespace

void addDeleteVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<DeleteArguments>(program, chosen, "delete", "Delete machines that are off",
                                    configure, remove, kFooter);
}

}  // namespace service::cli
