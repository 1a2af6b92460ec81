// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmbus/gpadl_table.h"

#include <QTest>

#include "bus_scene.h"

using namespace vmbus;

namespace {

constexpr GpadlId kRing = 0xe1e10;

struct Range {
    std::uint32_t count;
    std::uint32_t offset;
    std::vector<std::uint64_t> frames;
};

std::vector<std::uint64_t> wordsOf(const std::vector<Range>& ranges) {
    std::vector<std::uint64_t> words;
    for (const Range& range : ranges) {
        words.push_back(std::uint64_t{range.offset} << 32 | range.count);
        words.insert(words.end(), range.frames.begin(), range.frames.end());
    }
    return words;
}

template <class Front>
void send(BusScene& scene, const Front& front, std::span<const std::uint64_t> words,
          std::size_t more = 0) {
    std::vector<std::byte> bytes(sizeof(front) + words.size_bytes() + more);
    std::memcpy(bytes.data(), &front, sizeof(front));
    if (!words.empty())
        std::memcpy(bytes.data() + sizeof(front), words.data(), words.size_bytes());
    scene.post(std::span<const std::byte>(bytes));
}

GpadlHeaderMessage header(Relid relid, GpadlId id, std::size_t rangeBytes, std::size_t rangeCount) {
    return {.header = {MessageType::GpadlHeader, 0},
            .relid = relid,
            .gpadl = id,
            .rangeBytes = static_cast<std::uint16_t>(rangeBytes),
            .rangeCount = static_cast<std::uint16_t>(rangeCount)};
}

GpadlBodyMessage body(GpadlId id) {
    return {.header = {MessageType::GpadlBody, 0}, .number = 0, .gpadl = id};
}

}  // namespace

/// GPADLs: out of messages, onto the host, and back to the guest.
class BusGpadlTest : public QObject {
    Q_OBJECT

  private slots:
    void init();
    void rangesArriveAsTheyAre();
    void aPartComesByAnyNumberOfMessages();
    void theLargestFits();
    void whatDoesNotFitItsDescriptionFails_data();
    void whatDoesNotFitItsDescriptionFails();
    void bodiesOfWhatHasBeenRefusedAreIgnored();
    void anEmptyBodyEndsIt();
    void memoryThatIsNotThereFails();
    void idsBelongToTheirChannel();
    void anIdIsNotTakenTwice();
    void gpadlsInAllAreLimited();
    void pagesInAllAreLimited();
    void teardownWaitsForTheDevice();
    void teardownInEachState();
    void teardownOfWhatIsNotThereIsAnswered();
    void ringsOfAnOpenChannelAreTornDownAfterIt();

  private:
    std::unique_ptr<BusScene> scene_;
    Relid relid_ = 0;
};

void BusGpadlTest::init() {
    scene_ = std::make_unique<BusScene>();
    scene_->connect();
    relid_ = scene_->offer();
}

void BusGpadlTest::rangesArriveAsTheyAre() {
    const std::vector<Range> ranges{
        {4096, 0, {7}}, {4096, 1, {9, 8}}, {1, 4095, {0xFFFF'FFFF'FFFF}}, {8192, 4095, {1, 2, 3}}};
    const auto words = wordsOf(ranges);
    send(*scene_, header(1, kRing, 8 * words.size(), ranges.size()), words);
    QCOMPARE(scene_->heard(), (QStringList{"> map 1 e1e10 of 7", "created 1 e1e10 ok"}));
    const auto& map = std::get<MapGpadl>(*(scene_->effects.end() - 2));
    QCOMPARE(map.ranges.size(), ranges.size());
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        QCOMPARE(map.ranges[i].byteCount, ranges[i].count);
        QCOMPARE(map.ranges[i].byteOffset, ranges[i].offset);
        QCOMPARE(map.ranges[i].frames, ranges[i].frames);
    }
}

void BusGpadlTest::aPartComesByAnyNumberOfMessages() {
    std::vector<std::uint64_t> frames(20);
    for (std::size_t i = 0; i < frames.size(); ++i)
        frames[i] = 100 + i;
    const auto words = wordsOf({{20 * 4096, 0, frames}});
    const std::span<const std::uint64_t> all = words;
    // Even a header of nothing, and bytes that don't make a whole number.
    send(*scene_, header(1, kRing, 8 * words.size(), 1), {});
    send(*scene_, body(kRing), all.first(1), 7);
    for (std::size_t i = 1; i < 20; ++i)
        send(*scene_, body(kRing), all.subspan(i, 1));
    QCOMPARE(scene_->heard(), QStringList{});
    // More than is missing.
    send(*scene_, body(kRing), std::vector<std::uint64_t>{words.back(), 1, 2, 3});
    QCOMPARE(scene_->heard(), (QStringList{"> map 1 e1e10 of 20", "created 1 e1e10 ok"}));
    QCOMPARE(std::get<MapGpadl>(*(scene_->effects.end() - 2)).ranges[0].frames, frames);
}

void BusGpadlTest::theLargestFits() {
    scene_->gpadl(1, kRing, 8190);
    QCOMPARE(scene_->heard(), (QStringList{"> map 1 e1e10 of 8190", "created 1 e1e10 ok"}));
}

