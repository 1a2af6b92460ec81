// SPDX-License-Identifier: GPL-3.0-or-later
//
// kill -9 of vireod at random points of operations: no machine stops, no settings are lost or half
// written, every worker is adopted.
#include <signal.h>
#include <unistd.h>

#include <QtTest>
#include <map>
#include <random>
#include <thread>

#include "service/ipc/methods.h"
#include "session_service.h"

using namespace service;  // NOLINT: the interface under test
using namespace std::chrono_literals;
using tests::eventually;
using tests::RpcClient;
using tests::SessionService;
using tests::tinyMachine;

namespace {

constexpr int kKills = 100;
constexpr int kOperations = 1'000;
constexpr int kMachines = 6;

/// What must be so after a kill, whatever was going on.
struct Known {
    /// Its weight: what it is, and what was being written.
    std::uint32_t weight = 100;
    std::uint32_t newWeight = 100;
    /// Of one that was running and was not being stopped.
    std::optional<std::uint32_t> worker;
    /// Nobody knows, because a start or a stop was under way.
    bool between = false;
};

}  // namespace

class CrashTest : public QObject {
    Q_OBJECT

    SessionService service_;
    std::mt19937 random_{20'26};
    std::map<std::string, Known> known_;
    int adopted_ = 0;

    std::uint32_t number(std::uint32_t least, std::uint32_t most) {
        return std::uniform_int_distribution<std::uint32_t>(least, most)(random_);
    }

    /// One operation; false when the service died under it.
    bool operate(RpcClient& client) {
        const std::string name = "m" + std::to_string(number(0, kMachines - 1));
        Known& known = known_[name];
        const auto dead = [](const auto& reply) {
            return !reply && reply.error().message == "no reply";
        };
        if (number(0, 9) < 6) {
            known.newWeight = number(1, 10'000);
            MachineSetParams set;
            set.machine = name;
            set.changes = {{"processor", {{"weight", known.newWeight}}}};
            const auto reply = client.call<MachineSetMethod>(set);
            if (dead(reply))
                return false;
            if (!reply)
                qFatal("%s", describe(reply.error()).c_str());
            known.weight = known.newWeight;
        } else if (!known.worker) {
            known.between = true;
            const auto started = client.call<MachineStartMethod>({name});
            if (dead(started))
                return false;
            if (!started)
                qFatal("%s", describe(started.error()).c_str());
            const auto details = client.call<MachineGetMethod>({name});
            if (dead(details))
                return false;
            known.worker = details->machine.workerProcess;
            known.between = false;
        } else if (number(0, 3) == 0) {
            known.between = true;
            const auto off = client.call<MachineTurnOffMethod>({name});
            if (dead(off))
                return false;
            if (!off)
                qFatal("%s", describe(off.error()).c_str());
            known.worker.reset();
            known.between = false;
        } else {
            const auto details = client.call<MachineGetMethod>({name});
            if (dead(details))
                return false;
        }
        return true;
    }

    /// Compares what the new service says with what is known.
    void check(RpcClient& client) {
        const auto list = client.call<MachineListMethod>({});
        QVERIFY(list);
        QCOMPARE(list->machines.size(), std::size_t{kMachines});
        for (const MachineSummary& machine : list->machines) {
            QVERIFY2(!machine.unreadable, machine.status.c_str());
            Known& known = known_[machine.name];
            QVERIFY(machine.processor.weight == known.weight ||
                    machine.processor.weight == known.newWeight);
            known.weight = known.newWeight = machine.processor.weight;
            const auto details = client.call<MachineGetMethod>({machine.name});
            QVERIFY(details);
            if (known.worker && !known.between) {
                QCOMPARE(machine.state, MachineState::Running);
                QVERIFY(details->machine.workerProcess == known.worker);
                ++adopted_;
                continue;
            }
            // A start or a stop that was interrupted has been finished, or never began.
            QVERIFY(eventually([&] {
                const auto now = client.call<MachineGetMethod>({machine.name});
                return now && (now->machine.summary.state == MachineState::Running ||
                               now->machine.summary.state == MachineState::Off);
            }));
            const auto settled = client.call<MachineGetMethod>({machine.name});
            QVERIFY(settled);
            known.between = false;
            known.worker = settled->machine.workerProcess;
        }
    }

  private slots:
    void nothingIsLostWhenTheServiceIsKilled() {
        QVERIFY2(service_.start(), service_.output().c_str());
        {
            auto client = service_.client();
            for (int at = 0; at < kMachines; ++at) {
                const std::string name = "m" + std::to_string(at);
                QVERIFY(client.call<MachineCreateMethod>(
                    {tinyMachine(name, HALTED_GUEST), std::nullopt}));
                known_[name] = {};
            }
        }
        int operations = 0;
        for (int round = 0; round < kKills; ++round) {
            auto client = service_.client();
            const int before = kOperations / kKills;
            for (int at = 0; at + 1 < before; ++at, ++operations)
                QVERIFY(operate(client));
            // The last one is under way when the blow comes, at a random moment of it.
            const pid_t process = service_.process();
            std::jthread killer([process, wait = number(0, 4'000)] {
                std::this_thread::sleep_for(std::chrono::microseconds(wait));
                ::kill(process, SIGKILL);
            });
            while (operate(client))
                ++operations;
            ++operations;
            killer.join();
            service_.kill();
            QVERIFY2(service_.start(), service_.output().c_str());
            auto again = service_.client();
            check(again);
            if (QTest::currentTestFailed())
                return;
        }
        qInfo("%d operations, %d kills, %d adoptions of workers", operations, kKills, adopted_);
        QVERIFY(operations >= kOperations - kKills);
        QVERIFY(adopted_ > kKills);
    }
};

QTEST_GUILESS_MAIN(CrashTest)
#include "crash_test.moc"
