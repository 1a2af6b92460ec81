// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "ring_pair.h"
#include "vmbus/ring_reader.h"
#include "vmbus/ring_writer.h"

using namespace vmbus;
using Read = RingReader::Outcome;
using Written = RingWriter::Outcome;

Q_DECLARE_METATYPE(vmbus::PacketDescriptor)

namespace {

constexpr std::uint32_t kMostBytes = 1024;

PacketDescriptor inBand(std::uint16_t payloadOffset8, std::uint16_t length8) {
    return {6, payloadOffset8, length8, 0, 1};
}

void addBadIndices() {
    QTest::addColumn<quint32>("index");
    QTest::newRow("at the end") << 4096U;
    QTest::newRow("behind the end") << 4104U;
    QTest::newRow("far behind the end") << 0xFFFF'FFF8U;
    QTest::newRow("all ones") << ~0U;
    for (const quint32 index : {1U, 2U, 4U, 7U, 4095U})
        QTest::addRow("not a multiple of 8: %u", index) << index;
}

}  // namespace

/// What a guest may do to a ring besides using it.
class HostileRingTest : public QObject {
    Q_OBJECT

  private slots:
    void aBadWriteIndexBreaksTheRing_data() { addBadIndices(); }
    void aBadWriteIndexBreaksTheRing() {
        QFETCH(quint32, index);
        RingPair pair(1);
        ReceivedPacket packet;
        pair.control().writeIndex = index;
        QVERIFY(pair.reader.hasData());
        QVERIFY(pair.reader.read(packet) == Read::Broken);
        QVERIFY(!pair.reader.why().empty());
        // For good.
        pair.control().writeIndex = 0;
        QVERIFY(pair.reader.read(packet) == Read::Broken);
        QVERIFY(!pair.reader.hasData());
        QVERIFY(!pair.reader.release());
        QVERIFY(!pair.reader.unmask());
    }

    void aRingThatBeginsAtABadReadIndexIsBroken_data() { addBadIndices(); }
    void aRingThatBeginsAtABadReadIndexIsBroken() {
        QFETCH(quint32, index);
        RingControl control = {};
        control.readIndex = index;
        RingPair pair(1, Pages::InOrder, kMostBytes, control);
        ReceivedPacket packet;
        QVERIFY(pair.reader.read(packet) == Read::Broken);
        QVERIFY(!pair.reader.hasData());
        QVERIFY(!pair.reader.release());
        QVERIFY(writeInBand(pair.writer, {}) == Written::Impossible);
        QCOMPARE(pair.writer.freeBytes(), 0U);
    }

    void aRingThatBeginsAtABadWriteIndexIsNotWrittenTo_data() { addBadIndices(); }
    void aRingThatBeginsAtABadWriteIndexIsNotWrittenTo() {
        QFETCH(quint32, index);
        RingControl control = {};
        control.writeIndex = index;
        RingPair pair(1, Pages::InOrder, kMostBytes, control);
        QVERIFY(writeInBand(pair.writer, {}) == Written::Impossible);
        QCOMPARE(pair.writer.freeBytes(), 0U);
        QVERIFY(pair.writer.requestSpace(24));
        QCOMPARE(pair.control().writeIndex, index);
    }

    void aBadReadIndexEndsWriting_data() { addBadIndices(); }
    void aBadReadIndexEndsWriting() {
        QFETCH(quint32, index);
        RingPair pair(1);
        pair.control().readIndex = index;
        QCOMPARE(pair.writer.freeBytes(), 0U);
        // Who waits for room is sent to write(), which says it.
        QVERIFY(pair.writer.requestSpace(4000));
        QVERIFY(writeInBand(pair.writer, payloadOf(100, 1)) == Written::Written);
        QVERIFY(writeInBand(pair.writer, payloadOf(100, 1)) == Written::Impossible);
        pair.control().readIndex = 0;
        QVERIFY(writeInBand(pair.writer, payloadOf(100, 1)) == Written::Impossible);
    }

