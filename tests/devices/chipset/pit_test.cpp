// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/pit.h"

#include <QTest>
#include <random>

#include "fake_clock.h"
#include "recorders.h"

using namespace devices;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

struct Machine {
    void write(std::uint16_t port, std::uint8_t value) { pit.writePort(port, 1, value); }
    std::uint8_t read(std::uint16_t port) {
        return static_cast<std::uint8_t>(pit.readPort(port, 1));
    }
    void program(unsigned channel, unsigned mode, std::uint16_t count, bool bcd = false) {
        write(0x43, static_cast<std::uint8_t>(channel << 6 | 0x30 | mode << 1 | (bcd ? 1 : 0)));
        writeCount(channel, count);
    }
    void writeCount(unsigned channel, std::uint16_t count) {
        const auto port = static_cast<std::uint16_t>(0x40 + channel);
        write(port, static_cast<std::uint8_t>(count));
        write(port, static_cast<std::uint8_t>(count >> 8));
    }
    std::uint16_t readLatched(unsigned channel) {
        write(0x43, static_cast<std::uint8_t>(channel << 6));
        return readCount(channel);
    }
    std::uint16_t readCount(unsigned channel) {
        const auto port = static_cast<std::uint16_t>(0x40 + channel);
        const std::uint8_t low = read(port);
        return static_cast<std::uint16_t>(low | read(port) << 8);
    }
    std::uint8_t status(unsigned channel) {
        write(0x43, static_cast<std::uint8_t>(0xE0 | 2U << channel));
        return read(static_cast<std::uint16_t>(0x40 + channel));
    }
    void setGate2(bool high) { write(0x61, high ? 1 : 0); }
    bool output2() { return (read(0x61) & 0x20) != 0; }
    /// Lets whole ticks of the timer's input pass, from a multiple of them.
    void tick(std::uint64_t count) {
        ticks += count;
        clock.advance(nanosecondsOf(ticks, Pit::kHertz) - clock.now());
    }

    std::uint64_t ticks = 0;
    FakeClock clock;
    RecordedLine line;
    Pit pit{clock, line.line()};
};

}  // namespace

class PitTest : public QObject {
    Q_OBJECT

  private slots:
    void anUnprogrammedTimerIsQuiet() {
        Machine machine;
        machine.clock.advance(10 * kSecond);
        QCOMPARE(machine.line.edges, 0);
    }

    void modeTwoInterruptsAtItsRate() {
        Machine machine;
        machine.program(0, 2, 11932);  // 100 Hz
        machine.clock.advance(10 * kSecond);
        QCOMPARE(machine.line.edges, 999);
    }

    void modeThreeInterruptsOnceAPeriod() {
        Machine machine;
        machine.program(0, 3, 0);  // 65536: 18.2 Hz
        machine.clock.advance(10 * kSecond);
        QCOMPARE(machine.line.edges, 182);
    }

    void modeZeroInterruptsOnce() {
        Machine machine;
        machine.program(0, 0, 1000);
        machine.tick(999);
        QCOMPARE(machine.line.edges, 0);
        machine.tick(1);
        QCOMPARE(machine.line.edges, 1);
        QVERIFY(machine.line.asserted);
        machine.clock.advance(kSecond);
        QCOMPARE(machine.line.edges, 1);
        machine.writeCount(0, 500);
        QVERIFY(!machine.line.asserted);
        machine.clock.advance(kSecond);
        QCOMPARE(machine.line.edges, 2);
    }

    void modeFourStrobesOncePerCount() {
        Machine machine;
        machine.program(0, 4, 1000);
        machine.tick(1000);
        QCOMPARE(machine.line.edges, 0);
        machine.tick(1);
        QCOMPARE(machine.line.edges, 1);
        machine.clock.advance(kSecond);
        QCOMPARE(machine.line.edges, 1);
        machine.writeCount(0, 2000);
        machine.clock.advance(kSecond);
        QCOMPARE(machine.line.edges, 2);
    }

    void aLateHostMergesPeriods() {
        Machine machine;
        machine.program(0, 2, 11932);
        machine.clock.jump(kSecond);
        machine.clock.advance(0);
        QCOMPARE(machine.line.edges, 1);
        machine.clock.advance(kSecond);
        QCOMPARE(machine.line.edges, 101);
    }

    void pollingDoesNotEatInterrupts() {
        Machine machine;
        machine.program(0, 2, 11932);
        for (int i = 0; i < 1000; ++i) {
            machine.clock.jump(kSecond / 1000);
            static_cast<void>(machine.readLatched(0));
        }
        QCOMPARE(machine.line.edges, 99);
    }

    void impossiblyShortPeriodsAreMerged() {
        Machine machine;
        machine.program(0, 2, 1);
        machine.clock.advance(kSecond);
        QVERIFY(machine.line.edges > 1000);
        QVERIFY(machine.line.edges <= static_cast<int>(kSecond / Pit::kShortestInterval) + 1);
    }

