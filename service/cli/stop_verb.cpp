// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <map>

#include "confirmation.h"
#include "enumeration_words.h"
#include "exit_status.h"
#include "quantities.h"
#include "screen.h"
#include "service_verb.h"
#include "state_change.h"
#include "verbs.h"

namespace service::cli {

using client::ServiceClient;

namespace {

constexpr std::chrono::seconds kProgressPeriod{1};

constexpr const char* kFooter =
    "Without --force the guest's operating system is asked to shut down, by the power button, and\n"
    "waited for; Ctrl-C ends the waiting only. A guest may not listen: --force turns off at once,\n"
    "as pulling the plug, and what the guest has not saved is lost.";

struct StopArguments {
    ServiceOptions service;
    std::vector<std::string> machines;
    bool force = false;
    bool noWait = false;
    bool yes = false;
    std::string timeout = "300";
};

void configure(VerbOptions& verb, StopArguments& arguments) {
    verb.machines(arguments.machines);
    verb.flag("--force,-f", arguments.force, "Turn off");
    verb.flag("--no-wait", arguments.noWait, "Ask the guests and don't wait for them");
    verb.value("--timeout", arguments.timeout, "SECONDS", "How long to wait");
    verb.flag("--yes,-y", arguments.yes, "Don't ask");
}

/// Waits for guests that were asked to shut down.
class ShutDownWait {
  public:
    explicit ShutDownWait(ServiceSession& session) : session_(session) {
        session.client().protocol().listen<MachineChangedNotification>(
            [this](const MachineChangedNotification& changed) { take(changed.machine); });
        session.client().protocol().listen<MachineRemovedNotification>(
            [this](const MachineRemovedNotification& removed) { waiting_.erase(removed.id); });
    }

    void add(const std::string& id, const std::string& name) { waiting_[id] = name; }

    /// What a machine's summary says; from a notification, or from a look.
    void take(const MachineSummary& machine) {
        const auto found = waiting_.find(machine.id);
        if (found == waiting_.end() ||
            (isActive(machine.state) && machine.state != MachineState::Paused))
            return;
        if (session_.json())
            session_.printJson(MachineStateReply{machine.id, machine.state});
        else if (machine.state == MachineState::Off)
            session_.print(fmt::format("{}: Off\n", printableName(found->second)));
        if (machine.state != MachineState::Off)
            session_.fail(kRefused,
                          fmt::format("'{}' did not shut down but is {}{}{}", found->second,
                                      shown(machine.state), machine.status.empty() ? "" : ": ",
                                      machine.status));
        waiting_.erase(found);
    }

    void run(std::chrono::seconds patience) {
        const auto begun = ServiceClient::Clock::now();
        const auto deadline = begun + patience;
        ProgressLine progress;
        while (!waiting_.empty() && !session_.client().lost()) {
            const auto now = ServiceClient::Clock::now();
            if (now >= deadline)
                break;
            const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - begun);
            progress.show(fmt::format("waiting for {} to shut down, {}", names(),
                                      uptimeText(static_cast<std::uint64_t>(seconds.count()))));
            static_cast<void>(session_.client().step(std::min(deadline, now + kProgressPeriod)));
        }
        progress.clear();
        if (session_.client().lost())
            return session_.fail(*session_.client().lost());
        if (!waiting_.empty())
            session_.fail(kRefused,
                          fmt::format("{} did not shut down within {} s; its guest may not listen "
                                      "to the power button: wait longer with --timeout, or turn "
                                      "off with 'vireo stop --force'",
                                      names(), patience.count()));
    }

  private:
    [[nodiscard]] std::string names() const {
        constexpr std::size_t kMost = 3;
        if (waiting_.size() > kMost)
            return fmt::format("{} machines", waiting_.size());
        std::string text;
        for (const auto& [id, name] : waiting_)
            text += (text.empty() ? "'" : ", '") + name + "'";
        return text;
    }

    ServiceSession& session_;
    /// Names, as typed, by id.
    std::map<std::string, std::string> waiting_;
};

void shutDown(const StopArguments& arguments, ServiceSession& session) {
    const auto patience = parseNumber(arguments.timeout, "--timeout", 1, 86'400);
    if (!patience)
        return session.fail(kBadArguments, patience.error().message);
    ShutDownWait wait(session);
    SubscribeParams wanted;
    wanted.machines = true;
    // First, so that no change is missed.
    if (!arguments.noWait && !session.call<SubscribeMethod>(wanted))
        return;
    for (const std::string& name : arguments.machines) {
        const auto reply = session.call<MachineShutDownMethod>({name});
        if (!reply)
            continue;
        if (arguments.noWait) {
            if (session.json())
                session.printReply();
            continue;
        }
        wait.add(reply->id, name);
        // It may have been off before we knew whom to wait for.
        if (const auto machine = session.call<MachineGetMethod>({reply->id}))
            wait.take(machine->machine.summary);
    }
    if (!arguments.noWait)
        wait.run(std::chrono::seconds(*patience));
}

void stop(const StopArguments& arguments, ServiceSession& session) {
    if (!arguments.force)
        return shutDown(arguments, session);
    std::vector<std::string> machines;
    for (const std::string& name : arguments.machines)
        if (arguments.yes ||
            confirm(fmt::format("Turn off '{}'? What the guest has not saved is lost.", name)))
            machines.push_back(name);
    changeStates<MachineTurnOffMethod>(machines, session);
}

}  // namespace

void addStopVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<StopArguments>(program, chosen, "stop", "Shut machines down, or turn them off",
                                  configure, stop, kFooter);
}

}  // namespace service::cli
