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
    "FOLDER is what 'vireo export' has made, or any machine's own. Without a choice the machine "
    "is\n"
    "copied: that changes nothing of what is there and is always possible. Files are read and\n"
    "written with your rights. Nothing is left of an import that fails. Ctrl-C cancels it; the "
    "exit\n"
    "status is then 128 + the signal.";

struct ImportArguments {
    ServiceOptions service;
    std::string folder;
    bool registered = false;
    bool restored = false;
    bool copied = false;
    std::optional<std::string> name;
    std::optional<std::string> machineFolder;
    std::optional<std::string> disks;
};

void configure(VerbOptions& verb, ImportArguments& arguments) {
    verb.required("folder", arguments.folder, "FILE", "Of an exported machine");
    verb.flag("--register", arguments.registered, "In place: with its id, its disks stay there");
    verb.flag("--restore", arguments.restored, "With its id; its disks are copied");
    verb.flag("--copy", arguments.copied,
              "As a new machine with another id and other network addresses; its disks are copied");
    verb.exclude("--register", "--restore");
    verb.exclude("--register", "--copy");
    verb.exclude("--restore", "--copy");
    verb.value("--name", arguments.name, "NAME", "What it is called here");
    verb.value("--folder", arguments.machineFolder, "FILE", "Where the machine's folder is made");
    verb.value("--disks", arguments.disks, "FILE",
               "Where a folder for its disks is made; ~/Vireo/Virtual Hard Disks if nothing is "
               "said");
}

bool makeAbsolute(std::optional<std::string>& path, const char* option, ServiceSession& session) {
    if (!path)
        return true;
    auto absolute = absolutePath(*path, option);
    if (!absolute) {
        session.fail(kBadArguments, absolute.error().message);
        return false;
    }
    path = std::move(*absolute);
    return true;
}

void importMachine(const ImportArguments& arguments, ServiceSession& session) {
    const auto folder = absolutePath(arguments.folder, "FOLDER");
    if (!folder)
        return session.fail(kBadArguments, folder.error().message);
    MachineImportParams params;
    params.folder = *folder;
    params.kind = arguments.registered ? ImportKind::Register
                  : arguments.restored ? ImportKind::Restore
                                       : ImportKind::Copy;
    params.name = arguments.name;
    params.machineFolder = arguments.machineFolder;
    params.diskFolder = arguments.disks;
    if (!makeAbsolute(params.machineFolder, "--folder", session) ||
        !makeAbsolute(params.diskFolder, "--disks", session))
        return;
    const auto job = followJob(session, [&] { return session.call<MachineImportMethod>(params); });
    if (!job || session.json())
        return;
    const auto machine = session.call<MachineGetMethod>({job->machine.value_or("")});
    if (machine)
        session.print(fmt::format("{}: imported\n", printableName(machine->machine.summary.name)));
}

}  // namespace

void addImportVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<ImportArguments>(program, chosen, "import", "Make a machine of an exported one",
                                    configure, importMachine, kFooter);
}

}  // namespace service::cli
