// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <random>

#include "devices/emulated/ps2/ps2_keyboard.h"
#include "played_host.h"

using namespace devices;
using display::KeyAction;
using display::ScanCode;
using display::ScanPrefix;

namespace {

struct Scene {
    void down(ScanCode code) { keyboard.key(code, KeyAction::Down); }
    void up(ScanCode code) { keyboard.key(code, KeyAction::Up); }
    Bytes read() { return readAll(keyboard); }
    Bytes asked(const Bytes& bytes) { return ask(keyboard, bytes); }

    int notices = 0;
    Ps2Keyboard keyboard{[this] { ++notices; }};
};

constexpr ScanCode kA{0x1E};
constexpr ScanCode kPauseFirst{0x1D, ScanPrefix::E1};
constexpr ScanCode kPauseSecond{0x45};
constexpr ScanCode kPrint{0x37, ScanPrefix::E0};
constexpr ScanCode kShift{0x2A};
constexpr ScanCode kControl{0x1D};
constexpr ScanCode kAlt{0x38};

}  // namespace

class Ps2KeyboardTest : public QObject {
    Q_OBJECT

  private slots:
    void keysAreSentFromTheStart() {
        Scene scene;
        QVERIFY(scene.keyboard.isListening());
        QCOMPARE(scene.read(), Bytes());
        scene.down(kA);
        QCOMPARE(scene.notices, 1);
        scene.down(kA);
        scene.up(kA);
        QCOMPARE(scene.read(), (Bytes{0x1C, 0x1C, 0xF0, 0x1C}));
        // Without its press there is no release.
        scene.up(kA);
        QCOMPARE(scene.read(), Bytes());
    }

    void commandsAreAnswered_data() {
        QTest::addColumn<Bytes>("command");
        QTest::addColumn<Bytes>("answer");
        QTest::newRow("reset") << Bytes{0xFF} << Bytes{0xFA, 0xAA};
        QTest::newRow("identify") << Bytes{0xF2} << Bytes{0xFA, 0xAB, 0x83};
        QTest::newRow("echo") << Bytes{0xEE} << Bytes{0xEE};
        QTest::newRow("lights") << Bytes{0xED} << Bytes{0xFA};
        QTest::newRow("lights set") << Bytes{0xED, 0x07} << Bytes{0xFA};
        QTest::newRow("repetition") << Bytes{0xF3, 0x20} << Bytes{0xFA};
        QTest::newRow("enable") << Bytes{0xF4} << Bytes{0xFA};
        QTest::newRow("disable") << Bytes{0xF5} << Bytes{0xFA};
        QTest::newRow("defaults") << Bytes{0xF6} << Bytes{0xFA};
        QTest::newRow("scan set") << Bytes{0xF0, 0x00} << Bytes{0xFA, 0x02};
        QTest::newRow("scan set 3") << Bytes{0xF0, 0x03, 0xF0, 0x00} << Bytes{0xFA, 0x03};
        QTest::newRow("scan set 4") << Bytes{0xF0, 0x04} << Bytes{0xFE};
        QTest::newRow("types of all keys") << Bytes{0xFA} << Bytes{0xFA};
        QTest::newRow("types of keys") << Bytes{0xFC, 0x1C, 0x1B} << Bytes{0xFA};
        QTest::newRow("a command in place of an argument")
            << Bytes{0xED, 0xF2} << Bytes{0xFA, 0xAB, 0x83};
        QTest::newRow("unknown") << Bytes{0x10} << Bytes{0xFE};
        QTest::newRow("unknown extension") << Bytes{0xEA} << Bytes{0xFE};
    }
    void commandsAreAnswered() {
        QFETCH(Bytes, command);
        QFETCH(Bytes, answer);
        Scene scene;
        QCOMPARE(scene.asked(command), answer);
    }

    void theScanSetIsTheHosts() {
        Scene scene;
        QCOMPARE(scene.asked({0xF0, 0x01}), Bytes{0xFA});
        scene.down({0x48, ScanPrefix::E0});
        scene.up({0x48, ScanPrefix::E0});
        QCOMPARE(scene.read(), (Bytes{0xE0, 0x48, 0xE0, 0xC8}));
        QCOMPARE(scene.asked({0xF0, 0x03}), Bytes{0xFA});
        scene.down({0x48, ScanPrefix::E0});
        scene.up({0x48, ScanPrefix::E0});
        QCOMPARE(scene.read(), (Bytes{0x63, 0xF0, 0x63}));
        // Keys of set 3 may be kept from telling their releases.
        QCOMPARE(scene.asked({0xF9}), Bytes{0xFA});
        scene.down(kA);
        scene.up(kA);
        QCOMPARE(scene.read(), Bytes{0x1C});
        QCOMPARE(scene.asked({0xFA}), Bytes{0xFA});
        scene.down(kA);
        scene.up(kA);
        QCOMPARE(scene.read(), (Bytes{0x1C, 0xF0, 0x1C}));
        QCOMPARE(scene.asked({0xF6}), Bytes{0xFA});
        scene.down(kA);
        QCOMPARE(scene.read(), Bytes{0x1C});
        QCOMPARE(scene.asked({0xF0, 0x00}), (Bytes{0xFA, 0x02}));
    }

    void aDisabledKeyboardSendsNothing() {
        Scene scene;
        scene.down(kA);
        QCOMPARE(scene.asked({0xF5}), Bytes{0xFA});
        QVERIFY(!scene.keyboard.isListening());
        scene.up(kA);
        scene.down({0x30});
        QCOMPARE(scene.read(), Bytes());
        QCOMPARE(scene.asked({0xF4}), Bytes{0xFA});
        // Its press was not told of.
        scene.up({0x30});
        scene.down({0x2E});
        QCOMPARE(scene.read(), Bytes{0x21});
    }

