// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/ipc/worker_messages.h"

#include <unistd.h>

#include <QtTest>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "hypervisor/stats/performance_counters.h"
#include "hypervisor/stats/stats_view.h"
#include "service/worker/sandbox.h"
#include "started_worker.h"

using service::MachineRunState;
using service::MachineStart;
using service::WorkerEventKind;
using service::WorkerRequestKind;
using service::WorkerThreadKind;
using tests::StartedWorker;

namespace {

constexpr int kAnswer = 20'000;
constexpr int kSilence = 300;

StartedWorker::Options options(bool held = false) {
    StartedWorker::Options result;
    result.start.memoryBytes = 16 << 20;
    result.start.backend = service::BackendChoice::Software;
    result.start.kernel = "guest";
    result.start.held = held;
    result.kernel = CONSOLE_GUEST;
    return result;
}

std::map<std::string, std::string> status(const std::string& path) {
    std::map<std::string, std::string> fields;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (const auto colon = line.find(':'); colon != std::string::npos)
            fields[line.substr(0, colon)] =
                QByteArray::fromStdString(line.substr(colon + 1)).trimmed().toStdString();
    return fields;
}

}  // namespace

class WorkerControlTest : public QObject {
    Q_OBJECT

  private slots:
    void heldMachineRunsNothingBeforeRun() {
        StartedWorker worker(options(true));
        const auto prepared = worker.waitFor(WorkerEventKind::Prepared);
        QVERIFY(prepared && prepared->event.description);
        const auto& description = *prepared->event.description;
        QVERIFY(description.state == MachineRunState::Prepared);
        QCOMPARE(description.processId, static_cast<std::uint32_t>(worker.process()));
        std::set<WorkerThreadKind> kinds;
        for (const auto& thread : description.threads)
            kinds.insert(thread.kind);
        QCOMPARE(kinds.size(), std::size_t{3});
        QVERIFY(!worker.hears("ready", kSilence));
        const auto failed = worker.ask(WorkerRequestKind::Pause);
        QVERIFY(failed && failed->event.kind == WorkerEventKind::Failed);
        const auto run = worker.ask(WorkerRequestKind::Run);
        QVERIFY(run && run->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.hears("ready", kAnswer));
        worker.type("q");
        QVERIFY(worker.waitFor(WorkerEventKind::PoweredOff));
        QCOMPARE(worker.waitForEnd(), 0);
    }

    void pausedMachineStandsStillAndGoesOn() {
        StartedWorker worker(options());
        QVERIFY(worker.hears("ready", kAnswer));
        QVERIFY(worker.ask(WorkerRequestKind::Pause)->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.ask(WorkerRequestKind::Pause)->event.kind == WorkerEventKind::Failed);
        worker.type("x");
        QVERIFY(!worker.hears("x", kSilence));
        QVERIFY(worker.ask(WorkerRequestKind::Describe)->event.description->state ==
                MachineRunState::Paused);
        QVERIFY(worker.ask(WorkerRequestKind::Resume)->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.hears("x", kAnswer));
    }

    void resetBootsAgainEvenWhatIsNotToRestart() {
        StartedWorker::Options once = options();
        once.start.restartOnReset = false;
        StartedWorker worker(std::move(once));
        QVERIFY(worker.hears("ready", kAnswer));
        QVERIFY(worker.ask(WorkerRequestKind::Reset)->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.waitFor(WorkerEventKind::Restarted));
        QVERIFY(worker.hears("ready", kAnswer));
        QVERIFY(worker.ask(WorkerRequestKind::PressPowerButton)->event.kind ==
                WorkerEventKind::Done);
        QVERIFY(worker.ask(WorkerRequestKind::Describe)->event.description->resets == 1);
        QVERIFY(worker.ask(WorkerRequestKind::TurnOff)->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.waitFor(WorkerEventKind::Stopped));
        QCOMPARE(worker.waitForEnd(), 0);
    }

