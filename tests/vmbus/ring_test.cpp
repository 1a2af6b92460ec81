// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>
#include <optional>
#include <utility>

#include "ring_pair.h"
#include "vmbus/ring_reader.h"
#include "vmbus/ring_writer.h"

using namespace vmbus;
using Read = RingReader::Outcome;
using Written = RingWriter::Outcome;

namespace {

// Of an in-band packet without payload.
constexpr std::uint32_t kSmallest = 24;

struct RecordedWrites : hypervisor::WriteObserver {
    void written(hypervisor::Gpa gpa, std::uint64_t length) override {
        writes.emplace_back(gpa, length);
    }
    std::vector<std::pair<hypervisor::Gpa, std::uint64_t>> writes;
};

/// A packet that takes `size` bytes of the ring.
Written writeSized(RingWriter& writer, std::uint32_t size, std::uint64_t number = 0) {
    return writeInBand(writer, payloadOf(size - kSmallest, number), number);
}

std::optional<ReceivedPacket> next(RingReader& reader) {
    std::optional<ReceivedPacket> packet(std::in_place);
    if (reader.read(*packet) != Read::Packet)
        return std::nullopt;
    return packet;
}

}  // namespace

class RingTest : public QObject {
    Q_OBJECT

  private slots:
    void aPacketIsInMemoryAsTheProtocolHasIt() {
        RingPair pair(1);
        pair.control().writeIndex = pair.control().readIndex = 4080;
        RingWriter writer(pair.ring);
        const std::array<std::byte, 8> header = {std::byte{0x11}};
        const std::array<std::byte, 3> first = {std::byte{1}, std::byte{2}, std::byte{3}};
        const std::array<std::byte, 6> second = {std::byte{4}};
        const std::array<std::span<const std::byte>, 2> payload = {first, second};
        const OutgoingPacket packet{.type = PacketType::GpaDirect,
                                    .wantsCompletion = true,
                                    .transactionId = 0x1122'3344'5566'7788,
                                    .header = header,
                                    .payload = payload};
        QCOMPARE(RingWriter::sizeOf(packet), std::uint64_t{48});
        QVERIFY(writer.write(packet) == Written::WrittenAndSignal);

        std::array<std::uint8_t, 48> found = {};
        pair.ring.read(4080, reinterpret_cast<std::byte*>(found.data()), 48);
        const std::array<std::uint8_t, 48> expected = {
            9,    0,    3,    0,    5,    0,    1,    0,
            0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,  // descriptor
            0x11, 0,    0,    0,    0,    0,    0,    0,     // header
            1,    2,    3,    4,    0,    0,    0,    0,
            0,    0,    0,    0,    0,    0,    0,    0,   // payload
            0,    0,    0,    0,    0xF0, 0x0F, 0,    0};  // trailer
        QVERIFY(found == expected);
        QCOMPARE(pair.control().writeIndex, 32U);
        QCOMPARE(pair.control().readIndex, 4080U);
    }

    void everyTypeOfPacketArrives() {
        RingPair pair(4);
        const auto header = payloadOf(24, 3);
        const auto payload = payloadOf(41, 4);
        const std::span<const std::byte> piece(payload);
        for (const auto type : {PacketType::InBand, PacketType::TransferPages,
                                PacketType::GpaDirect, PacketType::Completion})
            for (const bool wantsCompletion : {false, true})
                for (const bool withHeader : {false, true}) {
                    const OutgoingPacket sent{.type = type,
                                              .wantsCompletion = wantsCompletion,
                                              .transactionId = 0xFEDC'BA98'7654'3210,
                                              .header = withHeader
                                                            ? std::span<const std::byte>(header)
                                                            : std::span<const std::byte>(),
                                              .payload = std::span(&piece, 1)};
                    QVERIFY(pair.writer.write(sent) == Written::WrittenAndSignal);
                    const auto packet = next(pair.reader);
                    QVERIFY(packet.has_value());
                    QVERIFY(packet->type() == type);
                    QCOMPARE(packet->wantsCompletion(), wantsCompletion);
                    QCOMPARE(packet->transactionId(), sent.transactionId);
                    QVERIFY(std::ranges::equal(packet->header(), sent.header));
                    QVERIFY(carries(*packet, payload));
                    QVERIFY(!pair.reader.release());
                }
    }

