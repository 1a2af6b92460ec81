// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <random>

#include "devices/emulated/ps2/ps2_mouse.h"
#include "played_host.h"

using namespace devices;
using display::kMostPointer;

namespace {

constexpr ScreenSize kScreen{1024, 768};

struct Scene {
    void to(std::uint32_t x, std::uint32_t y, std::uint8_t buttons = 0, int wheel = 0) {
        mouse.pointer({.x = static_cast<std::uint16_t>(
                           (x * kMostPointer + (kScreen.width - 1) / 2) / (kScreen.width - 1)),
                       .y = static_cast<std::uint16_t>(
                           (y * kMostPointer + (kScreen.height - 1) / 2) / (kScreen.height - 1)),
                       .buttons = buttons},
                      wheel);
    }
    Bytes read() { return readAll(mouse); }
    Bytes asked(const Bytes& bytes) { return ask(mouse, bytes); }
    void knock(const Bytes& rates) {
        for (const std::uint8_t rate : rates) {
            QCOMPARE(asked({0xF3}), Bytes{0xFA});
            QCOMPARE(asked({rate}), Bytes{0xFA});
        }
    }

    int notices = 0;
    Ps2Mouse mouse{[] { return kScreen; }, [this] { ++notices; }};
};

}  // namespace

class Ps2MouseTest : public QObject {
    Q_OBJECT

  private slots:
    void nothingIsReportedUnasked() {
        Scene scene;
        scene.to(10, 10);
        scene.to(20, 20, 1);
        QVERIFY(!scene.mouse.isListening());
        QCOMPARE(scene.read(), Bytes());
    }

    void movementsAndButtonsAreReported() {
        Scene scene;
        scene.to(10, 10);
        QCOMPARE(scene.asked({0xF4}), Bytes{0xFA});
        QVERIFY(scene.mouse.isListening());
        scene.to(30, 5);
        QCOMPARE(scene.read(), (Bytes{0x08, 20, 5}));
        scene.to(29, 7);
        QCOMPARE(scene.read(), (Bytes{0x38, 0xFF, 0xFE}));
        scene.to(29, 7, 7);
        scene.to(29, 7, 0);
        QCOMPARE(scene.read(), (Bytes{0x0F, 0, 0, 0x08, 0, 0}));
        scene.to(29, 7, 0, 1);
        // A wheel that it does not have.
        QCOMPARE(scene.read(), (Bytes{0x08, 0, 0}));
        QCOMPARE(scene.notices, 6);
    }

    void farMovementsTakeSeveralReports() {
        Scene scene;
        scene.to(0, 0);
        scene.asked({0xF4});
        scene.to(600, 300);
        QCOMPARE(scene.read(), (Bytes{0x28, 255, 0x01, 0x28, 255, 0x100 - 45, 0x08, 90, 0}));
        scene.to(0, 300);
        QCOMPARE(scene.read(), (Bytes{0x18, 0x01, 0, 0x18, 0x01, 0, 0x18, 0x100 - 90, 0}));
    }

