// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/performance/counter_series.h"

#include <QtTest>
#include <algorithm>
#include <random>
#include <vector>

using gui::CounterPoint;
using gui::CounterSeries;

namespace {

constexpr std::int64_t kStart = 1'790'000'000'000;

std::vector<CounterPoint> history(std::int64_t from, std::size_t count, std::int64_t step,
                                  double value) {
    std::vector<CounterPoint> points;
    for (std::size_t at = 0; at < count; ++at)
        points.push_back({from + static_cast<std::int64_t>(at) * step, value});
    return points;
}

bool isOrdered(const CounterSeries& series) {
    const auto points = series.points();
    return std::adjacent_find(points.begin(), points.end(),
                              [](const CounterPoint& one, const CounterPoint& next) {
                                  return one.time >= next.time;
                              }) == points.end();
}

}  // namespace

class CounterSeriesTest : public QObject {
    Q_OBJECT

  private slots:
    void pointsAreKeptInOrderOfTime() {
        CounterSeries series(1'000, 100);
        QCOMPARE(series.append(kStart, 1.0), kStart);
        QCOMPARE(series.append(kStart + 1'000, 2.0), kStart + 1'000);
        QVERIFY(!series.append(kStart + 1'000, 3.0));
        QVERIFY(!series.append(kStart + 500, 3.0));
        QCOMPARE(series.points().size(), 2U);
        QCOMPARE(series.newest(), 2.0);
    }

    void theOldestPointsGo() {
        CounterSeries series(1'000, 10);
        for (int second = 0; second < 1'000; ++second)
            (void)series.append(kStart + second * 1'000, second);
        QCOMPARE(series.points().size(), 10U);
        QCOMPARE(series.points().front().value, 990.0);
        QCOMPARE(series.points().back().value, 999.0);
        QCOMPARE(series.withMost(4).points().front().value, 996.0);
    }

    void aSilenceIsAGap() {
        CounterSeries series(1'000, 100);
        (void)series.append(kStart, 1.0);
        // Two seconds are no silence.
        (void)series.append(kStart + 2'000, 2.0);
        QCOMPARE(series.points().size(), 2U);
        QCOMPARE(series.append(kStart + 10'000, 3.0), kStart + 3'000);
        QCOMPARE(series.points().size(), 4U);
        QVERIFY(series.points()[2].isGap());
        QVERIFY(!series.near(kStart + 4'000));
        QCOMPARE(series.near(kStart + 9'900), 3.0);
    }

    void noFigureIsAGapOnlyOnce() {
        CounterSeries series(1'000, 100);
        QVERIFY(!series.append(kStart, std::nullopt));
        QVERIFY(!series.hasFigures());
        (void)series.append(kStart + 1'000, 1.0);
        QVERIFY(series.append(kStart + 2'000, std::nullopt));
        QVERIFY(!series.append(kStart + 3'000, std::nullopt));
        QCOMPARE(series.points().size(), 2U);
        QVERIFY(!series.newest());
        QVERIFY(series.hasFigures());
    }

    void closePointsOfACoarseSeriesAreAveraged() {
        CounterSeries series(60'000, 100);
        const std::int64_t minute = kStart - kStart % 60'000;
        for (int second = 0; second < 60; ++second)
            QCOMPARE(series.append(minute + second * 1'000, second), minute);
        QCOMPARE(series.points().size(), 1U);
        QVERIFY(std::abs(series.points()[0].value - 29.5) < 1e-9);
        QCOMPARE(series.append(minute + 60'000, 7.0), minute + 60'000);
        QCOMPARE(series.points().size(), 2U);
    }

    void historyComesBeforeWhatIsLive() {
        CounterSeries series(1'000, 100);
        series.beginLive();
        for (int second = 10; second < 15; ++second)
            (void)series.append(kStart + second * 1'000 + 3, 2.0);
        // It reaches into what has come meanwhile.
        series.mergeHistory(history(kStart, 13, 1'000, 1.0), 1'000);
        QVERIFY(isOrdered(series));
        QCOMPARE(series.exactly(kStart + 9'000), 1.0);
        QCOMPARE(series.near(kStart + 11'000), 2.0);
        QCOMPARE(series.newest(), 2.0);
        QVERIFY(std::none_of(series.points().begin(), series.points().end(),
                             [](const CounterPoint& point) { return point.isGap(); }));
    }

    void historyReplacesWhatWasThereBeforeItBeganAgain() {
        CounterSeries series(1'000, 1'000);
        series.beginLive();
        (void)series.append(kStart, 5.0);
        // Hidden for a while, and seen again.
        series.beginLive();
        (void)series.append(kStart + 100'000, 6.0);
        series.mergeHistory(history(kStart - 10'000, 110, 1'000, 1.0), 1'000);
        QVERIFY(isOrdered(series));
        QCOMPARE(series.near(kStart), 1.0);
        QCOMPARE(series.near(kStart + 50'000), 1.0);
        QCOMPARE(series.newest(), 6.0);
        QCOMPARE(series.points().size(), 111U);
    }

    void noHistoryTakesNothingAway() {
        CounterSeries series(1'000, 100);
        (void)series.append(kStart, 5.0);
        series.beginLive();
        series.mergeHistory({}, 1'000);
        QCOMPARE(series.newest(), 5.0);
    }

    void aCoarseHistoryMeetsLivePointsWithoutAGap() {
        CounterSeries series(1'000, 1'000);
        series.beginLive();
        (void)series.append(kStart + 100'000, 2.0);
        series.mergeHistory(history(kStart, 10, 10'000, 1.0), 10'000);
        QCOMPARE(series.points().size(), 11U);
        QVERIFY(!series.points()[9].isGap());
    }

    void whatIsLiveGoesOnWhereHistoryEnds() {
        // The service's history is some seconds behind, and may come before the first sample.
        CounterSeries series(1'000, 1'000);
        series.beginLive();
        auto before = history(kStart, 10, 1'000, 1.0);
        before.push_back({kStart + 10'000, CounterPoint::kGap});
        before.push_back({kStart + 11'000, CounterPoint::kGap});
        series.mergeHistory(before, 1'000);
        QCOMPARE(series.append(kStart + 13'000, 2.0), kStart + 13'000);
        QCOMPARE(series.points().size(), 11U);
        // Later silences are gaps as ever.
        QCOMPARE(series.append(kStart + 18'000, 2.0), kStart + 14'000);
    }

    void aLongSilenceAfterHistoryIsAGap() {
        CounterSeries series(1'000, 1'000);
        series.beginLive();
        series.mergeHistory(history(kStart, 10, 1'000, 1.0), 1'000);
        QCOMPARE(series.append(kStart + 60'000, 2.0), kStart + 10'000);
        QVERIFY(!series.near(kStart + 30'000));
    }

    void theEndOfHistoryThatIsNotThereYetIsNoGap() {
        CounterSeries series(1'000, 1'000);
        series.beginLive();
        (void)series.append(kStart + 10'500, 2.0);
        auto before = history(kStart, 10, 1'000, 1.0);
        before.push_back({kStart + 10'000, CounterPoint::kGap});
        series.mergeHistory(before, 1'000);
        QCOMPARE(series.points().size(), 11U);
        QCOMPARE(series.points()[10].value, 2.0);
    }

    void changesAreToldFromTheirFirstPointOn() {
        // Whoever has a copy and brings it up to date by what append() says has the same.
        std::mt19937 random(7);
        CounterSeries series(1'000, 50);
        std::vector<CounterPoint> copy;
        std::int64_t time = kStart;
        for (int turn = 0; turn < 5'000; ++turn) {
            time += static_cast<std::int64_t>(random() % 4) * 1'000;
            const auto value =
                random() % 5 == 0 ? std::nullopt : std::optional<double>(random() % 100);
            const auto changed = series.append(time, value);
            if (changed) {
                std::erase_if(copy, [&](const CounterPoint& one) { return one.time >= *changed; });
                const auto added = series.pointsFrom(*changed);
                copy.insert(copy.end(), added.begin(), added.end());
            }
            const auto points = series.points();
            QVERIFY(copy.size() >= points.size());
            QVERIFY(std::equal(points.begin(), points.end(),
                               copy.end() - static_cast<std::ptrdiff_t>(points.size()),
                               [](const CounterPoint& one, const CounterPoint& other) {
                                   return one.time == other.time &&
                                          (one.value == other.value ||
                                           (one.isGap() && other.isGap()));
                               }));
            QVERIFY(points.size() <= 50);
            QVERIFY(isOrdered(series));
        }
    }
};

QTEST_GUILESS_MAIN(CounterSeriesTest)
#include "counter_series_test.moc"
