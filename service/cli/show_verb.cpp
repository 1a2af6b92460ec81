// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_report.h"
#include "service_verb.h"
#include "verbs.h"

namespace service::cli {

namespace {

struct ShowArguments {
    ServiceOptions service;
    std::vector<std::string> machines;
};

void configure(VerbOptions& verb, ShowArguments& arguments) {
    verb.machines(arguments.machines);
}

void show(const ShowArguments& arguments, ServiceSession& session) {
    bool first = true;
    for (const std::string& name : arguments.machines) {
        const auto reply = session.call<MachineGetMethod>({name});
        if (!reply)
            continue;
        if (session.json())
            session.printReply();
        else
            session.print((first ? "" : "\n") + machineText(reply->machine));
        first = false;
    }
}

}  // namespace

void addShowVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<ShowArguments>(program, chosen, "show", "All settings of machines", configure,
                                  show);
}

}  // namespace service::cli
