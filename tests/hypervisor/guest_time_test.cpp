// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/guest_tsc_clock.h"

#include <QtTest>
#include <atomic>
#include <semaphore>
#include <thread>

#include "hypervisor/thread_alarm.h"
#include "hypervisor/timer_queue.h"

using namespace std::chrono_literals;
using hypervisor::GuestTscClock;
using hypervisor::MachineTime;
using hypervisor::ThreadAlarm;
using hypervisor::TimerQueue;
using Clock = TimerQueue::Clock;

class GuestTimeTest : public QObject {
    Q_OBJECT

  private slots:
    void alarmsOfSlowTimeComeThatMuchLater();
    void slowTimeGoesOnWhereItStopped();
    void aFrozenQueueRingsWhenItsTimeGoesOn();
    void anAlarmEndsItsThreadsSleep();
    void anAlarmThatIsCancelledOrMovedDoesNotRingAtItsOldTime();
    void anAlarmSetBeforeItHasAThreadRingsThere();
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
    MachineTime time(4);
    time.freeze();
    const auto frozen = time.now();
    const auto start = Clock::now();
    while (Clock::now() - start < 30ms)
        QCOMPARE(time.now(), frozen);
    time.thaw();
    const auto after = time.now();
    QVERIFY(after >= frozen);
    QVERIFY(after - frozen <= (Clock::now() - start - 30ms));
}

void GuestTimeTest::aFrozenQueueRingsWhenItsTimeGoesOn() {
    TimerQueue queue;
    std::binary_semaphore rung(0);
    TimerQueue::Timer timer(queue, [&rung] { rung.release(); });
    queue.freeze();
    timer.set(queue.now() + 1ms);
    QVERIFY(!rung.try_acquire_for(20ms));
    queue.thaw();
    QVERIFY(rung.try_acquire_for(60s));
}

void GuestTimeTest::anAlarmEndsItsThreadsSleep() {
    std::atomic<std::uint32_t> word = 0;
    ThreadAlarm alarm(word, 6);
    QVERIFY(alarm.bind());
    for (int i = 0; i < 200; ++i) {
        const auto start = Clock::now();
        alarm.set(start + 100us);
        // For ever, if the signal came between the look at the word and the sleep and was lost.
        word.wait(0);
        QVERIFY(Clock::now() - start >= 100us);
        QCOMPARE(word.exchange(0), 6U);
    }
    // What is past rings at once.
    alarm.set(Clock::now() - 1h);
    word.wait(0);
    word = 0;
    alarm.set(Clock::time_point());
    word.wait(0);
}

void GuestTimeTest::anAlarmThatIsCancelledOrMovedDoesNotRingAtItsOldTime() {
    std::atomic<std::uint32_t> word = 0;
    ThreadAlarm alarm(word, 1);
    QVERIFY(alarm.bind());
    const auto start = Clock::now();
    alarm.set(start + 2ms);
    alarm.cancel();
    std::this_thread::sleep_until(start + 6ms);
    QCOMPARE(word.load(), 0U);
    alarm.set(Clock::now() + 1h);
    alarm.set(Clock::now() + 1ms);
    word.wait(0);
}

void GuestTimeTest::anAlarmSetBeforeItHasAThreadRingsThere() {
    std::atomic<std::uint32_t> word = 0;
    ThreadAlarm alarm(word, 1);
    alarm.set(Clock::now());
    bool bound = false;
    std::jthread sleeper([&] {
        bound = alarm.bind().has_value();
        if (bound)
            word.wait(0);
    });
    sleeper.join();
    QVERIFY(bound);
    QCOMPARE(word.load(), 1U);
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