    void packetsOfAllSizesWrapAround_data() {
        QTest::addColumn<bool>("scattered");
        QTest::newRow("pages in order") << false;
        QTest::newRow("scattered pages") << true;
    }
    void packetsOfAllSizesWrapAround() {
        QFETCH(bool, scattered);
        RingPair pair(3, scattered ? Pages::Scattered : Pages::InOrder);
        ReceivedPacket packet;
        for (std::uint32_t size = 0; size <= 1500; ++size) {
            const auto payload = payloadOf(size, size);
            QVERIFY(writeInBand(pair.writer, payload, size) == Written::WrittenAndSignal);
            QVERIFY(pair.reader.read(packet) == Read::Packet);
            QCOMPARE(packet.transactionId(), std::uint64_t{size});
            QVERIFY(carries(packet, payload));
            QVERIFY(!pair.reader.release());
            QCOMPARE(pair.control().readIndex, pair.control().writeIndex);
        }
        QVERIFY(pair.reader.read(packet) == Read::Empty);
    }

    void manyPacketsStandOneBehindTheOther() {
        RingPair pair(2, Pages::Scattered);
        std::uint64_t written = 0;
        std::uint64_t read = 0;
        for (int round = 0; round < 300; ++round) {
            for (;; ++written) {
                const auto outcome =
                    writeInBand(pair.writer, payloadOf(written * 13 % 400, written), written);
                if (outcome == Written::Full)
                    break;
                QVERIFY(outcome ==
                        (written == read ? Written::WrittenAndSignal : Written::Written));
            }
            for (std::uint64_t left = written - read - (written % 7 == 0 ? 0 : 1); left != 0;
                 --left, ++read) {
                const auto packet = next(pair.reader);
                QVERIFY(packet && packet->transactionId() == read);
                QVERIFY(carries(*packet, payloadOf(read * 13 % 400, read)));
            }
            QVERIFY(!pair.reader.release());
        }
        QVERIFY(written > 3000);
    }

    void isNeverFilledToTheLastByte() {
        RingPair pair(1);
        QCOMPARE(pair.writer.freeBytes(), 4088U);
        QVERIFY(writeSized(pair.writer, 4096) == Written::Impossible);
        QVERIFY(pair.control().writeIndex == 0);
        QVERIFY(writeSized(pair.writer, 4088, 1) == Written::WrittenAndSignal);
        QCOMPARE(pair.writer.freeBytes(), 0U);
        QVERIFY(writeSized(pair.writer, kSmallest) == Written::Full);
        const auto packet = next(pair.reader);
        QVERIFY(packet && carries(*packet, payloadOf(4088 - kSmallest, 1)));
        // Room comes with release(), not with read().
        QVERIFY(writeSized(pair.writer, kSmallest) == Written::Full);
        QVERIFY(!pair.reader.release());
        QCOMPARE(pair.writer.freeBytes(), 4088U);
        QVERIFY(writeSized(pair.writer, 4088, 2) == Written::WrittenAndSignal);
        QVERIFY(next(pair.reader).has_value());
    }

    void aPacketsLengthsMustFitItsDescriptor() {
        RingPair pair(255, Pages::InOrder, ~0U);
        // 65535 units of 8 bytes, without the trailer.
        QVERIFY(writeSized(pair.writer, 65535 * 8 + 8, 5) == Written::WrittenAndSignal);
        QVERIFY(writeSized(pair.writer, 65535 * 8 + 16) == Written::Impossible);
        const auto packet = next(pair.reader);
        QVERIFY(packet && carries(*packet, payloadOf(65535 * 8 - 16, 5)));
        const auto header = payloadOf(12, 0);
        QVERIFY(pair.writer.write({.header = header}) == Written::Impossible);
    }

