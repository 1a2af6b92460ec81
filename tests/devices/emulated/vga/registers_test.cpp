// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/vga/registers.h"

#include <QTest>
#include <array>
#include <utility>

using namespace devices::vga;

namespace {

constexpr std::uint8_t kColor = 0x01;

struct Card {
    std::uint8_t read(std::uint16_t port) { return registers.read(port, time); }
    std::uint8_t read(std::uint16_t index, std::uint8_t number) {
        registers.write(index, number);
        return read(static_cast<std::uint16_t>(index + 1));
    }
    void write(std::uint16_t index, std::uint8_t number, std::uint8_t value) {
        registers.write(index, number);
        registers.write(static_cast<std::uint16_t>(index + 1), value);
    }
    void writeAttribute(std::uint8_t number, std::uint8_t value) {
        static_cast<void>(read(0x3DA));
        registers.write(0x3C0, number);
        registers.write(0x3C0, value);
    }
    std::uint8_t readAttribute(std::uint8_t number) {
        static_cast<void>(read(0x3DA));
        registers.write(0x3C0, number);
        return read(0x3C1);
    }

    Registers registers;
    std::uint64_t time = 0;
};

}  // namespace

class VgaRegistersTest : public QObject {
    Q_OBJECT

  private slots:
    void afterPowerOnNothingIsProgrammed() {
        Card card;
        QVERIFY(!card.registers.crtController.isProgrammed());
        QVERIFY(!card.registers.decodesMemory());
        QVERIFY(!card.registers.sequencer.isRunning());
        QVERIFY(!card.registers.attributeController.isShowing());
        QCOMPARE(card.read(0x3CC), std::uint8_t{0});
        QCOMPARE(card.read(0x3C6), std::uint8_t{0xFF});
        QCOMPARE(card.read(0x3C2), std::uint8_t{0x10});
        card.write(0x3C4, 2, 0x0F);
        card.registers.reset();
        QCOMPARE(card.read(0x3C4, 2), std::uint8_t{0});
    }

    void theCrtControllerIsAtTheAddressesOfOneKindOfMonitor() {
        Card card;
        card.write(0x3B4, 0x0E, 0x12);
        QCOMPARE(card.read(0x3B4, 0x0E), std::uint8_t{0x12});
        QCOMPARE(card.read(0x3D5), std::uint8_t{0xFF});
        QCOMPARE(card.read(0x3DA), std::uint8_t{0xFF});
        card.registers.write(0x3C2, kColor);
        QCOMPARE(card.read(0x3D4, 0x0E), std::uint8_t{0x12});
        card.write(0x3B4, 0x0E, 0x34);
        QCOMPARE(card.read(0x3D4, 0x0E), std::uint8_t{0x12});
        QCOMPARE(card.read(0x3B5), std::uint8_t{0xFF});
        QCOMPARE(card.read(0x3BA), std::uint8_t{0xFF});
        // What does not depend on it.
        card.write(0x3C4, 2, 5);
        QCOMPARE(card.read(0x3C4, 2), std::uint8_t{5});
        card.registers.write(0x3DA, 0xFF);
        QCOMPARE(card.read(0x3CA), std::uint8_t{3});
    }

    void aSwitchedOffAdapterAnswersNothing() {
        Card card;
        card.registers.write(0x3C2, 0x67);
        QCOMPARE(card.read(0x3CC), std::uint8_t{0x67});
        QVERIFY(card.registers.decodesMemory());
        card.registers.write(0x3C3, 0);
        QCOMPARE(card.read(0x3CC), std::uint8_t{0xFF});
        QCOMPARE(card.read(0x3C3), std::uint8_t{0});
        QVERIFY(!card.registers.decodesMemory());
        card.registers.write(0x3C2, 0);
        card.registers.write(0x3C3, 1);
        QCOMPARE(card.read(0x3CC), std::uint8_t{0x67});
    }

