// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/tsc_clock.h"

#include <QTest>
#include <chrono>

using hypervisor::confirmedTscFrequency;
using hypervisor::HostTscClock;
using hypervisor::tscFrequencyFromCrystal;

class TscClockTest : public QObject {
    Q_OBJECT

  private slots:
    void crystalAndRatioGiveTheFrequency();
    void anIncompleteLeafGivesNothing();
    void aStatedFrequencyIsTakenWhenTheMeasurementConfirmsIt();
    void aForeignFrequencyIsNotBelieved();
    void theHostsFrequencyAgreesWithTheSteadyClock();
};

void TscClockTest::crystalAndRatioGiveTheFrequency() {
    // Skylake: 24 MHz times 250 / 2.
    QCOMPARE(tscFrequencyFromCrystal(2, 250, 24'000'000).value(), 3'000'000'000ULL);
    QCOMPARE(tscFrequencyFromCrystal(1, 0xFFFF'FFFF, 0xFFFF'FFFF).value(),
             0xFFFF'FFFFULL * 0xFFFF'FFFFULL);
}

void TscClockTest::anIncompleteLeafGivesNothing() {
    QVERIFY(!tscFrequencyFromCrystal(0, 250, 24'000'000));
    QVERIFY(!tscFrequencyFromCrystal(2, 0, 24'000'000));
    QVERIFY(!tscFrequencyFromCrystal(2, 250, 0));
}

void TscClockTest::aStatedFrequencyIsTakenWhenTheMeasurementConfirmsIt() {
    QCOMPARE(confirmedTscFrequency({3'000'000'000}, 3'000'100'000), 3'000'000'000ULL);
    QCOMPARE(confirmedTscFrequency({std::nullopt, 3'000'000'000}, 2'999'900'000), 3'000'000'000ULL);
}

void TscClockTest::aForeignFrequencyIsNotBelieved() {
    QCOMPARE(confirmedTscFrequency({2'400'000'000}, 3'000'100'000), 3'000'100'000ULL);
    QCOMPARE(confirmedTscFrequency({}, 3'000'100'000), 3'000'100'000ULL);
}

void TscClockTest::theHostsFrequencyAgreesWithTheSteadyClock() {
    const HostTscClock clock;
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t first = clock.read();
    auto end = start;
    while (end - start < std::chrono::milliseconds(50))
        end = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(end - start).count();
    const double frequency = static_cast<double>(clock.read() - first) / seconds;
    const double stated = static_cast<double>(clock.frequency());
    QVERIFY2(std::abs(frequency - stated) < stated * 0.01,
             qPrintable(QString("%1 against %2").arg(frequency).arg(stated)));
}

QTEST_APPLESS_MAIN(TscClockTest)
#include "tsc_clock_test.moc"
