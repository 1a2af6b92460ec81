// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/vga/display_interface.h"

#include <QTest>
#include <random>

using namespace devices::vga;

namespace {

constexpr std::uint64_t kMemory = std::uint64_t{16} << 20;

struct Card {
    std::uint64_t write(std::uint16_t index, std::uint16_t value) {
        interface.writeIndex(index);
        return interface.writeData(value);
    }
    std::uint16_t read(std::uint16_t index) {
        interface.writeIndex(index);
        return interface.readData();
    }
    std::uint64_t set(std::uint16_t width, std::uint16_t height, std::uint16_t bits,
                      std::uint16_t control = 0x41) {
        write(4, 0);
        write(1, width);
        write(2, height);
        write(3, bits);
        return write(4, control);
    }

    DisplayInterface interface { kMemory };
};

}  // namespace

class VgaDisplayInterfaceTest : public QObject {
    Q_OBJECT

  private slots:
    void versionsAreAgreedOn() {
        Card card;
        QCOMPARE(card.read(0), std::uint16_t{0xB0C5});
        card.write(0, 0xB0C0);
        QCOMPARE(card.read(0), std::uint16_t{0xB0C0});
        card.write(0, 0xB0C6);
        card.write(0, 0x1234);
        QCOMPARE(card.read(0), std::uint16_t{0xB0C0});
        QCOMPARE(card.read(10), std::uint16_t{256});
        QCOMPARE(card.read(0x55), std::uint16_t{0});
        QCOMPARE(card.interface.readIndex(), std::uint16_t{0x55});
    }

    void aModeIsSetWhileItIsDisabled() {
        Card card;
        QCOMPARE(card.set(1024, 768, 32), std::uint64_t{1024 * 768 * 4});
        QVERIFY(card.interface.isEnabled());
        QCOMPARE(card.interface.pitch(), std::uint64_t{4096});
        QCOMPARE(card.read(6), std::uint16_t{1024});
        QCOMPARE(card.read(7), std::uint16_t{4096});
        card.write(1, 640);
        card.write(2, 480);
        card.write(3, 8);
        QCOMPARE(card.read(1), std::uint16_t{1024});
        QCOMPARE(card.read(2), std::uint16_t{768});
        QCOMPARE(card.read(3), std::uint16_t{32});
        QCOMPARE(card.read(4), std::uint16_t{0x41});
        // Enabling what is enabled clears nothing.
        QCOMPARE(card.write(4, 0x41), std::uint64_t{0});
        card.write(4, 0);
        QVERIFY(!card.interface.isEnabled());
        QCOMPARE(card.write(4, 0xC1), std::uint64_t{0});
        QVERIFY(card.interface.isEnabled());
    }

    void everyDepthHasItsPitch_data() {
        QTest::addColumn<int>("bits");
        QTest::addColumn<int>("pitch");
        QTest::newRow("16 colours") << 4 << 100;
        QTest::newRow("256 colours") << 8 << 800;
        QTest::newRow("5 bits a part") << 15 << 1600;
        QTest::newRow("6 bits of green") << 16 << 1600;
        QTest::newRow("three bytes") << 24 << 2400;
        QTest::newRow("four bytes") << 32 << 3200;
    }
    void everyDepthHasItsPitch() {
        QFETCH(int, bits);
        QFETCH(int, pitch);
        Card card;
        card.set(800, 600, static_cast<std::uint16_t>(bits));
        QVERIFY(card.interface.isEnabled());
        QCOMPARE(card.interface.pitch(), static_cast<std::uint64_t>(pitch));
        card.write(9, 2);
        QCOMPARE(card.interface.start(), static_cast<std::uint64_t>(2 * pitch));
    }

