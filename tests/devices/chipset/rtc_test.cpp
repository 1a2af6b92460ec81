// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/rtc.h"

#include <QTest>
#include <random>

#include "fake_clock.h"
#include "recorders.h"

using namespace devices;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kMiB = 1024 * 1024;
// Wednesday 2026-03-04 13:05:09 UTC.
constexpr std::int64_t kStart = 1'772'629'509;

struct Machine {
    explicit Machine(std::int64_t start = kStart, CmosContents contents = {}) {
        clock.startOfDay = start * static_cast<std::int64_t>(kSecond);
        rtc = std::make_unique<Rtc>(clock, line.line(), contents);
    }
    std::uint8_t read(std::uint8_t cell) {
        rtc->writePort(0x70, 1, cell);
        return static_cast<std::uint8_t>(rtc->readPort(0x71, 1));
    }
    void write(std::uint8_t cell, std::uint8_t value) {
        rtc->writePort(0x70, 1, cell);
        rtc->writePort(0x71, 1, value);
    }
    std::uint64_t cells(std::uint8_t first, unsigned bytes) {
        std::uint64_t value = 0;
        for (unsigned i = 0; i < bytes; ++i)
            value |= std::uint64_t{read(static_cast<std::uint8_t>(first + i))} << i * 8;
        return value;
    }

    FakeClock clock;
    RecordedLine line;
    std::unique_ptr<Rtc> rtc;
};

}  // namespace

class RtcTest : public QObject {
    Q_OBJECT

  private slots:
    void showsTheHostsTimeInDecimal() {
        Machine machine;
        QCOMPARE(machine.read(0x00), std::uint8_t{0x09});
        QCOMPARE(machine.read(0x02), std::uint8_t{0x05});
        QCOMPARE(machine.read(0x04), std::uint8_t{0x13});
        QCOMPARE(machine.read(0x06), std::uint8_t{4});
        QCOMPARE(machine.read(0x07), std::uint8_t{0x04});
        QCOMPARE(machine.read(0x08), std::uint8_t{0x03});
        QCOMPARE(machine.read(0x09), std::uint8_t{0x26});
        QCOMPARE(machine.read(0x32), std::uint8_t{0x20});
        machine.clock.advance(51 * kSecond);
        QCOMPARE(machine.read(0x00), std::uint8_t{0x00});
        QCOMPARE(machine.read(0x02), std::uint8_t{0x06});
        QCOMPARE(machine.read(0x0D), std::uint8_t{0x80});
    }

    void showsBinaryAndTwelveHourTime() {
        Machine machine;
        machine.write(0x0B, 0x06);
        QCOMPARE(machine.read(0x04), std::uint8_t{13});
        QCOMPARE(machine.read(0x09), std::uint8_t{26});
        QCOMPARE(machine.read(0x32), std::uint8_t{20});
        machine.write(0x0B, 0x04);
        QCOMPARE(machine.read(0x04), std::uint8_t{0x81});
        machine.write(0x0B, 0x00);
        QCOMPARE(machine.read(0x04), std::uint8_t{0x81});
        machine.clock.advance(11 * 3600 * kSecond);
        QCOMPARE(machine.read(0x04), std::uint8_t{0x12});
        machine.clock.advance(12 * 3600 * kSecond);
        QCOMPARE(machine.read(0x04), std::uint8_t{0x92});
    }

    void everyHourSurvivesTheTwelveHourFormat() {
        for (const bool binary : {false, true})
            for (std::int64_t hour = 0; hour < 24; ++hour) {
                const RtcFormat format{false, binary};
                const std::int64_t time = kStart + hour * 3600;
                QCOMPARE(toSeconds(toRegisters(time, format), format), time);
            }
    }

    void timeIsSetUnderTheSetBit() {
        Machine machine;
        machine.write(0x0B, 0x82);
        machine.clock.advance(5 * kSecond);
        QCOMPARE(machine.read(0x00), std::uint8_t{0x09});
        machine.write(0x00, 0x58);
        machine.write(0x02, 0x59);
        machine.write(0x04, 0x23);
        machine.write(0x06, 0x07);
        machine.write(0x07, 0x28);
        machine.write(0x08, 0x02);
        machine.write(0x09, 0x00);
        machine.write(0x32, 0x20);
        QCOMPARE(machine.read(0x00), std::uint8_t{0x58});
        machine.write(0x0B, 0x02);
        machine.clock.advance(2 * kSecond);
        // 2000 was a leap year.
        QCOMPARE(machine.read(0x07), std::uint8_t{0x29});
        QCOMPARE(machine.read(0x08), std::uint8_t{0x02});
        QCOMPARE(machine.read(0x04), std::uint8_t{0x00});
        QCOMPARE(machine.read(0x00), std::uint8_t{0x00});
        // The weekday is the guest's, and goes on from there.
        QCOMPARE(machine.read(0x06), std::uint8_t{0x01});
    }

