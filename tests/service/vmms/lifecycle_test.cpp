// SPDX-License-Identifier: GPL-3.0-or-later
//
// A real vireod with real workers and tiny guests.
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QtTest>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <set>

#include "service/ipc/methods.h"
#include "session_service.h"

using namespace service;  // NOLINT: the interface under test
using tests::eventually;
using tests::RpcClient;
using tests::SessionService;
using tests::tinyMachine;

namespace {

/// For QVERIFY2: what went wrong.
template <class Reply>
std::string why(const RpcResult<Reply>& reply) {
    return reply ? std::string() : nameOf(reply.error().code) + ": " + describe(reply.error());
}

template <class Reply>
ErrorCode codeOf(const RpcResult<Reply>& reply) {
    return reply ? ErrorCode{} : reply.error().code;
}

}  // namespace

#define QVERIFY_REPLY(reply) QVERIFY2(reply, why(reply).c_str())

class LifecycleTest : public QObject {
    Q_OBJECT

    std::unique_ptr<SessionService> service_;
    std::optional<RpcClient> client_;

    MachineSettings make(const std::string& name, const std::string& kernel = CONSOLE_GUEST) {
        const auto made =
            client_->call<MachineCreateMethod>({tinyMachine(name, kernel), std::nullopt});
        if (!made)
            qFatal("%s", why(made).c_str());
        return made->machine.settings;
    }
    MachineState stateOf(const std::string& name) {
        const auto reply = client_->call<MachineGetMethod>({name});
        return reply ? reply->machine.summary.state : MachineState::Critical;
    }
    std::set<std::string> eventKinds(const std::string& name) {
        std::set<std::string> kinds;
        EventsListParams params;
        params.machine = name;
        if (const auto reply = client_->call<EventsListMethod>(params))
            for (const EventRecord& event : reply->events)
                kinds.insert(event.kind);
        return kinds;
    }

  private slots:
    void init() {
        service_ = std::make_unique<SessionService>();
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
    }
    void cleanup() {
        client_.reset();
        service_.reset();
    }

    void aMachineGoesThroughItsStates() {
        make("one");
        QCOMPARE(stateOf("one"), MachineState::Off);
        const auto started = client_->call<MachineStartMethod>({"one"});
        QVERIFY_REPLY(started);
        QCOMPARE(started->state, MachineState::Running);
        QCOMPARE(started->backend, BackendChoice::Software);
        QCOMPARE(codeOf(client_->call<MachineStartMethod>({"one"})), ErrorCode::WrongState);
        QCOMPARE(codeOf(client_->call<MachineDeleteMethod>({"one", std::nullopt})),
                 ErrorCode::WrongState);

        const auto paused = client_->call<MachinePauseMethod>({"one"});
        QVERIFY_REPLY(paused);
        QCOMPARE(paused->state, MachineState::Paused);
        QCOMPARE(codeOf(client_->call<MachineShutDownMethod>({"one"})), ErrorCode::WrongState);
        const auto resumed = client_->call<MachineResumeMethod>({"one"});
        QVERIFY_REPLY(resumed);
        QCOMPARE(resumed->state, MachineState::Running);
        QVERIFY_REPLY(client_->call<MachineResetMethod>({"one"}));
        QVERIFY(eventually([&] { return eventKinds("one").contains("Reset"); }));
        QVERIFY_REPLY(client_->call<MachineShutDownMethod>({"one"}));
        const auto off = client_->call<MachineTurnOffMethod>({"one"});
        QVERIFY_REPLY(off);
        QCOMPARE(off->state, MachineState::Off);
        for (const char* const kind : {"Created", "Started", "Paused", "Resumed", "TurnedOff"})
            QVERIFY2(eventKinds("one").contains(kind), kind);
        const auto deleted = client_->call<MachineDeleteMethod>({"one", std::nullopt});
        QVERIFY_REPLY(deleted);
        QCOMPARE(codeOf(client_->call<MachineGetMethod>({"one"})), ErrorCode::NotFound);
        QVERIFY(QDir(QString::fromStdString(service_->machines())).isEmpty());
    }

