// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "enumeration_words.h"
#include "exit_status.h"
#include "quantities.h"
#include "screen.h"
#include "service_verb.h"
#include "table.h"
#include "verbs.h"

namespace service::cli {

namespace {

constexpr std::chrono::seconds kWatchPeriod{1};

struct ListArguments {
    ServiceOptions service;
    std::optional<std::string> group;
    std::optional<std::string> state;
    bool detailed = false;
    bool watch = false;
};

void configure(VerbOptions& verb, ListArguments& arguments) {
    verb.value("--group", arguments.group, "NAME", "Only machines of this group");
    verb.value("--state", arguments.state, choicesOf<MachineState>(),
               "Only machines in this state");
    verb.flag("--long,-l", arguments.detailed,
              "More columns; reserve and limit with their percent of total system resources");
    verb.flag("--watch,-w", arguments.watch, "Again every second, until Ctrl-C");
}

std::string usageText(const MachineSummary& machine) {
    return machine.cpuUsagePercent ? measuredPercentText(*machine.cpuUsagePercent) : "";
}

std::string whereActive(const MachineSummary& machine, const std::string& text) {
    return isActive(machine.state) ? text : "";
}

/// "10 % (5 %)": of one LP for each VP, and of the host.
std::string partText(std::uint32_t thousandths, std::uint32_t processors, std::uint32_t hostLps) {
    std::string text = percentText(thousandths);
    if (hostLps > 0)
        text +=
            fmt::format(" ({})", percentText(std::uint64_t{thousandths} * processors / hostLps));
    return text;
}

std::string listText(const std::vector<MachineSummary>& machines) {
    using enum Table::Align;
    Table table({{"NAME", Left},
                 {"STATE", Left},
                 {"CPU USAGE", Right},
                 {"ASSIGNED MEMORY", Right},
                 {"UPTIME", Right},
                 {"STATUS", Left}});
    for (const MachineSummary& machine : machines)
        table.add({machine.name, shown(machine.state), usageText(machine),
                   whereActive(machine, sizeText(machine.assignedMemoryBytes)),
                   whereActive(machine, uptimeText(machine.uptimeSeconds)), machine.status});
    return table.text();
}

std::string longText(const std::vector<MachineSummary>& machines, std::uint32_t hostLps) {
    using enum Table::Align;
    Table table({{"NAME", Left},
                 {"STATE", Left},
                 {"CPU USAGE", Right},
                 {"ASSIGNED MEMORY", Right},
                 {"UPTIME", Right},
                 {"VPS", Right},
                 {"RESERVE", Right},
                 {"LIMIT", Right},
                 {"WEIGHT", Right},
                 {"STARTUP MEMORY", Right},
                 {"GENERATION", Right},
                 {"GROUP", Left},
                 {"ID", Left},
                 {"STATUS", Left}});
    for (const MachineSummary& machine : machines) {
        if (machine.unreadable) {
            table.add({machine.name, shown(machine.state), "", "", "", "", "", "", "", "", "", "",
                       "", machine.status});
            continue;
        }
        const ProcessorSettings& processor = machine.processor;
        table.add({machine.name, shown(machine.state), usageText(machine),
                   whereActive(machine, sizeText(machine.assignedMemoryBytes)),
                   whereActive(machine, uptimeText(machine.uptimeSeconds)),
                   std::to_string(processor.count),
                   partText(processor.reserve, processor.count, hostLps),
                   partText(processor.limit, processor.count, hostLps),
                   std::to_string(processor.weight), sizeText(machine.startupMemoryBytes),
                   std::to_string(machine.generation), machine.group, machine.id, machine.status});
    }
    return table.text();
}

void filter(const ListArguments& arguments, std::optional<MachineState> state,
            std::vector<MachineSummary>& machines) {
    std::erase_if(machines, [&](const MachineSummary& machine) {
        return (arguments.group && machine.group != *arguments.group) ||
               (state && machine.state != *state);
    });
}

void list(const ListArguments& arguments, ServiceSession& session) {
    std::optional<MachineState> state;
    if (arguments.state) {
        const auto parsed = parseWord<MachineState>(*arguments.state, "--state");
        if (!parsed)
            return session.fail(kBadArguments, parsed.error().message);
        state = *parsed;
    }
    std::uint32_t hostLps = 0;
    if (arguments.detailed && !session.json()) {
        const auto host = session.call<HostGetMethod>({});
        if (!host)
            return;
        hostLps = host->logicalProcessors;
    }
    for (;;) {
        auto reply = session.call<MachineListMethod>({});
        if (!reply)
            return;
        filter(arguments, state, reply->machines);
        if (session.json()) {
            session.printJson(*reply);
        } else {
            const std::string text =
                arguments.detailed ? longText(reply->machines, hostLps) : listText(reply->machines);
            session.print(arguments.watch ? asScreen(text) : text);
        }
        if (!arguments.watch || session.status() != 0)
            return;
        // Until the period is over; nothing is asked for, so nothing but the end comes.
        const auto next = client::ServiceClient::Clock::now() + kWatchPeriod;
        while (session.client().step(next))
            continue;
        if (session.client().lost())
            return session.fail(*session.client().lost());
    }
}

}  // namespace

void addListVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<ListArguments>(program, chosen, "list", "The machines and their states",
                                  configure, list);
}

}  // namespace service::cli
