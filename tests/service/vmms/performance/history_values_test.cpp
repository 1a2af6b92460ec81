// SPDX-License-Identifier: GPL-3.0-or-later
//
// Arithmetic of history: codes of values, chunks, recording, compaction and plans.
#include "service/vmms/performance/history_chunk.h"

#include <QtTest>
#include <cmath>
#include <limits>
#include <random>

#include "service/vmms/performance/counter_layouts.h"
#include "service/vmms/performance/history_assembly.h"
#include "service/vmms/performance/history_compaction.h"
#include "service/vmms/performance/history_recorder.h"
#include "service/vmms/performance/value_code.h"

using namespace service;
using namespace std::chrono_literals;
using std::chrono::sys_seconds;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// A multiple of an hour.
constexpr sys_seconds kStart{1'800'000'000s};

std::shared_ptr<const CounterLayout> layoutOf(std::initializer_list<const char*> names) {
    CounterLayout layout;
    for (const char* const name : names)
        layout.push_back({"set", "_Total", name});
    return std::make_shared<const CounterLayout>(std::move(layout));
}

std::shared_ptr<const KnownLayout> known(std::shared_ptr<const CounterLayout> layout) {
    auto result = std::make_shared<KnownLayout>();
    for (std::uint32_t place = 0; place < layout->size(); ++place)
        result->keptPlaces.push_back(place);
    result->kept = layout;
    result->all = std::move(layout);
    return result;
}

HistoryChunk chunkOf(std::size_t level, sys_seconds start,
                     std::shared_ptr<const CounterLayout> layout, std::size_t points,
                     std::initializer_list<double> values) {
    HistoryChunk chunk{level, start, points, std::move(layout), {}, {}};
    for (const double value : values)
        chunk.averages.push_back(encodeValue(value));
    if (level != 0)
        chunk.maxima = chunk.averages;
    return chunk;
}

bool isNear(double value, double expected) {
    return std::isnan(expected) ? std::isnan(value)
                                : std::abs(value - expected) <= std::abs(expected) / 1000;
}

}  // namespace

class HistoryValuesTest : public QObject {
    Q_OBJECT

  private slots:
    void codesKeepValuesToAPartInTwoThousand() {
        std::mt19937_64 random(3);
        std::uniform_real_distribution<double> exponent(-19.9, 42.9);
        for (int turn = 0; turn < 100'000; ++turn) {
            const double value = std::exp2(exponent(random));
            const double back = decodeValue(encodeValue(value));
            QVERIFY2(std::abs(back - value) <= value / 2000, qPrintable(QString::number(value)));
        }
        for (const double exact : {0.0, 1.0, 2.0, 50.0, 100.0, 1000.0, 0.5})
            QCOMPARE(decodeValue(encodeValue(exact)), exact);
    }
    void codesHaveEndsAndNone() {
        QVERIFY(std::isnan(decodeValue(encodeValue(kNaN))));
        QCOMPARE(encodeValue(kNaN), kNoValue);
        QCOMPARE(decodeValue(encodeValue(-5)), 0.0);
        QCOMPARE(decodeValue(encodeValue(1e-9)), 0.0);
        QCOMPARE(encodeValue(1e30), encodeValue(std::numeric_limits<double>::infinity()));
        QVERIFY(decodeValue(encodeValue(1e30)) > 1e13);
    }
    void greaterValuesHaveGreaterCodes() {
        ValueCode before = encodeValue(0);
        for (double value = 1e-7; value < 1e14; value *= 1.0003) {
            const ValueCode code = encodeValue(value);
            QVERIFY(code >= before);
            before = code;
        }
    }

