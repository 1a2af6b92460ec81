// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/display/vnc/viewer_messages.h"

#include <QTest>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "devices/display/vnc/viewer_input.h"

using namespace devices::display;
using namespace std::string_view_literals;

namespace {

class Recorder final : public ViewerMessages::Receiver {
  public:
    void pass(std::span<const std::byte> message) override {
        passed.append(reinterpret_cast<const char*>(message.data()), message.size());
    }
    void wantsKeycodes() override { events += " wants"; }
    void keysym(std::uint32_t keysym, bool isDown) override {
        events += " sym" + std::to_string(keysym) + (isDown ? "+" : "-");
    }
    void keycode(std::uint32_t keycode, bool isDown) override {
        events += " code" + std::to_string(keycode) + (isDown ? "+" : "-");
    }
    void pointer(std::uint8_t buttons, std::uint16_t x, std::uint16_t y) override {
        events +=
            " at" + std::to_string(x) + "," + std::to_string(y) + "/" + std::to_string(buttons);
    }
    std::string passed;
    std::string events;
};

constexpr auto kGreeting = "RFB 003.008\n\1\0"sv;

struct Scene {
    bool take(std::string_view bytes) { return messages.take(std::as_bytes(std::span(bytes))); }
    void greet() {
        QVERIFY(take(kGreeting));
        QVERIFY(messages.isGreeted());
        recorder.passed.clear();
    }
    Recorder recorder;
    ViewerMessages messages{recorder};
};

class Hands final : public KeyboardInput, public PointerInput {
  public:
    void key(ScanCode code, KeyAction action) override {
        events += (action == KeyAction::Down ? " +" : " -") + std::to_string(code.code);
    }
    void pointer(const PointerState& state, int wheel) override {
        last = state;
        wheels += wheel;
    }
    [[nodiscard]] bool isListening() const override { return true; }
    std::string events;
    PointerState last;
    int wheels = 0;
};

}  // namespace

class ViewerMessagesTest : public QObject {
    Q_OBJECT

  private slots:
    void theHandshakePassesAndIsShared() {
        Scene scene;
        QVERIFY(!scene.messages.isGreeted());
        QVERIFY(scene.take(kGreeting));
        QCOMPARE(scene.recorder.passed, std::string("RFB 003.008\n\1\1"));
    }

    void versionsAreBroughtToThoseThatExist() {
        for (const auto& [said, passed] : {std::pair("RFB 003.889\n\1\0"sv, "RFB 003.008\n\1\1"sv),
                                           std::pair("RFB 003.007\n\1\0"sv, "RFB 003.007\n\1\1"sv),
                                           std::pair("RFB 003.005\n\0"sv, "RFB 003.003\n\1"sv)}) {
            Scene scene;
            QVERIFY(scene.take(said));
            QCOMPARE(scene.recorder.passed, std::string(passed));
        }
    }

    void inputGoesToItsReceiverAlone() {
        Scene scene;
        scene.greet();
        QVERIFY(scene.take("\4\1\0\0\0\0\0\x61"sv));
        QVERIFY(scene.take("\4\0\0\0\0\0\xFF\x0D"sv));
        QVERIFY(scene.take("\5\3\1\2\3\4"sv));
        QVERIFY(scene.take("\xFF\0\0\1\0\0\0\x61\0\0\0\x1E"sv));
        QCOMPARE(scene.recorder.events, std::string(" sym97+ sym65293- at258,772/3 code30+"));
        QVERIFY(scene.recorder.passed.empty());
    }

    void piecesOfAnySizeAreTheSame() {
        const auto all =
            "RFB 003.008\n\1\1"
            "\2\0\0\3\0\0\0\7\xFF\xFF\xFE\xFE\0\0\0\0"
            "\3\1\0\0\0\0\4\0\3\0"
            "\6\0\0\0\0\0\0\3abc"
            "\4\1\0\0\0\0\0\x61"sv;
        Scene whole;
        QVERIFY(whole.take(all));
        QVERIFY(whole.recorder.events == " wants sym97+");
        for (std::size_t size = 1; size < 13; ++size) {
            Scene scene;
            for (std::size_t i = 0; i < all.size(); i += size)
                QVERIFY(scene.take(all.substr(i, size)));
            QCOMPARE(scene.recorder.passed, whole.recorder.passed);
            QCOMPARE(scene.recorder.events, whole.recorder.events);
        }
    }