    void commandsAreAnswered_data() {
        QTest::addColumn<Bytes>("command");
        QTest::addColumn<Bytes>("answer");
        QTest::newRow("reset") << Bytes{0xFF} << Bytes{0xFA, 0xAA, 0x00};
        QTest::newRow("identify") << Bytes{0xF2} << Bytes{0xFA, 0x00};
        QTest::newRow("status") << Bytes{0xE9} << Bytes{0xFA, 0x00, 2, 100};
        QTest::newRow("status when enabled") << Bytes{0xF4, 0xE9} << Bytes{0xFA, 0x20, 2, 100};
        QTest::newRow("status when scaled") << Bytes{0xE7, 0xE9} << Bytes{0xFA, 0x10, 2, 100};
        QTest::newRow("status when remote") << Bytes{0xF0, 0xE9} << Bytes{0xFA, 0x40, 2, 100};
        QTest::newRow("status of stream") << Bytes{0xF0, 0xEA, 0xE9} << Bytes{0xFA, 0x00, 2, 100};
        QTest::newRow("rate") << Bytes{0xF3, 40, 0xE9} << Bytes{0xFA, 0x00, 2, 40};
        QTest::newRow("resolution") << Bytes{0xE8, 3, 0xE9} << Bytes{0xFA, 0x00, 3, 100};
        QTest::newRow("defaults") << Bytes{0xE8, 3, 0xF3, 40, 0xE7, 0xF4, 0xF6, 0xE9}
                                  << Bytes{0xFA, 0x00, 2, 100};
        QTest::newRow("data") << Bytes{0xEB} << Bytes{0xFA, 0x08, 0, 0};
        QTest::newRow("no rate") << Bytes{0xF3, 41} << Bytes{0xFE};
        QTest::newRow("no resolution") << Bytes{0xE8, 4} << Bytes{0xFE};
        QTest::newRow("unknown") << Bytes{0xE1} << Bytes{0xFE};
        QTest::newRow("unknown again") << Bytes{0xE1, 0xE1} << Bytes{0xFC};
        QTest::newRow("unknown later") << Bytes{0xE1, 0xF2, 0xE1} << Bytes{0xFE};
        QTest::newRow("again") << Bytes{0xF2, 0xFE} << Bytes{0xFA, 0x00};
    }
    void commandsAreAnswered() {
        QFETCH(Bytes, command);
        QFETCH(Bytes, answer);
        Scene scene;
        QCOMPARE(scene.asked(command), answer);
    }

    void statusNamesTheButtons() {
        Scene scene;
        scene.to(1, 1, 1);
        QCOMPARE(scene.asked({0xE9})[1], std::uint8_t{4});
        scene.to(1, 1, 2);
        QCOMPARE(scene.asked({0xE9})[1], std::uint8_t{1});
        scene.to(1, 1, 4);
        QCOMPARE(scene.asked({0xE9})[1], std::uint8_t{2});
    }

    void remoteModeReportsWhenAsked() {
        Scene scene;
        scene.to(0, 0);
        scene.asked({0xF0});
        QVERIFY(scene.mouse.isListening());
        scene.to(3, 0);
        scene.to(5, 0, 1);
        QCOMPARE(scene.read(), Bytes());
        QCOMPARE(scene.asked({0xEB}), (Bytes{0xFA, 0x08, 3, 0}));
        QCOMPARE(scene.asked({0xEB}), (Bytes{0xFA, 0x09, 2, 0}));
        QCOMPARE(scene.asked({0xEB}), (Bytes{0xFA, 0x09, 0, 0}));
    }

    void wrapModeGivesBytesBack() {
        Scene scene;
        scene.to(0, 0);
        scene.asked({0xF4});
        QCOMPARE(scene.asked({0xEE}), Bytes{0xFA});
        scene.to(5, 0);
        QCOMPARE(scene.read(), Bytes());
        for (const std::uint8_t byte : Bytes{0x00, 0xF4, 0xE9, 0xEE})
            QCOMPARE(scene.asked({byte}), Bytes{byte});
        QCOMPARE(scene.asked({0xEC}), (Bytes{0xFA, 0x08, 5, 0}));
        QCOMPARE(scene.asked({0xEE}), Bytes{0xFA});
        QCOMPARE(scene.asked({0xFF}), (Bytes{0xFA, 0xAA, 0x00}));
        QCOMPARE(scene.asked({0xF2}), (Bytes{0xFA, 0x00}));
    }

    void scalingIsOfStreams() {
        Scene scene;
        scene.to(0, 0);
        scene.asked({0xF4});
        scene.asked({0xE7});
        std::uint32_t x = 0;
        for (const auto& [moved, told] :
             {std::pair{1, 1}, {2, 1}, {3, 3}, {4, 6}, {5, 9}, {6, 12}}) {
            x += static_cast<std::uint32_t>(moved);
            scene.to(x, 0);
            QCOMPARE(scene.read(), (Bytes{0x08, static_cast<std::uint8_t>(told), 0}));
        }
        // More than a report can tell.
        scene.to(x + 200, 0);
        QCOMPARE(scene.read(), (Bytes{0x48, 255, 0}));
        scene.asked({0xF0});
        scene.to(x, 0);
        QCOMPARE(scene.asked({0xEB}), (Bytes{0xFA, 0x18, 0x100 - 200, 0}));
    }

