// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_verb.h"
#include "verbs.h"

namespace service::cli {

namespace {

struct RenameArguments {
    ServiceOptions service;
    std::string machine;
    std::string name;
};

void configure(VerbOptions& verb, RenameArguments& arguments) {
    verb.machine(arguments.machine);
    verb.required("name", arguments.name, "NAME", "Its new name");
}

void rename(const RenameArguments& arguments, ServiceSession& session) {
    if (session.call<MachineRenameMethod>({arguments.machine, arguments.name}) && session.json())
        session.printReply();
}

}  // namespace

void addRenameVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<RenameArguments>(program, chosen, "rename", "Give a machine another name",
                                    configure, rename);
}

}  // namespace service::cli
