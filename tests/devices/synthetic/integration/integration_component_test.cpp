// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/integration/integration_component.h"

// Before Qt, which takes the word "signals".
#include "played_ic_driver.h"

#include <QTest>

#include "devices/synthetic/integration/file_copy.h"
#include "devices/synthetic/integration/guest_shutdown.h"
#include "devices/synthetic/integration/heartbeat.h"
#include "devices/synthetic/integration/key_value_exchange.h"
#include "devices/synthetic/integration/time_synchronization.h"
#include "devices/synthetic/integration/volume_shadow_copy.h"

using namespace devices::synthetic;
using namespace std::chrono_literals;

namespace {

/// Asks whatever the test wants.
class Asker final : public IntegrationComponent {
  public:
    static constexpr ic::Version kVersions[] = {{2, 1}, {2, 0}};
    explicit Asker(DeviceThread& thread)
        : IntegrationComponent(thread, {ic::MessageType::Shutdown, kIcFrameworks, kVersions}) {}
    ~Asker() override { stop(); }

    hypervisor::Result<void> ask(std::chrono::nanoseconds limit = 10s) {
        return request(ic::ShadowCopy{}, limit, [this](hypervisor::Result<Reply> reply) {
            if (reply) {
                ++replies;
                status = reply->status;
                bodySize = reply->body.size();
            } else {
                ++errors;
            }
        });
    }
    ic::Version chosen() const { return version(); }

    unsigned ready = 0;
    unsigned ended = 0;
    unsigned replies = 0;
    unsigned errors = 0;
    std::uint32_t status = 0;
    std::size_t bodySize = 0;

  private:
    void onReady() override { ++ready; }
    void onEnded() override { ++ended; }
};

struct Scene {
    PlayedChannel channel;
    Asker asker{channel.thread()};
    PlayedIcDriver driver{channel, {{3, 0}, {1, 0}}, {{2, 1}, {2, 0}}};

    void open() { channel.open(asker); }
    bool ask(std::chrono::nanoseconds limit = 10s) {
        const bool asked = asker.ask(limit).has_value();
        channel.settle();
        return asked;
    }
};

template <class T>
void change(std::vector<std::byte>& bytes, std::size_t offset, T value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

using State = IntegrationComponent::State;

}  // namespace

class IntegrationComponentTest : public QObject {
    Q_OBJECT

  private slots:
    void theGuestChoosesVersionsAfterEachOpen() {
        Scene scene;
        QVERIFY(scene.asker.state() == State::Closed);
        for (unsigned i = 1; i <= 3; ++i) {
            scene.open();
            QVERIFY(scene.asker.state() == State::Ready);
            QVERIFY(scene.asker.chosen() == (ic::Version{2, 1}));
            QCOMPARE(scene.asker.ready, i);
            QCOMPARE(scene.driver.negotiations, i);
            QVERIFY(scene.channel.close());
            QVERIFY(scene.asker.state() == State::Closed);
            QCOMPARE(scene.asker.ended, i);
        }
    }

    void questionsCarryTheChosenVersions() {
        Scene scene;
        scene.open();
        QVERIFY(scene.ask());
        QCOMPARE(scene.driver.requests.size(), std::size_t{1});
        const ic::Header header = scene.driver.requests[0];
        QVERIFY(header.framework == (ic::Version{3, 0}));
        QVERIFY(header.message == (ic::Version{2, 1}));
        QCOMPARE(header.type, std::to_underlying(ic::MessageType::Shutdown));
        QCOMPARE(header.flags, std::uint8_t{3});
        QCOMPARE(header.size, std::uint16_t{sizeof(ic::ShadowCopy)});
        QCOMPARE(scene.asker.replies, 1U);
        QCOMPARE(scene.asker.bodySize, sizeof(ic::ShadowCopy));
    }

    void anOldGuestChoosesWhatItKnows() {
        PlayedChannel channel;
        Asker asker(channel.thread());
        PlayedIcDriver driver(channel, {{1, 0}}, {{2, 0}});
        channel.open(asker);
        QVERIFY(asker.chosen() == (ic::Version{2, 0}));
    }

