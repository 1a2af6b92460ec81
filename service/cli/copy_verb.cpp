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
    "The machine's guest services must be on (vireo set MACHINE\n"
    "--integration-service guest-services=on, while it is off), and their daemon must run in the\n"
    "guest: hv_fcopy_daemon of Debian's hyperv-daemons.\n"
    "GUEST-PATH is the file's path in the guest; a folder with / at its end keeps the file's "
    "name.\n"
    "FILE is read with your rights. Ctrl-C cancels; the exit status is then 128 + the signal.";

struct CopyArguments {
    ServiceOptions service;
    std::string machine;
    std::string file;
    std::string destination;
    bool overwrite = false;
    bool createFolders = false;
};

void configure(VerbOptions& verb, CopyArguments& arguments) {
    verb.machine(arguments.machine);
    verb.required("file", arguments.file, "FILE", "The host's file");
    verb.required("guest-path", arguments.destination, "GUEST-PATH", "Where it goes in the guest");
    verb.flag("--overwrite", arguments.overwrite, "Replace a file that is there");
    verb.flag("--create-folders", arguments.createFolders, "Make folders that are missing");
}

void copyFile(const CopyArguments& arguments, ServiceSession& session) {
    const auto file = absolutePath(arguments.file, "FILE");
    if (!file)
        return session.fail(kBadArguments, file.error().message);
    const auto job = followJob(session, [&] {
        return session.call<MachineCopyFileMethod>({arguments.machine, *file, arguments.destination,
                                                    arguments.overwrite, arguments.createFolders});
    });
    if (job && !session.json())
        session.print(fmt::format("{}: copied to {}\n", printableName(arguments.machine),
                                  printableName(arguments.destination)));
}

}  // namespace

void addCopyVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<CopyArguments>(program, chosen, "copy", "Copy a file into a running guest",
                                  configure, copyFile, kFooter);
}

}  // namespace service::cli