    void aNewCountWaitsForTheEndOfThePeriod() {
        Machine machine;
        machine.program(0, 2, 10'000);
        machine.tick(3'000);
        machine.writeCount(0, 1'000);
        QVERIFY((machine.status(0) & 0x40) != 0);
        machine.tick(6'999);
        QCOMPARE(machine.line.edges, 0);
        machine.tick(1);
        QCOMPARE(machine.line.edges, 1);
        QVERIFY((machine.status(0) & 0x40) == 0);
        machine.tick(5'000);
        QCOMPARE(machine.line.edges, 6);
    }

    void aNewCountKeepsThePhaseAfterManyPeriods() {
        Machine machine;
        machine.program(0, 2, 1'000);
        machine.tick(10'500);
        machine.writeCount(0, 3'000);
        machine.tick(500);
        QCOMPARE(machine.line.edges, 11);
        QCOMPARE(machine.readLatched(0), std::uint16_t{3'000});
        machine.tick(2'999);
        QCOMPARE(machine.line.edges, 11);
        machine.tick(1);
        QCOMPARE(machine.line.edges, 12);
    }

    void countsReadBackAsTheModeSays() {
        Machine machine;
        machine.program(0, 2, 1'000);
        machine.tick(1);
        QCOMPARE(machine.readLatched(0), std::uint16_t{999});
        machine.tick(999);
        QCOMPARE(machine.readLatched(0), std::uint16_t{1'000});

        machine.program(1, 3, 1'000);
        machine.tick(100);
        QCOMPARE(machine.readLatched(1), std::uint16_t{800});
        machine.tick(500);
        QCOMPARE(machine.readLatched(1), std::uint16_t{800});

        machine.program(1, 0, 100);
        machine.tick(101);
        QCOMPARE(machine.readLatched(1), std::uint16_t{0xFFFF});
    }

    void decimalCountsWork() {
        Machine machine;
        machine.program(1, 0, 0x1234, true);
        machine.tick(34);
        QCOMPARE(machine.readLatched(1), std::uint16_t{0x1200});
        machine.tick(1201);
        QCOMPARE(machine.readLatched(1), std::uint16_t{0x9999});
        machine.program(0, 2, 0, true);
        machine.tick(10'000);
        QCOMPARE(machine.line.edges, 1);
    }

    void aLatchedCountStaysUntilRead() {
        Machine machine;
        machine.program(0, 2, 50'000);
        machine.tick(10);
        machine.write(0x43, 0x00);
        machine.tick(100);
        machine.write(0x43, 0x00);
        QCOMPARE(machine.readCount(0), std::uint16_t{49'990});
        QCOMPARE(machine.readCount(0), std::uint16_t{49'890});
    }

    void readBackLatchesStatusAndCountOfSeveralChannels() {
        Machine machine;
        machine.program(0, 2, 1000);
        machine.program(1, 3, 2000);
        machine.tick(10);
        machine.write(0x43, 0xC0 | 0x02 | 0x04);
        machine.tick(10);
        QCOMPARE(machine.read(0x40), std::uint8_t{0xB4});
        QCOMPARE(machine.readCount(0), std::uint16_t{990});
        QCOMPARE(machine.read(0x41), std::uint8_t{0xB6});
        QCOMPARE(machine.readCount(1), std::uint16_t{1980});
    }

    void statusShowsOutputNullCountAndMode() {
        Machine machine;
        machine.write(0x43, 0x30);
        QCOMPARE(machine.status(0), std::uint8_t{0x70});
        machine.writeCount(0, 100);
        QCOMPARE(machine.status(0), std::uint8_t{0x30});
        machine.tick(100);
        QCOMPARE(machine.status(0), std::uint8_t{0xB0});
        // Modes 6 and 7 are 2 and 3.
        machine.write(0x43, 0x3E);
        QCOMPARE(machine.status(0) & 0x0E, 0x06);
    }

    void singleByteAccessLoadsAndReadsOneByte() {
        Machine machine;
        machine.write(0x43, 0x10 | 0x04);
        machine.write(0x40, 200);
        machine.tick(50);
        QCOMPARE(machine.read(0x40), std::uint8_t{150});
        QCOMPARE(machine.read(0x40), std::uint8_t{150});
        machine.write(0x43, 0x20 | 0x04);
        machine.write(0x40, 2);
        machine.tick(1);
        QCOMPARE(machine.read(0x40), std::uint8_t{1});
    }

    void channelTwoCalibratesAProcessorByMode0() {
        Machine machine;
        // As Linux does: gate on, mode 0, wait for OUT at port 0x61.
        machine.write(0x61, static_cast<std::uint8_t>((machine.read(0x61) & ~2U) | 1));
        machine.program(2, 0, 59'659);
        QVERIFY(!machine.output2());
        machine.tick(59'658);
        QVERIFY(!machine.output2());
        machine.tick(1);
        QVERIFY(machine.output2());
        QCOMPARE(machine.line.edges, 0);
    }

    void gateSuspendsModes0And4() {
        for (const unsigned mode : {0U, 4U}) {
            Machine machine;
            machine.setGate2(true);
            machine.program(2, mode, 1'000);
            machine.tick(400);
            machine.setGate2(false);
            machine.tick(5'000);
            QCOMPARE(machine.readLatched(2), std::uint16_t{600});
            machine.setGate2(true);
            machine.tick(599);
            QCOMPARE(machine.readLatched(2), std::uint16_t{1});
            machine.tick(1);
            QCOMPARE(machine.output2(), mode == 0);
        }
    }

    void gateRestartsTheTriggeredModes() {
        for (const unsigned mode : {1U, 5U}) {
            Machine machine;
            machine.program(2, mode, 1'000);
            machine.tick(2'000);
            QVERIFY(machine.output2());
            machine.setGate2(true);
            QCOMPARE(machine.output2(), mode == 5);
            machine.tick(500);
            machine.setGate2(false);
            machine.setGate2(true);
            machine.tick(999);
            QCOMPARE(machine.output2(), mode == 5);
            machine.tick(1);
            QCOMPARE(machine.output2(), mode == 1);
            machine.tick(1);
            QVERIFY(machine.output2());
        }
    }

    void gateRestartsThePeriodicModesAndHoldsOutHigh() {
        for (const unsigned mode : {2U, 3U}) {
            Machine machine;
            machine.setGate2(true);
            machine.program(2, mode, 1'000);
            machine.tick(mode == 2 ? 999 : 600);
            QVERIFY(!machine.output2());
            machine.setGate2(false);
            QVERIFY(machine.output2());
            machine.tick(300);
            machine.setGate2(true);
            machine.tick(mode == 2 ? 998 : 499);
            QVERIFY(machine.output2());
            machine.tick(1);
            QVERIFY(!machine.output2());
        }
    }

    void oddCountsOfModeThreeAreHighOneTickLonger() {
        Machine machine;
        machine.setGate2(true);
        machine.program(2, 3, 5);
        int high = 0;
        for (int i = 0; i < 50; ++i) {
            high += machine.output2() ? 1 : 0;
            machine.tick(1);
        }
        QCOMPARE(high, 30);
    }

    void theFirstByteOfAMode0CountStopsIt() {
        Machine machine;
        machine.program(0, 0, 100);
        machine.tick(50);
        machine.write(0x40, 100);
        machine.tick(1'000);
        QCOMPARE(machine.line.edges, 0);
        machine.write(0x40, 0);
        machine.tick(100);
        QCOMPARE(machine.line.edges, 1);
    }

    void systemControlReadsBackItsLowBitsAndToggles() {
        Machine machine;
        machine.write(0x61, 0xFF);
        QCOMPARE(machine.read(0x61) & 0xCF, 0x0F);
        int toggles = 0;
        std::uint8_t last = machine.read(0x61) & 0x10;
        for (int i = 0; i < 1000; ++i) {
            machine.tick(1);
            const std::uint8_t now = machine.read(0x61) & 0x10;
            toggles += now != last ? 1 : 0;
            last = now;
        }
        QVERIFY(toggles > 50 && toggles < 60);
    }

    void resetMakesItQuiet() {
        Machine machine;
        machine.program(0, 2, 1'000);
        machine.tick(5'000);
        machine.pit.reset();
        const int edges = machine.line.edges;
        QVERIFY(!machine.line.asserted);
        machine.clock.advance(kSecond);
        QCOMPARE(machine.line.edges, edges);
    }

    void anySequenceOfAccessesIsSurvived() {
        Machine machine;
        std::mt19937_64 random(3);
        for (int i = 0; i < 300'000; ++i) {
            const std::uint64_t choice = random();
            const auto port = static_cast<std::uint16_t>((choice & 7) < 4   ? 0x40 + (choice & 3)
                                                         : (choice & 7) < 7 ? 0x43
                                                                            : 0x61);
            if ((choice & 8) != 0)
                machine.write(port, static_cast<std::uint8_t>(choice >> 8));
            else
                static_cast<void>(machine.read(port));
            if ((choice & 0xF0) == 0)
                machine.clock.advance(choice >> 16 & 0xF'FFFF);
        }
        machine.pit.reset();
        machine.line.edges = 0;
        machine.program(0, 2, 11932);
        machine.clock.advance(kSecond);
        QCOMPARE(machine.line.edges, 99);
    }
};

QTEST_APPLESS_MAIN(PitTest)
#include "pit_test.moc"