    void aBadReadIndexIsFoundInAFullRing() {
        RingPair pair(1);
        QVERIFY(writeInBand(pair.writer, payloadOf(4000, 1)) == Written::WrittenAndSignal);
        pair.control().readIndex = 3;
        QVERIFY(writeInBand(pair.writer, payloadOf(100, 1)) == Written::Impossible);
    }

    void aBadDescriptorBreaksTheRing_data() {
        QTest::addColumn<PacketDescriptor>("descriptor");
        QTest::addColumn<quint32>("used");
        QTest::newRow("less than a packet: 8") << inBand(2, 2) << 8U;
        QTest::newRow("less than a packet: 16") << inBand(2, 2) << 16U;
        QTest::newRow("no length") << inBand(2, 0) << 24U;
        QTest::newRow("all zeroes") << PacketDescriptor{} << 24U;
        QTest::newRow("shorter than a descriptor") << inBand(1, 1) << 24U;
        QTest::newRow("payload in the descriptor") << inBand(1, 4) << 40U;
        QTest::newRow("payload at the descriptor") << inBand(0, 4) << 40U;
        QTest::newRow("payload behind the end") << inBand(5, 4) << 40U;
        QTest::newRow("payload far behind the end") << inBand(0xFFFF, 4) << 40U;
        QTest::newRow("without its trailer") << inBand(2, 4) << 32U;
        QTest::newRow("longer than what is there") << inBand(2, 6) << 48U;
        QTest::newRow("much longer than what is there") << inBand(2, 0xFFFF) << 48U;
        QTest::newRow("longer than the ring") << inBand(2, 0xFFFF) << 4088U;
        QTest::newRow("longer than allowed") << inBand(2, kMostBytes / 8 + 1) << 4088U;
        QTest::newRow("as long as the ring") << inBand(2, 510) << 4088U;
    }
    void aBadDescriptorBreaksTheRing() {
        QFETCH(PacketDescriptor, descriptor);
        QFETCH(quint32, used);
        for (const std::uint32_t at : {0U, 2048U, 4080U, 4088U})
            for (const Pages order : {Pages::InOrder, Pages::Scattered}) {
                RingControl control = {};
                control.readIndex = control.writeIndex = at;
                RingPair pair(1, order, kMostBytes, control);
                pair.place(at, descriptor, used);
                ReceivedPacket packet;
                QVERIFY(pair.reader.read(packet) == Read::Broken);
                QVERIFY(!pair.reader.why().empty());
                QVERIFY(pair.reader.read(packet) == Read::Broken);
                QVERIFY(!pair.reader.release());
                QCOMPARE(pair.control().readIndex, at);
            }
    }

    void packetsAtTheBoundsAreTaken_data() {
        QTest::addColumn<PacketDescriptor>("descriptor");
        QTest::newRow("smallest") << inBand(2, 2);
        QTest::newRow("header only") << inBand(4, 4);
        QTest::newRow("longest") << inBand(2, kMostBytes / 8);
        QTest::newRow("longest header") << inBand(kMostBytes / 8, kMostBytes / 8);
        QTest::newRow("unknown type and flags")
            << PacketDescriptor{0xFFFF, 2, 3, 0xFFFE, ~std::uint64_t{0}};
    }
    void packetsAtTheBoundsAreTaken() {
        QFETCH(PacketDescriptor, descriptor);
        RingPair pair(1, Pages::InOrder, kMostBytes);
        pair.place(0, descriptor, descriptor.length8 * 8U + 8);
        ReceivedPacket packet;
        QVERIFY(pair.reader.read(packet) == Read::Packet);
        QCOMPARE(static_cast<std::uint16_t>(packet.type()), descriptor.type);
        QVERIFY(!packet.wantsCompletion());
        QCOMPARE(packet.transactionId(), descriptor.transactionId);
        QCOMPARE(packet.header().size(), (descriptor.payloadOffset8 - 2) * std::size_t{8});
        QCOMPARE(packet.payload().size(),
                 (descriptor.length8 - descriptor.payloadOffset8) * std::size_t{8});
        QVERIFY(pair.reader.read(packet) == Read::Empty);
    }

