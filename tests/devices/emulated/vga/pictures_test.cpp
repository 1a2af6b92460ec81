// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <cstring>
#include <utility>
#include <vector>

#include "played_adapter.h"

using namespace devices::display;

namespace {

constexpr std::uint32_t kGray = 0xAAAAAA;
constexpr std::uint32_t kBlue = 0x0000AA;
constexpr std::uint32_t kWhite = 0xFFFFFF;

/// The left edge of each line, and the whole of line 3.
std::vector<std::uint8_t> glyph() {
    std::vector<std::uint8_t> lines(16, 0x80);
    lines[3] = 0xFF;
    return lines;
}

}  // namespace

class VgaPicturesTest : public QObject {
    Q_OBJECT

  private slots:
    void nothingIsShownBeforeAModeIsSet() {
        PlayedAdapter played;
        QCOMPARE(played.picture().width, 0U);
        const auto watch = played.framebuffer.watch([] {});
        played.pass(1'000);
        QVERIFY(!watch->take().view);
    }

    void textIsSeen() {
        PlayedAdapter played;
        played.setMode(kTextMode);
        played.loadGlyph('A', glyph());
        played.put(0, 0, 'A', 0x07);
        played.put(79, 24, 'A', 0x1F);
        played.set(0x3D4, 0x0A, 0x20);
        const Picture picture = played.picture();
        QCOMPARE(picture.width, 720U);
        QCOMPARE(picture.height, 400U);
        QCOMPARE(pixelAt(picture, 0, 0), kGray);
        QCOMPARE(pixelAt(picture, 1, 0), 0U);
        QCOMPARE(pixelAt(picture, 7, 3), kGray);
        // The ninth dot is the ground's.
        QCOMPARE(pixelAt(picture, 8, 3), 0U);
        QCOMPARE(pixelAt(picture, 711, 399), kWhite);
        QCOMPARE(pixelAt(picture, 712, 399), kBlue);
        QCOMPARE(pixelAt(picture, 718, 387), kWhite);
        QCOMPARE(pixelAt(picture, 719, 387), kBlue);
        QCOMPARE(pixelAt(picture, 9, 0), 0U);
    }

    void lineGraphicsJoin() {
        PlayedAdapter played;
        played.setMode(kTextMode);
        played.loadGlyph(0xC4, glyph());
        played.put(0, 0, 0xC4, 0x07);
        QCOMPARE(pixelAt(played.picture(), 8, 3), kGray);
        played.setAttribute(0x10, 0x08);
        QCOMPARE(pixelAt(played.picture(), 8, 3), 0U);
    }

    void charactersAreOfEightDotsToo() {
        PlayedAdapter played;
        played.setMode(kTextMode);
        played.loadGlyph('A', glyph());
        played.put(1, 0, 'A', 0x07);
        played.set(0x3C4, 1, 1);
        played.setAttribute(0x13, 0);
        const Picture picture = played.picture();
        QCOMPARE(picture.width, 640U);
        QCOMPARE(pixelAt(picture, 7, 3), 0U);
        QCOMPARE(pixelAt(picture, 8, 3), kGray);
        QCOMPARE(pixelAt(picture, 15, 3), kGray);
        QCOMPARE(pixelAt(picture, 16, 3), 0U);
    }

    void rowsHaveTheHeightThatIsSet() {
        PlayedAdapter played;
        played.setMode(kTextMode);
        played.loadGlyph('A', glyph());
        played.put(0, 1, 'A', 0x07);
        for (const unsigned height : {8U, 14U, 16U, 32U}) {
            played.set(0x3D4, 9, static_cast<std::uint8_t>(0x40 | (height - 1)));
            const Picture picture = played.picture();
            QCOMPARE(pixelAt(picture, 7, height + 3), kGray);
            QCOMPARE(pixelAt(picture, 7, height + 2), 0U);
            QCOMPARE(pixelAt(picture, 7, 3), 0U);
        }
    }

    void bitThreeOfAnAttributeChoosesTheFont() {
        PlayedAdapter played;
        played.setMode(kTextMode);
        played.loadGlyph('A', glyph());
        played.loadGlyph('A', std::vector<std::uint8_t>(16, 0x40), 1);
        played.put(0, 0, 'A', 0x07);
        played.put(1, 0, 'A', 0x0F);
        QCOMPARE(pixelAt(played.picture(), 9, 0), kWhite);
        played.set(0x3C4, 3, 0x04);
        const Picture picture = played.picture();
        QCOMPARE(pixelAt(picture, 0, 0), kGray);
        QCOMPARE(pixelAt(picture, 9, 0), 0U);
        QCOMPARE(pixelAt(picture, 10, 0), kWhite);
        // A glyph that changes changes what shows it.
        played.loadGlyph('A', std::vector<std::uint8_t>(16, 0x01), 1);
        QCOMPARE(pixelAt(played.picture(), 16, 0), kWhite);
    }

    void theCursorAndBlinkingTextComeAndGo() {
        PlayedAdapter played;
        played.setMode(kTextMode);
        played.loadGlyph('A', glyph());
        played.put(0, 0, 'A', 0x87);
        played.put(5, 0, ' ', 0x07);
        played.set(0x3D4, 0x0F, 5);
        const auto cursor = [&] { return pixelAt(played.picture(), 45, 13); };
        QCOMPARE(cursor(), kGray);
        QCOMPARE(pixelAt(played.picture(), 45, 12), 0U);
        QCOMPARE(pixelAt(played.picture(), 45, 15), 0U);
        constexpr std::uint64_t kPhase = 1'000'000'000ULL * 8 / 70;
        played.clock.advance(kPhase + 1);
        QCOMPARE(cursor(), 0U);
        QCOMPARE(pixelAt(played.picture(), 0, 0), kGray);
        played.clock.advance(kPhase);
        QCOMPARE(cursor(), kGray);
        QCOMPARE(pixelAt(played.picture(), 0, 0), 0U);
        // Without blinking it is the ground's brightness.
        played.setAttribute(0x10, 0x04);
        QCOMPARE(pixelAt(played.picture(), 0, 0), kGray);
        QCOMPARE(pixelAt(played.picture(), 1, 0), 0x555555U);
        played.set(0x3D4, 0x0A, 0x2D);
        QCOMPARE(cursor(), 0U);
    }

    void textScrollsByItsStart() {
        PlayedAdapter played;
        played.setMode(kTextMode);
        played.loadGlyph('A', glyph());
        played.put(0, 3, 'A', 0x07);
        static_cast<void>(played.picture());
        played.set(0x3D4, 0x0D, 160);
        QCOMPARE(pixelAt(played.picture(), 0, 16), kGray);
        // By lines and dots.
        played.set(0x3D4, 0x08, 2);
        QCOMPARE(pixelAt(played.picture(), 7, 17), kGray);
        played.setAttribute(0x13, 0);
        const Picture panned = played.picture();
        QCOMPARE(pixelAt(panned, 6, 17), kGray);
        QCOMPARE(pixelAt(panned, 7, 17), 0U);
        // Behind the line compare the memory's first row begins.
        played.put(0, 0, 'A', 0x07);
        played.set(0x3D4, 0x18, 99);
        played.set(0x3D4, 0x07, 0x0F);
        played.set(0x3D4, 0x09, 0x0F);
        played.setAttribute(0x13, 8);
        const Picture split = played.picture();
        QCOMPARE(pixelAt(split, 7, 102), 0U);
        QCOMPARE(pixelAt(split, 7, 103), kGray);
    }

    void aDarkScreenIsBlack() {
        PlayedAdapter played;
        played.setMode(kTextMode);
        played.loadGlyph('A', glyph());
        played.put(0, 0, 'A', 0x07);
        QCOMPARE(pixelAt(played.picture(), 0, 0), kGray);
        played.set(0x3C4, 1, 0x20);
        QCOMPARE(pixelAt(played.picture(), 0, 0), 0U);
        played.set(0x3C4, 1, 0x00);
        QCOMPARE(pixelAt(played.picture(), 0, 0), kGray);
        static_cast<void>(played.ports.read(0x3DA, 1));
        played.out(0x3C0, 0);
        QCOMPARE(pixelAt(played.picture(), 0, 0), 0U);
    }

    void fourColoursAreSeen() {
        PlayedAdapter played;
        played.setMode(kFourColorMode);
        for (std::uint8_t color = 0; color < 4; ++color)
            played.setColor(std::array<std::uint8_t, 4>{0, 0x13, 0x15, 0x17}[color],
                            color * 0x404040U);
        // Even lines are in the first half, odd ones in the second.
        played.mmio.write(0xB'8000, 1, 0b00'01'10'11);
        played.mmio.write(0xB'8000 + 79, 1, 0b11);
        played.mmio.write(0xB'A000, 1, 0b11'00'00'00);
        played.mmio.write(0xB'8000 + 80, 1, 0b10'00'00'00);
        const Picture picture = played.picture();
        QCOMPARE(picture.width, 320U);
        QCOMPARE(picture.height, 200U);
        for (unsigned x = 0; x < 4; ++x)
            QCOMPARE(pixelAt(picture, x, 0), x * 0x404040 + (x == 0 ? 0 : x * 0x010101));
        QCOMPARE(pixelAt(picture, 319, 0), 0xC3C3C3U);
        QCOMPARE(pixelAt(picture, 0, 1), 0xC3C3C3U);
        QCOMPARE(pixelAt(picture, 0, 2), 0x828282U);
    }

    void twoColoursAreSeen() {
        PlayedAdapter played;
        played.setMode(kTwoColorMode);
        played.setColor(0x17, 0xFFFFFF);
        played.mmio.write(0xB'8000, 1, 0x81);
        played.mmio.write(0xB'A000 + 79, 1, 0x01);
        const Picture picture = played.picture();
        QCOMPARE(picture.width, 640U);
        QCOMPARE(picture.height, 400U);
        // Dots are half as wide as high: each line is there twice.
        for (const unsigned y : {0U, 1U}) {
            QCOMPARE(pixelAt(picture, 0, y), kWhite);
            QCOMPARE(pixelAt(picture, 1, y), 0U);
            QCOMPARE(pixelAt(picture, 7, y), kWhite);
            QCOMPARE(pixelAt(picture, 639, y + 2), kWhite);
        }
        QCOMPARE(pixelAt(picture, 0, 2), 0U);
    }

    void sixteenColoursAreSeen() {
        PlayedAdapter played;
        played.setMode(kPlanarMode);
        // The last pixel of line 479 in colour 14: write mode 2.
        played.set(0x3CE, 5, 2);
        played.set(0x3CE, 8, 0x01);
        static_cast<void>(played.mmio.read(0xA'0000 + 479 * 80 + 79, 1));
        played.mmio.write(0xA'0000 + 479 * 80 + 79, 1, 14);
        played.set(0x3CE, 8, 0x80);
        static_cast<void>(played.mmio.read(0xA'0000, 1));
        played.mmio.write(0xA'0000, 1, 4);
        Picture picture = played.picture();
        QCOMPARE(picture.width, 640U);
        QCOMPARE(picture.height, 480U);
        QCOMPARE(pixelAt(picture, 639, 479), 0xFFFF55U);
        QCOMPARE(pixelAt(picture, 638, 479), 0U);
        QCOMPARE(pixelAt(picture, 0, 0), 0xAA0000U);
        // Panned, and from another start.
        played.setAttribute(0x13, 3);
        played.set(0x3D4, 0x0D, 80);
        picture = played.picture();
        QCOMPARE(pixelAt(picture, 636, 478), 0xFFFF55U);
        // Two attributes that are the same colour now.
        played.setAttribute(14, 0x04);
        QCOMPARE(pixelAt(played.picture(), 636, 478), 0xAA0000U);
    }

    void bytesAreColours() {
        PlayedAdapter played;
        played.setMode(kByteMode);
        played.setColor(200, 0x804020);
        played.mmio.write(0xA'0000, 4, 0xC800'00C8);
        played.mmio.write(0xA'0000 + 63'999, 1, 200);
        Picture picture = played.picture();
        QCOMPARE(picture.width, 320U);
        QCOMPARE(picture.height, 200U);
        QCOMPARE(pixelAt(picture, 0, 0), 0x824120U);
        QCOMPARE(pixelAt(picture, 1, 0), 0U);
        QCOMPARE(pixelAt(picture, 3, 0), 0x824120U);
        QCOMPARE(pixelAt(picture, 319, 199), 0x824120U);
        played.setColor(200, 0xFFFFFF);
        QCOMPARE(pixelAt(played.picture(), 0, 0), kWhite);
    }

    void planesInTurnAreColoursWithoutTheChain() {
        // 320 by 240, as "mode X" has it.
        PlayedAdapter played;
        played.setMode(kByteMode);
        played.set(0x3C4, 4, 0x06);
        played.out(0x3C2, 0xE3);
        for (const auto& [number, value] :
             std::vector<std::pair<std::uint8_t, std::uint8_t>>{{0x11, 0x00},
                                                                {0x06, 0x0D},
                                                                {0x07, 0x3E},
                                                                {0x10, 0xEA},
                                                                {0x12, 0xDF},
                                                                {0x14, 0x00},
                                                                {0x17, 0xE3}})
            played.set(0x3D4, number, value);
        played.setColor(9, 0xFFFFFF);
        played.set(0x3C4, 2, 0x02);
        played.mmio.write(0xA'0000 + 239 * 80 + 79, 1, 9);
        const Picture picture = played.picture();
        QCOMPARE(picture.width, 320U);
        QCOMPARE(picture.height, 240U);
        QCOMPARE(pixelAt(picture, 317, 239), kWhite);
        QCOMPARE(pixelAt(picture, 318, 239), 0U);
    }

    void linearPixelsAreSeen_data() {
        QTest::addColumn<int>("bits");
        QTest::addColumn<quint32>("pixel");
        QTest::addColumn<quint32>("colour");
        QTest::newRow("8") << 8 << 9U << 0xFF0000U;
        QTest::newRow("15") << 15 << 0x7C1FU << 0xFF00FFU;
        QTest::newRow("16") << 16 << 0x07E0U << 0x00FF00U;
        QTest::newRow("24") << 24 << 0x123456U << 0x123456U;
        QTest::newRow("32") << 32 << 0x654321U << 0x654321U;
    }
    void linearPixelsAreSeen() {
        QFETCH(int, bits);
        QFETCH(quint32, pixel);
        QFETCH(quint32, colour);
        PlayedAdapter played;
        played.setColor(9, 0xFF0000);
        played.setInterfaceMode(1024, 768, static_cast<std::uint16_t>(bits));
        // By the linear framebuffer, which no register sees.
        const auto bytes = static_cast<std::size_t>((bits + 7) / 8);
        const std::size_t last = (std::size_t{1024} * 768 - 1) * bytes;
        std::memcpy(played.memory->bytes() + last, &pixel, bytes);
        // And by the window.
        played.setInterface(5, 1);
        played.mmio.write(0xA'0000, static_cast<unsigned>(bytes == 3 ? 4 : bytes), pixel);
        const Picture picture = played.picture();
        QCOMPARE(picture.width, 1024U);
        QCOMPARE(picture.height, 768U);
        QCOMPARE(pixelAt(picture, 1023, 767) & 0xFFFFFF, colour);
        if (bytes != 3) {
            const std::size_t banked = 0x1'0000 / bytes;
            QCOMPARE(pixelAt(picture, banked % 1024, banked / 1024) & 0xFFFFFF, colour);
        }
        QCOMPARE(pixelAt(picture, 5, 5), 0U);
        played.setInterface(6, 1100);
        played.setInterface(8, 3);
        played.setInterface(9, 2);
        std::memcpy(played.memory->bytes() + (2 * 1100 + 3) * bytes, &pixel, bytes);
        QCOMPARE(pixelAt(played.picture(), 0, 0) & 0xFFFFFF, colour);
    }

    void planesOfTheInterfaceAreSeen() {
        PlayedAdapter played;
        played.setMode(kPlanarMode);
        played.setInterfaceMode(800, 600, 4);
        played.set(0x3CE, 5, 2);
        played.set(0x3CE, 8, 0xFF);
        played.mmio.write(0xA'0000 + 599 * 100 + 99, 1, 14);
        const Picture picture = played.picture();
        QCOMPARE(picture.width, 800U);
        QCOMPARE(pixelAt(picture, 799, 599), 0xFFFF55U);
        QCOMPARE(pixelAt(picture, 791, 599), 0U);
    }
};

QTEST_APPLESS_MAIN(VgaPicturesTest)
#include "pictures_test.moc"