    void timeIsSetWhileItRuns() {
        Machine machine;
        machine.write(0x04, 0x20);
        QCOMPARE(machine.read(0x04), std::uint8_t{0x20});
        QCOMPARE(machine.read(0x02), std::uint8_t{0x05});
        machine.clock.advance(3600 * kSecond);
        QCOMPARE(machine.read(0x04), std::uint8_t{0x21});
    }

    void holdingTheDividerStopsTheTime() {
        Machine machine;
        machine.write(0x0A, 0x70);
        machine.clock.advance(10 * kSecond + 300'000'000);
        QCOMPARE(machine.read(0x00), std::uint8_t{0x09});
        machine.write(0x0A, 0x26);
        machine.clock.advance(499'000'000);
        QCOMPARE(machine.read(0x00), std::uint8_t{0x09});
        machine.clock.advance(2'000'000);
        QCOMPARE(machine.read(0x00), std::uint8_t{0x10});
    }

    void updateInProgressShowsBeforeTheSecondEnds() {
        Machine machine;
        QCOMPARE(machine.read(0x0A), std::uint8_t{0x26});
        machine.clock.advance(kSecond - 1'000'000);
        QCOMPARE(machine.read(0x0A), std::uint8_t{0xA6});
        machine.clock.advance(1'000'000);
        QCOMPARE(machine.read(0x0A), std::uint8_t{0x26});
        machine.clock.advance(kSecond - 1'000'000);
        machine.write(0x0B, 0x82);
        QCOMPARE(machine.read(0x0A), std::uint8_t{0x26});
    }

