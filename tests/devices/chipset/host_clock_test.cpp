// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/clock.h"

#include <QTest>
#include <chrono>
#include <future>

using namespace devices;

class HostClockTest : public QObject {
    Q_OBJECT

  private slots:
    void conversionsAreExactAndDoNotOverflow() {
        QCOMPARE(cyclesIn(1'000'000'000, 1'193'182), std::uint64_t{1'193'182});
        QCOMPARE(cyclesIn(100ULL * 365 * 86'400 * 1'000'000'000, 3'579'545),
                 std::uint64_t{100ULL * 365 * 86'400 * 3'579'545});
        for (std::uint64_t cycles = 0; cycles < 100'000; cycles += 7) {
            const std::uint64_t time = nanosecondsOf(cycles, 1'193'182);
            QCOMPARE(cyclesIn(time, 1'193'182), cycles);
            QVERIFY(time == 0 || cyclesIn(time - 1, 1'193'182) < cycles);
        }
    }

    void timeGoesForward() {
        hypervisor::TimerQueue timers;
        const HostClock clock(timers);
        std::uint64_t last = clock.now();
        for (int i = 0; i < 1000; ++i) {
            const std::uint64_t now = clock.now();
            QVERIFY(now >= last);
            last = now;
        }
        // Later than the day on which this was written.
        QVERIFY(clock.timeOfDay() > 1'700'000'000'000'000'000);
    }

    void anAlarmRingsNotBeforeItsTime() {
        hypervisor::TimerQueue timers;
        HostClock clock(timers);
        std::promise<std::uint64_t> rung;
        const auto alarm = clock.createAlarm([&] { rung.set_value(clock.now()); });
        const std::uint64_t when = clock.now() + 5'000'000;
        alarm->set(~std::uint64_t{0});
        alarm->set(when);
        auto future = rung.get_future();
        QVERIFY(future.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
        QVERIFY(future.get() >= when);
    }
};

QTEST_APPLESS_MAIN(HostClockTest)
#include "host_clock_test.moc"
