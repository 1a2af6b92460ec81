// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/integration/dynamic_memory.h"

// Before Qt, which takes the word "signals".
#include "played_channel.h"

#include <QTest>
#include <algorithm>
#include <set>

using namespace devices::synthetic;
using namespace devices::synthetic::dynamic_memory;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kChunk = 512;

template <class Message>
Message from(std::span<const std::byte> bytes) {
    Message message{};
    std::memcpy(&message, bytes.data(), std::min(sizeof message, bytes.size()));
    return message;
}

/// Linux' driver: versions, capabilities, a balloon of whole chunks from page 1024 on.
struct Scene {
    Scene() {
        channel.driver = [this](const vmbus::ReceivedPacket& packet) { received(packet); };
    }
    void open() {
        channel.open(device);
        static_cast<void>(send(VersionRequest{head(MessageType::VersionRequest, 16), version, 0}));
        channel.settle();
    }
    template <class Message>
    bool send(const Message& message) {
        return channel.send(vmbus::bytesOf(message));
    }
    bool sendRanges(bool more, const std::vector<std::uint64_t>& ranges) {
        const std::size_t size = sizeof(BalloonResponse) + ranges.size() * 8;
        const BalloonResponse response{
            head(MessageType::BalloonResponse, size), 0,
            static_cast<std::uint32_t>(ranges.size() << 1 | (more ? 1 : 0))};
        std::vector<std::byte> bytes(size);
        std::memcpy(bytes.data(), &response, sizeof response);
        std::memcpy(bytes.data() + sizeof response, ranges.data(), ranges.size() * 8);
        return channel.send(bytes);
    }
    static Header head(MessageType type, std::size_t size) {
        return {std::to_underlying(type), static_cast<std::uint16_t>(size), 1};
    }

    void received(const vmbus::ReceivedPacket& packet) {
        const auto bytes = packet.payload();
        const auto header = from<Header>(bytes);
        types.push_back(header.type);
        switch (static_cast<MessageType>(header.type)) {
            case MessageType::VersionResponse:
                accepted = from<Response>(bytes).isAccepted != 0;
                if (accepted)
                    static_cast<void>(send(Capabilities{head(MessageType::Capabilities, 32),
                                                        kCanBalloon | kCanHotAdd | 7 << 2, 0,
                                                        ~std::uint64_t{0}}));
                return;
            case MessageType::BalloonRequest:
                asked = from<BalloonRequest>(bytes).pages;
                if (answers)
                    balloonUp();
                return;
            case MessageType::UnballoonRequest: {
                const auto request = from<UnballoonRequest>(bytes);
                for (std::uint32_t i = 0; i < request.rangeCount; ++i) {
                    const auto range =
                        from<std::uint64_t>(bytes.subspan(sizeof request + i * std::size_t{8}));
                    for (std::uint64_t page = 0; page < countOf(range); ++page)
                        returnedTwice |= ballooned.erase(firstOf(range) + page) == 0;
                }
                if (answers)
                    static_cast<void>(send(head(MessageType::UnballoonResponse, 8)));
                return;
            }
            case MessageType::HotAddRequest:
                hotAddSize = header.size;
                hotAddRange = from<HotAddRequest>(bytes).range;
                if (answers)
                    static_cast<void>(send(
                        HotAddResponse{head(MessageType::HotAddResponse, 16), hotAdds, result}));
                return;
            case MessageType::Information:
                mostPages = from<Information>(bytes).mostPages;
                return;
            default:
                return;
        }
    }
    void balloonUp() {
        std::vector<std::uint64_t> ranges;
        std::uint64_t page = 1024;
        for (std::uint64_t left = std::min(asked, most - ballooned.size()); left != 0;
             page += kChunk) {
            if (ballooned.contains(page))
                continue;
            for (std::uint64_t i = 0; i < kChunk; ++i)
                ballooned.insert(page + i);
            ranges.push_back(packRange(page, kChunk));
            left -= kChunk;
            // Two messages, as of a large balloon.
            if (ranges.size() == 2 && left != 0) {
                static_cast<void>(sendRanges(true, ranges));
                ranges.clear();
            }
        }
        static_cast<void>(sendRanges(false, ranges));
    }
    void setTarget(std::uint64_t pages) {
        device.setTarget(pages);
        channel.settle();
    }
    std::uint64_t releasedPages() const { return released.size(); }

