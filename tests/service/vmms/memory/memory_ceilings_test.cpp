// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ceilings with played guests: they come down to their ceiling slowly, or not at all, and take what
// they want up to it.
#include "service/vmms/memory/memory_ceilings.h"

#include <QTest>
#include <algorithm>
#include <map>
#include <random>

using namespace service;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;

MachineMemory machine(const std::string& id, std::uint64_t assigned, std::uint64_t wanted,
                      std::uint32_t weight = 5'000) {
    return {.id = id,
            .process = 1,
            .assigned = assigned * kMebibyte,
            .yields = true,
            .least = 200 * kMebibyte,
            .minimum = 200 * kMebibyte,
            .wanted = wanted * kMebibyte,
            .maximum = 4'000 * kMebibyte,
            .weight = weight};
}

struct Host {
    explicit Host(std::uint64_t mebibytes) : available(mebibytes * kMebibyte) {}

    /// A second. How many machines were told something.
    std::size_t pass() {
        now += 1s;
        const auto changes = ceilings.update(machines, available, now);
        for (MachineMemory& one : machines) {
            if (!one.yields)
                continue;
            // It goes by what it was told a while ago once more, and says so.
            const std::uint64_t goesBy = isLate && told.contains(one.id) ? told.at(one.id) : 0;
            for (const auto& change : changes)
                if (change.id == one.id)
                    told[one.id] = change.ceiling;
            one.ceiling = goesBy != 0 ? std::max(goesBy, told.at(one.id)) : told.at(one.id);
            const std::uint64_t goal =
                std::max(one.minimum, std::min({one.wanted, one.ceiling, one.maximum}));
            if (goal >= one.assigned)
                one.assigned = goal;
            else if (!stuck.contains(one.id))
                one.assigned -= std::min(one.assigned - goal, 100 * kMebibyte);
        }
        return changes.size();
    }
    std::size_t pass(int seconds) {
        std::size_t changed = 0;
        for (int second = 0; second < seconds; ++second)
            changed += pass();
        return changed;
    }
    std::uint64_t assigned() const {
        std::uint64_t sum = 0;
        for (const MachineMemory& one : machines)
            sum += one.assigned;
        return sum;
    }
    std::uint64_t of(std::size_t at) const { return machines[at].assigned / kMebibyte; }

    std::uint64_t available;
    std::vector<MachineMemory> machines;
    std::map<std::string, bool> stuck;
    bool isLate = false;
    std::map<std::string, std::uint64_t> told;
    MemoryCeilings ceilings;
    MemoryCeilings::Time now{1'000s};
};

}  // namespace

class MemoryCeilingsTest : public QObject {
    Q_OBJECT

    static void workersOfTwoKinds() {
        QTest::addColumn<bool>("isLate");
        QTest::newRow("prompt") << false;
        QTest::newRow("late") << true;
    }

