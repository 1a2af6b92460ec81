// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/input/keyboard.h"

#include <QTest>
#include <array>
#include <cstring>
#include <vector>

#include "played_channel.h"

using namespace devices;
using namespace devices::synthetic;
using display::KeyAction;
using display::ScanCode;
using display::ScanPrefix;

namespace {

using Words = std::vector<std::uint32_t>;

/// A message's words as Linux's driver reads them, without what pads the packet.
Words wordsOf(const vmbus::ReceivedPacket& packet) {
    Words words(packet.payload().size() / 4);
    std::memcpy(words.data(), packet.payload().data(), words.size() * 4);
    words.resize(words.at(0) == 3 ? 3 : 2);
    return words;
}

/// What hyperv-keyboard injects into its serio port for an event.
std::vector<std::uint8_t> injected(const Words& event) {
    std::vector<std::uint8_t> bytes;
    if ((event[2] & 4) != 0)
        bytes.push_back(0xE0);
    if ((event[2] & 8) != 0)
        bytes.push_back(0xE1);
    bytes.push_back(
        static_cast<std::uint8_t>((event[1] & 0xFFFF) | ((event[2] & 2) != 0 ? 0x80 : 0)));
    return bytes;
}

struct Scene {
    Scene() {
        channel.driver = [this](const vmbus::ReceivedPacket& packet) {
            if (packet.type() == vmbus::PacketType::InBand)
                got.push_back(wordsOf(packet));
            else
                ++completions;
        };
    }
    void request(std::uint32_t version = 0x1'0000) {
        const std::array<std::uint32_t, 2> message{1, version};
        const std::span<const std::byte> payload = std::as_bytes(std::span(message));
        QVERIFY(
            channel.send({.wantsCompletion = true, .transactionId = 5, .payload = {&payload, 1}}));
        channel.settle();
    }
    void start() {
        channel.open(keyboard);
        request();
        got.clear();
    }
    std::vector<std::uint8_t> bytes() const {
        std::vector<std::uint8_t> all;
        for (const Words& event : got)
            for (const std::uint8_t byte : injected(event))
                all.push_back(byte);
        return all;
    }
    PlayedChannel channel;
    Keyboard keyboard{channel.thread()};
    std::vector<Words> got;
    unsigned completions = 0;
};

}  // namespace

class KeyboardTest : public QObject {
    Q_OBJECT

  private slots:
    void theProtocolIsAgreedOn() {
        Scene scene;
        scene.channel.open(scene.keyboard);
        QVERIFY(!scene.keyboard.isListening());
        scene.request();
        QCOMPARE(scene.got.size(), std::size_t{1});
        QCOMPARE(scene.got[0], (Words{2, 1}));
        QCOMPARE(scene.completions, 1U);
        QVERIFY(scene.keyboard.isListening());
        QVERIFY(scene.channel.close());
        QVERIFY(!scene.keyboard.isListening());
    }