    void theReaderIsToldOnceItMayBeAsleep() {
        RingPair pair(1);
        QVERIFY(writeSized(pair.writer, 32) == Written::WrittenAndSignal);
        QVERIFY(writeSized(pair.writer, 32) == Written::Written);
        QVERIFY(next(pair.reader).has_value());
        QVERIFY(!pair.reader.release());
        QVERIFY(writeSized(pair.writer, 32) == Written::Written);
        QVERIFY(next(pair.reader) && next(pair.reader) && !next(pair.reader));
        // The writer can't know that these have been read.
        QVERIFY(writeSized(pair.writer, 32) == Written::Written);
        QVERIFY(next(pair.reader).has_value());
        QVERIFY(!pair.reader.release());
        QVERIFY(writeSized(pair.writer, 32) == Written::WrittenAndSignal);
    }

    void aMaskedReaderIsNotTold() {
        RingPair pair(1);
        pair.reader.mask();
        QCOMPARE(pair.control().interruptMask, 1U);
        QVERIFY(!pair.reader.hasData());
        QVERIFY(writeSized(pair.writer, 32) == Written::Written);
        QVERIFY(pair.reader.hasData());
        // What came meanwhile is told by this.
        QVERIFY(pair.reader.unmask());
        QCOMPARE(pair.control().interruptMask, 0U);
        QVERIFY(next(pair.reader).has_value());
        QVERIFY(!pair.reader.release());
        QVERIFY(!pair.reader.unmask());
        QVERIFY(!pair.reader.hasData());
        QVERIFY(writeSized(pair.writer, 32) == Written::WrittenAndSignal);
        // Whatever stands in the mask but 0.
        QVERIFY(next(pair.reader).has_value());
        QVERIFY(!pair.reader.release());
        pair.control().interruptMask = 0x8000'0000;
        QVERIFY(writeSized(pair.writer, 32) == Written::Written);
    }

    void aWriterThatWaitsIsToldWhenItsRoomIsThere() {
        RingPair pair(1);
        // Ten packets of 400 bytes leave 96, of which the last 8 stay empty.
        for (unsigned i = 0; i < 10; ++i)
            QVERIFY(writeSized(pair.writer, 400) != Written::Full);
        QCOMPARE(pair.writer.freeBytes(), 88U);
        QVERIFY(writeSized(pair.writer, 896) == Written::Full);
        QVERIFY(!pair.writer.requestSpace(896));
        QCOMPARE(pair.control().pendingSendSize, 896U);
        // 496, 896: not more than 896 yet. Then 1296: now. Then no more.
        const std::array<bool, 4> told = {false, false, true, false};
        for (const bool expected : told) {
            QVERIFY(next(pair.reader).has_value());
            QCOMPARE(pair.reader.release(), expected);
        }
        QVERIFY(writeSized(pair.writer, 896) == Written::Written);
        pair.writer.cancelSpaceRequest();
        QCOMPARE(pair.control().pendingSendSize, 0U);
    }

    void roomThatWouldJustFillTheRingIsNotEnough() {
        RingPair pair(1);
        QVERIFY(writeSized(pair.writer, 4088) == Written::WrittenAndSignal);
        QVERIFY(!pair.writer.requestSpace(4088));
        QVERIFY(next(pair.reader).has_value());
        QVERIFY(pair.reader.release());
        QCOMPARE(pair.writer.freeBytes(), 4088U);
        QVERIFY(!pair.reader.release());

        QVERIFY(writeSized(pair.writer, 2048) == Written::WrittenAndSignal);
        QVERIFY(writeSized(pair.writer, 2040) == Written::Written);
        QVERIFY(!pair.writer.requestSpace(2056));
        QVERIFY(next(pair.reader).has_value());
        QVERIFY(!pair.reader.release());
        QVERIFY(next(pair.reader).has_value());
        QVERIFY(pair.reader.release());
    }

