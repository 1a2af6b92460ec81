// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/settings/processor_arithmetic.h"

#include <QtTest>

using namespace gui;  // NOLINT: under test

class ProcessorArithmeticTest : public QObject {
    Q_OBJECT

    static service::Reservation reservation(const char* id, std::uint32_t count,
                                            std::uint32_t reserve) {
        service::Reservation one;
        one.id = id;
        one.processor.count = count;
        one.processor.reserve = reserve;
        return one;
    }

  private slots:
    void percentsAndSharesAreTheSame() {
        QCOMPARE(shareOfPercent(25), 25'000U);
        QCOMPARE(shareOfPercent(0.001), 1U);
        QCOMPARE(shareOfPercent(12.3456), 12'346U);
        QCOMPARE(shareOfPercent(200), service::kNoLimit);
        QCOMPARE(shareOfPercent(-1), 0U);
        for (std::uint32_t share = 0; share <= service::kNoLimit; ++share)
            QCOMPARE(shareOfPercent(percentOfShare(share)), share);
    }

    void percentsOfTotalAreOfAllLps_data() {
        QTest::addColumn<int>("count");
        QTest::addColumn<double>("percent");
        QTest::addColumn<int>("lps");
        QTest::addColumn<double>("total");
        QTest::addColumn<int>("whole");
        QTest::newRow("reserve of two VPs on eight LPs") << 2 << 25.0 << 8 << 6.25 << 6;
        QTest::newRow("limit of two VPs on eight LPs") << 2 << 75.0 << 8 << 18.75 << 18;
        QTest::newRow("one VP is a quarter of four LPs") << 1 << 100.0 << 4 << 25.0 << 25;
        QTest::newRow("more VPs than LPs") << 4 << 100.0 << 2 << 200.0 << 200;
        QTest::newRow("thirds are not rounded up") << 1 << 100.0 << 3 << 100.0 / 3 << 33;
        QTest::newRow("whole ones stay") << 3 << 29.0 << 3 << 29.0 << 29;
        QTest::newRow("nothing") << 1 << 0.0 << 4 << 0.0 << 0;
        QTest::newRow("LPs are not known") << 2 << 50.0 << 0 << 0.0 << 0;
    }
    void percentsOfTotalAreOfAllLps() {
        QFETCH(int, count);
        QFETCH(double, percent);
        QFETCH(int, lps);
        QFETCH(double, total);
        QFETCH(int, whole);
        const double computed =
            percentOfTotal(static_cast<std::uint32_t>(count), shareOfPercent(percent),
                           static_cast<std::uint32_t>(lps));
        QVERIFY(qAbs(computed - total) < 1e-9);
        QCOMPARE(wholePercent(computed), whole);
    }

    void moreThanEightForEachLpAreTooMany() {
        QVERIFY(!hasTooManyProcessors(16, 2));
        QVERIFY(hasTooManyProcessors(17, 2));
        QVERIFY(!hasTooManyProcessors(64, 0));
    }

    void whatOthersReserveIsNotFree() {
        service::HostReply host;
        host.logicalProcessors = 2;
        QCOMPARE(mostReserve(host, "own", 1), service::kNoLimit);
        QCOMPARE(mostReserve(host, "own", 4), 50'000U);
        host.reservations = {reservation("other", 1, 50'000), reservation("own", 2, 75'000)};
        // The machine's own present reserve is not in its way.
        QCOMPARE(mostReserve(host, "own", 2), 75'000U);
        QCOMPARE(mostReserve(host, "own", 64), 150'000U / 64);
        QCOMPARE(mostReserve(host, "third", 1), 0U);
        // Admitted when the host had more LPs.
        host.logicalProcessors = 1;
        QCOMPARE(mostReserve(host, "third", 1), 0U);
    }
};

QTEST_APPLESS_MAIN(ProcessorArithmeticTest)
#include "processor_arithmetic_test.moc"