    void impossibleModesAreRefused() {
        Card card;
        card.set(640, 480, 8);
        card.write(4, 0);
        card.write(1, 2561);
        card.write(2, 1601);
        card.write(3, 12);
        QCOMPARE(card.read(1), std::uint16_t{640});
        QCOMPARE(card.read(2), std::uint16_t{480});
        QCOMPARE(card.read(3), std::uint16_t{8});
        card.write(3, 0);
        QCOMPARE(card.read(3), std::uint16_t{8});
        // More than the memory, nothing, and a part of a byte.
        DisplayInterface small(std::uint64_t{1} << 20);
        const auto set = [&](std::uint16_t index, std::uint16_t value) {
            small.writeIndex(index);
            return small.writeData(value);
        };
        set(1, 1024);
        set(2, 768);
        set(3, 32);
        QCOMPARE(set(4, 0x41), std::uint64_t{0});
        QVERIFY(!small.isEnabled());
        QCOMPARE(small.readData(), std::uint16_t{0x40});
        card.set(0, 480, 8);
        QVERIFY(!card.interface.isEnabled());
        card.set(644, 480, 4);
        QVERIFY(!card.interface.isEnabled());
        card.set(644, 480, 8);
        QVERIFY(card.interface.isEnabled());
    }

    void capabilitiesAreReadInPlaceOfTheMode() {
        Card card;
        card.set(640, 480, 16);
        card.write(4, 0x43);
        QCOMPARE(card.read(1), std::uint16_t{2560});
        QCOMPARE(card.read(2), std::uint16_t{1600});
        QCOMPARE(card.read(3), std::uint16_t{32});
        card.write(4, 0x41);
        QCOMPARE(card.read(1), std::uint16_t{640});
        QVERIFY(card.interface.isEnabled());
        card.write(4, 0x61);
        QVERIFY(card.interface.hasWideColors());
    }

    void theVirtualScreenFitsTheMemory() {
        Card card;
        card.set(1024, 768, 32);
        card.write(6, 2000);
        QCOMPARE(card.read(6), std::uint16_t{2000});
        QCOMPARE(card.read(7), std::uint16_t{2097});
        card.write(8, 5000);
        card.write(9, 5000);
        QCOMPARE(card.read(8), std::uint16_t{976});
        QCOMPARE(card.read(9), std::uint16_t{2097 - 768});
        card.write(6, 100);
        QCOMPARE(card.read(6), std::uint16_t{1024});
        QCOMPARE(card.read(8), std::uint16_t{0});
        // 768 lines have to fit.
        card.write(6, 0xFFFF);
        QCOMPARE(card.read(6), std::uint16_t{5461});
        QCOMPARE(card.read(7), std::uint16_t{768});
        QCOMPARE(card.read(9), std::uint16_t{0});
    }

    void banksReachTheMemoryOnly() {
        Card card;
        card.set(640, 480, 8);
        card.write(5, 255);
        QCOMPARE(card.interface.windowStart(), kMemory - 0x1'0000);
        card.write(5, 256);
        QCOMPARE(card.read(5), std::uint16_t{255});
        card.set(640, 480, 4);
        QCOMPARE(card.read(5), std::uint16_t{0});
        card.write(5, 64);
        QCOMPARE(card.read(5), std::uint16_t{0});
        card.write(5, 63);
        QCOMPARE(card.read(5), std::uint16_t{63});
    }

    void whateverIsWrittenAModeLiesInsideTheMemory() {
        Card card;
        std::mt19937 random(2);
        unsigned enabled = 0;
        for (unsigned round = 0; round < 300'000; ++round) {
            const auto word = static_cast<std::uint32_t>(random());
            std::uint16_t value = static_cast<std::uint16_t>(word >> 16);
            const auto index = static_cast<std::uint16_t>(word & 15);
            if (index == 3)
                value = std::array<std::uint16_t, 8>{4, 8, 15, 16, 24, 32, 0, 7}[value & 7];
            if ((word & 0x100) != 0)
                value &= 0x0FFF;
            const std::uint64_t cleared = card.write(index, value);
            QVERIFY(cleared <= kMemory);
            const DisplayInterface& mode = card.interface;
            if (!mode.isEnabled())
                continue;
            ++enabled;
            const std::uint64_t room = mode.isPlanar() ? kMemory / 4 : kMemory;
            const std::uint64_t line = mode.isPlanar()
                                           ? (mode.width() + mode.leftOut() + 7) / 8
                                           : std::uint64_t{mode.width()} * ((mode.bits() + 7) / 8);
            QVERIFY(mode.pitch() >= line);
            QVERIFY(mode.start() + (mode.height() - 1) * mode.pitch() + line <= room);
            QVERIFY(mode.windowStart() + DisplayInterface::kBank <= room);
        }
        QVERIFY(enabled > 1'000);
    }
};

QTEST_APPLESS_MAIN(VgaDisplayInterfaceTest)
#include "display_interface_test.moc"