    PlayedChannel channel{5};
    std::set<std::uint64_t> released;
    bool backs = true;
    bool wrongBack = false;
    unsigned changes = 0;
    DynamicMemory device{channel.thread(),
                         {.release =
                              [this](PageRange range) {
                                  for (std::uint64_t i = 0; i < range.count; ++i)
                                      released.insert(range.first + i);
                              },
                          .back =
                              [this](PageRange range) {
                                  for (std::uint64_t i = 0; backs && i < range.count; ++i)
                                      wrongBack |= released.erase(range.first + i) == 0;
                                  return backs;
                              },
                          .changed = [this] { ++changes; }},
                         {.mostPages = 4096}};

    std::uint32_t version = kVersion2;
    bool accepted = false;
    bool answers = true;
    /// The guest's floor.
    std::uint64_t most = 1'000'000;
    std::uint64_t asked = 0;
    std::uint64_t mostPages = 0;
    std::set<std::uint64_t> ballooned;
    bool returnedTwice = false;
    std::uint16_t hotAddSize = 0;
    std::uint64_t hotAddRange = 0;
    std::uint32_t hotAdds = 0;
    std::uint32_t result = 1;
    std::vector<std::uint16_t> types;
};

}  // namespace

class DynamicMemoryTest : public QObject {
    Q_OBJECT

  private slots:
    void versionAndCapabilitiesAreAgreed() {
        Scene scene;
        QVERIFY(!scene.device.status().canBalloon);
        scene.open();
        QVERIFY(scene.accepted);
        QVERIFY(scene.device.status().canBalloon);
        QVERIFY(scene.device.status().canHotAdd);
        QCOMPARE(scene.mostPages, std::uint64_t{4096});
        QVERIFY(scene.channel.close());
        QVERIFY(!scene.device.status().canBalloon);
    }

    void aVersionThatIsUnknownIsRefusedAndTheNextTaken() {
        Scene scene;
        scene.version = 0x3'0000;
        scene.open();
        QVERIFY(!scene.accepted);
        QVERIFY(!scene.channel.failure());
        QVERIFY(
            scene.send(VersionRequest{Scene::head(MessageType::VersionRequest, 16), kVersion1, 1}));
        scene.channel.settle();
        QVERIFY(scene.device.status().canBalloon);
    }

    void theBalloonFollowsItsTarget() {
        Scene scene;
        scene.open();
        scene.setTarget(5 * kChunk + 100);
        QCOMPARE(scene.device.status().balloonedPages, 5 * kChunk);
        QCOMPARE(scene.releasedPages(), 5 * kChunk);
        scene.setTarget(2 * kChunk + 3);
        QCOMPARE(scene.device.status().balloonedPages, 2 * kChunk + 3);
        QCOMPARE(scene.releasedPages(), 2 * kChunk + 3);
        QCOMPARE(std::uint64_t{scene.ballooned.size()}, 2 * kChunk + 3);
        scene.setTarget(0);
        QVERIFY(scene.ballooned.empty());
        QVERIFY(scene.released.empty());
        QVERIFY(!scene.wrongBack && !scene.returnedTwice);
        QVERIFY(!scene.channel.failure());
    }

    void aTargetFromBeforeTheGuestHolds() {
        Scene scene;
        scene.setTarget(2 * kChunk);
        scene.open();
        QCOMPARE(scene.device.status().balloonedPages, 2 * kChunk);
    }

    void aGuestAtItsFloorIsAskedAgainLater() {
        Scene scene;
        scene.most = kChunk;
        scene.open();
        scene.setTarget(3 * kChunk);
        QCOMPARE(scene.device.status().balloonedPages, kChunk);
        scene.most = 3 * kChunk;
        scene.channel.advance(29s);
        QCOMPARE(scene.device.status().balloonedPages, kChunk);
        scene.channel.advance(2s);
        QCOMPARE(scene.device.status().balloonedPages, 3 * kChunk);
    }

