// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/vga/plane_memory.h"

#include <QTest>
#include <array>
#include <memory>
#include <random>

using namespace devices::vga;
using devices::display::VideoMemory;

namespace {

struct Card {
    explicit Card(std::uint64_t bytes = 1 << 20)
        : video(VideoMemory::create(bytes).value()), interface(bytes) {
        registers.write(0x3C2, 0x67);
        sequencer(2, 0x0F);
        sequencer(4, 0x06);
        graphics(6, 0x05);
        graphics(8, 0xFF);
    }
    void sequencer(std::uint8_t index, std::uint8_t value) {
        registers.write(0x3C4, index);
        registers.write(0x3C5, value);
    }
    void graphics(std::uint8_t index, std::uint8_t value) {
        registers.write(0x3CE, index);
        registers.write(0x3CF, value);
    }
    void dispi(std::uint16_t index, std::uint16_t value) {
        interface.writeIndex(index);
        memory.clear(interface.writeData(value));
    }
    void fill(std::uint64_t address, std::array<std::uint8_t, 4> planes) {
        for (unsigned plane = 0; plane < 4; ++plane)
            video->bytes()[address * 4 + plane] = std::byte{planes[plane]};
    }
    [[nodiscard]] std::array<std::uint8_t, 4> planes(std::uint64_t address) const {
        std::array<std::uint8_t, 4> found{};
        for (unsigned plane = 0; plane < 4; ++plane)
            found[plane] = std::to_integer<std::uint8_t>(video->bytes()[address * 4 + plane]);
        return found;
    }

    std::shared_ptr<VideoMemory> video;
    Registers registers;
    DisplayInterface interface;
    PlaneMemory memory{video, registers, interface};
};

using Planes = std::array<std::uint8_t, 4>;

}  // namespace

class VgaPlaneMemoryTest : public QObject {
    Q_OBJECT

  private slots:
    void theMapMaskChoosesPlanes() {
        Card card;
        card.fill(5, {1, 2, 3, 4});
        card.sequencer(2, 0b0110);
        card.memory.write(5, 1, 0xAB);
        QCOMPARE(card.planes(5), (Planes{1, 0xAB, 0xAB, 4}));
        card.sequencer(2, 0);
        card.memory.write(5, 1, 0xFF);
        QCOMPARE(card.planes(5), (Planes{1, 0xAB, 0xAB, 4}));
        for (std::uint8_t plane = 0; plane < 4; ++plane) {
            card.graphics(4, plane);
            QCOMPARE(card.memory.read(5, 1), std::uint64_t{card.planes(5)[plane]});
        }
    }

    void writeModeZeroRotatesSetsAndMasks() {
        Card card;
        card.graphics(3, 4);
        card.memory.write(0, 1, 0x12);
        QCOMPARE(card.planes(0), (Planes{0x21, 0x21, 0x21, 0x21}));
        card.graphics(3, 0);
        card.graphics(0, 0b0001);
        card.graphics(1, 0b0011);
        card.memory.write(0, 1, 0x5A);
        QCOMPARE(card.planes(0), (Planes{0xFF, 0x00, 0x5A, 0x5A}));
        // The bits that are masked come from what was read last.
        card.graphics(1, 0);
        card.graphics(8, 0x0F);
        static_cast<void>(card.memory.read(0, 1));
        card.memory.write(1, 1, 0x3C);
        QCOMPARE(card.planes(1), (Planes{0xFC, 0x0C, 0x5C, 0x5C}));
    }

    void functionsCombineWithWhatWasRead_data() {
        QTest::addColumn<int>("function");
        QTest::addColumn<int>("expected");
        QTest::newRow("replace") << 0 << 0x3C;
        QTest::newRow("and") << 1 << (0x3C & 0x6A);
        QTest::newRow("or") << 2 << (0x3C | 0x6A);
        QTest::newRow("xor") << 3 << (0x3C ^ 0x6A);
    }
    void functionsCombineWithWhatWasRead() {
        QFETCH(int, function);
        QFETCH(int, expected);
        Card card;
        card.fill(0, {0x6A, 0x6A, 0x6A, 0x6A});
        static_cast<void>(card.memory.read(0, 1));
        card.graphics(3, static_cast<std::uint8_t>(function << 3));
        const auto value = static_cast<std::uint8_t>(expected);
        card.memory.write(0, 1, 0x3C);
        QCOMPARE(card.planes(0), (Planes{value, value, value, value}));
        // Also in write mode 2, with a colour.
        card.graphics(5, 2);
        card.memory.write(9, 1, 0b0101);
        const auto set = static_cast<std::uint8_t>(
            std::array{0xFF, 0x6A, 0xFF, 0xFF ^ 0x6A}[static_cast<std::size_t>(function)]);
        const auto clear = static_cast<std::uint8_t>(
            std::array{0x00, 0x00, 0x6A, 0x6A}[static_cast<std::size_t>(function)]);
        QCOMPARE(card.planes(9), (Planes{set, clear, set, clear}));
    }

