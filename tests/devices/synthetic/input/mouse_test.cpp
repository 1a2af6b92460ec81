// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/input/mouse.h"

#include <QTest>
#include <cstring>
#include <vector>

#include "played_channel.h"

using namespace devices;
using namespace devices::synthetic;

namespace {

template <class T>
T valueAt(std::span<const std::byte> bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

template <class T>
void append(std::vector<std::byte>& to, T value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    to.insert(to.end(), bytes.begin(), bytes.end());
}

/// With pipe and HID headers, as hid-hyperv sends it.
std::vector<std::byte> message(std::uint32_t type, std::span<const std::byte> body) {
    std::vector<std::byte> bytes;
    append<std::uint32_t>(bytes, 1);
    append(bytes, static_cast<std::uint32_t>(8 + body.size()));
    append(bytes, type);
    append(bytes, static_cast<std::uint32_t>(body.size()));
    bytes.insert(bytes.end(), body.begin(), body.end());
    return bytes;
}

std::vector<std::byte> request(std::uint32_t version = 0x2'0000) {
    return message(0, std::as_bytes(std::span(&version, 1)));
}

struct Report {
    unsigned buttons;
    unsigned x;
    unsigned y;
    int wheel;
    friend bool operator==(const Report&, const Report&) = default;
};

struct Scene {
    Scene() {
        channel.driver = [this](const vmbus::ReceivedPacket& packet) {
            if (packet.type() != vmbus::PacketType::InBand)
                return;
            const auto bytes = packet.payload();
            if (valueAt<std::uint32_t>(bytes, 8) == 4)
                reports.push_back(
                    {valueAt<std::uint8_t>(bytes, 16), valueAt<std::uint16_t>(bytes, 17),
                     valueAt<std::uint16_t>(bytes, 19), valueAt<std::int16_t>(bytes, 21)});
            else
                got.emplace_back(bytes.begin(), bytes.end());
        };
    }
    void send(std::span<const std::byte> bytes) {
        QVERIFY(
            channel.send({.wantsCompletion = true, .transactionId = 9, .payload = {&bytes, 1}}));
        channel.settle();
    }
    void acknowledge() {
        constexpr std::byte kNothing{};
        send(message(3, {&kNothing, 1}));
    }
    void start() {
        channel.open(mouse);
        send(request());
        acknowledge();
    }
    PlayedChannel channel;
    Mouse mouse{channel.thread()};
    std::vector<std::vector<std::byte>> got;
    std::vector<Report> reports;
};

}  // namespace

class MouseTest : public QObject {
    Q_OBJECT