    void aGuestWithoutOurVersionsIsLeftAlone() {
        PlayedChannel channel;
        Asker asker(channel.thread());
        PlayedIcDriver driver(channel, {{3, 0}}, {{9, 9}});
        channel.open(asker);
        QVERIFY(asker.state() == State::Unsupported);
        QVERIFY(!asker.ask());
        QVERIFY(!channel.failure());
        QVERIFY(channel.close());
    }

    void theNegotiationWaitsForTheDaemon() {
        Scene scene;
        scene.driver.stopReading();
        scene.open();
        scene.channel.advance(200s);
        QVERIFY(scene.asker.state() == State::Negotiating);
        QVERIFY(!scene.ask());
        scene.driver.startReading();
        scene.channel.settle();
        QVERIFY(scene.asker.state() == State::Ready);
    }

    void oneQuestionAtATime() {
        Scene scene;
        scene.driver.onRequest = [](ic::Header&, std::span<std::byte>) { return false; };
        scene.open();
        QVERIFY(scene.ask());
        QVERIFY(!scene.ask());
        scene.driver.answer(ic::kFail);
        QCOMPARE(scene.asker.status, ic::kFail);
        QVERIFY(scene.ask());
    }

    void aLateAnswerIsDroppedAndTheNextOneTaken() {
        Scene scene;
        scene.driver.onRequest = [](ic::Header&, std::span<std::byte>) { return false; };
        scene.open();
        QVERIFY(scene.ask(5s));
        scene.channel.advance(4900ms);
        QCOMPARE(scene.asker.errors, 0U);
        scene.channel.advance(200ms);
        QCOMPARE(scene.asker.errors, 1U);
        QVERIFY(scene.ask(5s));
        scene.driver.answer(ic::kFail);
        QCOMPARE(scene.asker.replies, 0U);
        scene.driver.answer(ic::kOk);
        QCOMPARE(scene.asker.replies, 1U);
        QCOMPARE(scene.asker.status, ic::kOk);
        QVERIFY(!scene.channel.failure());
    }

    void whoReadsOnePacketPerSignalGetsAllQuestions() {
        Scene scene;
        scene.open();
        scene.driver.stopReading();
        for (int i = 0; i < 2; ++i) {
            QVERIFY(scene.ask(1s));
            scene.channel.advance(2s);
        }
        scene.driver.startReading();
        QVERIFY(scene.ask(10s));
        QCOMPARE(scene.asker.replies, 1U);
    }

    void aGuestThatNeverAnswersIsNotAskedWithoutEnd() {
        Scene scene;
        scene.driver.onRequest = [](ic::Header&, std::span<std::byte>) { return false; };
        scene.open();
        unsigned asked = 0;
        for (int i = 0; i < 20; ++i) {
            if (scene.ask(1s))
                ++asked;
            scene.channel.advance(2s);
        }
        QVERIFY(asked < 10);
        QCOMPARE(scene.asker.errors, asked);
        // It comes round.
        while (scene.driver.unanswered() != 0)
            scene.driver.answer(ic::kOk);
        QVERIFY(scene.ask());
        scene.driver.answer(ic::kOk);
        QCOMPARE(scene.asker.replies, 1U);
    }

    void manyTransactionsDoNotRunOutOfNumbers() {
        Scene scene;
        scene.open();
        for (unsigned i = 0; i < 1000; ++i)
            QVERIFY(scene.ask());
        QCOMPARE(scene.asker.replies, 1000U);
    }

    void aCloseAnswersWhatWasAsked() {
        Scene scene;
        scene.driver.onRequest = [](ic::Header&, std::span<std::byte>) { return false; };
        scene.open();
        QVERIFY(scene.ask());
        QVERIFY(scene.channel.close());
        QCOMPARE(scene.asker.errors, 1U);
        QVERIFY(!scene.ask());
        scene.open();
        QVERIFY(scene.ask());
    }