    void registersKeepTheBitsThatTheyHave() {
        Card card;
        card.registers.write(0x3C2, kColor);
        constexpr std::array<std::uint8_t, 5> kSequencer{0x03, 0x3D, 0x0F, 0x3F, 0x0E};
        for (std::uint8_t i = 0; i < kSequencer.size(); ++i) {
            card.write(0x3C4, i, 0xFF);
            QCOMPARE(card.read(0x3C4, i), kSequencer[i]);
        }
        constexpr std::array<std::uint8_t, 9> kGraphics{0x0F, 0x0F, 0x0F, 0x1F, 0x03,
                                                        0x7B, 0x0F, 0x0F, 0xFF};
        for (std::uint8_t i = 0; i < kGraphics.size(); ++i) {
            card.write(0x3CE, i, 0xFF);
            QCOMPARE(card.read(0x3CE, i), kGraphics[i]);
        }
        for (std::uint8_t i = 0; i < 0x15; ++i)
            card.writeAttribute(i, 0xFF);
        QCOMPARE(card.readAttribute(5), std::uint8_t{0x3F});
        QCOMPARE(card.readAttribute(0x10), std::uint8_t{0xEF});
        QCOMPARE(card.readAttribute(0x13), std::uint8_t{0x0F});
        // Where no register is.
        for (const std::uint16_t index : std::array<std::uint16_t, 3>{0x3C4, 0x3CE, 0x3D4})
            for (unsigned i = 0; i < 256; ++i)
                card.write(index, static_cast<std::uint8_t>(i), 0xAA);
        for (unsigned i = 0; i < 256; ++i)
            card.writeAttribute(static_cast<std::uint8_t>(i), 0x15);
        QCOMPARE(card.read(0x3C4, 7), std::uint8_t{0});
        QCOMPARE(card.read(0x3CE, 9), std::uint8_t{0});
        QCOMPARE(card.read(0x3D4, 0x19), std::uint8_t{0});
        QCOMPARE(card.readAttribute(0x1F), std::uint8_t{0});
    }

    void theFirstCrtRegistersCanBeProtected() {
        Card card;
        card.registers.write(0x3C2, kColor);
        for (std::uint8_t i = 0; i <= 7; ++i)
            card.write(0x3D4, i, 0x55);
        card.write(0x3D4, 0x11, 0x8E);
        for (std::uint8_t i = 0; i <= 8; ++i)
            card.write(0x3D4, i, 0xAA);
        for (std::uint8_t i = 0; i < 7; ++i)
            QCOMPARE(card.read(0x3D4, i), std::uint8_t{0x55});
        QCOMPARE(card.read(0x3D4, 8), std::uint8_t{0xAA});
        // But for bit 8 of the line compare.
        QCOMPARE(card.read(0x3D4, 7), std::uint8_t{0x45});
        card.write(0x3D4, 7, 0x10);
        QCOMPARE(card.read(0x3D4, 7), std::uint8_t{0x55});
        card.write(0x3D4, 0x11, 0x0E);
        card.write(0x3D4, 0, 0xAA);
        QCOMPARE(card.read(0x3D4, 0), std::uint8_t{0xAA});
    }

    void numbersOfLinesHaveTenBits() {
        Card card;
        card.registers.write(0x3C2, kColor);
        CrtController& controller = card.registers.crtController;
        card.write(0x3D4, 0x12, 0xDF);
        QCOMPARE(controller.shownLines(), 0xE0U);
        card.write(0x3D4, 7, 0x02);
        QCOMPARE(controller.shownLines(), 0x1E0U);
        card.write(0x3D4, 7, 0x40);
        QCOMPARE(controller.shownLines(), 0x2E0U);
        card.write(0x3D4, 0x18, 0x12);
        QCOMPARE(controller.lineCompare(), 0x12U);
        card.write(0x3D4, 9, 0x40);
        card.write(0x3D4, 7, 0x10);
        QCOMPARE(controller.lineCompare(), 0x312U);
        card.write(0x3D4, 0x10, 1);
        card.write(0x3D4, 6, 2);
        card.write(0x3D4, 7, 0x84 | 0x21);
        QCOMPARE(controller.retraceStart(), 0x301U);
        QCOMPARE(controller.verticalTotal(), 0x304U);
        card.write(0x3D4, 0x0C, 0x12);
        card.write(0x3D4, 0x0D, 0x34);
        card.write(0x3D4, 0x13, 40);
        QCOMPARE(controller.start(), 0x1234U);
        QCOMPARE(controller.rowStep(), 80U);
    }

    void addressesAreCountedInBytesWordsOrMore() {
        Card card;
        card.registers.write(0x3C2, kColor);
        CrtController& controller = card.registers.crtController;
        card.write(0x3D4, 0x17, 0xE3);
        QCOMPARE(controller.addressOf(0x7001, 3), 0x7001U);
        card.write(0x3D4, 0x17, 0xA3);
        QCOMPARE(controller.addressOf(0x7001, 3), 0xE002U);
        card.write(0x3D4, 0x14, 0x40);
        QCOMPARE(controller.addressOf(0x1001, 3), 0x4004U);
        QCOMPARE(controller.addressOf(0xFFFF, 3), 0xFFFCU);
        card.write(0x3D4, 0x14, 0);
        card.write(0x3D4, 0x17, 0xC2);
        QCOMPARE(controller.addressOf(0x0010, 0), 0x0010U);
        QCOMPARE(controller.addressOf(0x0010, 1), 0x2010U);
        card.write(0x3D4, 0x17, 0xC0);
        QCOMPARE(controller.addressOf(0x0010, 3), 0x6010U);
    }

