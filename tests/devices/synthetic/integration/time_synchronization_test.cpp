// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/integration/time_synchronization.h"

// Before Qt, which takes the word "signals".
#include "played_ic_driver.h"

#include <QTest>

using namespace devices::synthetic;
using namespace std::chrono_literals;

namespace {

struct Told {
    std::uint64_t hostTime;
    std::uint64_t referenceTime;
    std::uint8_t flags;
};

struct Scene {
    explicit Scene(ic::Version version = {4, 0}) : driver(channel, {{3, 0}, {1, 0}}, {version}) {
        // 2001-09-09 01:46:40 UTC.
        channel.clock.startOfDay = 1'000'000'000'000'000'000;
        driver.onRequest = [this, version](ic::Header&, std::span<std::byte> body) {
            if (version == ic::Version{4, 0}) {
                const auto time = bodyFrom<ic::TimeReference>(body);
                told.push_back({time.hostTime, time.referenceTime, time.flags});
            } else {
                const auto time = bodyFrom<ic::TimeOfHost>(body);
                told.push_back({time.hostTime, time.guestTime, time.flags});
            }
            return answers;
        };
    }

    PlayedChannel channel;
    TimeSynchronization component{channel.thread(), [this] {
                                      return TimeSynchronization::Sample{
                                          channel.clock.timeOfDay(), channel.clock.now() / 100 + 5};
                                  }};
    PlayedIcDriver driver;
    bool answers = true;
    std::vector<Told> told;
};

constexpr std::uint64_t kStart = 116'444'736'000'000'000 + 10'000'000'000'000'000;

}  // namespace

class TimeSynchronizationTest : public QObject {
    Q_OBJECT

  private slots:
    void theClockIsSetAfterTheOpenAndSampledFromThenOn() {
        Scene scene;
        scene.channel.open(scene.component);
        QCOMPARE(scene.told.size(), std::size_t{1});
        QCOMPARE(scene.told[0].flags, ic::kTimeSync);
        QCOMPARE(scene.told[0].hostTime, kStart);
        QCOMPARE(scene.told[0].referenceTime, std::uint64_t{5});
        scene.channel.advance(15s);
        QCOMPARE(scene.told.size(), std::size_t{4});
        QCOMPARE(scene.told[3].flags, ic::kTimeSample);
        QCOMPARE(scene.told[3].hostTime, kStart + 150'000'000);
        QCOMPARE(scene.told[3].referenceTime, std::uint64_t{150'000'005});
    }

    void oldGuestsAreToldInTheirWay() {
        Scene scene({3, 0});
        scene.channel.open(scene.component);
        scene.channel.advance(5s);
        QCOMPARE(scene.told.size(), std::size_t{2});
        QCOMPARE(scene.told[0].flags, ic::kTimeSync);
        QCOMPARE(scene.told[1].hostTime, kStart + 50'000'000);
        QCOMPARE(scene.told[1].referenceTime, std::uint64_t{0});
        QCOMPARE(scene.told[1].flags, ic::kTimeSample);
    }

    void afterAPauseTheClockIsSetAtOnce() {
        Scene scene;
        scene.channel.open(scene.component);
        scene.channel.advance(1s);
        scene.component.synchronize();
        scene.channel.settle();
        QCOMPARE(scene.told.size(), std::size_t{2});
        QCOMPARE(scene.told[1].flags, ic::kTimeSync);
        scene.channel.advance(4900ms);
        QCOMPARE(scene.told.size(), std::size_t{2});
        scene.channel.advance(100ms);
        QCOMPARE(scene.told[2].flags, ic::kTimeSample);
    }

    void whatIsAskedForWhileTheGuestIsSlowComesWithItsAnswer() {
        Scene scene;
        scene.channel.open(scene.component);
        scene.answers = false;
        scene.channel.advance(60s);
        QCOMPARE(scene.told.size(), std::size_t{2});
        scene.component.synchronize();
        scene.channel.settle();
        QCOMPARE(scene.told.size(), std::size_t{2});
        scene.driver.answer(ic::kOk);
        QCOMPARE(scene.told.size(), std::size_t{3});
        QCOMPARE(scene.told[2].flags, ic::kTimeSync);
        QCOMPARE(scene.told[2].hostTime, kStart + 600'000'000);
    }

    void aCloseEndsItAndAnOpenBeginsAnew() {
        Scene scene;
        scene.answers = false;
        scene.channel.open(scene.component);
        QVERIFY(scene.channel.close());
        scene.component.synchronize();
        scene.channel.advance(60s);
        QCOMPARE(scene.told.size(), std::size_t{1});
        scene.answers = true;
        scene.channel.open(scene.component);
        QCOMPARE(scene.told.size(), std::size_t{2});
        QCOMPARE(scene.told[1].flags, ic::kTimeSync);
        scene.channel.advance(5s);
        QCOMPARE(scene.told[2].flags, ic::kTimeSample);
    }
};

QTEST_APPLESS_MAIN(TimeSynchronizationTest)
#include "time_synchronization_test.moc"
