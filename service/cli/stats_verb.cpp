// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <ctime>

#include "exit_status.h"
#include "quantities.h"
#include "screen.h"
#include "service_verb.h"
#include "stats_report.h"
#include "terminal_text.h"
#include "verbs.h"

namespace service::cli {

namespace {

constexpr std::uint32_t kMonthSeconds = 31 * 86'400;

constexpr const char* kFooter =
    "Hyper-V's counters: of a machine, or without a name of the host. A percentage is of one LP.\n"
    "History is kept every second for an hour, every 10 s for a day and every minute for a month:\n"
    "\n"
    "  vireo stats web --last 3600 --csv --counter 'run time' > web.csv";

struct StatsArguments {
    ServiceOptions service;
    std::optional<std::string> machine;
    std::vector<std::string> counters;
    bool watch = false;
    bool csv = false;
    std::string interval = "1000";
    std::optional<std::string> last;
    std::optional<std::string> points;
};

void configure(VerbOptions& verb, StatsArguments& arguments) {
    verb.machine(arguments.machine);
    verb.list("--counter", arguments.counters, "TEXT",
              "Only counters with this text in set or name; may be repeated");
    verb.flag("--watch,-w", arguments.watch, "Go on with what is counted, until Ctrl-C");
    verb.value("--interval", arguments.interval, "MILLISECONDS",
               "Between samples of --watch, 100 to 60000 milliseconds");
    verb.value("--last", arguments.last, "SECONDS", "What was counted in the last so many seconds");
    verb.value("--points", arguments.points, "NUMBER",
               "At most so many figures of each counter with --last, 1 to 100000");
    verb.exclude("--watch", "--last");
    verb.flag("--csv", arguments.csv, "Comma-separated values, a line for each figure");
}

void tell(PerformanceSample sample, const StatsArguments& arguments, const std::string& machine,
          ServiceSession& session) {
    keepCounters(arguments.counters, sample.counters);
    if (session.json())
        session.printJson(StatsReply{std::move(sample)});
    else if (arguments.csv)
        session.print(sampleCsv(sample, machine));
    else if (arguments.watch)
        session.print(asScreen(fmt::format(
            "{}  {}\n\n{}", machine.empty() ? "Host" : printable(machine, LineEnds::Replace),
            timeText(sample.time / 1000), sampleText(sample))));
    else
        session.print(sampleText(sample));
}

void watch(const StatsArguments& arguments, const std::string& id, const std::string& name,
           ServiceSession& session) {
    const auto interval = parseNumber(arguments.interval, "--interval", 100, 60'000);
    if (!interval)
        return session.fail(kBadArguments, interval.error().message);
    session.client().protocol().listen<PerformanceNotification>(
        [&](const PerformanceNotification& notification) {
            for (const PerformanceSample& sample : notification.samples)
                if (sample.machineId == id)
                    tell(sample, arguments, name, session);
        });
    PerformanceSubscription performance;
    performance.machines.emplace();
    if (!id.empty())
        performance.machines->push_back(id);
    performance.host = id.empty();
    performance.intervalMilliseconds = *interval;
    SubscribeParams wanted;
    wanted.performance = performance;
    if (!session.call<SubscribeMethod>(wanted))
        return;
    while (session.status() == 0 && session.client().step(std::nullopt))
        continue;
    if (session.client().lost())
        session.fail(*session.client().lost());
}

void tellHistory(const StatsArguments& arguments, const std::string& name,
                 ServiceSession& session) {
    const auto last = parseNumber(*arguments.last, "--last", 1, kMonthSeconds);
    if (!last)
        return session.fail(kBadArguments, last.error().message);
    StatsHistoryParams params;
    params.machine = arguments.machine;
    params.to = std::time(nullptr);
    params.from = *params.to - *last;
    if (arguments.points) {
        const auto points = parseNumber(*arguments.points, "--points", 1, 100'000);
        if (!points)
            return session.fail(kBadArguments, points.error().message);
        params.mostPoints = *points;
    }
    auto reply = session.call<StatsHistoryMethod>(params);
    if (!reply)
        return;
    keepCounters(arguments.counters, reply->series);
    if (session.json())
        session.printJson(*reply);
    else if (arguments.csv)
        session.print(historyCsv(*reply, name));
    else
        session.print(historyText(*reply));
}

void stats(const StatsArguments& arguments, ServiceSession& session) {
    if (arguments.csv && session.json())
        return session.fail(kBadArguments, "--csv and --json stand against each other; give one");
    if (arguments.points && !arguments.last)
        return session.fail(kBadArguments, "--points belongs to --last; give both");
    std::string id;
    std::string name;
    if (arguments.machine) {
        const auto machine = session.call<MachineGetMethod>({*arguments.machine});
        if (!machine)
            return;
        id = machine->machine.summary.id;
        name = machine->machine.summary.name;
    }
    if (arguments.csv)
        session.print(arguments.last ? historyCsvHead() : sampleCsvHead());
    if (arguments.watch)
        return watch(arguments, id, name, session);
    if (arguments.last)
        return tellHistory(arguments, name, session);
    auto reply =
        id.empty() ? session.call<HostStatsMethod>({}) : session.call<MachineStatsMethod>({id});
    if (reply)
        tell(std::move(reply->sample), arguments, name, session);
}

}  // namespace

void addStatsVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<StatsArguments>(program, chosen, "stats", "What processors and devices do",
                                   configure, stats, kFooter);
}

}  // namespace service::cli