    void packedChunksComeBack() {
        std::mt19937 random(5);
        for (std::size_t level = 0; level < kHistoryLevels.size(); ++level) {
            HistoryChunk chunk{level, kStart, mostPoints(level), layoutOf({"a", "b", "c", "d"}),
                               {},    {}};
            for (std::size_t at = 0; at < 4 * chunk.points; ++at) {
                const std::size_t counter = at / chunk.points;
                chunk.averages.push_back(counter == 0   ? kNoValue
                                         : counter == 1 ? ValueCode{77}
                                                        : static_cast<ValueCode>(random()));
                if (level != 0)
                    chunk.maxima.push_back(counter == 3 ? static_cast<ValueCode>(random())
                                                        : chunk.averages.back());
            }
            const auto packed = packValues(chunk);
            HistoryChunk back{level, kStart, 0, chunk.layout, {}, {}};
            QVERIFY(unpackValues(packed, back));
            QCOMPARE(back.points, chunk.points);
            QVERIFY(back.averages == chunk.averages);
            QVERIFY(back.maxima == chunk.maxima);
            // Cut short or longer, it is refused.
            for (std::size_t size = 0; size < packed.size(); ++size)
                QVERIFY(!unpackValues(std::span(packed).first(size), back));
            auto longer = packed;
            longer.push_back(std::byte{0});
            QVERIFY(!unpackValues(longer, back));
        }
    }
    void anyBytesAreUnpackedOrRefused() {
        std::mt19937 random(7);
        const auto layout = layoutOf({"a", "b"});
        for (int turn = 0; turn < 100'000; ++turn) {
            std::vector<std::byte> bytes(random() % 40);
            for (std::byte& one : bytes)
                one = static_cast<std::byte>(random() % 12);
            if (!bytes.empty() && turn % 2 == 0)
                bytes[0] = std::byte{1};
            HistoryChunk chunk{turn % 3U, kStart, 0, layout, {}, {}};
            if (unpackValues(bytes, chunk))
                QCOMPARE(chunk.averages.size(), 2 * chunk.points);
        }
    }

    void layoutsAreTextAndBack() {
        const auto layout = layoutOf({"% Guest Run Time", "Hypercalls/sec", ""});
        const auto back = parseLayoutText(layoutText(*layout));
        QVERIFY(back && *back == *layout);
        QVERIFY(!parseLayoutText("set\tinstance"));
        QVERIFY(!parseLayoutText("set\n"));
        QVERIFY(parseLayoutText("")->empty());
    }
    void machinesWithTheSameCountersShareALayout() {
        CounterLayouts layouts;
        const std::string_view set = "Hyper-V Hypervisor Virtual Processor";
        std::vector<hypervisor::PerformanceCounter> one{
            {set, "VP 0", "% Guest Run Time", 1},
            {set, "VP 0", "CPUID Instructions/sec", 1},
            {set, "_Total", "CPUID Instructions/sec", 1},
            {"disk", "a\nb\t\xff", "Reads", 1}};
        auto two = one;
        const auto first = layouts.find(one, nullptr);
        QCOMPARE(layouts.find(one, first), first);
        QCOMPARE(layouts.find(two, nullptr), first);
        // Of VPs what history has no room for is only there live.
        QCOMPARE(first->all->size(), std::size_t{4});
        QCOMPARE(first->keptPlaces, (std::vector<std::uint32_t>{0, 2, 3}));
        QCOMPARE(first->all->at(3).instance, std::string("a?b??"));
    }

