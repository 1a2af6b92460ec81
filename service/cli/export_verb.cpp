// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "exit_status.h"
#include "file_path.h"
#include "service/ipc/methods.h"
#include "service_job.h"
#include "service_verb.h"
#include "state_change.h"
#include "verbs.h"

namespace service::cli {

namespace {

constexpr const char* kFooter =
    "Makes a folder with the machine's name in FOLDER, which can be carried elsewhere: its\n"
    "settings, its hard disks with their parents, and what it boots directly. Discs and diskettes\n"
    "are not copied. It is written with your rights, and there whole or not at all. Ctrl-C "
    "cancels\n"
    "it; the exit status is then 128 + the signal.";

struct ExportArguments {
    ServiceOptions service;
    std::string machine;
    std::string folder;
};

void configure(VerbOptions& verb, ExportArguments& arguments) {
    verb.machine(arguments.machine);
    verb.required("folder", arguments.folder, "FILE", "Where the machine's folder is made");
}

void exportMachine(const ExportArguments& arguments, ServiceSession& session) {
    const auto folder = absolutePath(arguments.folder, "FOLDER");
    if (!folder)
        return session.fail(kBadArguments, folder.error().message);
    const auto job = followJob(session, [&] {
        return session.call<MachineExportMethod>({arguments.machine, *folder});
    });
    if (job && !session.json())
        session.print(fmt::format("{}: exported to {}\n", printableName(arguments.machine),
                                  printableName(*folder)));
}

}  // namespace

void addExportVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<ExportArguments>(program, chosen, "export",
                                    "Copy a machine that is off to a folder", configure,
                                    exportMachine, kFooter);
}

}  // namespace service::cli
