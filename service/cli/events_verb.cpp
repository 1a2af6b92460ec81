// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "enumeration_words.h"
#include "exit_status.h"
#include "quantities.h"
#include "service_verb.h"
#include "terminal_text.h"
#include "verbs.h"

namespace service::cli {

namespace {

constexpr std::uint32_t kMostEvents = 100'000;

struct EventsArguments {
    ServiceOptions service;
    std::optional<std::string> machine;
    std::string count = "100";
    std::optional<std::string> severity;
    bool follow = false;
};

void configure(VerbOptions& verb, EventsArguments& arguments) {
    verb.machine(arguments.machine);
    verb.value("--number,-n", arguments.count, "NUMBER", "The newest so many");
    verb.value("--severity", arguments.severity, choicesOf<EventSeverity>(), "At least so severe");
    verb.flag("--follow,-f", arguments.follow, "Go on with those to come, until Ctrl-C");
}

/// "2026-11-21 14:03:59.123  Warning      web  text": the same columns whenever a line comes.
std::string eventText(const EventRecord& event) {
    return fmt::format(
        "{}.{:03}  {:<11}  {}{}\n", timeText(event.time / 1000), event.time % 1000,
        shown(event.severity),
        event.machineName.empty() ? "" : printable(event.machineName, LineEnds::Replace) + ": ",
        printable(event.text, LineEnds::Replace));
}

void tell(const EventRecord& event, ServiceSession& session) {
    if (session.json())
        session.printJson(event);
    else
        session.print(eventText(event));
}

/// Prints what comes, each event once: those told already have an id up to `last`.
void follow(std::uint64_t last, std::vector<EventRecord> early, EventSeverity least,
            const std::string& machineId, ServiceSession& session) {
    const auto take = [&, last](const EventRecord& event) {
        if (event.id > last && event.severity >= least &&
            (machineId.empty() || event.machineId == machineId))
            tell(event, session);
    };
    session.client().protocol().listen<EventNotification>(
        [&take](const EventNotification& notification) { take(notification.event); });
    for (const EventRecord& event : early)
        take(event);
    while (session.status() == 0 && session.client().step(std::nullopt))
        continue;
    if (session.client().lost())
        session.fail(*session.client().lost());
}

void events(const EventsArguments& arguments, ServiceSession& session) {
    EventsListParams params;
    params.machine = arguments.machine;
    const auto count = parseNumber(arguments.count, "--number", 0, kMostEvents);
    if (!count)
        return session.fail(kBadArguments, count.error().message);
    EventSeverity least = EventSeverity::Information;
    if (arguments.severity) {
        const auto severity = parseWord<EventSeverity>(*arguments.severity, "--severity");
        if (!severity)
            return session.fail(kBadArguments, severity.error().message);
        least = *severity;
        params.leastSeverity = least;
    }
    // None asked for: one is, to know where those to come begin.
    params.limit = std::max(*count, 1U);

    std::string machineId;
    std::vector<EventRecord> early;
    if (arguments.follow) {
        if (arguments.machine) {
            const auto machine = session.call<MachineGetMethod>({*arguments.machine});
            if (!machine)
                return;
            machineId = machine->machine.settings.id;
        }
        session.client().protocol().listen<EventNotification>(
            [&early](const EventNotification& notification) {
                early.push_back(notification.event);
            });
        SubscribeParams wanted;
        wanted.events = true;
        if (!session.call<SubscribeMethod>(wanted))
            return;
    }
    const auto reply = session.call<EventsListMethod>(params);
    if (!reply)
        return;
    std::uint64_t last = 0;
    for (const EventRecord& event : reply->events) {
        last = std::max(last, event.id);
        if (*count > 0)
            tell(event, session);
    }
    if (arguments.follow)
        follow(last, std::move(early), least, machineId, session);
}

}  // namespace

void addEventsVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<EventsArguments>(program, chosen, "events",
                                    "What has happened to machines and the service", configure,
                                    events);
}

}  // namespace service::cli
