// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmbus/received_packet.h"

#include <QTest>

#include "ring_pair.h"

using namespace vmbus;

namespace {

template <class T>
void append(std::vector<std::byte>& to, const T& value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    to.insert(to.end(), bytes.begin(), bytes.end());
}

void appendRange(std::vector<std::byte>& to, std::uint32_t byteCount, std::uint32_t byteOffset,
                 const std::vector<std::uint64_t>& frames) {
    append(to, GpaRangeHeader{byteCount, byteOffset});
    for (const std::uint64_t frame : frames)
        append(to, frame);
}

ReceivedPacket received(PacketType type, std::span<const std::byte> header) {
    RingPair pair(16);
    const std::array<std::byte, 16> payload = {};
    const std::span<const std::byte> piece(payload);
    ReceivedPacket packet;
    if (pair.writer.write({.type = type, .header = header, .payload = std::span(&piece, 1)}) !=
            RingWriter::Outcome::WrittenAndSignal ||
        pair.reader.read(packet) != RingReader::Outcome::Packet)
        std::abort();
    return packet;
}

}  // namespace

class ReceivedPacketTest : public QObject {
    Q_OBJECT

  private slots:
    void givesTheRangesOfItsMemory() {
        std::vector<std::byte> header;
        append(header, GpaDirectHeader{0, 3});
        appendRange(header, 4097, 4095, {5, ~std::uint64_t{0}});
        appendRange(header, 0, 0, {});
        appendRange(header, 8, 0, {7});
        // Linux sends room for more pages than it uses.
        append(header, std::uint64_t{99});
        const ReceivedPacket packet = received(PacketType::GpaDirect, header);
        const auto ranges = packet.gpaRanges(3);
        QVERIFY(ranges.has_value());
        QCOMPARE(ranges->size(), std::size_t{3});
        QCOMPARE((*ranges)[0].byteCount, 4097U);
        QCOMPARE((*ranges)[0].byteOffset, 4095U);
        QVERIFY((*ranges)[0].frames == (std::vector<std::uint64_t>{5, ~std::uint64_t{0}}));
        QCOMPARE((*ranges)[1].byteCount, 0U);
        QVERIFY((*ranges)[1].frames.empty());
        QVERIFY((*ranges)[2].frames == std::vector<std::uint64_t>{7});
        QVERIFY(!packet.gpaRanges(2));
        QVERIFY(!packet.transferRanges());
    }

    void hasNoRangesThatItDoesNotHold_data() {
        QTest::addColumn<quint32>("count");
        QTest::addColumn<quint32>("byteCount");
        QTest::addColumn<quint32>("byteOffset");
        QTest::newRow("a second range") << 2U << 4096U << 0U;
        QTest::newRow("very many ranges") << ~0U << 4096U << 0U;
        QTest::newRow("a second page") << 1U << 4097U << 0U;
        QTest::newRow("a second page by the offset") << 1U << 4096U << 1U;
        QTest::newRow("very many pages") << 1U << ~0U << 0U;
        QTest::newRow("very many pages and an offset") << 1U << ~0U << 4095U;
        QTest::newRow("an offset behind the page") << 1U << 1U << 4096U;
        QTest::newRow("a count and an offset that wrap") << 1U << ~0U << ~0U;
    }
    void hasNoRangesThatItDoesNotHold() {
        QFETCH(quint32, count);
        QFETCH(quint32, byteCount);
        QFETCH(quint32, byteOffset);
        std::vector<std::byte> header;
        append(header, GpaDirectHeader{0, count});
        appendRange(header, byteCount, byteOffset, {7});
        const auto ranges = received(PacketType::GpaDirect, header).gpaRanges(1U << 30);
        QVERIFY(!ranges);
        QVERIFY(!ranges.error().message.empty());
    }

    void mayHaveNoRanges() {
        std::vector<std::byte> header;
        append(header, GpaDirectHeader{0, 0});
        const auto ranges = received(PacketType::GpaDirect, header).gpaRanges(0);
        QVERIFY(ranges && ranges->empty());
        QVERIFY(!received(PacketType::GpaDirect, {}).gpaRanges(100));
    }

    void givesItsTransferPages() {
        std::vector<std::byte> header;
        append(header, TransferPagesHeader{0xCAFE, 0, 0, 2});
        append(header, TransferPagesRange{10, 20});
        append(header, TransferPagesRange{30, 40});
        const ReceivedPacket packet = received(PacketType::TransferPages, header);
        const auto ranges = packet.transferRanges();
        QVERIFY(ranges.has_value());
        QCOMPARE(ranges->size(), std::size_t{2});
        QCOMPARE((*ranges)[0].byteCount, 10U);
        QCOMPARE((*ranges)[1].byteOffset, 40U);
        QVERIFY(!packet.gpaRanges(100));
    }

    void hasNoTransferPagesThatItDoesNotHold() {
        for (const std::uint32_t count : {2U, 0x2000'0001U, ~0U}) {
            std::vector<std::byte> header;
            append(header, TransferPagesHeader{0xCAFE, 0, 0, count});
            append(header, TransferPagesRange{10, 20});
            QVERIFY(!received(PacketType::TransferPages, header).transferRanges());
        }
        QVERIFY(!received(PacketType::TransferPages, {}).transferRanges());
        QVERIFY(!received(PacketType::InBand, {}).transferRanges());
        QVERIFY(!received(PacketType::InBand, {}).gpaRanges(100));
        QVERIFY(!received(PacketType::Completion, {}).gpaRanges(100));
    }
};

QTEST_GUILESS_MAIN(ReceivedPacketTest)
#include "received_packet_test.moc"