    void writeModeOneCopiesAllPlanes() {
        Card card;
        card.fill(7, {1, 2, 3, 4});
        card.graphics(5, 1);
        static_cast<void>(card.memory.read(7, 1));
        card.memory.write(8, 1, 0x99);
        QCOMPARE(card.planes(8), (Planes{1, 2, 3, 4}));
    }

    void writeModeTwoWritesAColour() {
        Card card;
        card.fill(0, {0x0F, 0x0F, 0x0F, 0x0F});
        static_cast<void>(card.memory.read(0, 1));
        card.graphics(5, 2);
        card.graphics(8, 0x80);
        card.memory.write(0, 1, 0b1010);
        QCOMPARE(card.planes(0), (Planes{0x0F, 0x8F, 0x0F, 0x8F}));
    }

    void writeModeThreeMasksWithTheByte() {
        Card card;
        card.fill(0, {0x0F, 0x0F, 0x0F, 0x0F});
        static_cast<void>(card.memory.read(0, 1));
        card.graphics(5, 3);
        card.graphics(0, 0b0011);
        card.graphics(3, 1 + (0 << 3));
        card.graphics(8, 0xF1);
        card.memory.write(0, 1, 0x03);  // turned: 0x81
        QCOMPARE(card.planes(0), (Planes{0x8F, 0x8F, 0x0E, 0x0E}));
    }