    void answersComeBeforeKeys() {
        Scene scene;
        scene.down(kA);
        scene.keyboard.receive(0xED);
        scene.down({0x30});
        QCOMPARE(scene.read(), (Bytes{0xFA, 0x1C, 0x32}));
        QCOMPARE(scene.asked({0x07}), Bytes{0xFA});
    }

    void theLastByteIsSentAgain() {
        Scene scene;
        scene.down(kA);
        QCOMPARE(scene.read(), Bytes{0x1C});
        QCOMPARE(scene.asked({0xFE}), Bytes{0x1C});
        QCOMPARE(scene.asked({0xF2}), (Bytes{0xFA, 0xAB, 0x83}));
        QCOMPARE(scene.asked({0xFE}), Bytes{0x83});
    }

    void pauseIsOneKey() {
        Scene scene;
        for (int i = 0; i < 2; ++i) {
            scene.down(kPauseFirst);
            scene.down(kPauseSecond);
        }
        scene.up(kPauseFirst);
        scene.up(kPauseSecond);
        QCOMPARE(scene.read(), (Bytes{0xE1, 0x14, 0x77, 0xE1, 0xF0, 0x14, 0xF0, 0x77}));
        // By itself the second code is Num Lock.
        scene.down(kPauseSecond);
        scene.up(kPauseSecond);
        QCOMPARE(scene.read(), (Bytes{0x77, 0xF0, 0x77}));
        scene.down(kControl);
        scene.down(kPauseFirst);
        scene.down(kPauseSecond);
        QCOMPARE(scene.read(), (Bytes{0x14, 0xE0, 0x7E, 0xE0, 0xF0, 0x7E}));
    }

    void printScreenDependsOnOtherKeys() {
        Scene scene;
        scene.down(kPrint);
        scene.down(kPrint);
        scene.up(kPrint);
        QCOMPARE(scene.read(), (Bytes{0xE0, 0x12, 0xE0, 0x7C, 0xE0, 0x12, 0xE0, 0x7C, 0xE0, 0xF0,
                                      0x7C, 0xE0, 0xF0, 0x12}));
        scene.down(kShift);
        scene.down(kPrint);
        scene.up(kShift);
        scene.up(kPrint);
        QCOMPARE(scene.read(), (Bytes{0x12, 0xE0, 0x7C, 0xF0, 0x12, 0xE0, 0xF0, 0x7C}));
        scene.down(kAlt);
        scene.down(kPrint);
        scene.up(kAlt);
        scene.up(kPrint);
        QCOMPARE(scene.read(), (Bytes{0x11, 0x84, 0xF0, 0x11, 0xF0, 0x84}));
    }

    void tooManyKeysAreToldOfAndDropped() {
        Scene scene;
        for (int i = 0; i < 1'000; ++i) {
            scene.down(kA);
            scene.up(kA);
        }
        scene.down({0x30});
        scene.up({0x30});
        const Bytes bytes = scene.read();
        QVERIFY(bytes.size() >= 100 && bytes.size() < 300);
        QCOMPARE(std::ranges::count(bytes, std::uint8_t{0x00}), 1);
        // No press without its release.
        QCOMPARE(std::ranges::count(bytes, std::uint8_t{0x1C}),
                 2 * std::ranges::count(bytes, std::uint8_t{0xF0}));
        QCOMPARE(std::ranges::count(bytes, std::uint8_t{0x32}), 0);
        scene.down({0x30});
        QCOMPARE(scene.read(), Bytes{0x32});
    }

    void releasesFitAlways() {
        Scene scene;
        for (std::uint8_t code = 1; code <= 0x53; ++code)
            scene.down({code});
        for (int i = 0; i < 1'000; ++i)
            scene.down({0x53});
        for (std::uint8_t code = 1; code <= 0x53; ++code)
            scene.up({code});
        QCOMPARE(std::ranges::count(scene.read(), std::uint8_t{0xF0}), 0x53);
    }

    void powerOnForgetsEverything() {
        Scene scene;
        scene.asked({0xF0, 0x03});
        scene.asked({0xF5, 0xED});
        scene.keyboard.powerOn();
        QCOMPARE(scene.read(), Bytes());
        QVERIFY(scene.keyboard.isListening());
        scene.down(kA);
        scene.keyboard.powerOn();
        scene.up(kA);
        QCOMPARE(scene.read(), Bytes());
        QCOMPARE(scene.asked({0x01}), Bytes{0xFE});
        QCOMPARE(scene.asked({0xF0, 0x00}), (Bytes{0xFA, 0x02}));
    }

    void anythingIsSurvived() {
        Scene scene;
        std::mt19937_64 random(8);
        for (int i = 0; i < 200'000; ++i) {
            const std::uint64_t choice = random();
            if ((choice & 3) == 0)
                scene.keyboard.receive(static_cast<std::uint8_t>(choice >> 8));
            else if ((choice & 3) == 1)
                static_cast<void>(scene.keyboard.send());
            else
                scene.keyboard.key({static_cast<std::uint8_t>(choice >> 8),
                                    static_cast<ScanPrefix>((choice >> 16) % 4)},
                                   (choice & 4) != 0 ? KeyAction::Up : KeyAction::Down);
        }
        // What waits has an end.
        QVERIFY(scene.read().size() < 3'000);
        QCOMPARE(scene.asked({0xFF}), (Bytes{0xFA, 0xAA}));
    }
};

QTEST_APPLESS_MAIN(Ps2KeyboardTest)
#include "keyboard_test.moc"
