// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/message/message_device.h"

// Before Qt, which takes the word "signals".
#include "played_channel.h"

#include <QTest>
#include <thread>

#include "hypervisor/timer_queue.h"

using namespace devices;
using namespace devices::synthetic;

namespace {

/// Sends every packet's payload back.
class Echo final : public MessageDevice {
  public:
    explicit Echo(DeviceThread& thread) : MessageDevice(thread) {}
    ~Echo() override { stop(); }

    void say(std::size_t bytes) {
        post([this, bytes] { lastSent = send(std::vector<std::byte>(bytes, std::byte{1})); });
    }
    void breakOff() {
        post([this] { fail("enough"); });
    }

    unsigned openings = 0;
    unsigned closings = 0;
    unsigned packets = 0;
    unsigned rooms = 0;
    bool lastSent = false;
    /// Instead of echoing.
    std::function<void()> instead;

  private:
    void onOpened() override { ++openings; }
    void onPacket(const vmbus::ReceivedPacket& packet) override {
        ++packets;
        if (instead)
            return instead();
        lastSent = packet.wantsCompletion() ? complete(packet.transactionId(), packet.payload())
                                            : send(packet.payload(), packet.transactionId());
    }
    void onClosed() override { ++closings; }
    void onRoom() override { ++rooms; }
};

std::vector<std::byte> bytes(std::size_t count) {
    return std::vector<std::byte>(count, std::byte{0x5a});
}

struct Scene {
    Scene() {
        channel.driver = [this](const vmbus::ReceivedPacket& packet) { got.push_back(packet); };
    }
    PlayedChannel channel;
    Echo device{channel.thread()};
    std::vector<vmbus::ReceivedPacket> got;
};

}  // namespace

class MessageDeviceTest : public QObject {
    Q_OBJECT

  private slots:
    void packetsAndAnswersGoBothWays() {
        Scene scene;
        scene.channel.open(scene.device);
        QVERIFY(scene.channel.send(bytes(24), 7));
        const auto content = bytes(16);
        const std::span<const std::byte> payload(content);
        QVERIFY(scene.channel.send(
            {.wantsCompletion = true, .transactionId = 8, .payload = {&payload, 1}}));
        scene.channel.settle();
        QCOMPARE(scene.got.size(), std::size_t{2});
        QVERIFY(scene.got[0].type() == vmbus::PacketType::InBand);
        QCOMPARE(scene.got[0].transactionId(), std::uint64_t{7});
        QVERIFY(std::ranges::equal(scene.got[0].payload(), bytes(24)));
        QVERIFY(scene.got[1].type() == vmbus::PacketType::Completion);
        QCOMPARE(scene.got[1].transactionId(), std::uint64_t{8});
    }

    void whatWasWrittenBeforeTheOpenIsRead() {
        Scene scene;
        auto open = scene.channel.client().open();
        QVERIFY(scene.channel.send(bytes(8)));
        scene.device.opened(std::move(open));
        scene.channel.thread().runDue();
        QCOMPARE(scene.device.packets, 1U);
    }

    void manyPacketsInARowLetOthersHaveTheirTurn() {
        Scene scene;
        scene.device.instead = [] {};
        scene.channel.open(scene.device);
        for (int i = 0; i < 200; ++i)
            QVERIFY(scene.channel.send(bytes(8)));
        scene.device.doorbell();
        bool othersTurn = false;
        scene.channel.thread().post(&scene, [&] { othersTurn = scene.device.packets < 200; });
        scene.channel.settle();
        QVERIFY(othersTurn);
        QCOMPARE(scene.device.packets, 200U);
    }

    void whatFindsNoRoomWaitsForIt() {
        Scene scene;
        scene.channel.open(scene.device);
        const auto driver = std::exchange(scene.channel.driver, nullptr);
        // Three times what the ring takes.
        for (int i = 0; i < 36; ++i)
            scene.device.say(1000);
        scene.channel.settle();
        QVERIFY(scene.device.lastSent);
        QCOMPARE(scene.device.rooms, 0U);
        scene.channel.driver = driver;
        scene.channel.settle();
        QCOMPARE(scene.got.size(), std::size_t{36});
        QVERIFY(scene.device.rooms >= 1);
    }

    void aGuestThatReadsNothingCostsNoMoreThanTheQueue() {
        Scene scene;
        scene.channel.open(scene.device);
        scene.channel.driver = nullptr;
        unsigned sent = 0;
        for (int i = 0; i < 1000; ++i) {
            scene.device.say(4000);
            scene.channel.settle();
            if (!scene.device.lastSent)
                break;
            ++sent;
        }
        QVERIFY(sent >= 32);
        QVERIFY(sent < 80);
        QVERIFY(!scene.channel.failure());
        QVERIFY(scene.channel.close());
    }