void BusGpadlTest::whatDoesNotFitItsDescriptionFails_data() {
    using Words = std::vector<std::uint64_t>;
    QTest::addColumn<std::size_t>("rangeBytes");
    QTest::addColumn<std::size_t>("rangeCount");
    QTest::addColumn<Words>("words");
    const auto row = [](const char* name, std::size_t bytes, std::size_t count, Words words) {
        QTest::addRow("%s", name) << bytes << count << std::move(words);
    };
    row("no range", 16, 0, {4096, 1});
    row("no bytes", 0, 1, {4096, 1});
    row("a header only", 8, 1, {4096});
    row("half a number", 20, 1, {4096, 1, 0});
    row("too many ranges for the bytes", 16, 2, {4096, 1});
    row("65535 ranges", 0xFFF8, 0xFFFF, {4096, 1});
    row("a byte count of 0", 16, 1, {0, 1});
    row("an offset of a page", 16, 1, {std::uint64_t{4096} << 32 | 4096, 1});
    row("a huge offset", 16, 1, {std::uint64_t{0xFFFF'FFFF} << 32 | 0xFFFF'FFFF, 1});
    row("fewer frames than bytes", 16, 1, {4097, 1});
    row("more frames than bytes", 24, 1, {4096, 1, 2});
    row("4 GiB in one frame", 16, 1, {0xFFFF'FFFF, 1});
    row("the last range without frames", 32, 2, {8192, 1, 2, 4096});
    row("the last range missing", 40, 2, {4 * 4096, 1, 2, 3, 4});
}

void BusGpadlTest::whatDoesNotFitItsDescriptionFails() {
    QFETCH(const std::size_t, rangeBytes);
    QFETCH(const std::size_t, rangeCount);
    QFETCH(const std::vector<std::uint64_t>, words);
    send(*scene_, header(1, kRing, rangeBytes, rangeCount), words);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "created 1 e1e10 failed"}));
    // The channel is still there, and the id free.
    scene_->opened(1, kRing);
    scene_->close(1);
    QCOMPARE(scene_->heard(), QStringList{"> close 1"});
}

void BusGpadlTest::bodiesOfWhatHasBeenRefusedAreIgnored() {
    scene_->gpadl(99, kRing, 100);
    QCOMPARE(scene_->heard(), (QStringList{"> violation", "created 99 e1e10 failed"}));
    scene_->state.revoke(1);
    scene_->gpadl(1, kRing, 100);
    QCOMPARE(scene_->heard(), (QStringList{"rescind 1", "created 1 e1e10 failed"}));
}

void BusGpadlTest::anEmptyBodyEndsIt() {
    send(*scene_, header(1, kRing, 80, 1), wordsOf({{9 * 4096, 0, {1}}}));
    send(*scene_, body(kRing), {}, 7);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "created 1 e1e10 failed"}));
    scene_->gpadl(1, kRing, 4);
    QCOMPARE(scene_->heard(), (QStringList{"> map 1 e1e10 of 4", "created 1 e1e10 ok"}));
}

void BusGpadlTest::memoryThatIsNotThereFails() {
    scene_->maps = false;
    scene_->gpadl(1, kRing, 4);
    QCOMPARE(scene_->heard(),
             (QStringList{"> map 1 e1e10 of 4", "> violation 1", "created 1 e1e10 failed"}));
    scene_->maps = true;
    scene_->gpadl(1, kRing, 4);
    QCOMPARE(scene_->heard(), (QStringList{"> map 1 e1e10 of 4", "created 1 e1e10 ok"}));
}

void BusGpadlTest::idsBelongToTheirChannel() {
    const Relid other = scene_->offer();
    scene_->gpadl(1, kRing, 4);
    scene_->gpadl(other, kRing, 8);
    static_cast<void>(scene_->heard());
    scene_->open(other, kRing, 6);
    QCOMPARE(scene_->heard(), (QStringList{"> open 2 e1e10 at 6 VP 0", "open 2.2 ok"}));
    scene_->teardown(1, kRing);
    QCOMPARE(scene_->heard(), (QStringList{"> release 1 e1e10", "torndown e1e10"}));
    scene_->open(1, kRing);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "open 1.1 failed"}));
}

void BusGpadlTest::anIdIsNotTakenTwice() {
    scene_->gpadl(1, kRing, 4);
    static_cast<void>(scene_->heard());
    scene_->gpadl(1, kRing, 4);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "created 1 e1e10 failed"}));
    // Bodies name no channel: an id is in assembly only once.
    const Relid other = scene_->offer();
    send(*scene_, header(1, 5, 32, 1), wordsOf({{3 * 4096, 0, {1}}}));
    send(*scene_, header(other, 5, 32, 1), wordsOf({{3 * 4096, 0, {1}}}));
    QCOMPARE(scene_->heard(), (QStringList{"> violation 2", "created 2 5 failed"}));
    send(*scene_, body(5), std::vector<std::uint64_t>{2, 3});
    QCOMPARE(scene_->heard(), (QStringList{"> map 1 5 of 3", "created 1 5 ok"}));
}

