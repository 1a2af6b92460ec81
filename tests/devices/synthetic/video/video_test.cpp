// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/video/video.h"

#include <QTest>
#include <array>
#include <cstring>
#include <vector>

#include "played_channel.h"
#include "recorded_mapper.h"

using namespace devices;
using namespace devices::synthetic;
using tests::RecordedMapper;

namespace {

template <class T>
T valueAt(std::span<const std::byte> bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

/// Bytes of fields one behind the other, as in a packed struct.
class Body {
  public:
    template <class T>
    Body& add(T value) {
        const auto bytes = std::as_bytes(std::span(&value, 1));
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

  private:
    std::vector<std::byte> bytes_;
};

/// Both sizes as Linux has them: message header and body.
std::vector<std::byte> message(std::uint32_t type, const Body& body) {
    Body all;
    const auto size = static_cast<std::uint32_t>(8 + body.bytes().size());
    all.add<std::uint32_t>(1).add(size).add(type).add(size);
    std::vector<std::byte> bytes = all.bytes();
    bytes.insert(bytes.end(), body.bytes().begin(), body.bytes().end());
    return bytes;
}

std::shared_ptr<display::VideoMemory> videoMemory(std::uint64_t megabytes) {
    return display::VideoMemory::create(megabytes << 20).value();
}

constexpr std::uint64_t kAddress = 0xF800'0000;

struct Scene {
    explicit Scene(std::uint64_t megabytes = 8)
        : video(std::move(
              Video::create(channel.thread(), framebuffer, mapper, videoMemory(megabytes), {})
                  .value())) {
        channel.driver = [this](const vmbus::ReceivedPacket& packet) {
            if (packet.type() == vmbus::PacketType::InBand)
                got.emplace_back(packet.payload().begin(), packet.payload().end());
        };
    }

    void send(std::uint32_t type, const Body& body) {
        QVERIFY(channel.send(message(type, body), ++transaction));
        channel.settle();
    }
    void askVersion(std::uint32_t version) { send(1, Body().add(version)); }
    void place(std::uint64_t address, std::uint8_t hasAddress = 1) {
        send(3, Body().add(address).add(hasAddress).add(address));
    }
    void situate(std::uint32_t width, std::uint32_t height, std::uint32_t pitch,
                 std::uint8_t isActive = 1, std::uint8_t bits = 32, std::uint32_t offset = 0) {
        send(5, Body()
                    .add<std::uint64_t>(0)
                    .add<std::uint8_t>(1)
                    .add(isActive)
                    .add(offset)
                    .add(bits)
                    .add(width)
                    .add(height)
                    .add(pitch));
    }
    void dirty(std::vector<std::array<std::int32_t, 4>> rectangles) {
        Body body;
        body.add<std::uint8_t>(0).add(static_cast<std::uint8_t>(rectangles.size()));
        for (const auto& rectangle : rectangles)
            for (const std::int32_t edge : rectangle)
                body.add(edge);
        send(10, body);
    }
    /// As hyperv_drm does it.
    void start() {
        channel.open(*video);
        askVersion(0x5'0003);
        send(13, Body().add<std::uint8_t>(64));
        place(kAddress);
        situate(1024, 768, 4096);
        got.clear();
    }
    /// The messages of a type; by default those that ask for changes.
    [[nodiscard]] std::vector<std::vector<std::byte>> messages(std::uint32_t type = 9) const {
        std::vector<std::vector<std::byte>> found;
        for (const auto& bytes : got)
            if (valueAt<std::uint32_t>(bytes, 8) == type)
                found.push_back(bytes);
        return found;
    }

    display::Framebuffer framebuffer;
    RecordedMapper mapper;
    PlayedChannel channel{16};
    std::unique_ptr<Video> video;
    std::vector<std::vector<std::byte>> got;
    std::uint64_t transaction = 0;
};

}  // namespace

class VideoTest : public QObject {
    Q_OBJECT

  private slots:
    void versionsAreAgreedOn_data() {
        QTest::addColumn<std::uint32_t>("version");
        QTest::addColumn<bool>("isAccepted");
        QTest::newRow("3.5") << 0x5'0003U << true;
        QTest::newRow("3.2") << 0x2'0003U << true;
        QTest::newRow("3.0") << 0x0'0003U << false;
        QTest::newRow("3.6") << 0x6'0003U << false;
        QTest::newRow("4.5") << 0x5'0004U << false;
    }
    void versionsAreAgreedOn() {
        QFETCH(std::uint32_t, version);
        QFETCH(bool, isAccepted);
        Scene scene;
        scene.channel.open(*scene.video);
        scene.askVersion(version);
        QCOMPARE(scene.got.size(), std::size_t{1});
        QCOMPARE(valueAt<std::uint32_t>(scene.got[0], 8), 2U);
        QCOMPARE(valueAt<std::uint32_t>(scene.got[0], 16), version);
        QCOMPARE(valueAt<std::uint8_t>(scene.got[0], 20) != 0, isAccepted);
        QVERIFY(!scene.channel.failure());
        // As Linux does after a refusal.
        scene.askVersion(0x2'0003);
        QVERIFY(valueAt<std::uint8_t>(scene.got[1], 20) != 0);
    }

    void resolutionsFitTheMemory() {
        for (const std::uint16_t megabytes : std::array<std::uint16_t, 4>{4, 8, 16, 64}) {
            Scene scene(megabytes);
            QCOMPARE(scene.video->offer().mmioMegabytes, megabytes);
            scene.channel.open(*scene.video);
            scene.askVersion(0x5'0003);
            scene.send(13, Body().add<std::uint8_t>(64));
            const auto answers = scene.messages(14);
            QCOMPARE(answers.size(), std::size_t{1});
            const std::span<const std::byte> answer(answers[0]);
            const unsigned count = valueAt<std::uint8_t>(answer, 144);
            QVERIFY(count >= 1 && count <= 64);
            const unsigned index = valueAt<std::uint8_t>(answer, 145);
            QVERIFY(index < count);
            for (unsigned i = 0; i < count; ++i) {
                const std::uint64_t width = valueAt<std::uint16_t>(answer, 147 + 4 * i);
                const std::uint64_t height = valueAt<std::uint16_t>(answer, 149 + 4 * i);
                QVERIFY(width * height * 4 <= std::uint64_t{megabytes} << 20);
                if (i == index)
                    QCOMPARE(width, std::uint64_t{1024});
            }
        }
    }

    void aGuestGetsNoMoreResolutionsThanItTakes() {
        Scene scene;
        scene.channel.open(*scene.video);
        scene.askVersion(0x5'0003);
        scene.send(13, Body().add<std::uint8_t>(2));
        QCOMPARE(valueAt<std::uint8_t>(scene.messages(14).at(0), 144), std::uint8_t{2});
    }

    void theMemoryIsWhereTheGuestWantsIt() {
        Scene scene;
        scene.channel.open(*scene.video);
        scene.askVersion(0x5'0003);
        scene.place(kAddress);
        QCOMPARE(scene.mapper.address, std::optional(kAddress));
        QCOMPARE(scene.mapper.memory->size(), std::uint64_t{8} << 20);
        QCOMPARE(valueAt<std::uint64_t>(scene.messages(4).at(0), 16), kAddress);
        scene.place(kDeviceMemoryEnd - (8 << 20));
        QCOMPARE(scene.mapper.address, std::optional(kDeviceMemoryEnd - (8 << 20)));
        scene.place(0, 0);
        QVERIFY(!scene.mapper.address);
        QCOMPARE(scene.messages(4).size(), std::size_t{3});
        QVERIFY(!scene.channel.failure());
    }

    void elsewhereTheChannelIsLost_data() {
        QTest::addColumn<std::uint64_t>("address");
        QTest::newRow("RAM") << std::uint64_t{0x10'0000};
        QTest::newRow("below") << kDeviceMemoryStart - 0x1000;
        QTest::newRow("across the end") << kDeviceMemoryEnd - 0x10'0000;
        QTest::newRow("behind") << kDeviceMemoryEnd;
        QTest::newRow("the last page") << ~std::uint64_t{0xFFF};
        QTest::newRow("within a page") << kAddress + 8;
    }
    void elsewhereTheChannelIsLost() {
        QFETCH(std::uint64_t, address);
        Scene scene;
        scene.start();
        scene.place(address);
        QVERIFY(scene.channel.failure());
        QVERIFY(!scene.mapper.address);
        QVERIFY(scene.messages(4).empty());
    }

    void aHostThatCanNotMapLosesTheChannel() {
        Scene scene;
        scene.channel.open(*scene.video);
        scene.askVersion(0x5'0003);
        scene.mapper.refuses = true;
        scene.place(kAddress);
        QCOMPARE(scene.channel.failure().value_or(""), std::string("no room"));
        QVERIFY(scene.channel.close());
    }

    void whatTheGuestDrawsIsShown() {
        Scene scene;
        scene.start();
        const auto view = scene.framebuffer.view();
        QVERIFY(view);
        QCOMPARE(view->mode, (display::FramebufferMode{1024, 768, 4096}));
        const std::uint32_t colour = 0x00AB'CDEF;
        std::memcpy(scene.mapper.memory->bytes() + 4096 * 5 + 4 * 7, &colour, 4);
        std::uint32_t shown = 0;
        std::memcpy(&shown, view->line(5) + 4 * 7, 4);
        QCOMPARE(shown, colour);
    }

    void anotherResolutionReplacesTheFirst() {
        Scene scene;
        scene.start();
        const auto watch = scene.framebuffer.watch([] {});
        const auto before = watch->take().generation;
        scene.situate(800, 600, 3200);
        QCOMPARE(scene.messages(6).size(), std::size_t{1});
        const auto state = watch->take();
        QVERIFY(state.generation != before);
        QCOMPARE(state.view->mode, (display::FramebufferMode{800, 600, 3200}));
        scene.situate(800, 600, 3200, 0);
        QVERIFY(!watch->take().view);
        QVERIFY(!scene.channel.failure());
    }

    void wrongSituationsLoseTheChannel_data() {
        QTest::addColumn<std::uint32_t>("width");
        QTest::addColumn<std::uint32_t>("height");
        QTest::addColumn<std::uint32_t>("pitch");
        QTest::addColumn<int>("bits");
        QTest::addColumn<std::uint32_t>("offset");
        QTest::newRow("no width") << 0U << 600U << 3200U << 32 << 0U;
        QTest::newRow("no height") << 800U << 0U << 3200U << 32 << 0U;
        QTest::newRow("lines overlap") << 800U << 600U << 3199U << 32 << 0U;
        QTest::newRow("too high") << 1024U << 2049U << 4096U << 32 << 0U;
        QTest::newRow("far too high") << 1024U << 0xFFFF'FFFFU << 4096U << 32 << 0U;
        QTest::newRow("too wide") << 0x4000'0001U << 1U << 4U << 32 << 0U;
        QTest::newRow("pitch") << 800U << 600U << 0xFFFF'FFFFU << 32 << 0U;
        QTest::newRow("at the end") << 800U << 600U << 3200U << 32 << (8U << 20);
        QTest::newRow("behind") << 800U << 600U << 3200U << 32 << 0xFFFF'F000U;
        QTest::newRow("depth") << 800U << 600U << 3200U << 16 << 0U;
    }
    void wrongSituationsLoseTheChannel() {
        QFETCH(std::uint32_t, width);
        QFETCH(std::uint32_t, height);
        QFETCH(std::uint32_t, pitch);
        QFETCH(int, bits);
        QFETCH(std::uint32_t, offset);
        Scene scene;
        scene.start();
        scene.situate(width, height, pitch, 1, static_cast<std::uint8_t>(bits), offset);
        QVERIFY(scene.channel.failure());
        QVERIFY(scene.messages(6).empty());
    }

    void changesAreAskedForWhileSomebodyWatches() {
        Scene scene;
        scene.start();
        QVERIFY(scene.messages().empty());
        auto watch = scene.framebuffer.watch([] {});
        scene.channel.settle();
        QCOMPARE(scene.messages().size(), std::size_t{1});
        QCOMPARE(valueAt<std::uint8_t>(scene.messages()[0], 16), std::uint8_t{1});
        // hyperv_fb answers with its situation, which must not be answered with a question.
        scene.situate(1024, 768, 4096);
        QCOMPARE(scene.messages().size(), std::size_t{1});
        auto second = scene.framebuffer.watch([] {});
        watch.reset();
        scene.channel.settle();
        QCOMPARE(scene.messages().size(), std::size_t{1});
        second.reset();
        scene.channel.settle();
        QCOMPARE(scene.messages().size(), std::size_t{2});
        QCOMPARE(valueAt<std::uint8_t>(scene.messages()[1], 16), std::uint8_t{0});
    }

    void whoWatchedBeforeTheGuestCameIsNotForgotten() {
        Scene scene;
        const auto watch = scene.framebuffer.watch([] {});
        scene.channel.open(*scene.video);
        scene.askVersion(0x2'0003);
        scene.place(kAddress);
        QVERIFY(scene.messages().empty());
        scene.situate(1024, 768, 4096);
        QCOMPARE(scene.messages().size(), std::size_t{1});
        QVERIFY(scene.channel.close());
        scene.start();
        QVERIFY(scene.channel.close());
        // The guest that has the channel now has never been asked.
        scene.got.clear();
        scene.channel.open(*scene.video);
        scene.askVersion(0x5'0003);
        scene.situate(800, 600, 3200);
        QCOMPARE(scene.messages().size(), std::size_t{1});
    }

    void changesReachTheWatcher() {
        Scene scene;
        scene.start();
        unsigned told = 0;
        const auto watch = scene.framebuffer.watch([&] { ++told; });
        static_cast<void>(watch->take());
        scene.dirty({{10, 20, 30, 60}});
        QCOMPARE(watch->take().changed, (std::vector<display::Rectangle>{{10, 20, 20, 40}}));
        QCOMPARE(told, 1U);
        // hyperv_fb's way to say "all of it".
        scene.dirty({{0, 0, 0x7FFF'FFFF, 0x7FFF'FFFF}});
        QCOMPARE(watch->take().changed, (std::vector<display::Rectangle>{{0, 0, 1024, 768}}));
        scene.dirty({{-5, -5, 3, 2}, {5, 5, 5, 9}, {9, 9, 5, 5}, {2000, 0, 2001, 1}});
        QCOMPARE(watch->take().changed, (std::vector<display::Rectangle>{{0, 0, 3, 2}}));
        scene.dirty({});
        QCOMPARE(told, 3U);
        QVERIFY(!scene.channel.failure());
    }

    void moreChangesThanTheirMessageLoseTheChannel() {
        Scene scene;
        scene.start();
        scene.send(10, Body().add<std::uint8_t>(0).add<std::uint8_t>(3).add<std::uint64_t>(0));
        QVERIFY(scene.channel.failure());
    }

    void pointersAreTakenAndDropped() {
        Scene scene;
        scene.start();
        scene.send(7, Body().add<std::uint8_t>(1).add<std::uint8_t>(0).add<std::uint64_t>(0));
        scene.send(8, Body()
                          .add<std::uint8_t>(0xFF)
                          .add<std::uint8_t>(1)
                          .add<std::uint32_t>(1)
                          .add<std::uint32_t>(1)
                          .add<std::uint64_t>(0)
                          .add<std::uint32_t>(0x0101'0100));
        QVERIFY(!scene.channel.failure());
        scene.send(8, Body()
                          .add<std::uint8_t>(0xFF)
                          .add<std::uint8_t>(1)
                          .add<std::uint32_t>(97)
                          .add<std::uint32_t>(1)
                          .add<std::uint64_t>(0));
        QVERIFY(scene.channel.failure());
    }

    void whatWindowsAsksForIsAnswered() {
        Scene scene;
        scene.start();
        scene.send(11, {});
        scene.send(15, {});
        QCOMPARE(scene.messages(12).size(), std::size_t{1});
        QCOMPARE(scene.messages(16).size(), std::size_t{1});
    }

    void aClosedChannelShowsNothing() {
        Scene scene;
        scene.start();
        scene.mapper.memory->bytes()[100] = std::byte{1};
        QVERIFY(scene.channel.close());
        QVERIFY(!scene.mapper.address);
        QVERIFY(!scene.framebuffer.view());
        // Another adapter may be showing it.
        QCOMPARE(scene.mapper.memory->bytes()[100], std::byte{1});
        scene.start();
        QVERIFY(scene.framebuffer.view());
    }

    void aDeviceThatGoesLeavesNothing() {
        Scene scene;
        scene.start();
        const auto watch = scene.framebuffer.watch([] {});
        scene.video.reset();
        QVERIFY(!scene.mapper.address);
        QVERIFY(!watch->take().view);
        QVERIFY(scene.channel.client().close(vmbus::ChannelClient::Limit{0}));
    }

    void wrongMessagesLoseTheChannel() {
        for (int index = 0; index < 6; ++index) {
            Scene scene;
            if (index == 0) {
                // Before a version.
                scene.channel.open(*scene.video);
                scene.situate(800, 600, 3200);
            } else {
                scene.start();
                std::vector<std::byte> bytes = message(13, Body().add<std::uint8_t>(64));
                if (index == 1)
                    bytes.resize(8);
                if (index == 2)
                    bytes[0] = std::byte{2};
                if (index == 3)
                    bytes[7] = std::byte{0xFF};
                if (index == 4)
                    bytes[8] = std::byte{99};
                if (index == 5)
                    bytes = message(13, {});
                QVERIFY(scene.channel.send(bytes));
                scene.channel.settle();
            }
            QVERIFY2(scene.channel.failure(), qPrintable(QString::number(index)));
            QVERIFY(scene.messages(14).empty());
        }
    }

    void aGuestThatReadsNothingIsAskedLater() {
        Scene scene;
        scene.start();
        const auto driver = std::exchange(scene.channel.driver, nullptr);
        // The ring and the queue are full of answers.
        for (int i = 0; i < 400; ++i)
            QVERIFY(scene.channel.send(message(13, Body().add<std::uint8_t>(64))));
        scene.channel.settle();
        const auto watch = scene.framebuffer.watch([] {});
        scene.channel.settle();
        scene.channel.driver = driver;
        scene.channel.settle();
        QCOMPARE(scene.messages(14).size(), std::size_t{400});
        QCOMPARE(scene.messages().size(), std::size_t{1});
    }

    void badOptionsAreRefused() {
        PlayedChannel channel;
        display::Framebuffer framebuffer;
        RecordedMapper mapper;
        for (const std::uint64_t megabytes : {12, 128})
            QVERIFY(
                !Video::create(channel.thread(), framebuffer, mapper, videoMemory(megabytes), {}));
        QVERIFY(!Video::create(channel.thread(), framebuffer, mapper,
                               display::VideoMemory::create(512 << 10).value(), {}));
        const auto refuses = [&](std::uint64_t megabytes, Resolution preferred) {
            return !Video::create(channel.thread(), framebuffer, mapper, videoMemory(megabytes),
                                  {preferred});
        };
        QVERIFY(refuses(8, {320, 200}));
        QVERIFY(refuses(64, {5120, 2880}));
        QVERIFY(refuses(8, {2560, 1440}));
    }
};

QTEST_APPLESS_MAIN(VideoTest)
#include "video_test.moc"