    void aGuestThatAsksAndReadsNothingIsHeldBackAndGoesOnLater() {
        Scene scene;
        scene.channel.open(scene.device);
        const auto driver = std::exchange(scene.channel.driver, nullptr);
        unsigned sent = 0;
        while (sent < 2000 && scene.channel.send(bytes(496))) {
            ++sent;
            scene.channel.settle();
        }
        QVERIFY(sent > 50);
        QVERIFY(sent < 2000);
        QVERIFY(scene.device.packets < sent);
        QVERIFY(scene.device.lastSent);
        scene.channel.driver = driver;
        scene.channel.settle();
        QCOMPARE(scene.device.packets, sent);
        QCOMPARE(scene.got.size(), std::size_t{sent});
    }

    void aBrokenRingLosesTheChannel() {
        Scene scene;
        scene.channel.open(scene.device);
        scene.channel.client().ringToDevice().control().writeIndex = 4;
        scene.device.doorbell();
        scene.channel.settle();
        QVERIFY(scene.channel.failure());
        scene.device.say(8);
        scene.channel.settle();
        QVERIFY(!scene.device.lastSent);
        QVERIFY(scene.channel.close());
        QCOMPARE(scene.device.closings, 1U);
        scene.channel.open(scene.device);
        QVERIFY(scene.channel.send(bytes(8)));
        scene.channel.settle();
        QCOMPARE(scene.got.size(), std::size_t{1});
    }

    void aBrokenReadIndexLosesTheChannel() {
        Scene scene;
        scene.channel.open(scene.device);
        scene.channel.client().ringFromDevice().control().readIndex = 0xFFFF'FFF8;
        scene.device.say(8);
        scene.device.say(8);
        scene.channel.settle();
        QVERIFY(scene.channel.failure());
    }

    void aMessageThatNeverFitsLosesTheChannel() {
        Scene scene;
        scene.channel.open(scene.device);
        scene.device.say(20'000);
        scene.channel.settle();
        QVERIFY(!scene.device.lastSent);
        QVERIFY(scene.channel.failure());
    }

    void afterAFailureNothingMoreIsRead() {
        Scene scene;
        scene.channel.open(scene.device);
        scene.device.breakOff();
        scene.channel.settle();
        QCOMPARE(scene.channel.failure().value_or(""), std::string("enough"));
        QVERIFY(scene.channel.send(bytes(8)));
        scene.channel.settle();
        QCOMPARE(scene.device.packets, 0U);
    }

    void doorbellsOutOfPlaceDoNothing() {
        Scene scene;
        scene.device.doorbell();
        scene.channel.settle();
        scene.channel.open(scene.device);
        QVERIFY(scene.channel.close());
        scene.device.doorbell();
        scene.channel.settle();
        QCOMPARE(scene.device.packets, 0U);
        QCOMPARE(scene.device.closings, 1U);
    }

    void whatIsClosedBeforeItWasSeenToBeOpenIsLetGo() {
        Scene scene;
        scene.device.opened(scene.channel.client().open());
        scene.device.closing();
        scene.channel.thread().runDue();
        QVERIFY(scene.channel.client().close(vmbus::ChannelClient::Limit{0}));
        QCOMPARE(scene.device.openings, 1U);
        QCOMPARE(scene.device.closings, 1U);
    }

    void aDeviceThatGoesLetsGoOfItsChannel() {
        PlayedChannel channel;
        {
            Echo device(channel.thread());
            channel.open(device);
            device.say(8);
        }
        QVERIFY(channel.client().close(vmbus::ChannelClient::Limit{0}));
        QCOMPARE(channel.thread().runDue(), std::size_t{0});
    }

    void doorbellsFromManyThreadsLoseNothing() {
        hypervisor::TimerQueue timers;
        HostClock clock(timers);
        const auto thread = std::move(DeviceThread::create(clock).value());
        const auto memory = std::move(hypervisor::GuestMemory::create(16 << 20).value());
        const auto client = std::move(
            vmbus::ChannelClient::create(*memory, vmbus::ClientRings::at(0x10'0000, 4)).value());
        Echo device(*thread);
        client->open(device);
        {
            std::atomic<bool> enough = false;
            std::vector<std::jthread> processors;
            for (int i = 0; i < 3; ++i)
                processors.emplace_back([&] {
                    while (!enough) {
                        device.doorbell();
                        std::this_thread::yield();
                    }
                });
            for (std::uint64_t id = 1; id <= 2000; ++id) {
                QVERIFY(client->sendInBand(bytes(40), id));
                const auto answer = client->receive();
                enough = !answer;
                QVERIFY(answer);
                QCOMPARE(answer->transactionId(), id);
            }
            enough = true;
        }
        QVERIFY(client->close());
        QVERIFY(!client->failure());
    }
};

QTEST_APPLESS_MAIN(MessageDeviceTest)
#include "message_device_test.moc"
