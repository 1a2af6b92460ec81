// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/message/device_thread.h"

#include <QTest>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "fake_clock.h"
#include "hypervisor/timer_queue.h"

using namespace devices;
using namespace devices::synthetic;
using namespace std::chrono_literals;

namespace {

constexpr auto kLimit = 10s;

struct RealThread {
    hypervisor::TimerQueue timers;
    HostClock clock{timers};
    std::unique_ptr<DeviceThread> thread = std::move(DeviceThread::create(clock).value());
};

struct ByHand {
    FakeClock clock;
    std::unique_ptr<DeviceThread> thread = DeviceThread::createByHand(clock);
    void advance(std::chrono::nanoseconds time) {
        clock.advance(static_cast<std::uint64_t>(time.count()));
        thread->runDue();
    }
};

}  // namespace

class DeviceThreadTest : public QObject {
    Q_OBJECT

  private slots:
    void runsWhatIsPostedInOrderOnOneThread() {
        RealThread real;
        std::vector<int> ran;
        std::thread::id on;
        for (int i = 0; i < 1000; ++i)
            real.thread->post(this, [&, i] {
                ran.push_back(i);
                on = std::this_thread::get_id();
            });
        real.thread->run(this, [] {});
        QCOMPARE(ran.size(), std::size_t{1000});
        QVERIFY(std::ranges::is_sorted(ran));
        QVERIFY(on != std::this_thread::get_id());
    }

    void runFromTheThreadItselfRunsAtOnce() {
        RealThread real;
        bool inner = false;
        bool innerFirst = false;
        real.thread->run(this, [&] {
            real.thread->run(this, [&] { inner = true; });
            innerFirst = inner;
        });
        QVERIFY(innerFirst);
    }

    void aTimerCallsBackOnceOnTheThreadAndNotEarly() {
        RealThread real;
        std::promise<std::uint64_t> rung;
        DeviceTimer timer(*real.thread, this, [&] { rung.set_value(real.clock.now()); });
        const std::uint64_t start = real.clock.now();
        real.thread->run(this, [&] {
            timer.startIn(1h);
            timer.startIn(5ms);
        });
        auto future = rung.get_future();
        QVERIFY(future.wait_for(kLimit) == std::future_status::ready);
        QVERIFY(future.get() >= start + 5'000'000);
    }

    void timersRingInTheOrderOfTheirTimes() {
        ByHand hand;
        std::vector<int> rung;
        DeviceTimer late(*hand.thread, this, [&] { rung.push_back(3); });
        DeviceTimer early(*hand.thread, this, [&] { rung.push_back(1); });
        DeviceTimer second(*hand.thread, this, [&] { rung.push_back(2); });
        DeviceTimer never(*hand.thread, this, [&] { rung.push_back(4); });
        late.startIn(2s);
        early.startIn(1s);
        second.startIn(1s);
        never.startIn(1s);
        never.cancel();
        hand.advance(999ms);
        QVERIFY(rung.empty());
        hand.advance(10s);
        QCOMPARE(rung, (std::vector{1, 2, 3}));
    }

    void aTimerThatStartsItselfDoesNotHoldUpWhatIsPosted() {
        ByHand hand;
        unsigned rung = 0;
        bool ran = false;
        std::optional<DeviceTimer> timer;
        timer.emplace(*hand.thread, this, [&] {
            ++rung;
            timer->startIn(0s);
        });
        timer->startIn(0s);
        hand.thread->post(this, [&] { ran = true; });
        QCOMPARE(hand.thread->runDue(3), std::size_t{3});
        QVERIFY(ran);
        QCOMPARE(rung, 3U);
    }

    void whoIsForgottenRunsNoMore() {
        ByHand hand;
        const int other = 0;
        unsigned mine = 0;
        unsigned others = 0;
        DeviceTimer timer(*hand.thread, this, [&] { ++mine; });
        timer.startIn(1s);
        hand.thread->post(this, [&] { ++mine; });
        hand.thread->post(&other, [&] { ++others; });
        hand.thread->forget(this);
        hand.advance(2s);
        QCOMPARE(mine, 0U);
        QCOMPARE(others, 1U);
    }

    void forgettingWaitsForWhatIsRunning() {
        RealThread real;
        std::promise<void> began;
        std::promise<void> goOn;
        std::atomic<bool> ended = false;
        real.thread->post(this, [&] {
            began.set_value();
            goOn.get_future().wait();
            ended = true;
        });
        began.get_future().wait();
        auto forgotten = std::async(std::launch::async, [&] {
            real.thread->forget(this);
            return ended.load();
        });
        goOn.set_value();
        QVERIFY(forgotten.wait_for(kLimit) == std::future_status::ready);
        QVERIFY(forgotten.get());
    }

    void manyMayPostAtATime() {
        RealThread real;
        unsigned ran = 0;
        {
            std::vector<std::jthread> posters;
            for (int i = 0; i < 4; ++i)
                posters.emplace_back([&] {
                    for (int k = 0; k < 1000; ++k)
                        real.thread->post(this, [&] { ++ran; });
                });
        }
        real.thread->run(this, [] {});
        QCOMPARE(ran, 4000U);
    }
};

QTEST_APPLESS_MAIN(DeviceThreadTest)
#include "device_thread_test.moc"
