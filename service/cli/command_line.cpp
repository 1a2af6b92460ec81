// SPDX-License-Identifier: GPL-3.0-or-later
#include "command_line.h"

#include <CLI/CLI.hpp>

#include "disk_verb.h"
#include "run_verb.h"
#include "verbs.h"

namespace service::cli {

void addVerbs(CLI::App& program, std::function<int()>& chosen) {
    program.require_subcommand(1);
    addListVerb(program, chosen);
    addShowVerb(program, chosen);
    addCreateVerb(program, chosen);
    addSetVerb(program, chosen);
    addRenameVerb(program, chosen);
    addDeleteVerb(program, chosen);
    addConnectVerb(program, chosen);
    addCopyVerb(program, chosen);
    addExportVerb(program, chosen);
    addImportVerb(program, chosen);
    addControlVerbs(program, chosen);
    addStopVerb(program, chosen);
    addConsoleVerb(program, chosen);
    addScreenshotVerb(program, chosen);
    addStatsVerb(program, chosen);
    addEventsVerb(program, chosen);
    addHostVerb(program, chosen);
    addJobsVerb(program, chosen);
    addSwitchVerb(program, chosen);
    addServiceSettingsVerb(program, chosen);
    addApiVerb(program, chosen);
    addRunVerb(program, chosen);
    addDiskVerb(program, chosen);
}

}  // namespace service::cli
