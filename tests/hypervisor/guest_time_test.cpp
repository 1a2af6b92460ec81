// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/guest_tsc_clock.h"

#include <QtTest>
#include <semaphore>

#include "hypervisor/timer_queue.h"

using namespace std::chrono_literals;
using hypervisor::GuestTscClock;
using hypervisor::TimerQueue;
using Clock = TimerQueue::Clock;

class GuestTimeTest : public QObject {
    Q_OBJECT

  private slots:
    void alarmsOfSlowTimeComeThatMuchLater();
    void slowTimeGoesOnWhereItStopped();
    void slowTimeIsAHigherFrequency();
    void frozenTscGoesOnWhereItStopped();
};

void GuestTimeTest::alarmsOfSlowTimeComeThatMuchLater() {
    TimerQueue queue(20);
    std::binary_semaphore rung(0);
    TimerQueue::Timer timer(queue, [&rung] { rung.release(); });
    const auto start = Clock::now();
    const auto queueStart = queue.now();
    timer.set(queueStart + 5ms);
    QVERIFY(rung.try_acquire_for(60s));
    // The queue's time was read after the clock's.
    QVERIFY(Clock::now() - start >= 5ms * 20 - 1ms);
    QVERIFY(queue.now() - queueStart >= 5ms);
    const auto passed = Clock::now() - start;
    QVERIFY(queue.now() - queueStart <= passed);

    // Alarms as far away as there are do no harm to near ones.
    TimerQueue::Timer far(queue, [] {});
    far.set(Clock::time_point::max() - 1h);
    timer.set(queue.now() + 1ms);
    QVERIFY(rung.try_acquire_for(60s));
}

void GuestTimeTest::slowTimeGoesOnWhereItStopped() {
    TimerQueue queue(4);
    queue.freeze();
    const auto frozen = queue.now();
    const auto start = Clock::now();
    while (Clock::now() - start < 30ms)
        QCOMPARE(queue.now(), frozen);
    queue.thaw();
    const auto after = queue.now();
    QVERIFY(after >= frozen);
    QVERIFY(after - frozen <= (Clock::now() - start - 30ms));
}

void GuestTimeTest::slowTimeIsAHigherFrequency() {
    const GuestTscClock plain(1);
    const GuestTscClock slow(50);
    QCOMPARE(plain.frequency(), plain.hostFrequency());
    QCOMPARE(slow.frequency(), slow.hostFrequency() * 50);
}

void GuestTimeTest::frozenTscGoesOnWhereItStopped() {
    GuestTscClock clock(1);
    const std::uint64_t before = clock.read();
    clock.freeze();
    const std::uint64_t frozen = clock.read();
    QVERIFY(frozen >= before);
    const auto start = Clock::now();
    while (Clock::now() - start < 20ms)
        QCOMPARE(clock.read(), frozen);
    const std::uint64_t ticksInTheFreeze = clock.hostFrequency() / 50;
    const std::uint64_t host = hypervisor::HostTscClock(clock.hostFrequency()).read();
    const std::uint64_t offset = clock.thaw();
    const std::uint64_t after = clock.read();
    QVERIFY(after >= frozen);
    QVERIFY(after - frozen <=
            hypervisor::HostTscClock(clock.hostFrequency()).read() - host + ticksInTheFreeze);
    clock.setOffset(offset + 1'000'000'000'000);
    QVERIFY(clock.read() - after >= 1'000'000'000'000);
}

QTEST_GUILESS_MAIN(GuestTimeTest)
#include "guest_time_test.moc"