    void anotherVersionIsRefusedAndTheOwnOneTakenAfterwards() {
        Scene scene;
        scene.channel.open(scene.keyboard);
        scene.request(0x2'0000);
        QCOMPARE(scene.got.at(0), (Words{2, 0}));
        QVERIFY(!scene.keyboard.isListening());
        scene.request();
        QCOMPARE(scene.got.at(1), (Words{2, 1}));
    }

    void keysArriveAsTheirScanCodes() {
        Scene scene;
        scene.start();
        scene.keyboard.key({0x1E}, KeyAction::Down);
        scene.keyboard.key({0x1E}, KeyAction::Up);
        scene.keyboard.key({0x48, ScanPrefix::E0}, KeyAction::Down);
        scene.keyboard.key({0x48, ScanPrefix::E0}, KeyAction::Up);
        scene.keyboard.key({0x1D, ScanPrefix::E1}, KeyAction::Down);
        scene.channel.settle();
        QCOMPARE(scene.got.at(0), (Words{3, 0x1E, 0}));
        QCOMPARE(scene.got.at(1), (Words{3, 0x1E, 2}));
        QCOMPARE(scene.bytes(),
                 (std::vector<std::uint8_t>{0x1E, 0x9E, 0xE0, 0x48, 0xE0, 0xC8, 0xE1, 0x1D}));
    }

    void keysThatComeBeforeTheDriverWaitForIt() {
        Scene scene;
        scene.keyboard.key({0x10}, KeyAction::Down);
        scene.channel.open(scene.keyboard);
        scene.keyboard.key({0x10}, KeyAction::Up);
        scene.channel.settle();
        QVERIFY(scene.got.empty());
        scene.request();
        QCOMPARE(scene.got.size(), std::size_t{3});
        QCOMPARE(scene.got[0], (Words{2, 1}));
        QCOMPARE(scene.got[1], (Words{3, 0x10, 0}));
        QCOMPARE(scene.got[2], (Words{3, 0x10, 2}));
    }

    void ofTooManyKeysNoneStaysPressed() {
        Scene scene;
        for (int round = 0; round < 100; ++round)
            for (std::uint8_t code = 1; code < 0x50; ++code) {
                scene.keyboard.key({code}, KeyAction::Down);
                scene.keyboard.key({code}, KeyAction::Up);
            }
        scene.channel.open(scene.keyboard);
        scene.request();
        std::vector<bool> down(256);
        QVERIFY(scene.got.size() > 60);
        QVERIFY(scene.got.size() < 300);
        for (std::size_t i = 1; i < scene.got.size(); ++i)
            down[scene.got[i][1]] = scene.got[i][2] == 0;
        QVERIFY(std::ranges::find(down, true) == down.end());
    }

    void aDriverThatHangsGetsWhatFitsAndGoesOnLater() {
        Scene scene;
        scene.start();
        const auto driver = std::exchange(scene.channel.driver, nullptr);
        for (int i = 0; i < 5000; ++i) {
            scene.keyboard.key({0x1E}, KeyAction::Down);
            scene.channel.settle();
        }
        scene.keyboard.key({0x1E}, KeyAction::Up);
        scene.channel.driver = driver;
        scene.channel.settle();
        QVERIFY(scene.got.size() > 100);
        QVERIFY(scene.got.size() < 1000);
        QCOMPARE(scene.got.back(), (Words{3, 0x1E, 2}));
    }

    void aReleaseWithoutAPressIsDropped() {
        Scene scene;
        scene.start();
        scene.keyboard.key({0x1E}, KeyAction::Up);
        scene.channel.settle();
        QVERIFY(scene.got.empty());
    }

    void aClosedChannelForgetsItsKeys() {
        Scene scene;
        scene.start();
        scene.keyboard.key({0x1E}, KeyAction::Down);
        scene.channel.settle();
        QVERIFY(scene.channel.close());
        scene.start();
        scene.keyboard.key({0x1E}, KeyAction::Up);
        scene.channel.settle();
        QVERIFY(scene.got.empty());
        scene.keyboard.key({0x1F}, KeyAction::Down);
        scene.channel.settle();
        QCOMPARE(scene.got.size(), std::size_t{1});
    }

    void lightsAreTakenAndIgnored() {
        Scene scene;
        scene.start();
        const std::array<std::uint32_t, 2> lights{4, 7};
        QVERIFY(scene.channel.send(std::as_bytes(std::span(lights))));
        scene.channel.settle();
        QVERIFY(!scene.channel.failure());
        QVERIFY(scene.got.empty());
    }

    void wrongMessagesLoseTheChannel_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("a response") << QByteArray("\2\0\0\0\1\0\0\0", 8);
        QTest::newRow("unknown") << QByteArray("\7\0\0\0\0\0\0\0", 8);
        QTest::newRow("noise") << QByteArray(64, '\xFF');
    }
    void wrongMessagesLoseTheChannel() {
        QFETCH(QByteArray, bytes);
        Scene scene;
        scene.start();
        QVERIFY(
            scene.channel.send(std::as_bytes(std::span(bytes.data(), std::size_t(bytes.size())))));
        scene.channel.settle();
        QVERIFY(scene.channel.failure());
        scene.keyboard.key({0x1E}, KeyAction::Down);
        scene.channel.settle();
        QVERIFY(scene.got.empty());
    }
};

QTEST_APPLESS_MAIN(KeyboardTest)
#include "keyboard_test.moc"