    void theWheelIsForThoseWhoKnock() {
        Scene scene;
        scene.to(0, 0);
        scene.knock({200, 100, 80});
        QCOMPARE(scene.asked({0xF2}), (Bytes{0xFA, 0x03}));
        scene.asked({0xF4});
        scene.to(0, 0, 0, 1);
        scene.to(2, 0, 0, 0);
        QCOMPARE(scene.read(), (Bytes{0x08, 2, 0, 0xFF}));
        scene.to(2, 0, 0, -9);
        QCOMPARE(scene.read(), (Bytes{0x08, 0, 0, 7, 0x08, 0, 0, 2}));
        // Its further buttons it does not tell.
        scene.to(2, 0, 8);
        QCOMPARE(scene.read(), (Bytes{0x08, 0, 0, 0}));
        QCOMPARE(scene.asked({0xF6}), Bytes{0xFA});
        QCOMPARE(scene.asked({0xF2}), (Bytes{0xFA, 0x03}));
        QCOMPARE(scene.asked({0xFF}), (Bytes{0xFA, 0xAA, 0x00}));
        QCOMPARE(scene.asked({0xF2}), (Bytes{0xFA, 0x00}));
    }

    void furtherButtonsAreForThoseWhoKnockAgain() {
        Scene scene;
        scene.to(0, 0);
        scene.knock({200, 100, 80, 200, 200, 80});
        QCOMPARE(scene.asked({0xF2}), (Bytes{0xFA, 0x04}));
        // The first knock does not take it back.
        scene.knock({200, 100, 80});
        QCOMPARE(scene.asked({0xF2}), (Bytes{0xFA, 0x04}));
        scene.asked({0xF4});
        scene.to(0, 0, 8, 1);
        scene.to(0, 0, 16 | 1, -1);
        scene.to(0, 0);
        QCOMPARE(scene.read(), (Bytes{0x08, 0, 0, 0x1F, 0x09, 0, 0, 0x21, 0x08, 0, 0, 0x00}));
    }

    void aCommandEndsAReport() {
        Scene scene;
        scene.to(0, 0);
        scene.asked({0xF4});
        scene.to(5, 0);
        scene.to(5, 0, 1);
        QCOMPARE(scene.mouse.send(), std::optional<std::uint8_t>(0x08));
        QCOMPARE(scene.asked({0xE9}), (Bytes{0xFA, 0x24, 2, 100, 0x09, 0, 0}));
    }

    void pressesAreToldWhenReportsBegin() {
        Scene scene;
        scene.to(0, 0, 1);
        QCOMPARE(scene.asked({0xF4}), (Bytes{0xFA, 0x09, 0, 0}));
        scene.asked({0xF5});
        scene.to(9, 9);
        QCOMPARE(scene.asked({0xF4}), (Bytes{0xFA, 0x08, 0, 0}));
    }

    void anythingIsSurvived() {
        Scene scene;
        std::mt19937_64 random(9);
        for (int i = 0; i < 200'000; ++i) {
            const std::uint64_t choice = random();
            if ((choice & 3) == 0)
                scene.mouse.receive(static_cast<std::uint8_t>(choice >> 8));
            else if ((choice & 3) == 1)
                static_cast<void>(scene.mouse.send());
            else
                scene.mouse.pointer({.x = static_cast<std::uint16_t>(choice >> 8),
                                     .y = static_cast<std::uint16_t>(choice >> 24),
                                     .buttons = static_cast<std::uint8_t>(choice >> 40)},
                                    static_cast<int>(choice >> 32));
        }
        QVERIFY(scene.read().size() < 32 * 16 * 4 + 8);
        QCOMPARE(scene.asked({0xFF}), (Bytes{0xFA, 0xAA, 0x00}));
    }
};

QTEST_APPLESS_MAIN(Ps2MouseTest)
#include "mouse_test.moc"