    void readModeOneComparesColours() {
        Card card;
        card.fill(0, {0b1111'0000, 0b1100'1100, 0b1010'1010, 0b0000'0000});
        card.graphics(5, 8);
        card.graphics(2, 0b0011);
        card.graphics(7, 0b1011);
        QCOMPARE(card.memory.read(0, 1), 0b1100'0000U);
        card.graphics(7, 0);
        QCOMPARE(card.memory.read(0, 1), 0xFFU);
        card.graphics(7, 0b1111);
        card.graphics(2, 0b0110);
        QCOMPARE(card.memory.read(0, 1), 0b0000'1000U);
    }

    void oddAddressesAreOfOddPlanes() {
        Card card;
        card.sequencer(4, 0x02);
        card.sequencer(2, 0x03);
        card.graphics(5, 0x10);
        card.graphics(6, 0x0E);
        card.memory.write(0x1'8000, 4, 0x4207'4107);
        QCOMPARE(card.planes(0), (Planes{0x07, 0x41, 0, 0}));
        QCOMPARE(card.planes(2), (Planes{0x07, 0x42, 0, 0}));
        QCOMPARE(card.memory.read(0x1'8000, 4), 0x4207'4107U);
        card.graphics(4, 2);
        card.fill(2, {1, 2, 3, 4});
        QCOMPARE(card.memory.read(0x1'8002, 2), 0x0403U);
    }

    void chainedAddressesNameThePlane() {
        Card card;
        card.sequencer(4, 0x0E);
        card.memory.write(4, 8, 0x0807'0605'0403'0201);
        QCOMPARE(card.planes(4), (Planes{1, 2, 3, 4}));
        QCOMPARE(card.planes(8), (Planes{5, 6, 7, 8}));
        QCOMPARE(card.memory.read(4, 8), 0x0807'0605'0403'0201U);
        QCOMPARE(card.memory.read(7, 2), 0x0504U);
        card.sequencer(2, 0b0100);
        card.memory.write(4, 4, 0);
        QCOMPARE(card.planes(4), (Planes{1, 2, 0, 4}));
    }

    void theWindowIsWhereItWasPut_data() {
        QTest::addColumn<int>("select");
        QTest::addColumn<int>("first");
        QTest::addColumn<int>("end");
        QTest::newRow("128 KiB") << 0 << 0 << 0x2'0000;
        QTest::newRow("A0000") << 1 << 0 << 0x1'0000;
        QTest::newRow("B0000") << 2 << 0x1'0000 << 0x1'8000;
        QTest::newRow("B8000") << 3 << 0x1'8000 << 0x2'0000;
    }
    void theWindowIsWhereItWasPut() {
        QFETCH(int, select);
        QFETCH(int, first);
        QFETCH(int, end);
        Card card;
        card.graphics(6, static_cast<std::uint8_t>(1 | select << 2));
        for (int offset = 0; offset < 0x2'0000; offset += 0x1000) {
            card.fill(0, {});
            const auto at = static_cast<std::uint64_t>(offset);
            const bool isInside = offset >= first && offset < end;
            card.memory.write(at, 1, 0x77);
            QCOMPARE(card.memory.read(at, 1), isInside ? 0x77U : 0xFFU);
            // Across the edge the rest is all ones.
            if (offset == end && end < 0x2'0000)
                QCOMPARE(card.memory.read(at - 1, 2) >> 8, 0xFFU);
        }
        card.registers.write(0x3C2, 0x65);
        QCOMPARE(card.memory.read(static_cast<std::uint64_t>(first), 1), 0xFFU);
    }

    void banksOfADisplayInterfaceModeAreTheMemoryItself() {
        Card card;
        card.dispi(1, 640);
        card.dispi(2, 480);
        card.dispi(3, 8);
        card.dispi(4, 0x41);
        card.dispi(5, 3);
        card.memory.write(0x1234, 4, 0x0403'0201);
        QCOMPARE(card.planes(0x3'1234 / 4), (Planes{1, 2, 3, 4}));
        QCOMPARE(card.memory.read(0x1234, 4), 0x0403'0201U);
        // One window of 64 KiB.
        card.memory.write(0xFFFE, 4, 0xAABB'CCDD);
        QCOMPARE(card.memory.read(0xFFFE, 4), 0xFFFF'CCDDU);
        QVERIFY(card.memory.takeDirty().any(0x3'F000, 0x1000));
    }

    void banksOfAPlanarModeAreOfEachPlane() {
        Card card;
        card.dispi(1, 800);
        card.dispi(2, 600);
        card.dispi(3, 4);
        card.dispi(4, 0x01);
        card.dispi(5, 3);
        card.sequencer(2, 0b0101);
        card.memory.write(0x10, 1, 0x99);
        QCOMPARE(card.planes(0x3'0010), (Planes{0x99, 0, 0x99, 0}));
        // A fourth of the memory is a plane.
        card.dispi(5, 4);
        QCOMPARE(card.interface.windowStart(), std::uint64_t{0x3'0000});
    }

    void whatIsWrittenIsDirty() {
        Card card;
        QVERIFY(!card.memory.takeDirty().any());
        card.memory.write(0x400, 1, 1);
        const DirtyPages dirty = card.memory.takeDirty();
        QVERIFY(dirty.any(0x1000, 4));
        QVERIFY(!dirty.any(0, 0x1000));
        QVERIFY(!dirty.any(0x2000, DirtyPages::kMostBytes));
        static_cast<void>(card.memory.read(0x400, 8));
        QVERIFY(!card.memory.takeDirty().any());
    }

    void nothingElseIsReached() {
        // Under the sanitizers: as small a memory as there may be.
        Card card(256 << 10);
        std::mt19937 random(1);
        for (unsigned round = 0; round < 200'000; ++round) {
            const auto word = static_cast<std::uint32_t>(random());
            const auto value = static_cast<std::uint8_t>(word >> 16);
            switch (word % 8) {
                case 0:
                    card.sequencer(static_cast<std::uint8_t>(word >> 8 & 7), value);
                    break;
                case 1:
                    card.graphics(static_cast<std::uint8_t>(word >> 8 & 15), value);
                    break;
                case 2:
                    card.dispi(static_cast<std::uint16_t>(word >> 8 & 15),
                               static_cast<std::uint16_t>(word >> 16));
                    break;
                default: {
                    const unsigned size = 1U << (word >> 4 & 3);
                    const std::uint64_t offset = std::min<std::uint64_t>(
                        random() % PlaneMemory::kSize, PlaneMemory::kSize - size);
                    card.memory.write(offset, size, word);
                    static_cast<void>(card.memory.read(offset, size));
                }
            }
        }
        QVERIFY(card.memory.takeDirty().any());
    }
};

QTEST_APPLESS_MAIN(VgaPlaneMemoryTest)
#include "plane_memory_test.moc"