    void pagesThatCanNotBeBackedAreNotGivenBack() {
        Scene scene;
        scene.open();
        scene.setTarget(2 * kChunk);
        scene.backs = false;
        scene.setTarget(0);
        QCOMPARE(scene.device.status().balloonedPages, 2 * kChunk);
        QCOMPARE(std::uint64_t{scene.ballooned.size()}, 2 * kChunk);
        scene.backs = true;
        scene.channel.advance(31s);
        QVERIFY(scene.ballooned.empty());
        QVERIFY(scene.released.empty());
    }

    void aTargetThatChangesWhileTheGuestWorksIsReachedAfterwards() {
        Scene scene;
        scene.open();
        scene.answers = false;
        scene.setTarget(4 * kChunk);
        scene.setTarget(kChunk);
        QCOMPARE(scene.device.status().balloonedPages, std::uint64_t{0});
        scene.answers = true;
        scene.balloonUp();
        scene.channel.settle();
        QCOMPARE(scene.device.status().balloonedPages, kChunk);
        QCOMPARE(scene.releasedPages(), kChunk);
    }

    void aGuestThatNeverAnswersIsAskedOnce() {
        Scene scene;
        scene.answers = false;
        scene.open();
        scene.setTarget(4 * kChunk);
        scene.channel.advance(300s);
        QCOMPARE(std::ranges::count(scene.types, std::to_underlying(MessageType::BalloonRequest)),
                 1);
    }

    void aCloseGivesEverythingBack() {
        Scene scene;
        scene.open();
        scene.setTarget(3 * kChunk);
        QVERIFY(scene.channel.close());
        QVERIFY(scene.released.empty());
        QVERIFY(!scene.wrongBack);
        QCOMPARE(scene.device.status().balloonedPages, std::uint64_t{0});
        scene.ballooned.clear();
        scene.open();
        QCOMPARE(scene.device.status().balloonedPages, 3 * kChunk);
    }

    void aCloseWhileTheGuestWorksBeginsAnew() {
        Scene scene;
        scene.open();
        scene.answers = false;
        scene.setTarget(kChunk);
        QVERIFY(scene.channel.close());
        scene.answers = true;
        scene.open();
        QCOMPARE(scene.device.status().balloonedPages, kChunk);
    }

    void statusReportsAreKeptAndTold() {
        Scene scene;
        scene.open();
        scene.channel.advance(1s);
        const unsigned before = scene.changes;
        for (std::uint64_t i = 1; i <= 100; ++i)
            QVERIFY(scene.send(dynamic_memory::Status{Scene::head(MessageType::Status, 48),
                                                      1000 + i, 2000 + i, 0, 0, 0, 0}));
        scene.channel.settle();
        QCOMPARE(scene.device.status().availablePages, std::uint64_t{1100});
        QCOMPARE(scene.device.status().committedPages, std::uint64_t{2100});
        scene.channel.advance(1s);
        QCOMPARE(scene.changes, before + 1);
        QVERIFY(scene.channel.close());
        QCOMPARE(scene.device.status().committedPages, std::uint64_t{0});
    }

