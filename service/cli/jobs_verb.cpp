// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "enumeration_words.h"
#include "exit_status.h"
#include "quantities.h"
#include "service_verb.h"
#include "table.h"
#include "verbs.h"

namespace service::cli {

namespace {

struct JobsArguments {
    ServiceOptions service;
    std::optional<std::string> cancelled;
};

void configure(VerbOptions& verb, JobsArguments& arguments) {
    verb.value("--cancel", arguments.cancelled, "JOB", "End this job; nothing is left half-made");
}

std::string jobsText(const std::vector<Job>& jobs) {
    using enum Table::Align;
    Table table({{"JOB", Right},
                 {"STATE", Left},
                 {"DONE", Right},
                 {"STARTED", Left},
                 {"TITLE", Left},
                 {"ERROR", Left}});
    for (const Job& job : jobs)
        table.add({std::to_string(job.id), shown(job.state), measuredPercentText(job.percent),
                   timeText(job.started / 1000), job.title, job.error});
    return table.text();
}

void tellJobs(const JobsArguments& arguments, ServiceSession& session) {
    if (arguments.cancelled) {
        const auto job = parseNumber(*arguments.cancelled, "--cancel", 1, UINT32_MAX);
        if (!job)
            return session.fail(kBadArguments, job.error().message);
        if (session.call<JobCancelMethod>({*job}) && session.json())
            session.printReply();
        return;
    }
    const auto reply = session.call<JobListMethod>({});
    if (!reply)
        return;
    if (session.json())
        session.printReply();
    else
        session.print(jobsText(reply->jobs));
}

}  // namespace

void addJobsVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<JobsArguments>(program, chosen, "jobs", "Long work that the service does",
                                  configure, tellJobs);
}

}  // namespace service::cli