    void secondsBecomeChunksOfTen() {
        const auto layout = known(layoutOf({"a", "b"}));
        HistoryRecorder recorder;
        std::vector<HistoryChunk> chunks;
        // The first and the last window are not whole; a little late, as samples are.
        for (int second = 3; second < 25; ++second) {
            const std::array<double, 2> values{second * 1.0, kNaN};
            for (HistoryChunk& chunk : recorder.add(kStart + second * 1s + 20ms,
                                                    kStart + second * 1s + 1020ms, layout, values))
                chunks.push_back(std::move(chunk));
        }
        QCOMPARE(chunks.size(), std::size_t{2});
        QVERIFY(chunks[0].start == kStart + 3s && chunks[0].points == 7);
        QVERIFY(chunks[1].start == kStart + 10s && chunks[1].points == 10);
        for (std::size_t point = 0; point < 10; ++point) {
            QVERIFY(isNear(decodeValue(chunks[1].average(0, point)),
                           10.0 + static_cast<double>(point)));
            QCOMPARE(chunks[1].average(1, point), kNoValue);
        }
        const auto rest = recorder.unfinished();
        QVERIFY(rest && rest->start == kStart + 20s && rest->points == 5);
        QVERIFY(recorder.finish());
        QVERIFY(!recorder.finish());
    }
    void missedSecondsAreFilledOrLeftOut() {
        const auto layout = known(layoutOf({"a"}));
        HistoryRecorder recorder;
        const std::array<double, 1> value{7};
        QVERIFY(recorder.add(kStart, kStart + 1s, layout, value).empty());
        // A sample that came three seconds late covers three.
        QVERIFY(recorder.add(kStart + 1s, kStart + 4s, layout, value).empty());
        auto chunk = recorder.unfinished();
        QVERIFY(chunk && chunk->points == 4);
        // A minute without samples is none.
        const auto done = recorder.add(kStart + 4s, kStart + 64s, layout, value);
        QCOMPARE(done.size(), std::size_t{2});
        QCOMPARE(done[0].points, std::size_t{4});
        QVERIFY(done[1].start == kStart + 59s && done[1].points == 1);
        chunk = recorder.unfinished();
        QVERIFY(chunk);
        QVERIFY(chunk->start == kStart + 60s && chunk->points == 4);
    }
    void clockThatIsSetBackBeginsAnew() {
        const auto layout = known(layoutOf({"a"}));
        HistoryRecorder recorder;
        const std::array<double, 1> value{7};
        QVERIFY(recorder.add(kStart + 5s, kStart + 6s, layout, value).empty());
        const auto done = recorder.add(kStart - 100s, kStart - 99s, layout, value);
        QCOMPARE(done.size(), std::size_t{1});
        QVERIFY(done[0].start == kStart + 5s);
        QVERIFY(recorder.unfinished()->start == kStart - 100s);
    }
    void countersThatChangeAllTheTimeAreNotRecorded() {
        HistoryRecorder recorder;
        const std::array<double, 1> value{7};
        int chunks = 0;
        for (int second = 0; second < 1000; ++second)
            chunks += static_cast<int>(recorder
                                           .add(kStart + second * 1s, kStart + (second + 1) * 1s,
                                                known(layoutOf({"a"})), value)
                                           .size());
        QVERIFY(chunks <= static_cast<int>(HistoryRecorder::kMostLayouts));
        QVERIFY(!recorder.unfinished());
    }

    void compactionMeansAveragesAndMaxima() {
        const auto layout = layoutOf({"a", "b"});
        std::vector<HistoryChunk> finer;
        // Of "a" 0 to 9 in every ten seconds, "b" is there in the first half only.
        for (int ten = 0; ten < 30; ++ten) {
            HistoryChunk chunk{0, kStart + ten * 10s, 10, layout, {}, {}};
            for (int point = 0; point < 10; ++point)
                chunk.averages.push_back(encodeValue(point));
            for (int point = 0; point < 10; ++point)
                chunk.averages.push_back(point < 5 ? encodeValue(100 + ten) : kNoValue);
            finer.push_back(std::move(chunk));
        }
        const auto chunk = compact(finer, 1, kStart);
        QVERIFY(chunk && chunk->points == 30 && chunk->start == kStart);
        for (std::size_t point = 0; point < 30; ++point) {
            QVERIFY(isNear(decodeValue(chunk->average(0, point)), 4.5));
            QVERIFY(isNear(decodeValue(chunk->maximum(0, point)), 9));
            QVERIFY(
                isNear(decodeValue(chunk->average(1, point)), 100.0 + static_cast<double>(point)));
        }
    }
    void compactionJoinsChangedCounters() {
        const std::vector<HistoryChunk> finer{
            chunkOf(0, kStart, layoutOf({"a", "b"}), 1, {1, 2}),
            chunkOf(0, kStart + 15s, layoutOf({"b", "c"}), 1, {3, 4}),
            // Outside of the window.
            chunkOf(0, kStart + 400s, layoutOf({"a"}), 1, {9})};
        const auto chunk = compact(finer, 1, kStart);
        QVERIFY(chunk);
        QVERIFY(*chunk->layout == *layoutOf({"a", "b", "c"}));
        QVERIFY(isNear(decodeValue(chunk->average(0, 0)), 1));
        QCOMPARE(chunk->average(0, 1), kNoValue);
        QVERIFY(isNear(decodeValue(chunk->average(1, 0)), 2));
        QVERIFY(isNear(decodeValue(chunk->average(1, 1)), 3));
        QVERIFY(isNear(decodeValue(chunk->average(2, 1)), 4));
        QVERIFY(!compact(std::span(finer).last(1), 1, kStart));
        QVERIFY(!compact({}, 1, kStart));
    }

