// SPDX-License-Identifier: GPL-3.0-or-later
//
// Starts of machines beside played ones that give memory back, or keep it.
#include "service/vmms/memory/memory_governor.h"

#include <QTest>
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <optional>

using namespace service;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;

/// Machines of a host that has 1,000 MiB for them.
struct Scene {
    Scene() {
        governor.setCallbacks({[this] { return machines; },
                               [this](const std::string& id, std::uint64_t ceiling) {
                                   ceilings.emplace_back(id, ceiling);
                                   MachineMemory& machine = *find(id);
                                   if (!stubborn)
                                       machine.assigned = std::min(machine.assigned, ceiling);
                               }});
    }
    std::vector<MachineMemory>::iterator find(const std::string& id) {
        return std::ranges::find(machines, id, &MachineMemory::id);
    }
    void addFixed(const std::string& id, std::uint64_t mebibytes) {
        machines.push_back({.id = id, .assigned = mebibytes * kMebibyte});
    }
    void addDynamic(const std::string& id, std::uint64_t mebibytes) {
        machines.push_back({.id = id,
                            .assigned = mebibytes * kMebibyte,
                            .yields = true,
                            .least = 200 * kMebibyte,
                            .minimum = 200 * kMebibyte,
                            .wanted = mebibytes * kMebibyte,
                            .maximum = 2'000 * kMebibyte,
                            .weight = 5'000});
    }
    /// As the service: admitted, then active, then it waits.
    std::optional<RpcResult<void>> start(const std::string& id, std::uint64_t mebibytes,
                                         std::chrono::milliseconds patience) {
        if (auto admitted = governor.admit(id, id, mebibytes * kMebibyte); !admitted)
            return admitted;
        addFixed(id, mebibytes);
        answer.reset();
        governor.makeRoom(id, id, [this](RpcResult<void> room) {
            answers += 1;
            answer = std::move(room);
        });
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!answer && std::chrono::steady_clock::now() < deadline)
            loop.run_one_until(deadline);
        return answer;
    }

    boost::asio::io_context loop;
    MemoryGovernor governor{loop.get_executor(), HostMemory(1'000 * kMebibyte)};
    std::vector<MachineMemory> machines;
    std::vector<std::pair<std::string, std::uint64_t>> ceilings;
    bool stubborn = false;
    int answers = 0;
    std::optional<RpcResult<void>> answer;
};

}  // namespace

class MemoryGovernorTest : public QObject {
    Q_OBJECT

  private slots:
    void aMachineStartsAtOnceWhereThereIsRoom() {
        Scene scene;
        scene.addFixed("a", 500);
        auto answer = scene.start("b", 500, 0ms);
        QVERIFY(answer && *answer);
        answer = scene.start("c", 1, 0ms);
        QVERIFY(answer && !*answer);
        QCOMPARE(answer->error().code, ErrorCode::NotEnoughResources);
        QVERIFY(answer->error().message.find("1000 MiB") != std::string::npos);
        QCOMPARE(answer->error().data.field, "memory.startupBytes");
        QVERIFY(scene.ceilings.empty());
    }

    void othersGiveBackWhatItStartsWith() {
        Scene scene;
        scene.addDynamic("a", 900);
        const auto answer = scene.start("b", 300, MemoryGovernor::kRoomPatience);
        QVERIFY(answer && *answer);
        QCOMPARE(scene.find("a")->assigned, 700 * kMebibyte);
        QCOMPARE(scene.answers, 1);
    }

    void othersThatKeepTheirsAreToldOf() {
        Scene scene;
        scene.stubborn = true;
        scene.addDynamic("a", 900);
        const auto begin = std::chrono::steady_clock::now();
        const auto answer = scene.start("b", 300, 60s);
        QVERIFY(answer && !*answer);
        QCOMPARE(answer->error().code, ErrorCode::NotEnoughResources);
        QVERIFY(answer->error().message.find("give back") != std::string::npos);
        const auto took = std::chrono::steady_clock::now() - begin;
        QVERIFY(took >= MemoryGovernor::kRoomPatience - 1s);
        QVERIFY(!scene.ceilings.empty());
        QVERIFY(scene.ceilings.back().second < 900 * kMebibyte);
    }

    void whatNobodyCanGiveBackIsNotWaitedFor() {
        Scene scene;
        scene.addDynamic("a", 200);
        scene.addFixed("b", 500);
        // Only the minimum of one, and all of the other, stay.
        auto answer = scene.start("c", 301, 0ms);
        QVERIFY(answer && !*answer);
        answer = scene.start("c", 300, 0ms);
        QVERIFY(answer && *answer);
    }

    void aMachineThatIsTurnedOffMeanwhileIsAnswered() {
        Scene scene;
        scene.stubborn = true;
        scene.addDynamic("a", 900);
        QVERIFY(!scene.start("b", 300, 100ms));
        scene.machines.pop_back();
        scene.loop.restart();
        const auto deadline = std::chrono::steady_clock::now() + 60s;
        while (scene.answers == 0 && std::chrono::steady_clock::now() < deadline)
            scene.loop.run_one_until(deadline);
        QCOMPARE(scene.answers, 1);
    }
};

QTEST_GUILESS_MAIN(MemoryGovernorTest)
#include "memory_governor_test.moc"