    void aGuestThatPowersOffLeavesItsMachineOff() {
        make("one");
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"one"}));
        const auto console = client_->call<ConsoleAttachMethod>({"one", std::nullopt});
        QVERIFY_REPLY(console);
        auto attached = RpcClient::connect(console->console.socket);
        QVERIFY(attached);
        const auto ready = attached->receiveLine();
        QVERIFY(ready && ready->find("ready") != std::string::npos);
        QVERIFY(attached->sendBytes("q"));
        QVERIFY(eventually([&] { return stateOf("one") == MachineState::Off; }));
        QVERIFY(eventKinds("one").contains("PoweredOff"));
    }

    void aGuestThatCanNotGoOnMakesItsMachineCritical() {
        make("one");
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"one"}));
        const auto console = client_->call<ConsoleAttachMethod>({"one", 1});
        QVERIFY_REPLY(console);
        auto attached = RpcClient::connect(console->console.socket);
        QVERIFY(attached && attached->sendBytes("t"));
        QVERIFY(eventually([&] { return stateOf("one") == MachineState::Critical; }));
        QVERIFY(eventKinds("one").contains("GuestFailed"));
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"one"}));
    }

    void aGuestsCrashNoticeIsAnEventAndManyOfThemDoNotFloodTheJournal() {
        make("one");
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"one"}));
        const auto console = client_->call<ConsoleAttachMethod>({"one", 1});
        QVERIFY_REPLY(console);
        auto attached = RpcClient::connect(console->console.socket);
        QVERIFY(attached && attached->sendBytes("c"));
        QVERIFY(eventually([&] { return eventKinds("one").contains("GuestCrashed"); }));
        EventsListParams params;
        params.machine = "one";
        auto events = client_->call<EventsListMethod>(params);
        QVERIFY_REPLY(events);
        const auto notice = std::ranges::find(events->events, "GuestCrashed", &EventRecord::kind);
        QVERIFY(notice != events->events.end());
        QCOMPARE(notice->severity, EventSeverity::Error);
        QCOMPARE(notice->text, "the guest has told of its crash: out of tea?");
        QCOMPARE(stateOf("one"), MachineState::Running);

        for (int round = 0; round < 100; ++round)
            QVERIFY(attached->sendBytes("ccc"));
        QVERIFY(eventually([&] { return eventKinds("one").contains("EventsDropped"); }));
        QVERIFY(attached->sendBytes("q"));
        QVERIFY(eventually([&] { return stateOf("one") == MachineState::Off; }));
        events = client_->call<EventsListMethod>(params);
        QVERIFY_REPLY(events);
        QVERIFY(std::ranges::count(events->events, "GuestCrashed", &EventRecord::kind) < 30);
        QVERIFY(std::ranges::count(events->events, "EventsDropped", &EventRecord::kind) < 10);
    }

    void aDeadWorkerMakesItsMachineCriticalAndOthersNeverNotice() {
        make("victim");
        make("other");
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"victim"}));
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"other"}));
        const auto details = client_->call<MachineGetMethod>({"victim"});
        const auto other = client_->call<MachineGetMethod>({"other"});
        QVERIFY(details && details->machine.workerProcess && other);
        ::kill(static_cast<pid_t>(*details->machine.workerProcess), SIGKILL);
        QVERIFY(eventually([&] { return stateOf("victim") == MachineState::Critical; }));
        const auto after = client_->call<MachineGetMethod>({"victim"});
        QVERIFY(after && after->machine.summary.status.find("signal 9") != std::string::npos);
        QVERIFY(eventKinds("victim").contains("WorkerDied"));
        QCOMPARE(stateOf("other"), MachineState::Running);
        const auto same = client_->call<MachineGetMethod>({"other"});
        QVERIFY(same && same->machine.workerProcess == other->machine.workerProcess);
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"victim"}));
    }

    void theRestartPolicyActsAndGivesUp() {
        make("one");
        MachineSetParams set;
        set.machine = "one";
        set.changes = {{"crash", {{"action", "Restart"}, {"maximumRestarts", 1}}}};
        QVERIFY_REPLY(client_->call<MachineSetMethod>(set));
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"one"}));
        const auto kill = [&] {
            const auto details = client_->call<MachineGetMethod>({"one"});
            QVERIFY(details && details->machine.workerProcess);
            ::kill(static_cast<pid_t>(*details->machine.workerProcess), SIGKILL);
        };
        kill();
        QVERIFY(eventually([&] { return eventKinds("one").contains("StartedByItself"); }));
        QVERIFY(eventually([&] { return stateOf("one") == MachineState::Running; }));
        kill();
        QVERIFY(eventually([&] { return eventKinds("one").contains("RestartsExhausted"); }));
        QCOMPARE(stateOf("one"), MachineState::Critical);
    }

    void settingsChangeAsTheStateAllows() {
        const MachineSettings before = make("one");
        MachineSetParams set;
        set.machine = before.id;
        set.changes = {{"processor", {{"count", 2}}}, {"notes", "text"}};
        auto reply = client_->call<MachineSetMethod>(set);
        QVERIFY_REPLY(reply);
        QCOMPARE(reply->machine.settings.processor.count, 2U);
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"one"}));
        set.changes = {{"processor", {{"count", 1}}}};
        QCOMPARE(codeOf(client_->call<MachineSetMethod>(set)), ErrorCode::WrongState);
        set.changes = {{"processor", {{"limit", 50'000}, {"weight", 250}}}};
        reply = client_->call<MachineSetMethod>(set);
        QVERIFY_REPLY(reply);
        QCOMPARE(reply->machine.settings.processor.limit, 50'000U);
        const auto host = client_->call<HostGetMethod>({});
        QVERIFY_REPLY(host);
        QCOMPARE(reply->machine.resources.limitPercentOfTotal, 2 * 50.0 / host->logicalProcessors);

        set.changes = {{"processor", {{"reserve", 60'000}}}};
        const auto over = client_->call<MachineSetMethod>(set);
        QCOMPARE(codeOf(over), ErrorCode::InvalidParams);
        QCOMPARE(over.error().data.field, "processor.reserve");
        set.changes = {{"id", "6fa459ea-ee8a-4ca4-894e-db77e160355e"}};
        QCOMPARE(codeOf(client_->call<MachineSetMethod>(set)), ErrorCode::InvalidParams);
        QVERIFY_REPLY(client_->call<MachineRenameMethod>({"one", "two"}));
        QCOMPARE(stateOf("two"), MachineState::Running);
        make("one");
        QCOMPARE(codeOf(client_->call<MachineRenameMethod>({"two", "one"})),
                 ErrorCode::AlreadyExists);
    }

    void aReserveThatTheHostDoesNotHaveIsRefusedWithTheNumbers() {
        const auto host = client_->call<HostGetMethod>({});
        QVERIFY_REPLY(host);
        const std::uint32_t lps = host->logicalProcessors;
        if (lps >= kMaximumProcessors)
            QSKIP("the host has more LPs than a machine can have VPs");
        MachineSettings all = tinyMachine("all", HALTED_GUEST);
        all.processor = {lps, 90'000, 100'000, 100};
        QVERIFY_REPLY(client_->call<MachineCreateMethod>({all, std::nullopt}));
        MachineSettings more = tinyMachine("more", HALTED_GUEST);
        more.processor = {lps, 11'000, 100'000, 100};
        QVERIFY_REPLY(client_->call<MachineCreateMethod>({more, std::nullopt}));
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"all"}));
        auto refused = client_->call<MachineStartMethod>({"more"});
        QCOMPARE(codeOf(refused), ErrorCode::NotEnoughResources);
        QVERIFY(refused.error().message.find('%') != std::string::npos);
        QCOMPARE(refused.error().data.allowed, "0 to 10000");
        QCOMPARE(stateOf("more"), MachineState::Off);

        MachineSetParams set;
        set.machine = "more";
        set.changes = {{"processor", {{"reserve", 10'000}}}};
        QVERIFY_REPLY(client_->call<MachineSetMethod>(set));
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"more"}));
        set.machine = "all";
        set.changes = {{"processor", {{"reserve", 90'001}}}};
        QCOMPARE(codeOf(client_->call<MachineSetMethod>(set)), ErrorCode::NotEnoughResources);
        const auto full = client_->call<HostGetMethod>({});
        QVERIFY_REPLY(full);
        QCOMPARE(full->reservations.size(), std::size_t{2});
        QVERIFY(std::abs(full->reservedPercent - 100) < 1e-9);
        QVERIFY(std::abs(full->freePercent) < 1e-9);
    }

    void whoSubscribesIsTold() {
        auto listener = service_->client();
        SubscribeParams params;
        params.machines = true;
        params.events = true;
        params.performance = PerformanceSubscription{};
        const auto subscription = listener.call<SubscribeMethod>(params);
        QVERIFY_REPLY(subscription);
        make("one");
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"one"}));
        QVERIFY(listener.waitForNotification("machine.changed"));
        QVERIFY(listener.waitForNotification("event"));
        const auto figures = listener.waitForNotification("performance");
        QVERIFY(figures);
        const auto decoded = decodeValue<PerformanceNotification>(*figures, UnknownFields::Refuse);
        QVERIFY_REPLY(decoded);
        QVERIFY(!decoded->samples.empty() && !decoded->samples.front().counters.empty());
        QVERIFY(eventually([&] { return client_->call<MachineStatsMethod>({"one"}).has_value(); }));
        QVERIFY_REPLY(listener.call<UnsubscribeMethod>(*subscription));

        params = {};
        params.usage = true;
        QVERIFY_REPLY(listener.call<SubscribeMethod>(params));
        const auto machineUsage = [&]() -> std::vector<MachineUsage> {
            const auto told = listener.waitForNotification("machine.usage");
            auto usage = told ? decodeValue<MachineUsageNotification>(*told, UnknownFields::Refuse)
                              : RpcResult<MachineUsageNotification>();
            return usage ? usage->machines : std::vector<MachineUsage>();
        };
        QVERIFY(eventually([&] {
            const auto usage = machineUsage();
            return usage.size() == 1 && usage[0].cpuUsagePercent &&
                   usage[0].assignedMemoryBytes > 0;
        }));
        QVERIFY_REPLY(client_->call<MachineTurnOffMethod>({"one"}));
        QVERIFY(eventually([&] { return machineUsage().empty(); }));
        QCOMPARE(codeOf(listener.call<UnsubscribeMethod>(*subscription)), ErrorCode::NotFound);
    }

    void aDiskIsMadeByAJob() {
        const std::string path = service_->folder() + "/disk.vhdx";
        DiskCreateParams params;
        params.path = path;
        params.sizeBytes = 64 << 20;
        const auto begun = client_->call<DiskCreateMethod>(params);
        QVERIFY_REPLY(begun);
        const auto state = [&] {
            const auto job = client_->call<JobGetMethod>({begun->job.id});
            return job ? job->job.state : JobState::Failed;
        };
        QVERIFY(eventually([&] { return state() != JobState::Running; }));
        QCOMPARE(state(), JobState::Succeeded);
        const auto inspected = client_->call<DiskInspectMethod>({path});
        QVERIFY_REPLY(inspected);
        QCOMPARE(inspected->sizeBytes, std::uint64_t{64} << 20);
        QCOMPARE(inspected->type, DiskType::Dynamic);
        // A second one would replace it.
        const auto again = client_->call<DiskCreateMethod>(params);
        QVERIFY_REPLY(again);
        QVERIFY(eventually([&] {
            const auto job = client_->call<JobGetMethod>({again->job.id});
            return job && job->job.state == JobState::Failed && !job->job.error.empty();
        }));
    }

    void machinesGoOnWhenTheServiceStopsAndAreAdopted() {
        make("one");
        make("two", HALTED_GUEST);
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"one"}));
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"two"}));
        QVERIFY_REPLY(client_->call<MachinePauseMethod>({"two"}));
        const auto before = client_->call<MachineGetMethod>({"one"});
        QVERIFY_REPLY(before);
        QCOMPARE(service_->stop(), 0);
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
        const auto after = client_->call<MachineGetMethod>({"one"});
        QVERIFY_REPLY(after);
        QCOMPARE(after->machine.summary.state, MachineState::Running);
        QVERIFY(after->machine.workerProcess == before->machine.workerProcess);
        QCOMPARE(stateOf("two"), MachineState::Paused);
        QVERIFY_REPLY(client_->call<MachineResumeMethod>({"two"}));
        // Its console was never away.
        const auto console = client_->call<ConsoleAttachMethod>({"one", std::nullopt});
        QVERIFY_REPLY(console);
        auto attached = RpcClient::connect(console->console.socket);
        QVERIFY(attached && attached->receiveLine());
        QVERIFY_REPLY(client_->call<MachineTurnOffMethod>({"one"}));
        QVERIFY_REPLY(client_->call<MachineTurnOffMethod>({"two"}));
    }

    void aWorkerThatDiedWhileTheServiceWasAwayIsFoundOut() {
        make("one");
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"one"}));
        const auto details = client_->call<MachineGetMethod>({"one"});
        QVERIFY(details && details->machine.workerProcess);
        QCOMPARE(service_->stop(), 0);
        ::kill(static_cast<pid_t>(*details->machine.workerProcess), SIGKILL);
        QVERIFY(service_->start());
        client_ = service_->client();
        QCOMPARE(stateOf("one"), MachineState::Critical);
        QVERIFY(eventKinds("one").contains("WorkerDied"));
    }

    void stopActionsAndAutomaticStarts() {
        make("off");
        make("on", HALTED_GUEST);
        MachineSetParams set;
        set.machine = "on";
        set.changes = {{"automaticStop", "TurnOff"}};
        QVERIFY_REPLY(client_->call<MachineSetMethod>(set));
        QVERIFY_REPLY(client_->call<MachineStartMethod>({"on"}));
        QCOMPARE(service_->stop(), 0);

        // As when the host goes down and comes up again.
        QVERIFY(service_->start({"--when-stopped", "stop", "--shut-down-patience", "1"}));
        QCOMPARE(service_->stop(), 0);
        QDir(QString::fromStdString(service_->runtime())).removeRecursively();
        QVERIFY(service_->start());
        client_ = service_->client();
        QVERIFY(eventually([&] { return stateOf("on") == MachineState::Running; }));
        QCOMPARE(stateOf("off"), MachineState::Off);
        QVERIFY(eventKinds("on").contains("StartedByItself"));
    }

    void theInterfaceDescribesItself() {
        const auto described = client_->call<ApiDescribeMethod>({});
        QVERIFY_REPLY(described);
        QVERIFY(described->description.at("methods").as_object().contains("machine.start"));
    }
};

QTEST_GUILESS_MAIN(LifecycleTest)
#include "lifecycle_test.moc"