    void hotAddedMemoryIsAnnouncedAndCanBeBallooned() {
        Scene scene;
        scene.open();
        constexpr PageRange kNew{0x10'0000, 0x8000};
        std::vector<hypervisor::Result<std::uint64_t>> results;
        const auto add = [&](PageRange range, std::optional<PageRange> region) {
            scene.device.hotAdd(range, region, [&](auto done) { results.push_back(done); });
            scene.channel.settle();
        };
        scene.hotAdds = 0x8000;
        add(kNew, std::nullopt);
        QCOMPARE(scene.hotAddSize, std::uint16_t{16});
        QCOMPARE(scene.hotAddRange, packRange(0x10'0000, 0x8000));
        QVERIFY(results.at(0));
        QCOMPARE(*results[0], std::uint64_t{0x8000});
        QCOMPARE(scene.device.status().hotAddedPages, std::uint64_t{0x8000});
        // Not aligned, without a region and with one.
        add({0x10'8001, 0x8000}, std::nullopt);
        QVERIFY(!results.at(1));
        scene.hotAdds = 0x100;
        add({0x10'8100, 0x100}, PageRange{0x10'8000, 0x8000});
        QVERIFY(results.at(2));
        QCOMPARE(scene.hotAddSize, std::uint16_t{24});
        add({0x10'8100, 0x8000}, PageRange{0x10'8000, 0x8000});
        QVERIFY(!results.at(3));
        scene.hotAdds = 0;
        scene.result = 0;
        add({0x11'0000, 0x8000}, std::nullopt);
        QVERIFY(!results.at(4));
        scene.answers = false;
        scene.setTarget(kChunk);
        QVERIFY(scene.sendRanges(false, {packRange(0x10'7e00, kChunk)}));
        scene.channel.settle();
        QVERIFY(!scene.channel.failure());
        QCOMPARE(scene.device.status().balloonedPages, kChunk);
    }

    void aCloseAnswersAHotAdd() {
        Scene scene;
        scene.open();
        scene.answers = false;
        std::vector<bool> results;
        scene.device.hotAdd({0x10'0000, 0x8000}, std::nullopt,
                            [&](const auto& done) { results.push_back(done.has_value()); });
        scene.channel.settle();
        QVERIFY(scene.channel.close());
        QCOMPARE(results, (std::vector{false}));
    }

    void aGuestThatLiesLosesTheChannel_data() {
        QTest::addColumn<std::vector<std::uint64_t>>("ranges");
        QTest::newRow("outside its memory")
            << std::vector<std::uint64_t>{packRange(0x1'0000, kChunk)};
        QTest::newRow("across the end") << std::vector<std::uint64_t>{packRange(4000, kChunk)};
        QTest::newRow("far outside")
            << std::vector<std::uint64_t>{packRange((std::uint64_t{1} << 40) - 1, 512)};
        QTest::newRow("nothing") << std::vector<std::uint64_t>{packRange(1024, 0)};
        QTest::newRow("twice") << std::vector<std::uint64_t>{packRange(1024, 256),
                                                             packRange(1279, 2)};
        QTest::newRow("more than asked") << std::vector<std::uint64_t>{packRange(1024, 1025)};
        QTest::newRow("more than asked in all")
            << std::vector<std::uint64_t>{packRange(1024, 1000), packRange(2048, 25)};
    }
    void aGuestThatLiesLosesTheChannel() {
        QFETCH(std::vector<std::uint64_t>, ranges);
        Scene scene;
        scene.open();
        scene.answers = false;
        scene.setTarget(2 * kChunk);
        QVERIFY(scene.sendRanges(false, ranges));
        scene.channel.settle();
        QVERIFY(scene.channel.failure());
        QVERIFY(scene.channel.close());
        QVERIFY(scene.released.empty());
        QVERIFY(!scene.wrongBack);
    }

    void messagesOutOfPlaceLoseTheChannel_data() {
        QTest::addColumn<int>("type");
        QTest::addColumn<int>("size");
        QTest::newRow("error") << 0 << 8;
        QTest::newRow("a version again") << 1 << 16;
        QTest::newRow("capabilities again") << 3 << 32;
        QTest::newRow("a short status") << 5 << 40;
        QTest::newRow("a balloon") << 7 << 16;
        QTest::newRow("an unballoon") << 9 << 8;
        QTest::newRow("a hot add") << 11 << 16;
        QTest::newRow("of the host") << 6 << 16;
        QTest::newRow("unknown") << 99 << 8;
        QTest::newRow("shorter than its header") << 5 << 4;
        QTest::newRow("longer than its packet") << 5 << 57;
    }
    void messagesOutOfPlaceLoseTheChannel() {
        QFETCH(int, type);
        QFETCH(int, size);
        Scene scene;
        scene.open();
        std::vector<std::byte> bytes(56);
        const Header header{static_cast<std::uint16_t>(type), static_cast<std::uint16_t>(size), 1};
        std::memcpy(bytes.data(), &header, sizeof header);
        QVERIFY(scene.channel.send(bytes));
        scene.channel.settle();
        QVERIFY(scene.channel.failure());
    }

    void aWrongCountOfRangesLosesTheChannel() {
        for (const std::uint32_t count : {5U, 0xFFFF'FFFEU, 1U}) {
            Scene scene;
            scene.open();
            scene.answers = false;
            scene.setTarget(kChunk);
            QVERIFY(scene.send(
                BalloonResponse{Scene::head(MessageType::BalloonResponse, 16), 0, count}));
            scene.channel.settle();
            QVERIFY(scene.channel.failure());
        }
    }
};

QTEST_APPLESS_MAIN(DynamicMemoryTest)
#include "dynamic_memory_test.moc"