    void anAttributePortTakesIndexAndDataInTurn() {
        Card card;
        card.registers.write(0x3C2, kColor);
        card.registers.write(0x3C0, 0x03);
        card.registers.write(0x3C0, 0x2A);
        card.registers.write(0x3C0, 0x24);
        QVERIFY(card.registers.attributeController.isShowing());
        QCOMPARE(card.read(0x3C0), std::uint8_t{0x24});
        static_cast<void>(card.read(0x3DA));
        card.registers.write(0x3C0, 0x03);
        QCOMPARE(card.read(0x3C1), std::uint8_t{0x2A});
        QVERIFY(!card.registers.attributeController.isShowing());
        card.writeAttribute(0x14, 0x0B);
        QCOMPARE(card.registers.attributeController.colorOf(3), std::uint8_t{0xAA});
        card.writeAttribute(0x10, 0x80);
        QCOMPARE(card.registers.attributeController.colorOf(3), std::uint8_t{0xBA});
    }

    void coloursAreReadAndWrittenInThrees() {
        Card card;
        card.registers.write(0x3C8, 0xFE);
        for (const int part : {0x3F, 0x20, 0x41, 1, 2, 3, 4, 5, 6})
            card.registers.write(0x3C9, static_cast<std::uint8_t>(part));
        QCOMPARE(card.read(0x3C7), std::uint8_t{0});
        card.registers.write(0x3C7, 0xFE);
        QCOMPARE(card.read(0x3C7), std::uint8_t{3});
        for (const int part : {0x3F, 0x20, 0x01, 1, 2, 3, 4, 5, 6})
            QCOMPARE(int{card.read(0x3C9)}, part);
        ColorConverter& converter = card.registers.colorConverter;
        QCOMPARE(converter.shown(0xFE), 0xFF8204U);
        card.registers.write(0x3C6, 0x00);
        QCOMPARE(converter.shown(0xFE), 0x101418U);
        card.registers.write(0x3C6, 0xFF);
        converter.setWide(true);
        QCOMPARE(converter.shown(0xFE), 0xFF8204U);
        card.registers.write(0x3C8, 1);
        for (const int part : {0xFF, 0x81, 0x02})
            card.registers.write(0x3C9, static_cast<std::uint8_t>(part));
        QCOMPARE(converter.shown(1), 0xFF8102U);
        converter.setWide(false);
        QCOMPARE(converter.shown(1), 0xFF8200U);
    }

    void theBeamMovesWithTime_data() {
        QTest::addColumn<bool>("isProgrammed");
        QTest::newRow("mode 3") << true;
        QTest::newRow("nothing programmed") << false;
    }
    void theBeamMovesWithTime() {
        QFETCH(bool, isProgrammed);
        Card card;
        card.registers.write(0x3C2, 0x67);
        if (isProgrammed) {
            constexpr std::array<std::uint8_t, 0x13> kMode{0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF,
                                                           0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0x00, 0x00,
                                                           0x00, 0x00, 0x9C, 0x0E, 0x8F};
            for (std::uint8_t i = 0; i < kMode.size(); ++i)
                card.write(0x3D4, i, kMode[i]);
            card.write(0x3C4, 1, 0);
        }
        // A second, a microsecond at a time.
        unsigned frames = 0;
        unsigned lines = 0;
        std::uint8_t last = 0;
        for (card.time = 0; card.time < 1'000'000'000; card.time += 1'000) {
            const std::uint8_t now = card.read(0x3DA);
            frames += (now & ~last & 0x08) != 0 ? 1 : 0;
            lines += (now & ~last & 0x01) != 0 ? 1 : 0;
            // Whoever sees the beam return sees no picture.
            QVERIFY((now & 0x08) == 0 || (now & 0x01) != 0);
            last = now;
        }
        const unsigned hertz = isProgrammed ? 70 : 60;
        QVERIFY(frames >= hertz - 1 && frames <= hertz + 1);
        QVERIFY(lines > hertz * 300);
    }

    void noTimingStopsTheBeam() {
        Card card;
        card.registers.write(0x3C2, kColor);
        for (unsigned value = 0; value < 256; ++value) {
            for (std::uint8_t i = 0; i < 0x19; ++i)
                card.write(0x3D4, i, static_cast<std::uint8_t>(value * (i + 1U)));
            bool isSeen = false;
            bool isGone = false;
            for (unsigned step = 0; step < 500; ++step) {
                card.time += 100'000;
                ((card.read(0x3DA) & 8) != 0 ? isSeen : isGone) = true;
            }
            QVERIFY(isSeen && isGone);
        }
    }
};

QTEST_APPLESS_MAIN(VgaRegistersTest)
#include "registers_test.moc"