    void aRequestForRoomThatIsThereIsNone() {
        RingPair pair(1);
        QVERIFY(pair.writer.requestSpace(4088));
        QCOMPARE(pair.control().pendingSendSize, 0U);
        QVERIFY(writeSized(pair.writer, 96) == Written::WrittenAndSignal);
        QVERIFY(pair.writer.requestSpace(3992));
        QVERIFY(!pair.writer.requestSpace(3993));
        // Sizes are those of packets.
        QCOMPARE(pair.control().pendingSendSize, 4000U);
    }

    void decodedCodeUnderAPacketIsDropped() {
        RingPair pair(2);
        RecordedWrites observer;
        pair.memory->observe(&observer);
        using Writes = decltype(observer.writes);
        const std::uint64_t data = (RingPair::kFirstFrame + 1) * 4096;
        QVERIFY(writeSized(pair.writer, 6000) == Written::WrittenAndSignal);
        QVERIFY(observer.writes == (Writes{{data, 6000}}));
        QVERIFY(next(pair.reader).has_value());
        QVERIFY(!pair.reader.release());
        observer.writes.clear();
        QVERIFY(writeSized(pair.writer, 3000) == Written::WrittenAndSignal);
        QVERIFY(observer.writes == (Writes{{data + 6000, 2192}, {data, 808}}));
        pair.memory->observe(nullptr);
    }

    void aRingGoesOnWhereItsControlPageSays() {
        RingControl control = {};
        control.writeIndex = control.readIndex = 4072;
        RingPair pair(1, Pages::InOrder, 4096, control);
        QVERIFY(writeSized(pair.writer, 64, 9) == Written::WrittenAndSignal);
        QCOMPARE(pair.control().writeIndex, 40U);
        const auto packet = next(pair.reader);
        QVERIFY(packet && packet->transactionId() == 9);
    }

    void ringsAreMadeOfWholePages() {
        const auto memory = hypervisor::GuestMemory::create(1 << 20).value();
        const auto pages = [&](std::vector<GuestRange> ranges) {
            return std::make_shared<const GuestPages>(GuestPages::create(*memory, ranges).value());
        };
        const auto four = pages({{4 * 4096, 0, {1, 2, 3, 4}}});
        QVERIFY(RingMemory::create(four, 0, 4).has_value());
        QVERIFY(RingMemory::create(four, 2, 2).has_value());
        QCOMPARE(RingMemory::create(four, 1, 3)->size(), 8192U);
        for (const auto& [first, count] :
             std::vector<std::pair<std::size_t, std::size_t>>{{0, 0},
                                                              {0, 1},
                                                              {0, 5},
                                                              {3, 2},
                                                              {4, 2},
                                                              {5, 2},
                                                              {~std::size_t{0}, 2},
                                                              {2, ~std::size_t{0}},
                                                              {0, ~std::size_t{0}}})
            QVERIFY(!RingMemory::create(four, first, count));
        QVERIFY(!RingMemory::create(pages({{3 * 4096, 1, {1, 2, 3, 4}}}), 0, 2));
        QVERIFY(!RingMemory::create(pages({{3 * 4096 - 1, 0, {1, 2, 3}}}), 0, 2));
        // 64 MiB at most.
        const std::vector<std::uint64_t> frames(16385, 7);
        const auto large = pages({{16385 * 4096, 0, frames}});
        QVERIFY(RingMemory::create(large, 0, 16384).has_value());
        QVERIFY(!RingMemory::create(large, 0, 16385).has_value());
    }
};

QTEST_GUILESS_MAIN(RingTest)
#include "ring_test.moc"