    void encodingsAreThoseThatTheScreenNeeds() {
        Scene scene;
        scene.greet();
        // Tight, a cursor, an extended clipboard, ultra, ZRLE.
        QVERIFY(
            scene.take("\2\0\0\5\0\0\0\7\xFF\xFF\xFF\x11\xC0\xA1\xE5\xCE\0\0\0\x09\0\0\0\x10"sv));
        QCOMPARE(scene.recorder.passed, std::string("\2\0\0\2\0\0\0\7\0\0\0\x10", 12));
    }

    void aLongListOfEncodingsIsBounded() {
        Scene scene;
        scene.greet();
        QVERIFY(scene.take("\2\0\xFF\xFF"sv));
        for (int i = 0; i < 0xFFFF; ++i)
            QVERIFY(scene.take("\0\0\0\0"sv));
        QVERIFY(scene.recorder.passed.size() <= 4 + 4 * 64);
        QVERIFY(scene.take("\4\1\0\0\0\0\0\x61"sv));
        QCOMPARE(scene.recorder.events, std::string(" sym97+"));
    }

    void clipboardsAndWishesForASizeAreDropped() {
        Scene scene;
        scene.greet();
        QVERIFY(scene.take("\6\0\0\0\0\1\0\0"sv));
        const std::string text(0x1'0000, 'x');
        QVERIFY(scene.take(text));
        QVERIFY(scene.take("\xFB\0\1\0\1\0\1\0"sv));
        QVERIFY(scene.take(std::string_view(text).substr(0, 16)));
        QVERIFY(scene.take("\4\1\0\0\0\0\0\x61"sv));
        QCOMPARE(scene.recorder.events, std::string(" sym97+"));
        QVERIFY(scene.recorder.passed.empty());
    }

    void usualPixelFormatsPass_data() {
        QTest::addColumn<QByteArray>("format");
        QTest::newRow("32") << QByteArray("\0\0\0\0\x20\x18\0\1\0\xFF\0\xFF\0\xFF\x10\x08\0\0\0\0",
                                          20);
        QTest::newRow("big-endian")
            << QByteArray("\0\0\0\0\x20\x18\1\1\0\xFF\0\xFF\0\xFF\0\x08\x10\0\0\0", 20);
        QTest::newRow("16") << QByteArray("\0\0\0\0\x10\x10\0\1\0\x1F\0\x3F\0\x1F\x0B\x05\0\0\0\0",
                                          20);
        QTest::newRow("8") << QByteArray("\0\0\0\0\x08\x08\0\1\0\7\0\7\0\3\0\3\6\0\0\0", 20);
    }
    void usualPixelFormatsPass() {
        QFETCH(QByteArray, format);
        Scene scene;
        scene.greet();
        QVERIFY(scene.take({format.data(), std::size_t(format.size())}));
        QCOMPARE(scene.recorder.passed, format.toStdString());
    }

    void whatBreaksTheProtocolIsNotListenedTo_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("afterGreeting");
        const auto add = [](const char* name, std::string_view bytes, bool afterGreeting = true) {
            QTest::newRow(name) << QByteArray(bytes.data(), qsizetype(bytes.size()))
                                << afterGreeting;
        };
        add("a browser", "GET / HTTP/1.1\r\n"sv, false);
        add("TLS", "\x16\3\1\2\0\1\0\1\0\0\0\0"sv, false);
        add("version 4", "RFB 004.001\n"sv, false);
        add("no number", "RFB 003.x08\n"sv, false);
        add("security", "RFB 003.008\n\2"sv, false);
        add("file transfer", "\7\0\0\0\0\0\0\0\0\0\0\0"sv);
        add("scaling", "\10\1\0\0"sv);
        add("chat", "\13\0\0\0\0\0\0\0"sv);
        add("xvp", "\xFA\0\1\2"sv);
        add("QEMU's audio", "\xFF\1\0\0"sv);
        add("24 bits", "\0\0\0\0\x18\x18\0\1\0\xFF\0\xFF\0\xFF\x10\x08\0\0\0\0"sv);
        add("a palette", "\0\0\0\0\x08\x08\0\0\0\7\0\7\0\3\0\3\6\0\0\0"sv);
        add("a shift", "\0\0\0\0\x20\x18\0\1\0\xFF\0\xFF\0\xFF\xFF\x08\0\0\0\0"sv);
        add("colours outside", "\0\0\0\0\x10\x10\0\1\0\xFF\0\xFF\0\xFF\x0F\x08\0\0\0\0"sv);
        add("no colours", "\0\0\0\0\x20\x18\0\1\0\0\0\xFF\0\xFF\x10\x08\0\0\0\0"sv);
        add("odd colours", "\0\0\0\0\x20\x18\0\1\0\x64\0\xFF\0\xFF\x10\x08\0\0\0\0"sv);
        add("depth", "\0\0\0\0\x20\0\0\1\0\xFF\0\xFF\0\xFF\x10\x08\0\0\0\0"sv);
    }
    void whatBreaksTheProtocolIsNotListenedTo() {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, afterGreeting);
        Scene scene;
        if (afterGreeting)
            scene.greet();
        const std::string before = scene.recorder.passed;
        QVERIFY(!scene.take({bytes.data(), std::size_t(bytes.size())}));
        QVERIFY(!scene.messages.why().empty());
        QVERIFY(!scene.take("\4\1\0\0\0\0\0\x61"sv));
        QVERIFY(scene.recorder.events.empty());
        if (afterGreeting)
            QCOMPARE(scene.recorder.passed, before);
    }

    void positionsAreThoseOfThePointerDevice() {
        Hands hands;
        ViewerInput input(hands, hands);
        input.pointer(0, 0, 0, 1024, 768);
        QCOMPARE(hands.last, (PointerState{0, 0, 0}));
        input.pointer(0, 1023, 767, 1024, 768);
        QCOMPARE(hands.last, (PointerState{32767, 32767, 0}));
        input.pointer(0, 65535, 65535, 1024, 768);
        QCOMPARE(hands.last, (PointerState{32767, 32767, 0}));
        input.pointer(0, 5, 5, 1, 0);
        QCOMPARE(hands.last, (PointerState{0, 0, 0}));
        // Linux scales back: the same pixel again.
        for (const std::uint16_t x : std::array<std::uint16_t, 5>{1, 2, 500, 1000, 1022}) {
            input.pointer(0, x, 0, 1024, 768);
            QCOMPARE(qRound(hands.last.x * 1023.0 / 32767), static_cast<int>(x));
        }
    }

    void buttonsAndWheelAreToldApart() {
        Hands hands;
        ViewerInput input(hands, hands);
        input.pointer(0x87, 0, 0, 10, 10);
        QCOMPARE(hands.last.buttons,
                 std::uint8_t{kLeftButton | kMiddleButton | kRightButton | kBackButton});
        input.pointer(0x08, 0, 0, 10, 10);
        input.pointer(0x08, 1, 0, 10, 10);
        QCOMPARE(hands.wheels, 1);
        input.pointer(0, 1, 0, 10, 10);
        input.pointer(0x08, 1, 0, 10, 10);
        QCOMPARE(hands.wheels, 2);
        input.pointer(0x10, 1, 0, 10, 10);
        QCOMPARE(hands.wheels, 1);
        QCOMPARE(hands.last.buttons, std::uint8_t{0});
    }

    void whoGoesLeavesNoKeyPressed() {
        Hands hands;
        ViewerInput input(hands, hands);
        input.keysym('a', true);
        input.keysym('b', true);
        input.keysym('b', false);
        input.keycode(0x2A, true);
        input.keysym(0xFFFF'FFFF, true);
        input.pointer(1, 5, 5, 10, 10);
        hands.events.clear();
        input.releaseAll();
        QCOMPARE(hands.events, std::string(" -30 -42"));
        QCOMPARE(hands.last.buttons, std::uint8_t{0});
        hands.events.clear();
        input.releaseAll();
        QVERIFY(hands.events.empty());
    }

    void pauseIsTwoScanCodes() {
        Hands hands;
        ViewerInput input(hands, hands);
        input.keysym(0xFF13, true);
        input.keysym(0xFF13, false);
        QCOMPARE(hands.events, std::string(" +29 +69 -29 -69"));
    }
};

QTEST_APPLESS_MAIN(ViewerMessagesTest)
#include "viewer_messages_test.moc"
