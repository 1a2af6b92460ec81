// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace service::cli {

// The verbs of the service, each in the file of its name. When the arguments name one, `chosen` is
// set to what runs it and returns the exit status.

void addListVerb(CLI::App& program, std::function<int()>& chosen);
void addShowVerb(CLI::App& program, std::function<int()>& chosen);
void addCreateVerb(CLI::App& program, std::function<int()>& chosen);
void addSetVerb(CLI::App& program, std::function<int()>& chosen);
void addRenameVerb(CLI::App& program, std::function<int()>& chosen);
void addDeleteVerb(CLI::App& program, std::function<int()>& chosen);
void addConnectVerb(CLI::App& program, std::function<int()>& chosen);
void addCopyVerb(CLI::App& program, std::function<int()>& chosen);
void addExportVerb(CLI::App& program, std::function<int()>& chosen);
void addImportVerb(CLI::App& program, std::function<int()>& chosen);
/// start, reset, pause and resume.
void addControlVerbs(CLI::App& program, std::function<int()>& chosen);
void addStopVerb(CLI::App& program, std::function<int()>& chosen);
void addConsoleVerb(CLI::App& program, std::function<int()>& chosen);
void addScreenshotVerb(CLI::App& program, std::function<int()>& chosen);
void addStatsVerb(CLI::App& program, std::function<int()>& chosen);
void addEventsVerb(CLI::App& program, std::function<int()>& chosen);
void addHostVerb(CLI::App& program, std::function<int()>& chosen);
void addJobsVerb(CLI::App& program, std::function<int()>& chosen);
/// switch list, create, set, rename, remove, adapters.
void addSwitchVerb(CLI::App& program, std::function<int()>& chosen);
/// service settings, set, stop.
void addServiceSettingsVerb(CLI::App& program, std::function<int()>& chosen);
void addApiVerb(CLI::App& program, std::function<int()>& chosen);

}  // namespace service::cli