void BusGpadlTest::gpadlsInAllAreLimited() {
    for (unsigned i = 0; i < GpadlTable::kMostGpadls; ++i)
        scene_->gpadl(1, i, 1);
    QCOMPARE(scene_->heard().size(), 2 * static_cast<int>(GpadlTable::kMostGpadls));
    scene_->gpadl(1, GpadlTable::kMostGpadls, 1);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "created 1 2000 failed"}));
    scene_->teardown(1, 77);
    scene_->gpadl(1, GpadlTable::kMostGpadls, 1);
    QCOMPARE(scene_->heard(), (QStringList{"> release 1 4d", "torndown 4d", "> map 1 2000 of 1",
                                           "created 1 2000 ok"}));
}

void BusGpadlTest::pagesInAllAreLimited() {
    // What is only announced counts: its messages may come any time.
    constexpr std::size_t kEach = 8191;
    constexpr unsigned kMost = GpadlTable::kMostWords / kEach;
    for (unsigned i = 0; i < kMost; ++i)
        send(*scene_, header(1, i, 8 * kEach, 1), wordsOf({{8190 * 4096, 0, {1}}}));
    QCOMPARE(scene_->heard(), QStringList{});
    send(*scene_, header(1, kMost, 8 * kEach, 1), wordsOf({{8190 * 4096, 0, {1}}}));
    QCOMPARE(scene_->heard(),
             (QStringList{"> violation 1"} << QString("created 1 %1 failed").arg(kMost, 0, 16)));
    scene_->teardown(1, 0);
    QCOMPARE(scene_->heard(), QStringList{"torndown 0"});
    scene_->gpadl(1, kMost, 8190);
    QCOMPARE(scene_->heard().size(), 2);
}

void BusGpadlTest::teardownWaitsForTheDevice() {
    scene_->releasesAtOnce = false;
    scene_->opened(1, kRing);
    scene_->gpadl(1, 7, 100);
    scene_->teardown(1, 7);
    QCOMPARE(scene_->heard(), (QStringList{"> map 1 7 of 100", "created 1 7 ok", "> release 1 7"}));
    // It is out of use, and the id not free.
    scene_->gpadl(1, 7, 100);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "created 1 7 failed"}));
    scene_->teardown(1, 7);
    QCOMPARE(scene_->heard(), QStringList{"> violation 1"});
    scene_->state.gpadlReleased(1, 7);
    QCOMPARE(scene_->heard(), QStringList{"torndown 7"});
    scene_->state.gpadlReleased(1, 7);
    QCOMPARE(scene_->heard(), QStringList{});
}

void BusGpadlTest::teardownInEachState() {
    send(*scene_, header(1, kRing, 80, 1), wordsOf({{9 * 4096, 0, {1}}}));
    scene_->teardown(1, kRing);
    QCOMPARE(scene_->heard(), QStringList{"torndown e1e10"});
    send(*scene_, body(kRing), std::vector<std::uint64_t>(8));
    QCOMPARE(scene_->heard(), QStringList{});

    scene_->maps.reset();
    for (const bool mapped : {true, false}) {
        scene_->gpadl(1, kRing, 4);
        scene_->teardown(1, kRing);
        QCOMPARE(scene_->heard(), QStringList{"> map 1 e1e10 of 4"});
        scene_->state.gpadlMapped(1, kRing, mapped);
        if (mapped)
            QCOMPARE(scene_->heard(), (QStringList{"> release 1 e1e10", "torndown e1e10"}));
        else
            QCOMPARE(scene_->heard(), QStringList{"torndown e1e10"});
    }
}

void BusGpadlTest::teardownOfWhatIsNotThereIsAnswered() {
    scene_->teardown(1, kRing);
    scene_->teardown(77, kRing);
    QCOMPARE(scene_->heard(),
             (QStringList{"> violation 1", "torndown e1e10", "> violation", "torndown e1e10"}));
    // Not the guest's fault when the host has taken it away.
    scene_->opened(1, kRing);
    scene_->state.revoke(1);
    static_cast<void>(scene_->heard());
    scene_->teardown(1, kRing);
    QCOMPARE(scene_->heard(), QStringList{"torndown e1e10"});
}

void BusGpadlTest::ringsOfAnOpenChannelAreTornDownAfterIt() {
    // As the host does: who has the rings open has the pages.
    scene_->closesAtOnce = false;
    scene_->releasesAtOnce = false;
    scene_->opened(1, kRing);
    scene_->teardown(1, kRing);
    QCOMPARE(scene_->heard(), QStringList{"> release 1 e1e10"});
    scene_->close(1);
    QCOMPARE(scene_->heard(), QStringList{"> close 1"});
    // To be opened again it needs another one.
    scene_->open(1, kRing);
    scene_->state.gpadlReleased(1, kRing);
    QCOMPARE(scene_->heard(), QStringList{"torndown e1e10"});
    scene_->state.closed(1);
    QCOMPARE(scene_->heard(), (QStringList{"> violation 1", "open 1.1 failed"}));
}

QTEST_GUILESS_MAIN(BusGpadlTest)
#include "bus_gpadl_test.moc"