    void theReadersIndexIsNotTheGuestsToChange() {
        RingPair pair(1);
        ReceivedPacket packet;
        for (std::uint64_t i = 0; i < 1000; ++i) {
            QVERIFY(writeInBand(pair.writer, payloadOf(i % 300, i), i) != Written::Impossible);
            const std::uint32_t before = pair.control().writeIndex;
            pair.control().readIndex = static_cast<std::uint32_t>(i * 0x9E37'79B9);
            QVERIFY(pair.reader.read(packet) == Read::Packet);
            QCOMPARE(packet.transactionId(), i);
            QVERIFY(!pair.reader.release());
            QCOMPARE(pair.control().readIndex, before);
        }
    }

    void theWritersIndexIsNotTheGuestsToChange() {
        RingPair pair(1);
        ReceivedPacket packet;
        for (std::uint64_t i = 0; i < 1000; ++i) {
            pair.control().writeIndex = static_cast<std::uint32_t>(i * 0x9E37'79B9);
            QVERIFY(writeInBand(pair.writer, payloadOf(i % 300, i), i) ==
                    Written::WrittenAndSignal);
            QVERIFY(pair.reader.read(packet) == Read::Packet);
            QCOMPARE(packet.transactionId(), i);
            QVERIFY(!pair.reader.release());
        }
    }

    void aPacketIsAPrivateCopy() {
        RingPair pair(1);
        const auto payload = payloadOf(200, 1);
        QVERIFY(writeInBand(pair.writer, payload, 77) == Written::WrittenAndSignal);
        ReceivedPacket packet;
        QVERIFY(pair.reader.read(packet) == Read::Packet);
        std::memset(pair.memory->base(), 0xFF, pair.memory->size());
        QCOMPARE(packet.transactionId(), std::uint64_t{77});
        QVERIFY(carries(packet, payload));
    }

    void aShortPacketDoesNotShowALongerOnesBytes() {
        RingPair pair(1);
        ReceivedPacket packet;
        for (const std::size_t size : {500U, 8U, 0U, 16U}) {
            const auto payload = payloadOf(size, size);
            QVERIFY(writeInBand(pair.writer, payload) != Written::Full);
            QVERIFY(pair.reader.read(packet) == Read::Packet);
            QVERIFY(carries(packet, payload));
            QVERIFY(packet.header().empty());
        }
    }

    void anyPendingSizeIsBorne() {
        RingPair pair(1);
        ReceivedPacket packet;
        for (const std::uint32_t pending : {~0U, 0x8000'0000U, 4096U, 4097U, 5000U}) {
            pair.control().pendingSendSize = pending;
            QVERIFY(writeInBand(pair.writer, payloadOf(64, 1)) == Written::WrittenAndSignal);
            QVERIFY(pair.reader.read(packet) == Read::Packet);
            QVERIFY(!pair.reader.release());
        }
        // Not a multiple of 8; and with a write index gone bad after the read.
        pair.control().pendingSendSize = 4095;
        QVERIFY(writeInBand(pair.writer, payloadOf(64, 1)) == Written::WrittenAndSignal);
        QVERIFY(pair.reader.read(packet) == Read::Packet);
        QVERIFY(pair.reader.release());
        QVERIFY(writeInBand(pair.writer, payloadOf(64, 1)) == Written::WrittenAndSignal);
        QVERIFY(pair.reader.read(packet) == Read::Packet);
        pair.control().writeIndex = 3;
        QVERIFY(!pair.reader.release());
        QVERIFY(pair.reader.read(packet) == Read::Broken);
    }
};

QTEST_GUILESS_MAIN(HostileRingTest)
#include "hostile_ring_test.moc"
