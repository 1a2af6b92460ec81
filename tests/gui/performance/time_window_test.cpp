// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/performance/time_window.h"

#include <QtTest>

using gui::TimeRange;
using gui::TimeSpan;
using gui::TimeWindow;

namespace {
constexpr std::int64_t kNow = 1'790'000'000'000;
}

class TimeWindowTest : public QObject {
    Q_OBJECT

  private slots:
    void itFollowsNow() {
        TimeWindow window;
        window.setRange(TimeRange::Minute);
        const TimeSpan first = window.seen(kNow);
        QCOMPARE(first.length(), 60'000);
        QVERIFY(first.to <= kNow && first.to > kNow - 2'000);
        QCOMPARE(window.seen(kNow + 5'000).to, first.to + 5'000);
    }

    void pausedItStays() {
        TimeWindow window;
        window.setPaused(true, kNow);
        const TimeSpan paused = window.seen(kNow);
        QCOMPARE(window.seen(kNow + 60'000), paused);
        QVERIFY(!window.follows());
        window.setPaused(false, kNow + 60'000);
        QVERIFY(window.follows());
        QCOMPARE(window.seen(kNow + 60'000).to, paused.to + 60'000);
    }

    void zoomKeepsTheAnchorsPlace() {
        TimeWindow window;
        window.setRange(TimeRange::Hour);
        const TimeSpan before = window.seen(kNow);
        const std::int64_t anchor = before.from + before.length() / 4;
        window.zoom(0.5, anchor, kNow);
        const TimeSpan after = window.seen(kNow + 10'000);
        QCOMPARE(after.length(), before.length() / 2);
        QCOMPARE(anchor - after.from, after.length() / 4);
        QVERIFY(window.isMoved());
        window.reset(kNow + 10'000);
        QVERIFY(window.follows() && !window.isMoved());
    }

    void zoomedOutItFollowsAgain() {
        TimeWindow window;
        window.setRange(TimeRange::Minute);
        window.zoom(0.8, kNow - 30'000, kNow);
        QVERIFY(!window.follows());
        window.zoom(1.5, kNow - 30'000, kNow);
        QVERIFY(window.follows());
    }

    void itZoomsToSomeSecondsAndNotFurther() {
        TimeWindow window;
        window.setRange(TimeRange::Day);
        for (int turn = 0; turn < 200; ++turn)
            window.zoom(0.5, kNow - 1'000'000, kNow);
        QCOMPARE(window.seen(kNow).length(), 5'000);
    }

    void panEndsAtNowAndWhereNothingIsKept() {
        TimeWindow window;
        window.setRange(TimeRange::Minute);
        window.zoom(0.5, kNow - 30'000, kNow);
        window.pan(500'000, kNow);
        QCOMPARE(window.seen(kNow).to, kNow);
        QCOMPARE(window.seen(kNow).length(), 30'000);
        window.pan(-500'000, kNow);
        QCOMPARE(window.seen(kNow).from, kNow - 75'000);
    }
};

QTEST_GUILESS_MAIN(TimeWindowTest)
#include "time_window_test.moc"
