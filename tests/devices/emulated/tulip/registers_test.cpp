// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/tulip/controller.h"

#include <QTest>

#include "tulip_bench.h"

namespace {

using Bench = TulipBench;
constexpr std::uint64_t kMillisecond = 1'000'000;

}  // namespace

class RegistersTest : public QObject {
    Q_OBJECT

  private slots:
    void areAsAfterPowerOn() {
        Bench bench;
        QCOMPARE(bench.csr(0), 0xFE00'0000U);
        QCOMPARE(bench.csr(1), 0xFFFF'FFFFU);
        QCOMPARE(bench.csr(2), 0xFFFF'FFFFU);
        QCOMPARE(bench.csr(5), 0xFC00'0000U);
        QCOMPARE(bench.csr(6), 0x3200'0040U);
        QCOMPARE(bench.csr(7), 0xFFFE'0000U);
        QCOMPARE(bench.csr(8), 0xE000'0000U);
        QCOMPARE(bench.csr(11), 0xFFFE'0000U);
        QCOMPARE(bench.csr(12), 0xFFFF'FEFFU);
        QVERIFY(!bench.line.asserted);
    }

    void aResetUndoesEverything() {
        Bench bench;
        bench.receiveOnly(4);
        bench.csr(0, 0x01A0'8000);
        bench.csr(7, 0x1'FFFF);
        bench.csr(11, 0x1'0001);
        bench.csr(6, Bench::kHalted);
        QVERIFY(bench.line.asserted);
        QCOMPARE(bench.csr(3), Bench::kReceiveRing);
        bench.csr(0, 1);
        QVERIFY(!bench.line.asserted);
        QCOMPARE(bench.csr(0), 0xFE00'0000U);
        QCOMPARE(bench.csr(3), 0U);
        QCOMPARE(bench.csr(4), 0U);
        QCOMPARE(bench.csr(5), 0xFC00'0000U);
        QCOMPARE(bench.csr(6), 0x3200'0040U);
        QCOMPARE(bench.csr(7), 0xFFFE'0000U);
        bench.clock.advance(10 * kMillisecond);
        QCOMPARE(bench.sources(), 0U);
        // No filter is left either.
        bench.makeReceiveRing(1);
        bench.csr(6, Bench::kHalted | 2);
        bench.wire.coming.push_back(frames::plain(50, frames::guestMac(), frames::otherMac()));
        bench.work();
        QCOMPARE(bench.sources(), 0U);
    }

    void partsAreReadAndNotWritten() {
        Bench bench;
        bench.csr(3, 0x1234'5678);
        QCOMPARE(bench.controller.read(3 * 8, 1) & 0xFF, 0x78U);
        QCOMPARE(bench.controller.read(3 * 8 + 2, 2) & 0xFFFF, 0x1234U);
        QCOMPARE(bench.controller.read(3 * 8 + 4, 4), 0xFFFF'FFFFU);
        QCOMPARE(bench.controller.read(3 * 8 + 2, 4), 0xFFFF'FFFFU);
        bench.controller.write(3 * 8, 1, 0);
        bench.controller.write(3 * 8 + 4, 4, 0);
        bench.controller.write(3 * 8, 2, 0);
        QCOMPARE(bench.csr(3), 0x1234'5678U);
    }

    void listsStayWhileTheirProcessRuns() {
        Bench bench;
        bench.csr(3, 0x1003);
        bench.csr(4, 0x2002);
        QCOMPARE(bench.csr(3), 0x1000U);
        QCOMPARE(bench.csr(4), 0x2000U);
        bench.csr(6, Bench::kRunning);
        bench.csr(3, 0x5000);
        bench.csr(4, 0x6000);
        QCOMPARE(bench.csr(3), 0x1000U);
        QCOMPARE(bench.csr(4), 0x2000U);
    }

    void stoppingIsToldAndAtOnce() {
        Bench bench;
        bench.csr(6, Bench::kRunning);
        QCOMPARE(bench.receiveState(), 3U);
        QCOMPARE(bench.transmitState(), 1U);
        bench.csr(6, Bench::kHalted);
        QCOMPARE(bench.receiveState(), 0U);
        QCOMPARE(bench.transmitState(), 0U);
        QCOMPARE(bench.sources(), Bench::kReceiveStopped | Bench::kTransmitStopped);
        bench.csr(5, 0x1'FFFF);
        // What stands already, does not stop.
        bench.csr(6, Bench::kHalted);
        QCOMPARE(bench.sources(), 0U);
    }

    void onlyWhatIsEnabledInterrupts() {
        Bench bench;
        bench.csr(6, Bench::kRunning);
        bench.csr(6, Bench::kHalted);
        QVERIFY(!bench.line.asserted);
        QCOMPARE(bench.csr(5) & (Bench::kNormal | Bench::kAbnormal), 0U);
        // A source without its summary is none.
        bench.csr(7, Bench::kReceiveStopped);
        QCOMPARE(bench.csr(5) & (Bench::kNormal | Bench::kAbnormal), Bench::kAbnormal);
        QVERIFY(!bench.line.asserted);
        bench.csr(7, Bench::kReceiveStopped | Bench::kNormal);
        QVERIFY(!bench.line.asserted);
        bench.csr(7, Bench::kReceiveStopped | Bench::kAbnormal);
        QVERIFY(bench.line.asserted);
        bench.csr(5, Bench::kTransmitStopped);
        QVERIFY(bench.line.asserted);
        bench.csr(5, Bench::kReceiveStopped);
        QVERIFY(!bench.line.asserted);
        QCOMPARE(bench.csr(5) & (Bench::kNormal | Bench::kAbnormal), 0U);
    }

    void theTimerCountsOnce() {
        Bench bench;
        bench.csr(6, Bench::kHalted);
        bench.csr(7, Bench::kNormal | Bench::kTimer);
        // Cycles of 81.92 us at 100 Mb/s.
        bench.csr(11, 100);
        bench.clock.advance(4 * kMillisecond);
        QCOMPARE(bench.csr(11) & 0x1'FFFF, 52U);
        bench.clock.advance(4 * kMillisecond);
        QVERIFY(!bench.line.asserted);
        bench.clock.advance(kMillisecond);
        QVERIFY(bench.line.asserted);
        QCOMPARE(bench.sources(), Bench::kTimer);
        QCOMPARE(bench.csr(5) & Bench::kNormal, Bench::kNormal);
        bench.csr(5, Bench::kTimer);
        bench.clock.advance(100 * kMillisecond);
        QVERIFY(!bench.line.asserted);
        QCOMPARE(bench.csr(11) & 0x1'FFFF, 0U);
    }

    void theTimerCountsAgainAndAgain() {
        Bench bench;
        // 819.2 us at 10 Mb/s, and 204.8 us at the serial port.
        bench.csr(6, Bench::kHalted | 0x0040'0000);
        bench.csr(11, 0x1'0000 | 10);
        for (int i = 0; i < 3; ++i) {
            bench.clock.advance(8 * kMillisecond);
            QCOMPARE(bench.sources(), 0U);
            bench.clock.advance(192'000);
            QCOMPARE(bench.sources(), Bench::kTimer);
            bench.csr(5, Bench::kTimer);
        }
        bench.csr(11, 0);
        bench.clock.advance(100 * kMillisecond);
        QCOMPARE(bench.sources(), 0U);
        bench.csr(6, 0x0200'0000);
        bench.csr(11, 10);
        bench.clock.advance(2'047'999);
        QCOMPARE(bench.sources(), 0U);
        bench.clock.advance(1);
        QCOMPARE(bench.sources(), Bench::kTimer);
    }

    void pinsKeepWhatIsPutThere() {
        Bench bench;
        bench.csr(12, 0x10F);
        bench.csr(12, 0x0A5);
        QCOMPARE(bench.csr(12), 0xFFFF'FEF5U);
    }
};

QTEST_GUILESS_MAIN(RegistersTest)
#include "registers_test.moc"