    void planTakesTheFinestLevelThatHasAll_data() {
        QTest::addColumn<qint64>("ago");
        QTest::addColumn<qint64>("length");
        QTest::addColumn<quint64>("most");
        QTest::addColumn<quint64>("level");
        QTest::addColumn<qint64>("step");
        QTest::newRow("a minute") << 60LL << 60LL << 4000ULL << 0ULL << 1LL;
        QTest::newRow("an hour") << 3600LL << 3600LL << 4000ULL << 0ULL << 1LL;
        QTest::newRow("an hour, few points") << 3600LL << 3600LL << 1000ULL << 1ULL << 10LL;
        QTest::newRow("yesterday's minute") << 80'000LL << 60LL << 4000ULL << 1ULL << 10LL;
        QTest::newRow("a day") << 86'400LL << 86'400LL << 10'000ULL << 1ULL << 10LL;
        QTest::newRow("a day, few points") << 86'400LL << 86'400LL << 2'000ULL << 2ULL << 60LL;
        QTest::newRow("last week's minute") << 604'800LL << 60LL << 4000ULL << 2ULL << 60LL;
        QTest::newRow("a month") << 2'678'400LL << 2'678'400LL << 4465ULL << 2ULL << 600LL;
    }
    void planTakesTheFinestLevelThatHasAll() {
        QFETCH(qint64, ago);
        QFETCH(qint64, length);
        QFETCH(quint64, most);
        HistoryQuery query;
        query.counters = {{"set", "_Total", "a"}};
        query.from = kStart - ago * 1s;
        query.to = query.from + length * 1s;
        query.mostPoints = most;
        const auto plan = HistoryPlan::create(query, kStart, {});
        QVERIFY(plan);
        QTEST(static_cast<quint64>(plan->level), "level");
        QTEST(static_cast<qint64>(plan->step.count()), "step");
        QVERIFY(plan->points <= most);
        QVERIFY(plan->from <= query.from && plan->to() >= query.to);
    }
    void planNeverHasTooManyPoints() {
        std::mt19937_64 random(11);
        for (int turn = 0; turn < 100'000; ++turn) {
            HistoryQuery query;
            query.counters.resize(1 + random() % 256);
            query.mostPoints = 2 + random() % 5000;
            query.from = kStart - static_cast<std::int64_t>(random() % 10'000'000) * 1s;
            query.to = query.from + static_cast<std::int64_t>(1 + random() % 10'000'000) * 1s;
            const auto plan = HistoryPlan::create(query, kStart, {});
            QVERIFY(plan);
            QVERIFY(plan->points >= 1 && plan->points <= query.mostPoints);
            QVERIFY(plan->points * query.counters.size() <= 500'000);
        }
    }
    void numbersBeyondReasonDoNoHarm() {
        HistoryQuery query;
        query.counters = {{"set", "_Total", "a"}};
        query.from = sys_seconds::min();
        query.to = sys_seconds::max();
        query.mostPoints = 2;
        const auto plan = HistoryPlan::create(query, kStart, {});
        QVERIFY(plan && plan->points <= 2);
        query.from = sys_seconds::max() - 1s;
        QVERIFY(HistoryPlan::create(query, kStart, {}));
        query.to = query.from;
        QVERIFY(!HistoryPlan::create(query, kStart, {}));
        query.to = sys_seconds::min();
        QVERIFY(!HistoryPlan::create(query, kStart, {}));
        query = {};
        query.from = kStart;
        query.to = kStart + 1s;
        QVERIFY(!HistoryPlan::create(query, kStart, {}));
        query.counters.resize(257);
        QVERIFY(!HistoryPlan::create(query, kStart, {}));
        query.counters.resize(1);
        query.mostPoints = 0;
        QVERIFY(!HistoryPlan::create(query, kStart, {}));
        query.mostPoints = 20'001;
        QVERIFY(!HistoryPlan::create(query, kStart, {}));
    }
    void trimmedLevelsAreNotTaken() {
        HistoryQuery query;
        query.counters = {{"set", "_Total", "a"}};
        query.from = kStart - 600s;
        query.to = kStart;
        const auto plan =
            HistoryPlan::create(query, kStart, {kStart - 300s, sys_seconds(), sys_seconds()});
        QVERIFY(plan);
        QCOMPARE(plan->level, std::size_t{1});
    }
};

QTEST_GUILESS_MAIN(HistoryValuesTest)
#include "history_values_test.moc"
