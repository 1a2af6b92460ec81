// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmbus/guest_pages.h"

#include <QTest>
#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

using namespace vmbus;
using hypervisor::Gpa;
using hypervisor::GuestMemory;
using hypervisor::kPageSize;

namespace {

constexpr std::uint64_t kMegabyte = 1 << 20;

struct RecordedWrites : hypervisor::WriteObserver {
    void written(Gpa gpa, std::uint64_t length) override { writes.emplace_back(gpa, length); }
    std::vector<std::pair<Gpa, std::uint64_t>> writes;
};

std::vector<std::byte> bytesUpFrom(std::size_t count, unsigned first = 1) {
    std::vector<std::byte> bytes(count);
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = static_cast<std::byte>((i + first) % 251);
    return bytes;
}

hypervisor::Result<GuestPages> create(const GuestMemory& memory, std::vector<GuestRange> ranges) {
    return GuestPages::create(memory, ranges);
}

std::vector<std::pair<std::uint64_t, std::size_t>> addresses(const GuestMemory& memory,
                                                             const GuestPages& pages,
                                                             std::uint64_t offset,
                                                             std::uint64_t length) {
    std::vector<iovec> found;
    if (!pages.addresses(offset, length, found))
        return {};
    std::vector<std::pair<std::uint64_t, std::size_t>> places;
    for (const iovec& one : found)
        places.emplace_back(static_cast<std::byte*>(one.iov_base) - memory.base(), one.iov_len);
    return places;
}

using Places = std::vector<std::pair<std::uint64_t, std::size_t>>;

}  // namespace

class GuestPagesTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { memory_ = GuestMemory::create(kMegabyte).value(); }

    void areOneRunOfTheRangesBytes() {
        // 100 bytes at the end of page 7, then all of page 3, then 5 bytes of page 9.
        const auto pages = create(*memory_, {{100, 3996, {7}}, {4101, 0, {3, 9}}});
        QVERIFY(pages.has_value());
        QCOMPARE(pages->size(), std::uint64_t{4201});
        QVERIFY(!pages->isWholePages());
        const auto bytes = bytesUpFrom(4201);
        QVERIFY(pages->write(0, bytes));
        const std::byte* base = memory_->base();
        QVERIFY(std::equal(bytes.begin(), bytes.begin() + 100, base + 7 * kPageSize + 3996));
        QVERIFY(std::equal(bytes.begin() + 100, bytes.begin() + 4196, base + 3 * kPageSize));
        QVERIFY(std::equal(bytes.begin() + 4196, bytes.end(), base + 9 * kPageSize));
        QCOMPARE(base[9 * kPageSize + 5], std::byte{});
        QCOMPARE(base[7 * kPageSize + 3995], std::byte{});

        std::vector<std::byte> read(4201);
        QVERIFY(pages->read(0, read));
        QVERIFY(read == bytes);
        read.resize(4100);
        QVERIFY(pages->read(99, read));
        QVERIFY(std::ranges::equal(read, std::span(bytes).subspan(99, 4100)));
    }

    void refuseWhatLiesOutside() {
        const auto pages = create(*memory_, {{100, 3996, {7}}, {4101, 0, {3, 9}}});
        QVERIFY(pages.has_value());
        std::vector<std::byte> bytes(4202, std::byte{0x77});
        QVERIFY(!pages->write(0, bytes));
        QVERIFY(!pages->write(4201, std::span(bytes).first(1)));
        QVERIFY(!pages->write(~std::uint64_t{0}, std::span(bytes).first(2)));
        QVERIFY(!pages->read(4200, std::span(bytes).first(2)));
        QVERIFY(!pages->read(~std::uint64_t{0} - 1, std::span(bytes).first(2)));
        QVERIFY(std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0x77}; }));
        QVERIFY(std::all_of(memory_->base(), memory_->base() + kMegabyte,
                            [](std::byte b) { return b == std::byte{}; }));
        std::vector<iovec> found;
        QVERIFY(!pages->addresses(0, 4202, found));
        QVERIFY(!pages->addresses(4202, 0, found));
        QVERIFY(!pages->addresses(1, ~std::uint64_t{0}, found));
        QVERIFY(found.empty());
        // Nothing at the very end is inside.
        QVERIFY(pages->addresses(4201, 0, found));
        QVERIFY(pages->read(4201, {}));
        QVERIFY(pages->write(4201, {}));
        QVERIFY(found.empty());
    }

    void joinNeighbours() {
        const auto pages =
            create(*memory_, {{3 * 4096, 0, {4, 5, 6}}, {4096, 0, {7}}, {2 * 4096, 0, {3, 9}}});
        QVERIFY(pages.has_value());
        QVERIFY(pages->isWholePages());
        QCOMPARE(pages->pageCount(), std::size_t{6});
        QVERIFY(addresses(*memory_, *pages, 0, pages->size()) ==
                (Places{{4 * 4096, 4 * 4096}, {3 * 4096, 4096}, {9 * 4096, 4096}}));
        QVERIFY(addresses(*memory_, *pages, 4095, 3 * 4096 + 2) ==
                (Places{{4 * 4096 + 4095, 3 * 4096 + 1}, {3 * 4096, 1}}));
        QVERIFY(addresses(*memory_, *pages, 5 * 4096 - 1, 2) ==
                (Places{{3 * 4096 + 4095, 1}, {9 * 4096, 1}}));
        // What was there before stays apart.
        std::vector<iovec> found{{memory_->base() + 4 * 4096 - 1, 1}};
        QVERIFY(pages->addresses(0, 1, found));
        QCOMPARE(found.size(), std::size_t{2});
    }

    void joinNeighboursOfPartsOfPagesOnlyWhereTheyMeet() {
        const auto pages = create(*memory_, {{6, 4090, {4}}, {10, 0, {5}}, {10, 11, {5}}});
        QVERIFY(pages.has_value());
        QVERIFY(addresses(*memory_, *pages, 0, 26) ==
                (Places{{4 * 4096 + 4090, 16}, {5 * 4096 + 11, 10}}));
        QVERIFY(addresses(*memory_, *pages, 15, 2) ==
                (Places{{5 * 4096 + 9, 1}, {5 * 4096 + 11, 1}}));
    }

    void tellOfWritesRunByRun() {
        RecordedWrites observer;
        memory_->observe(&observer);
        const auto pages = create(*memory_, {{3 * 4096, 0, {4, 5, 9}}});
        QVERIFY(pages.has_value());
        const auto bytes = bytesUpFrom(4096 + 20);
        QVERIFY(pages->write(4090, bytes));
        using Writes = decltype(observer.writes);
        QVERIFY(observer.writes == (Writes{{4 * 4096 + 4090, 4102}, {9 * 4096, 14}}));
        observer.writes.clear();
        std::vector<std::byte> read(100);
        QVERIFY(pages->read(0, read));
        QVERIFY(observer.writes.empty());

        pages->written(2 * 4096 - 1, ~std::uint64_t{0});
        QVERIFY(observer.writes == (Writes{{5 * 4096 + 4095, 1}, {9 * 4096, 4096}}));
        observer.writes.clear();
        pages->written(3 * 4096, 1);
        pages->written(~std::uint64_t{0}, 1);
        pages->written(0, 0);
        QVERIFY(observer.writes.empty());
        memory_->observe(nullptr);
    }

    void theSamePageMayComeAgain() {
        const auto pages = create(*memory_, {{3 * 4096, 0, {4, 4, 4}}});
        QVERIFY(pages.has_value());
        QCOMPARE(pages->page(0), pages->page(2));
        QVERIFY(addresses(*memory_, *pages, 0, pages->size()) ==
                (Places{{4 * 4096, 4096}, {4 * 4096, 4096}, {4 * 4096, 4096}}));
    }

    void areNotMadeOfWhatIsNoRam_data() {
        QTest::addColumn<quint32>("byteCount");
        QTest::addColumn<quint32>("byteOffset");
        QTest::addColumn<QList<quint64>>("frames");
        using Frames = QList<quint64>;
        QTest::newRow("behind RAM") << 4096U << 0U << Frames{256};
        QTest::newRow("far behind RAM") << 4096U << 0U << Frames{quint64{1} << 51};
        QTest::newRow("an address that wraps to 0") << 4096U << 0U << Frames{quint64{1} << 52};
        QTest::newRow("the last frame number") << 4096U << 0U << Frames{~quint64{0}};
        QTest::newRow("second page") << 4097U << 0U << Frames{255, 256};
        QTest::newRow("too few pages") << 4097U << 0U << Frames{1};
        QTest::newRow("too few pages for the offset") << 4096U << 1U << Frames{1};
        QTest::newRow("too many pages") << 4096U << 0U << Frames{1, 2};
        QTest::newRow("no bytes, but a page") << 0U << 0U << Frames{1};
        QTest::newRow("no pages") << 1U << 0U << Frames{};
        QTest::newRow("offset behind the page") << 1U << 4096U << Frames{1};
        QTest::newRow("offset far behind the page") << 1U << ~0U << Frames{1};
        QTest::newRow("very many bytes") << ~0U << 4095U << Frames{1, 2};
    }
    void areNotMadeOfWhatIsNoRam() {
        QFETCH(quint32, byteCount);
        QFETCH(quint32, byteOffset);
        QFETCH(QList<quint64>, frames);
        const auto pages = create(
            *memory_, {{4096, 0, {1}}, {byteCount, byteOffset, {frames.cbegin(), frames.cend()}}});
        QVERIFY(!pages);
        QVERIFY(!pages.error().message.empty());
    }

    void mayBeEmpty() {
        const auto none = create(*memory_, {});
        QVERIFY(none.has_value());
        QCOMPARE(none->size(), std::uint64_t{0});
        const auto empty = create(*memory_, {{0, 0, {}}, {0, 5, {3}}, {1, 4095, {3}}});
        QVERIFY(empty.has_value());
        QCOMPARE(empty->size(), std::uint64_t{1});
        QVERIFY(addresses(*memory_, *empty, 0, 1) == (Places{{3 * 4096 + 4095, 1}}));
    }

    void areAtMost4GiB() {
        const std::vector<std::uint64_t> frames((std::size_t{1} << 32) / 4096, 3);
        const std::uint32_t most = ~std::uint32_t{0};
        QVERIFY(create(*memory_, {{most, 0, frames}, {1, 0, {3}}}).has_value());
        QVERIFY(!create(*memory_, {{most, 0, frames}, {2, 0, {3}}}).has_value());
    }

    void theHoleBelow4GiBParts() {
        // Only what is touched takes memory.
        const auto large = GuestMemory::create(hypervisor::kLowRamEnd + kMegabyte).value();
        RecordedWrites observer;
        large->observe(&observer);
        const std::uint64_t lastLow = hypervisor::kLowRamEnd / kPageSize - 1;
        const std::uint64_t firstHigh = hypervisor::kHighRamStart / kPageSize;
        const auto pages = create(*large, {{2 * 4096, 0, {lastLow, firstHigh}}});
        QVERIFY(pages.has_value());
        // Neighbours for the host, but not for the guest.
        QVERIFY(addresses(*large, *pages, 0, 2 * 4096) == (Places{{lastLow * 4096, 2 * 4096}}));
        QVERIFY(pages->write(4095, bytesUpFrom(2)));
        using Writes = decltype(observer.writes);
        QVERIFY(observer.writes ==
                (Writes{{hypervisor::kLowRamEnd - 1, 1}, {hypervisor::kHighRamStart, 1}}));
        QVERIFY(!create(*large, {{2 * 4096, 0, {lastLow, lastLow + 1}}}));
        large->observe(nullptr);
    }

    void randomRangesReadAndWriteAsAModel() {
        std::mt19937 random(7);
        for (int round = 0; round < 60; ++round) {
            std::vector<GuestRange> ranges;
            std::vector<std::byte*> model;  // where each byte is
            const auto below = [&](std::uint32_t bound) {
                return static_cast<std::uint32_t>(random() % bound);
            };
            const bool whole = below(2) == 0;
            for (std::uint32_t left = 1 + below(5); left != 0; --left) {
                GuestRange range;
                range.byteOffset = whole ? 0 : below(4096);
                range.byteCount = whole ? below(5) * 4096 : below(20'000);
                std::uint64_t frame = below(256);
                for (std::uint64_t page = 0;
                     page < GuestRange::pageCount(range.byteCount, range.byteOffset); ++page) {
                    range.frames.push_back(frame);
                    frame = below(3) != 0 ? (frame + 1) % 256 : below(256);
                }
                for (std::uint32_t i = 0; i < range.byteCount; ++i) {
                    const std::uint32_t at = range.byteOffset + i;
                    model.push_back(memory_->base() + range.frames[at / 4096] * 4096 + at % 4096);
                }
                ranges.push_back(std::move(range));
            }
            const auto pages = create(*memory_, ranges);
            QVERIFY(pages.has_value());
            QCOMPARE(pages->size(), model.size());
            QVERIFY(!whole || pages->isWholePages());
            const auto size = static_cast<std::uint32_t>(model.size());
            for (int step = 0; step < 5; ++step) {
                const std::uint32_t offset = below(size + 1);
                const std::uint32_t length = below(size - offset + 1);
                const auto bytes = bytesUpFrom(length, below(251));
                std::vector<std::byte> expected(memory_->base(), memory_->base() + kMegabyte);
                for (std::uint32_t i = 0; i < length; ++i)
                    expected[static_cast<std::size_t>(model[offset + i] - memory_->base())] =
                        bytes[i];
                QVERIFY(pages->write(offset, bytes));
                QVERIFY(std::equal(expected.begin(), expected.end(), memory_->base()));
                std::vector<std::byte> read(length);
                QVERIFY(pages->read(offset, read));
                bool same = true;
                for (std::uint32_t i = 0; i < length; ++i)
                    same &= read[i] == *model[offset + i];
                QVERIFY(same);
            }
        }
    }

  private:
    std::unique_ptr<GuestMemory> memory_;
};

QTEST_GUILESS_MAIN(GuestPagesTest)
#include "guest_pages_test.moc"
