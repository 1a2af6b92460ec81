// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "exit_status.h"
#include "file_path.h"
#include "machine_report.h"
#include "service_verb.h"
#include "settings_arguments.h"
#include "settings_change.h"
#include "state_change.h"
#include "verbs.h"

namespace service::cli {

namespace {

constexpr const char* kFooter =
    "  vireo create web --vps 2 --memory 1G --kernel vmlinuz --initrd initrd.img \\\n"
    "      --append console=ttyS0 --disk web.vhdx --switch External\n"
    "\n"
    "Files are opened with your rights, not the service's. SIZE is in MiB, or has a letter.\n"
    "Hard disks are made with 'vireo disk create'.";

struct CreateArguments {
    ServiceOptions service;
    std::string name;
    std::optional<std::string> folder;
    bool start = false;
    SettingsArguments settings;
};

void configure(VerbOptions& verb, CreateArguments& arguments) {
    verb.required("name", arguments.name, "NAME", "Of the new machine");
    verb.value("--folder", arguments.folder, "FILE", "Where the machine's folder is made");
    verb.flag("--start", arguments.start, "Start it, too");
    addSettingsOptions(verb, arguments.settings, SettingsPurpose::Create);
}

void create(const CreateArguments& arguments, ServiceSession& session) {
    MachineCreateParams params;
    params.settings.name = arguments.name;
    if (const auto applied =
            applyArguments(arguments.settings, SettingsPurpose::Create, params.settings);
        !applied)
        return session.fail(kBadArguments, applied.error().message);
    if (arguments.folder) {
        const auto folder = absolutePath(*arguments.folder, "--folder");
        if (!folder)
            return session.fail(kBadArguments, folder.error().message);
        params.folder = *folder;
    }
    const auto reply = session.call<MachineCreateMethod>(params);
    if (!reply)
        return;
    const MachineDetails& machine = reply->machine;
    if (session.json())
        session.printReply();
    else
        session.print(fmt::format("{}: created, {}\n", printableName(machine.summary.name),
                                  processorText(machine.settings.processor, machine.resources)));
    if (arguments.start)
        startMachines({machine.summary.id}, session);
}

}  // namespace

void addCreateVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<CreateArguments>(program, chosen, "create", "Make a machine", configure, create,
                                    kFooter);
}

}  // namespace service::cli