    void periodicInterruptsComeAtTheirRateWhenAcknowledged() {
        Machine machine;
        machine.write(0x0B, 0x42);
        int interrupts = 0;
        for (int i = 0; i < 100'000; ++i) {
            machine.clock.advance(kSecond / 100'000);
            if (machine.line.asserted) {
                ++interrupts;
                QCOMPARE(machine.read(0x0C) & 0xC0, 0xC0);
                QVERIFY(!machine.line.asserted);
            }
        }
        QVERIFY(interrupts >= 1023 && interrupts <= 1025);
    }

    void anUnreadFlagHoldsTheLine() {
        Machine machine;
        machine.write(0x0B, 0x42);
        machine.clock.advance(kSecond);
        QCOMPARE(machine.line.edges, 1);
    }

    void updateInterruptsComeEachSecond() {
        Machine machine;
        machine.write(0x0B, 0x12);
        for (int i = 1; i <= 5; ++i) {
            machine.clock.advance(kSecond);
            QCOMPARE(machine.line.edges, i);
            QCOMPARE(machine.read(0x0C) & 0x90, 0x90);
            QCOMPARE(machine.read(0x0C), std::uint8_t{0});
        }
    }

    void flagsAreSetWithoutInterruptsEnabled() {
        Machine machine;
        static_cast<void>(machine.read(0x0C));
        machine.clock.advance(kSecond);
        QCOMPARE(machine.read(0x0C), std::uint8_t{0x50});
        QCOMPARE(machine.line.edges, 0);
    }

    void anAlarmComesAtItsTimeEachDay() {
        Machine machine;
        machine.write(0x01, 0x00);
        machine.write(0x03, 0x10);
        machine.write(0x05, 0x13);
        machine.write(0x0B, 0x22);
        machine.clock.advance(290 * kSecond);
        QCOMPARE(machine.line.edges, 0);
        machine.clock.advance(kSecond);
        QCOMPARE(machine.line.edges, 1);
        QCOMPARE(machine.read(0x0C) & 0xA0, 0xA0);
        machine.clock.advance(86'399 * kSecond);
        QCOMPARE(machine.line.edges, 1);
        machine.clock.advance(kSecond);
        QCOMPARE(machine.line.edges, 2);
    }

    void anAlarmWithDontCareFieldsRepeats() {
        Machine machine;
        machine.write(0x01, 0xC0);
        machine.write(0x03, 0xFF);
        machine.write(0x05, 0xC0);
        machine.write(0x0B, 0x22);
        for (int i = 1; i <= 3; ++i) {
            machine.clock.advance(kSecond);
            QCOMPARE(machine.line.edges, i);
            static_cast<void>(machine.read(0x0C));
        }
    }

    void beginningToSetTimeTakesTheUpdateInterruptBack() {
        Machine machine;
        machine.write(0x0B, 0x12);
        machine.write(0x0B, 0x92);
        QCOMPARE(machine.read(0x0B), std::uint8_t{0x82});
    }

    void memoryKeepsWhatIsWritten() {
        Machine machine;
        machine.write(0x0F, 0x0A);
        machine.write(0x7F, 0x55);
        machine.rtc->writePort(0x70, 1, 0x80 | 0x0F);
        QVERIFY(machine.rtc->nmiDisabled());
        QCOMPARE(machine.rtc->readPort(0x71, 1), 0x0AU);
        machine.rtc->reset();
        QVERIFY(!machine.rtc->nmiDisabled());
        QCOMPARE(machine.read(0x7F), std::uint8_t{0x55});
        QCOMPARE(machine.read(0x0F), std::uint8_t{0x0A});
    }

    void registersCAndDAreReadOnly() {
        Machine machine;
        machine.write(0x0C, 0xFF);
        machine.write(0x0D, 0x00);
        QCOMPARE(machine.read(0x0C), std::uint8_t{0});
        QCOMPARE(machine.read(0x0D), std::uint8_t{0x80});
        machine.write(0x0A, 0xFF);
        QCOMPARE(machine.read(0x0A), std::uint8_t{0x7F});
    }

    void resetTurnsInterruptsOff() {
        Machine machine;
        machine.write(0x0B, 0x72);
        machine.clock.advance(kSecond);
        QVERIFY(machine.line.asserted);
        machine.rtc->reset();
        QVERIFY(!machine.line.asserted);
        QCOMPARE(machine.read(0x0B), std::uint8_t{0x02});
        QCOMPARE(machine.read(0x00), std::uint8_t{0x10});
    }

    void memorySizeIsInTheUsualCells() {
        Machine small(kStart, {64 * kMiB, 0, 2});
        QCOMPARE(small.cells(0x15, 2), std::uint64_t{640});
        QCOMPARE(small.cells(0x17, 2), std::uint64_t{63 * 1024});
        QCOMPARE(small.cells(0x30, 2), std::uint64_t{63 * 1024});
        QCOMPARE(small.cells(0x34, 2), std::uint64_t{48 * 16});
        QCOMPARE(small.cells(0x5B, 3), std::uint64_t{0});
        QCOMPARE(small.read(0x5F), std::uint8_t{1});
        Machine large(kStart, {3072 * kMiB, 5 * 1024 * kMiB, 8});
        QCOMPARE(large.cells(0x17, 2), std::uint64_t{0xFFFF});
        QCOMPARE(large.cells(0x34, 2), std::uint64_t{(3072 - 16) * 16});
        QCOMPARE(large.cells(0x5B, 3), std::uint64_t{5 * 1024 * 16});
        QCOMPARE(large.read(0x5F), std::uint8_t{7});
        std::uint16_t sum = 0;
        for (std::uint8_t cell = 0x10; cell <= 0x2D; ++cell)
            sum = static_cast<std::uint16_t>(sum + large.read(cell));
        QCOMPARE(large.read(0x2E) << 8 | large.read(0x2F), int{sum});
    }

    void theDisketteDriveIsInTheUsualCells() {
        Machine without(kStart, {64 * kMiB, 0, 1, 0});
        QCOMPARE(without.read(0x10), std::uint8_t{0x00});
        QCOMPARE(without.read(0x14) & 0xC1, 0);
        Machine with(kStart, {64 * kMiB, 0, 1, 4});
        QCOMPARE(with.read(0x10), std::uint8_t{0x40});
        QCOMPARE(with.read(0x14) & 0xC1, 0x01);
    }

    void centuriesAreCounted() {
        Machine past(-1);  // 1969-12-31 23:59:59
        QCOMPARE(past.read(0x32), std::uint8_t{0x19});
        QCOMPARE(past.read(0x09), std::uint8_t{0x69});
        QCOMPARE(past.read(0x00), std::uint8_t{0x59});
        Machine machine(946'684'799);  // 1999-12-31 23:59:59
        QCOMPARE(machine.read(0x32), std::uint8_t{0x19});
        machine.clock.advance(kSecond);
        QCOMPARE(machine.read(0x32), std::uint8_t{0x20});
        QCOMPARE(machine.read(0x09), std::uint8_t{0x00});
        QCOMPARE(machine.read(0x06), std::uint8_t{7});
    }

    void anySequenceOfAccessesIsSurvived() {
        Machine machine;
        std::mt19937_64 random(4);
        for (int i = 0; i < 200'000; ++i) {
            const std::uint64_t choice = random();
            const auto cell = static_cast<std::uint8_t>((choice & 1) != 0 ? choice >> 8 & 0x0F
                                                                          : choice >> 8 & 0xFF);
            if ((choice & 2) != 0)
                machine.write(cell, static_cast<std::uint8_t>(choice >> 16));
            else
                static_cast<void>(machine.read(cell));
            if ((choice & 0xF0) == 0)
                machine.clock.advance(choice >> 24 & 0xFF'FFFF);
            if ((choice & 0xFFF0) == 0)
                machine.clock.jump(choice >> 20);
        }
        machine.write(0x0A, 0x26);
        machine.write(0x0B, 0x12);
        static_cast<void>(machine.read(0x0C));
        const int edges = machine.line.edges;
        machine.clock.advance(kSecond);
        QCOMPARE(machine.line.edges, edges + 1);
    }
};

QTEST_APPLESS_MAIN(RtcTest)
#include "rtc_test.moc"