    void pausedMachineCanBeResetAndTurnedOff() {
        StartedWorker worker(options());
        QVERIFY(worker.hears("ready", kAnswer));
        QVERIFY(worker.ask(WorkerRequestKind::Pause)->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.ask(WorkerRequestKind::Reset)->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.waitFor(WorkerEventKind::Restarted));
        QVERIFY(!worker.hears("ready", kSilence));
        QVERIFY(worker.ask(WorkerRequestKind::Resume)->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.hears("ready", kAnswer));
        QVERIFY(worker.ask(WorkerRequestKind::Pause)->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.ask(WorkerRequestKind::TurnOff)->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.waitFor(WorkerEventKind::Stopped));
    }

    void machineGoesOnWithoutItsServiceAndIsAdopted() {
        StartedWorker::Options listening = options();
        listening.listenAt =
            QDir::temp().filePath(QStringLiteral("vireo-%1").arg(::getpid())).toStdString();
        StartedWorker worker(std::move(listening));
        QVERIFY(worker.hears("ready", kAnswer));
        worker.closeConnection();
        worker.type("a");
        QVERIFY(worker.hears("a", kAnswer));
        QVERIFY(worker.reconnect());
        auto description = worker.ask(WorkerRequestKind::Describe);
        QVERIFY(description && description->event.description);
        QVERIFY(description->event.description->state == MachineRunState::Running);
        QCOMPARE(description->descriptors.size(), std::size_t{1});
        QVERIFY(hypervisor::StatsView::open(description->descriptors[0]));
        // What is told while nobody listens is not lost.
        worker.closeConnection();
        worker.type("q");
        QTest::qWait(kSilence);
        QVERIFY(worker.reconnect());
        QVERIFY(worker.waitFor(WorkerEventKind::PoweredOff));
        QCOMPARE(worker.waitForEnd(), 0);
    }

    void machineWithoutAListenerEndsWithItsConnection() {
        StartedWorker worker(options());
        QVERIFY(worker.hears("ready", kAnswer));
        worker.closeConnection();
        QCOMPARE(worker.waitForEnd(), 0);
    }

