// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/cli/stats_report.h"

#include <QtTest>

using namespace service;
using namespace service::cli;

namespace {

PerformanceSample sample() {
    PerformanceSample result;
    result.time = 1'700'000'000'123;
    result.intervalMilliseconds = 1000;
    result.counters = {{"Virtual Processor", "VP 0", "% Guest Run Time", 12.34},
                       {"Virtual Processor", "VP 0", "Hypercalls/sec", 1234.5},
                       {"Virtual Processor", "VP 1", "% Guest Run Time", std::nullopt},
                       {"Partition", "web", "Virtual Processors", 2.0}};
    return result;
}

}  // namespace

class StatsReportTest : public QObject {
    Q_OBJECT

  private slots:
    void aSampleIsATableForEachSet() {
        QCOMPARE(sampleText(sample()),
                 "Virtual Processor  VP 0  VP 1\n"
                 "% Guest Run Time   12.3     -\n"
                 "Hypercalls/sec     1234     -\n"
                 "\n"
                 "Partition           web\n"
                 "Virtual Processors  2.0\n");
        QCOMPARE(sampleText({}), "no figures yet\n");
    }

    void manyInstancesAreALineForEachFigure() {
        PerformanceSample many;
        for (int processor = 0; processor < 9; ++processor)
            many.counters.push_back(
                {"Virtual Processor", "VP " + std::to_string(processor), "% Guest Run Time", 1.0});
        const std::string text = sampleText(many);
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), 10);
        QVERIFY(text.find("VP 8               % Guest Run Time  1.0\n") != std::string::npos);
    }

    void csvHasALineForEachFigure() {
        QCOMPARE(sampleCsvHead(), "time,machine,set,instance,counter,value\n");
        const std::string text = sampleCsv(sample(), "web");
        QVERIFY2(text.starts_with("2023-11-14T22:13:20.123Z,\"web\",\"Virtual Processor\",\"VP 0\","
                                  "\"% Guest Run Time\",12.34\n"),
                 text.c_str());
        QVERIFY(text.find("\"VP 1\",\"% Guest Run Time\",\n") != std::string::npos);
    }

    void namesCannotBreakCsvNorBecomeFormulas() {
        PerformanceSample one;
        one.counters = {{"S", "=cmd()", "C", 1.0}};
        const std::string text = sampleCsv(one, "a\"b,\nc");
        QVERIFY2(text.find("\"a\"\"b,\nc\",\"S\",\"'=cmd()\"") != std::string::npos, text.c_str());
    }

    void historyTellsLeastMeanMostAndNewest() {
        StatsHistoryReply history;
        history.from = 1'700'000'000;
        history.stepSeconds = 10;
        history.series = {
            {"S", "I", "C", {1.0, std::nullopt, 5.0, 3.0}, {2.0, std::nullopt, 7.0, 3.0}},
            {"S", "I", "D", {}, {}}};
        QCOMPARE(historyText(history),
                 "COUNTER SET  INSTANCE  COUNTER  LEAST  MEAN  MOST  NEWEST\n"
                 "S            I         C          1.0   3.0   7.0     3.0\n"
                 "S            I         D            -     -     -       -\n");
        const std::string csv = historyCsv(history, "");
        QVERIFY2(
            csv.find("2023-11-14T22:13:30.000Z,\"\",\"S\",\"I\",\"C\",,\n") != std::string::npos,
            csv.c_str());
        QVERIFY2(
            csv.find("2023-11-14T22:13:50.000Z,\"\",\"S\",\"I\",\"C\",3,3\n") != std::string::npos,
            csv.c_str());
    }

    void countersAreChosenByText() {
        PerformanceSample one = sample();
        keepCounters({}, one.counters);
        QCOMPARE(one.counters.size(), 4U);
        keepCounters({"hyperCALLS", "partition"}, one.counters);
        QCOMPARE(one.counters.size(), 2U);
        keepCounters({"nothing like it"}, one.counters);
        QVERIFY(one.counters.empty());
    }
};

QTEST_APPLESS_MAIN(StatsReportTest)
#include "stats_report_test.moc"