    void aGuestThatBreaksTheProtocolLosesTheChannel_data() {
        QTest::addColumn<std::size_t>("offset");
        QTest::addColumn<std::uint32_t>("value");
        QTest::addColumn<std::size_t>("length");
        const auto row = [](const char* name, std::size_t offset, std::uint32_t value,
                            std::size_t length) {
            QTest::newRow(name) << offset << value << length;
        };
        row("no pipe data", 0, 2, 4);
        row("pipe size beyond the packet", 4, 1000, 4);
        row("pipe size below the header", 4, 19, 4);
        row("huge pipe size", 4, 0xFFFF'FFFF, 4);
        row("another type", 12, 1, 2);
        row("another transaction", 24, 77, 1);
        row("a request", 25, 3, 1);
    }
    void aGuestThatBreaksTheProtocolLosesTheChannel() {
        QFETCH(std::size_t, offset);
        QFETCH(std::uint32_t, value);
        QFETCH(std::size_t, length);
        Scene scene;
        scene.open();
        scene.driver.spoil = [&](std::vector<std::byte>& bytes) {
            std::memcpy(bytes.data() + offset, &value, length);
        };
        QVERIFY(scene.ask());
        QVERIFY(scene.channel.failure());
        QCOMPARE(scene.asker.replies, 0U);
        QVERIFY(scene.channel.close());
        QCOMPARE(scene.asker.errors, 1U);
        scene.driver.spoil = nullptr;
        scene.open();
        QVERIFY(scene.ask());
        QCOMPARE(scene.asker.replies, 1U);
    }

    void anUnaskedAnswerLosesTheChannel() {
        Scene scene;
        scene.open();
        QVERIFY(scene.ask());
        QVERIFY(scene.ask());
        std::vector<std::byte> again(40);
        change(again, 0, ic::PipeHeader{ic::kPipeData, 32});
        ic::Header header{};
        header.type = std::to_underlying(ic::MessageType::Shutdown);
        header.transaction = 2;
        header.flags = ic::kTransactionFlag | ic::kResponseFlag;
        change(again, 8, header);
        QVERIFY(scene.channel.send(again));
        scene.channel.settle();
        QVERIFY(scene.channel.failure());
    }

    void packetsThatAreNoMessagesLoseTheChannel() {
        for (const std::size_t size : {0, 8, 24}) {
            Scene scene;
            scene.open();
            QVERIFY(scene.channel.send(std::vector<std::byte>(size)));
            scene.channel.settle();
            QVERIFY(scene.channel.failure());
        }
        Scene scene;
        scene.open();
        QVERIFY(scene.channel.send({.type = vmbus::PacketType::Completion, .transactionId = 1}));
        scene.channel.settle();
        QVERIFY(scene.channel.failure());
    }

    void versionsThatWereNotOfferedLoseTheChannel_data() {
        QTest::addColumn<std::size_t>("offset");
        QTest::newRow("framework") << std::size_t{36};
        QTest::newRow("message") << std::size_t{40};
        QTest::newRow("count") << std::size_t{28};
    }
    void versionsThatWereNotOfferedLoseTheChannel() {
        QFETCH(std::size_t, offset);
        Scene scene;
        scene.driver.spoil = [&](std::vector<std::byte>& bytes) {
            change(bytes, offset, std::uint16_t{7});
        };
        scene.open();
        QVERIFY(scene.channel.failure());
        QVERIFY(scene.asker.state() == State::Negotiating);
    }

    void aDeviceThatGoesWhileItWaitsIsGone() {
        PlayedChannel channel;
        {
            Asker asker(channel.thread());
            PlayedIcDriver driver(channel, {{3, 0}}, {{2, 0}});
            driver.onRequest = [](ic::Header&, std::span<std::byte>) { return false; };
            channel.open(asker);
            QVERIFY(asker.ask(1s));
            channel.settle();
            channel.driver = nullptr;
        }
        channel.clock.advance(10'000'000'000);
        QCOMPARE(channel.thread().runDue(), std::size_t{0});
        QVERIFY(channel.client().close(vmbus::ChannelClient::Limit{0}));
    }

    void offersAreOfPipesAndAllDifferent() {
        const std::vector<vmbus::Offer> offers{
            FileCopy::offer(),         GuestShutdown::offer(),       Heartbeat::offer(),
            KeyValueExchange::offer(), TimeSynchronization::offer(), VolumeShadowCopy::offer()};
        for (const vmbus::Offer& offer : offers) {
            QCOMPARE(offer.flags, vmbus::kNamedPipeFlag);
            QVERIFY(offer.userData[0] == std::byte{4});
            for (const vmbus::Offer& other : offers)
                QVERIFY(&other == &offer ||
                        (other.type != offer.type && other.instance != offer.instance));
        }
    }
};

QTEST_APPLESS_MAIN(IntegrationComponentTest)
#include "integration_component_test.moc"