    void nonsenseIsAnsweredAndChangesNothing() {
        StartedWorker worker(options());
        QVERIFY(worker.hears("ready", kAnswer));
        for (const char* line :
             {"", "{}", "[1,2]", "nonsense", R"({"id":1,"kind":"Fly","value":0})",
              R"({"id":1,"kind":"SetPacing","value":-1})"}) {
            QVERIFY(worker.control().send(line));
            QVERIFY(worker.waitFor(WorkerEventKind::Failed));
        }
        for (const std::uint32_t limit : {0U, 100'001U})
            QVERIFY(worker.ask(WorkerRequestKind::SetPacing, limit)->event.kind ==
                    WorkerEventKind::Failed);
        worker.type("a");
        QVERIFY(worker.hears("a", kAnswer));
    }

    void pacingHoldsTheLimitAndIsChangedLive() {
        StartedWorker worker(options());
        const auto started = worker.waitFor(WorkerEventKind::Started);
        QVERIFY(started && started->descriptors.size() == 1);
        QVERIFY(worker.hears("ready", kAnswer));
        const auto view = hypervisor::StatsView::open(started->descriptors[0]);
        QVERIFY(view);
        // The guest waits for input in a busy loop.
        for (const std::uint32_t limit : {20'000U, 50'000U}) {
            QVERIFY(worker.ask(WorkerRequestKind::SetPacing, limit)->event.kind ==
                    WorkerEventKind::Done);
            QTest::qWait(100);
            const auto before = hypervisor::sampleMachine(**view, worker.process());
            QTest::qWait(2000);
            const auto after = hypervisor::sampleMachine(**view, worker.process());
            QVERIFY(before && after);
            const double used = static_cast<double>(after->threads[0]->runNanoseconds -
                                                    before->threads[0]->runNanoseconds) /
                                static_cast<double>((after->time - before->time).count());
            qInfo("limit %.0f %%, used %.2f %%", limit / 1000.0, used * 100);
            QVERIFY(used < limit / 100'000.0 + 0.015);
        }
    }

    void countersTellWhatTheGuestDoes() {
        StartedWorker worker(options());
        const auto started = worker.waitFor(WorkerEventKind::Started);
        QVERIFY(started && started->descriptors.size() == 1);
        QVERIFY(worker.hears("ready", kAnswer));
        const auto view = hypervisor::StatsView::open(started->descriptors[0]);
        const auto before = hypervisor::sampleMachine(**view, worker.process());
        QTest::qWait(500);
        const auto after = hypervisor::sampleMachine(**view, worker.process());
        QVERIFY(before && after);
        QVERIFY(after->stats.firstInstruction > after->stats.processStarted);
        std::map<std::string_view, std::optional<double>> values;
        for (const auto& counter : hypervisor::machineCounters(*before, *after))
            if (counter.instance == "VP 0")
                values[counter.name] = counter.value;
        // It reads the serial port's status in a loop, and does nothing else.
        QVERIFY(values["IO Instructions/sec"] > 1000.0);
        QCOMPARE(values["CPUID Instructions/sec"], std::optional(0.0));
        QVERIFY(!values["External Interrupts/sec"]);
        QVERIFY(values["% Total Run Time"] > 1.0);
        QVERIFY(*values["% Guest Run Time"] >= 0 && *values["% Hypervisor Run Time"] > 0);
        QVERIFY(std::abs(*values["% Guest Run Time"] + *values["% Hypervisor Run Time"] -
                         *values["% Total Run Time"]) < 1e-6);
    }

    void everyThreadIsConfined() {
        StartedWorker::Options confined = options();
        if (::geteuid() == 0)
            confined.start.userId = confined.start.groupId = 65534;
        StartedWorker worker(std::move(confined));
        QVERIFY(worker.hears("ready", kAnswer));
        const std::string process = "/proc/" + std::to_string(worker.process());
        const auto all = worker.ask(WorkerRequestKind::Describe)->event.description;
        QVERIFY(all);
        for (const auto& thread : all->threads) {
            auto fields = status(process + "/task/" + std::to_string(thread.id) + "/status");
            QCOMPARE(fields["Seccomp"], "2");
            QCOMPARE(fields["NoNewPrivs"], "1");
            QCOMPARE(fields["CapEff"], "0000000000000000");
            QCOMPARE(fields["CapPrm"], "0000000000000000");
            // Building, running, and one list more for VPs and the control thread.
            const bool narrowed =
                thread.kind == WorkerThreadKind::Processor ||
                (thread.kind == WorkerThreadKind::Control && thread.id != all->processId);
            QCOMPARE(fields["Seccomp_filters"], narrowed ? "3" : "2");
            if (::geteuid() == 0) {
                QVERIFY(fields["Uid"].starts_with("65534\t65534\t65534"));
                QVERIFY(fields["Gid"].starts_with("65534\t65534\t65534"));
                QCOMPARE(fields["CapBnd"], "0000000000000000");
            }
        }
    }

    void worksOnKvmToo() {
        if (::access("/dev/kvm", R_OK | W_OK) != 0)
            QSKIP("/dev/kvm does not open");
        StartedWorker::Options kvm = options();
        kvm.start.backend = service::BackendChoice::Kvm;
        StartedWorker worker(std::move(kvm));
        QVERIFY(worker.hears("ready", kAnswer));
        QVERIFY(worker.ask(WorkerRequestKind::Pause)->event.kind == WorkerEventKind::Done);
        worker.type("x");
        QVERIFY(!worker.hears("x", kSilence));
        QVERIFY(worker.ask(WorkerRequestKind::Resume)->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.hears("x", kAnswer));
        QVERIFY(worker.ask(WorkerRequestKind::Reset)->event.kind == WorkerEventKind::Done);
        QVERIFY(worker.hears("ready", kAnswer));
        worker.type("q");
        QVERIFY(worker.waitFor(WorkerEventKind::PoweredOff));
        QCOMPARE(worker.waitForEnd(), 0);
    }
};

QTEST_GUILESS_MAIN(WorkerControlTest)
#include "worker_control_test.moc"
