// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "confirmation.h"
#include "exit_status.h"
#include "file_path.h"
#include "service_verb.h"
#include "table.h"
#include "verbs.h"

namespace service::cli {

namespace {

constexpr const char* kFooter =
    "Machines that run go on without the service, and the next one takes them over. Until then\n"
    "they can't be listed, watched or changed.";

struct ServiceArguments {
    ServiceOptions service;
    std::optional<std::string> diskFolder;
    std::optional<std::string> machineFolder;
    bool yes = false;
};

void tell(const ServiceReply& reply, ServiceSession& session) {
    if (session.json())
        return session.printReply();
    const ServiceSettings& settings = reply.settings;
    PropertyList list;
    list.section("Default folders");
    list.add("Virtual hard disks", settings.diskFolder.empty()
                                       ? "Vireo/Virtual Hard Disks in each user's home"
                                       : settings.diskFolder);
    list.add("Virtual machines",
             settings.machineFolder.empty() ? reply.usualMachineFolder : settings.machineFolder);
    session.print(list.text());
}

void settings(const ServiceArguments&, ServiceSession& session) {
    if (const auto reply = session.call<ServiceGetMethod>({}))
        tell(*reply, session);
}

/// Empty stays so: the usual folder.
bool makeAbsolute(std::optional<std::string>& folder, const char* option, ServiceSession& session) {
    if (!folder || folder->empty())
        return true;
    auto absolute = absolutePath(*folder, option);
    if (!absolute) {
        session.fail(kBadArguments, absolute.error().message);
        return false;
    }
    folder = std::move(*absolute);
    return true;
}

void set(const ServiceArguments& arguments, ServiceSession& session) {
    ServiceSetParams params{arguments.diskFolder, arguments.machineFolder};
    if (!params.diskFolder && !params.machineFolder)
        return session.fail(kBadArguments,
                            "nothing to set; give --disk-folder or --machine-folder");
    if (!makeAbsolute(params.diskFolder, "--disk-folder", session) ||
        !makeAbsolute(params.machineFolder, "--machine-folder", session))
        return;
    if (const auto reply = session.call<ServiceSetMethod>(params))
        tell(*reply, session);
}

void stop(const ServiceArguments& arguments, ServiceSession& session) {
    const auto now = session.call<ServiceGetMethod>({});
    if (!now)
        return;
    if (!arguments.yes &&
        !confirm(now->machinesGoOn
                     ? "Stop the service? Machines that run go on, and can't be managed until it "
                       "is started again."
                     : "Stop the service, and all machines that run with it?"))
        return;
    const auto reply = session.call<ServiceStopMethod>({});
    if (!reply)
        return;
    if (session.json())
        return session.printReply();
    session.print(
        reply->machinesGoOn
            ? fmt::format("stopped; machines that go on without it: {}\n", reply->runningMachines)
            : fmt::format("stopping, with the machines that run: {}\n", reply->runningMachines));
}

}  // namespace

void addServiceSettingsVerb(CLI::App& program, std::function<int()>& chosen) {
    CLI::App& group =
        addVerbGroup(program, "service", "The service itself: its default folders, and its end",
                     serviceVerbFooter(kFooter));
    addServiceVerb<ServiceArguments>(
        group, chosen, "settings", "Where new machines and disks go if nothing is said",
        [](VerbOptions&, ServiceArguments&) {}, settings);
    addServiceVerb<ServiceArguments>(
        group, chosen, "set", "Change where they go",
        [](VerbOptions& verb, ServiceArguments& arguments) {
            verb.value("--disk-folder", arguments.diskFolder, "FILE",
                       "For new disks; '' for a folder in each user's home");
            verb.value("--machine-folder", arguments.machineFolder, "FILE",
                       "For folders of new machines; '' for the service's own place");
        },
        set);
    addServiceVerb<ServiceArguments>(
        group, chosen, "stop", "Stop the service; machines that run go on",
        [](VerbOptions& verb, ServiceArguments& arguments) {
            verb.flag("--yes,-y", arguments.yes, "Don't ask");
        },
        stop, kFooter);
}

}  // namespace service::cli
