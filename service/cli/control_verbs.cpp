// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "confirmation.h"
#include "service_verb.h"
#include "state_change.h"
#include "verbs.h"

namespace service::cli {

namespace {

struct ControlArguments {
    ServiceOptions service;
    std::vector<std::string> machines;
};

struct ResetArguments {
    ServiceOptions service;
    std::vector<std::string> machines;
    bool yes = false;
};

void configureControl(VerbOptions& verb, ControlArguments& arguments) {
    verb.machines(arguments.machines);
}

void configureReset(VerbOptions& verb, ResetArguments& arguments) {
    verb.machines(arguments.machines);
    verb.flag("--yes,-y", arguments.yes, "Don't ask");
}

void start(const ControlArguments& arguments, ServiceSession& session) {
    startMachines(arguments.machines, session);
}

void reset(const ResetArguments& arguments, ServiceSession& session) {
    std::vector<std::string> machines;
    for (const std::string& name : arguments.machines)
        if (arguments.yes ||
            confirm(fmt::format("Reset '{}'? What the guest has not saved is lost.", name)))
            machines.push_back(name);
    changeStates<MachineResetMethod>(machines, session);
}

void pause(const ControlArguments& arguments, ServiceSession& session) {
    changeStates<MachinePauseMethod>(arguments.machines, session);
}

void resume(const ControlArguments& arguments, ServiceSession& session) {
    changeStates<MachineResumeMethod>(arguments.machines, session);
}

}  // namespace

void addControlVerbs(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<ControlArguments>(program, chosen, "start", "Start machines", configureControl,
                                     start);
    addServiceVerb<ResetArguments>(program, chosen, "reset",
                                   "Reset running machines, as their reset button does",
                                   configureReset, reset);
    addServiceVerb<ControlArguments>(program, chosen, "pause",
                                     "Stop machines' processors and their time", configureControl,
                                     pause);
    addServiceVerb<ControlArguments>(program, chosen, "resume", "Let paused machines go on",
                                     configureControl, resume);
}

}  // namespace service::cli