  private slots:
    void withRoomForAllNothingChanges() {
        Host host(10'000);
        host.machines = {machine("a", 512, 600), machine("b", 512, 700)};
        // Each hears once where it may go.
        QCOMPARE(host.pass(), std::size_t{2});
        QVERIFY(host.told["a"] > 3'000 * kMebibyte);
        QCOMPARE(host.pass(60), std::size_t{0});
        QCOMPARE(host.of(0), std::uint64_t{600});
        QCOMPARE(host.of(1), std::uint64_t{700});
        // What is wanted may change without anybody being told.
        host.machines[0].wanted = 3'000 * kMebibyte;
        QCOMPARE(host.pass(10), std::size_t{0});
        QCOMPARE(host.of(0), std::uint64_t{3'000});
    }

    void thoseThatStartTogetherDoNotTakeTooMuch() {
        Host host(1'400);
        host.machines = {machine("a", 256, 4'000), machine("b", 256, 4'000)};
        for (MachineMemory& one : host.machines)
            one.ceiling = one.assigned;
        for (int second = 0; second < 30; ++second) {
            host.pass();
            QVERIFY(host.assigned() <= host.available);
        }
        QCOMPARE(host.of(0), std::uint64_t{700});
        // One comes while the others have all.
        host.machines.push_back(machine("c", 0, 4'000));
        host.machines.back().assigned = host.machines.back().ceiling = 200 * kMebibyte;
        host.available += 200 * kMebibyte;
        for (int second = 0; second < 60; ++second) {
            host.pass();
            QVERIFY(host.assigned() <= host.available);
        }
        QVERIFY(host.of(2) > 500);
    }

    void weightsDecideWhenThereIsTooLittle_data() { workersOfTwoKinds(); }
    void weightsDecideWhenThereIsTooLittle() {
        Host host(1'400);
        QFETCH(bool, isLate);
        host.isLate = isLate;
        host.machines = {machine("a", 512, 2'000, 1'000), machine("b", 512, 2'000, 4'000)};
        host.pass(30);
        // 200 each, and 1,000 in proportion; what is less than 16 is not gone up by.
        QCOMPARE(host.of(0), std::uint64_t{400});
        QVERIFY(host.of(1) <= 1'000 && host.of(1) > 984);
        QCOMPARE(host.pass(60), std::size_t{0});

        // Live.
        host.machines[0].weight = 4'000;
        host.machines[1].weight = 1'000;
        for (int second = 0; second < 60; ++second) {
            host.pass();
            QVERIFY(host.assigned() <= host.available);
        }
        QCOMPARE(host.of(0), std::uint64_t{1'000});
        QCOMPARE(host.of(1), std::uint64_t{400});
    }

    void aMachineThatComesGetsItsMemoryFromTheOthers() {
        Host host(1'500);
        host.machines = {machine("a", 512, 2'000)};
        host.pass(30);
        QCOMPARE(host.of(0), std::uint64_t{1'500});
        MachineMemory starting = machine("b", 512, 0);
        starting.yields = false;
        host.machines.push_back(starting);
        int seconds = 0;
        while (host.assigned() > host.available && ++seconds < 60)
            host.pass();
        QVERIFY(seconds <= 8);
        QCOMPARE(host.of(0), std::uint64_t{1'500 - 512});
        // It is gone again.
        host.machines.pop_back();
        host.pass(30);
        QCOMPARE(host.of(0), std::uint64_t{1'500});
    }

    void whatAGuestKeepsIsAskedOfOthers() {
        Host host(2'000);
        host.machines = {machine("a", 1'000, 1'000), machine("b", 1'000, 1'000)};
        host.pass(5);
        host.stuck["a"] = true;
        host.machines[0].least = host.machines[0].assigned;
        host.available = 1'600 * kMebibyte;
        host.pass(60);
        QCOMPARE(host.of(0), std::uint64_t{1'000});
        QCOMPARE(host.of(1), std::uint64_t{600});
        // Neither comes below its minimum.
        host.available = 300 * kMebibyte;
        host.pass(60);
        QCOMPARE(host.of(0), std::uint64_t{1'000});
        QCOMPARE(host.of(1), std::uint64_t{200});
    }

    void oneStepIsAPartOfWhatThereIs() {
        Host host(8'000);
        host.machines = {machine("a", 3'000, 3'000), machine("b", 3'000, 3'000)};
        host.pass(3);
        host.available = 1'000 * kMebibyte;
        host.pass();
        QCOMPARE(host.told["a"], 3'000 * kMebibyte - MemoryCeilings::mostStep(3'000 * kMebibyte));
        host.pass(100);
        QCOMPARE(host.of(0), std::uint64_t{500});
        QCOMPARE(host.of(1), std::uint64_t{500});
    }

    void smallUpsAndDownsMoveNothing() {
        std::mt19937 random(5);
        Host host(1'400);
        host.machines = {machine("a", 512, 500), machine("b", 512, 2'000)};
        host.pass(60);
        std::size_t told = 0;
        for (int second = 0; second < 600; ++second) {
            host.machines[0].wanted = (495 + random() % 10) * kMebibyte;
            host.machines[1].wanted = (1'900 + random() % 200) * kMebibyte;
            told += host.pass();
            QVERIFY(host.assigned() <= host.available + 16 * kMebibyte);
        }
        QVERIFY2(told <= 4, qPrintable(QString::number(told)));
    }

    void whatSwingsIsFollowedSlowly() {
        Host host(1'400);
        host.machines = {machine("a", 512, 300), machine("b", 512, 2'000)};
        host.pass(60);
        std::size_t turns = 0;
        std::uint64_t last = host.told["b"];
        bool up = false;
        // One of them wants something else every other second.
        for (int second = 0; second < 200; ++second) {
            host.machines[0].wanted = (second / 2 % 2 == 0 ? 300 : 600) * kMebibyte;
            host.pass();
            const std::uint64_t ceiling = host.told["b"];
            if (ceiling != last)
                turns += std::exchange(up, ceiling > last) != (ceiling > last) ? 1 : 0;
            last = ceiling;
            QVERIFY(host.assigned() <= host.available + 16 * kMebibyte);
        }
        // Up and down at most once in ten seconds.
        QVERIFY2(turns <= 40, qPrintable(QString::number(turns)));
    }

    void machinesWithoutDynamicMemoryKeepTheirs() {
        Host host(1'000);
        MachineMemory fixed = machine("fixed", 700, 0);
        fixed.yields = false;
        host.machines = {fixed, machine("a", 250, 900)};
        host.pass(20);
        QCOMPARE(host.of(0), std::uint64_t{700});
        QCOMPARE(host.of(1), std::uint64_t{300});
        QVERIFY(!host.told.contains("fixed"));
    }

    void whoYieldsAnewIsToldAnew() {
        Host host(1'000);
        host.machines = {machine("a", 250, 900)};
        QCOMPARE(host.pass(), std::size_t{1});
        QCOMPARE(host.pass(), std::size_t{0});
        // Its worker may be another one by now.
        host.machines[0].yields = false;
        QCOMPARE(host.pass(), std::size_t{0});
        host.machines[0].yields = true;
        QCOMPARE(host.pass(), std::size_t{1});
    }

    void manyMachinesNeverHaveMoreThanThereIs_data() { workersOfTwoKinds(); }
    void manyMachinesNeverHaveMoreThanThereIs() {
        std::mt19937 random(6);
        Host host(60'000);
        QFETCH(bool, isLate);
        host.isLate = isLate;
        for (int at = 0; at < 100; ++at)
            host.machines.push_back(machine("m" + std::to_string(at), 250, 250,
                                            static_cast<std::uint32_t>(random() % 10'001)));
        for (int second = 0; second < 300; ++second) {
            for (MachineMemory& one : host.machines)
                if (random() % 20 == 0)
                    one.wanted = (100 + random() % 3'000) * kMebibyte;
            host.pass();
            QVERIFY(host.assigned() <= host.available);
        }
        // Nearly all of it is used, for they want more together.
        QVERIFY(host.assigned() > host.available / 100 * 85);
    }
};

QTEST_GUILESS_MAIN(MemoryCeilingsTest)
#include "memory_ceilings_test.moc"