  private slots:
    void theDriverGetsWhatItWaitsFor() {
        Scene scene;
        scene.channel.open(scene.mouse);
        scene.send(request());
        QCOMPARE(scene.got.size(), std::size_t{2});
        const std::span<const std::byte> response(scene.got[0]);
        QCOMPARE(valueAt<std::uint32_t>(response, 0), 1U);
        // Linux copies as much as this into a struct of 24 bytes with the pipe's header.
        QVERIFY(valueAt<std::uint32_t>(response, 4) <= 16);
        QCOMPARE(valueAt<std::uint32_t>(response, 8), 1U);
        QCOMPARE(valueAt<std::uint32_t>(response, 16), 0x2'0000U);
        QCOMPARE(valueAt<std::uint8_t>(response, 20), std::uint8_t{1});

        const std::span<const std::byte> information(scene.got[1]);
        QCOMPARE(valueAt<std::uint32_t>(information, 8), 2U);
        QCOMPARE(valueAt<std::uint32_t>(information, 16), 32U);
        QCOMPARE(valueAt<std::uint16_t>(information, 20), std::uint16_t{0x045E});
        QCOMPARE(valueAt<std::uint16_t>(information, 22), std::uint16_t{0x0621});
        QCOMPARE(valueAt<std::uint8_t>(information, 48), std::uint8_t{9});
        const auto length = valueAt<std::uint16_t>(information, 55);
        QCOMPARE(valueAt<std::uint32_t>(information, 4), 49U + length);
        QVERIFY(information.size() >= 57U + length);
        // Linux takes 0x25 there for a known mistake and changes it.
        QCOMPARE(valueAt<std::uint8_t>(information, 57 + 14), std::uint8_t{0x29});
        QCOMPARE(valueAt<std::uint8_t>(information, 57 + length - 1U), std::uint8_t{0xC0});
    }

    void theReportIsAsLongAsItsDescriptorSays() {
        Scene scene;
        scene.start();
        const std::span<const std::byte> descriptor =
            std::span<const std::byte>(scene.got[1]).subspan(57, 65);
        unsigned bits = 0;
        unsigned count = 0;
        unsigned size = 0;
        for (std::size_t i = 0; i < descriptor.size();) {
            const auto item = std::to_integer<unsigned>(descriptor[i]);
            const std::size_t length = (item & 3) == 3 ? 4 : item & 3;
            const auto value = length == 0 ? 0U : std::to_integer<unsigned>(descriptor[i + 1]);
            if ((item & 0xFC) == 0x94)
                count = value;
            if ((item & 0xFC) == 0x74)
                size = value;
            if ((item & 0xFC) == 0x80)
                bits += count * size;
            i += 1 + length;
        }
        QCOMPARE(bits, 7U * 8);
    }

    void movementsArriveAfterTheAcknowledgement() {
        Scene scene;
        scene.channel.open(scene.mouse);
        scene.mouse.pointer({.x = 5, .y = 6}, 0);
        scene.send(request());
        QVERIFY(!scene.mouse.isListening());
        QVERIFY(scene.reports.empty());
        scene.acknowledge();
        QVERIFY(scene.mouse.isListening());
        QCOMPARE(scene.reports, (std::vector<Report>{{0, 5, 6, 0}}));
        scene.mouse.pointer({.x = 32767, .y = 100, .buttons = display::kLeftButton}, -2);
        scene.channel.settle();
        QCOMPARE(scene.reports.back(), (Report{1, 32767, 100, -2}));
    }

    void whatIsOutOfRangeIsBroughtIntoIt() {
        Scene scene;
        scene.start();
        scene.mouse.pointer({.x = 65535, .y = 40000, .buttons = 0xFF}, 1'000'000);
        scene.channel.settle();
        QCOMPARE(scene.reports.back(), (Report{31, 32767, 32767, 32767}));
    }

    void ofMovementsThatWaitTheLastOneArrivesAndEveryClick() {
        Scene scene;
        scene.start();
        for (std::uint16_t i = 0; i < 1000; ++i)
            scene.mouse.pointer({.x = i, .y = 0}, 0);
        scene.mouse.pointer({.x = 1000, .y = 0, .buttons = 1}, 0);
        scene.mouse.pointer({.x = 1500, .y = 0, .buttons = 1}, 0);
        scene.mouse.pointer({.x = 2000, .y = 0, .buttons = 1}, 0);
        scene.mouse.pointer({.x = 1000, .y = 0, .buttons = 0}, 0);
        scene.mouse.pointer({.x = 1000, .y = 0, .buttons = 0}, 1);
        scene.mouse.pointer({.x = 1001, .y = 0, .buttons = 0}, 0);
        scene.channel.settle();
        QCOMPARE(scene.reports, (std::vector<Report>{{0, 999, 0, 0},
                                                     {1, 1000, 0, 0},
                                                     {1, 2000, 0, 0},
                                                     {0, 1000, 0, 0},
                                                     {0, 1000, 0, 1},
                                                     {0, 1001, 0, 0}}));
    }

    void aDriverThatHangsCostsNoMoreThanTheQueueAndSeesTheEnd() {
        Scene scene;
        scene.start();
        const auto driver = std::exchange(scene.channel.driver, nullptr);
        for (unsigned i = 0; i < 10'000; ++i) {
            scene.mouse.pointer({.x = static_cast<std::uint16_t>(i),
                                 .y = 1,
                                 .buttons = static_cast<std::uint8_t>(i & 1)},
                                0);
            scene.channel.settle();
        }
        scene.channel.driver = driver;
        scene.channel.settle();
        QVERIFY(scene.reports.size() > 100);
        QVERIFY(scene.reports.size() < 1000);
        QCOMPARE(scene.reports.back(), (Report{1, 9999, 1, 0}));
    }

    void anotherVersionIsRefused() {
        Scene scene;
        scene.channel.open(scene.mouse);
        scene.send(request(0x1'0000));
        QCOMPARE(scene.got.size(), std::size_t{1});
        QCOMPARE(valueAt<std::uint8_t>(scene.got[0], 20), std::uint8_t{0});
        scene.mouse.pointer({.x = 1}, 0);
        scene.channel.settle();
        QVERIFY(scene.reports.empty());
    }

    void wrongMessagesLoseTheChannel_data() {
        QTest::addColumn<int>("index");
        for (int i = 0; i < 6; ++i)
            QTest::addRow("%d", i) << i;
    }
    void wrongMessagesLoseTheChannel() {
        QFETCH(int, index);
        constexpr std::byte kNothing{};
        std::vector<std::byte> wrong;
        switch (index) {
            case 0:
                break;
            case 1:  // a pipe message of another kind
                wrong = request();
                wrong[0] = std::byte{2};
                break;
            case 2:  // longer than the packet
                wrong = request();
                wrong[4] = std::byte{200};
                break;
            case 3:  // a request without a version
                wrong = message(0, {});
                break;
            case 4:  // the host's own
                wrong = message(4, {&kNothing, 1});
                break;
            default:  // an acknowledgement of nothing
                wrong = message(3, {&kNothing, 1});
                break;
        }
        Scene scene;
        scene.channel.open(scene.mouse);
        scene.send(wrong);
        QVERIFY(scene.channel.failure());
        QVERIFY(scene.got.empty());
    }
};

QTEST_APPLESS_MAIN(MouseTest)
#include "mouse_test.moc"
