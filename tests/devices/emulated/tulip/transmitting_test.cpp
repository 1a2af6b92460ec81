// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/tulip/transmit_process.h"

#include <QTest>
#include <bit>

#include "tulip_bench.h"

using hypervisor::NetworkValue;

namespace {

using Bench = TulipBench;
using Bytes = Bench::Bytes;

Bytes frameOf(std::size_t payload) {
    return frames::plain(payload, frames::otherMac(), frames::guestMac());
}

/// A transmitter that runs, on an empty list.
struct Transmitter : Bench {
    explicit Transmitter(bool macSpoofing = false) : Bench(macSpoofing) {
        csr(4, kTransmitRing);
        csr(6, kHalted | 0x2000);
        work();
        csr(5, 0x1'FFFF);
    }
    void demand() {
        csr(1, 0);
        work();
    }
};

}  // namespace

class TransmittingTest : public QObject {
    Q_OBJECT

  private slots:
    void anEmptyListIsToldOnce() {
        Bench bench;
        bench.csr(4, Bench::kTransmitRing);
        bench.csr(6, Bench::kHalted | 0x2000);
        bench.work();
        QCOMPARE(bench.transmitState(), 6U);
        QCOMPARE(bench.sources(), Bench::kTransmitUnavailable);
        bench.csr(5, 0x1'FFFF);
        bench.csr(1, 0);
        bench.work();
        QCOMPARE(bench.sources(), 0U);
    }

    void aFrameGoesToTheSwitch() {
        Transmitter bench;
        bench.queueFrame(0, frameOf(1500), Bench::kWhole | Bench::kInterrupt);
        const int before = bench.wakes;
        bench.csr(1, 0);
        // The one who has written sends it.
        QVERIFY(!bench.engine.sendAtOnce());
        QCOMPARE(bench.wakes, before);
        QCOMPARE(bench.wire.sent, std::vector<Bytes>{frameOf(1500)});
        QCOMPARE(bench.statusAt(Bench::transmitDescriptor(0)), 0U);
        QCOMPARE(bench.sources(), Bench::kTransmitted | Bench::kTransmitUnavailable);
        QCOMPARE(bench.counted(NetworkValue::PacketsSent), std::uint64_t{1});
        QCOMPARE(bench.counted(NetworkValue::BytesSent), std::uint64_t{1514});
        // Without a demand nothing is looked at.
        bench.queueFrame(1, frameOf(100));
        bench.work();
        QCOMPARE(bench.wire.sent.size(), std::size_t{1});
        bench.demand();
        QCOMPARE(bench.wire.sent.size(), std::size_t{2});
    }

    void aFrameWithoutTheWishDoesNotInterrupt() {
        Transmitter bench;
        bench.csr(7, Bench::kNormal | Bench::kTransmitted);
        bench.queueFrame(0, frameOf(100));
        bench.demand();
        QVERIFY(!bench.line.asserted);
        bench.queueFrame(1, frameOf(100), Bench::kWhole | Bench::kInterrupt);
        bench.demand();
        QVERIFY(bench.line.asserted);
    }

    void shortFramesArePadded() {
        Transmitter bench;
        bench.queueFrame(0, frameOf(10));
        // As it is, by two wishes of the guest's; the second has its own checksum.
        bench.queueFrame(1, frameOf(10), Bench::kWhole | 0x0080'0000);
        Bytes checked = frameOf(10);
        checked.resize(checked.size() + 4, std::byte{0xEE});
        bench.queueFrame(2, checked, Bench::kWhole | 0x0400'0000);
        bench.demand();
        Bytes padded = frameOf(10);
        padded.resize(60);
        QCOMPARE(bench.wire.sent, (std::vector<Bytes>{padded, frameOf(10), frameOf(10)}));
    }

    void aFrameComesFromManyBuffers() {
        Transmitter bench;
        const Bytes frame = frameOf(300);
        const auto part = [&](std::size_t from, std::size_t to) {
            return Bytes(frame.begin() + static_cast<std::ptrdiff_t>(from),
                         frame.begin() + static_cast<std::ptrdiff_t>(to));
        };
        bench.putBytes(Bench::transmitBuffer(0) + 1, part(0, 15));
        bench.putBytes(Bench::transmitBuffer(1) + 3, part(15, 100));
        bench.putBytes(Bench::transmitBuffer(2), part(100, 314));
        // Two in one descriptor, then a chain, of which the second buffer's length is none.
        bench.put(Bench::transmitDescriptor(0),
                  {Bench::kOwn, 0x2000'0000 | 15 | 85U << 11, Bench::transmitBuffer(0) + 1,
                   Bench::transmitBuffer(1) + 3});
        bench.put(Bench::transmitDescriptor(1),
                  {Bench::kOwn, Bench::kChained | 777U << 11, 0, 0x2'8000});
        bench.put(0x2'8000, {Bench::kOwn, 0x4000'0000 | 214 | Bench::kEndOfRing,
                             Bench::transmitBuffer(2), 0});
        bench.demand();
        QCOMPARE(bench.wire.sent, std::vector<Bytes>{frame});
        // The ring has ended: on from its begin.
        bench.queueFrame(0, frameOf(60));
        bench.demand();
        QCOMPARE(bench.wire.sent.size(), std::size_t{2});
    }

    void descriptorsMayBeApartAndTurnedAround() {
        Bench bench;
        // Two longwords between them, and the bytes of each the other way round.
        bench.csr(0, 2U << 2 | 1U << 20);
        bench.csr(4, Bench::kTransmitRing);
        for (std::uint32_t i = 0; i < 3; ++i) {
            bench.putBytes(Bench::transmitBuffer(i), frameOf(60 + i));
            bench.put(Bench::kTransmitRing + i * 24,
                      {std::byteswap(Bench::kOwn),
                       std::byteswap(Bench::kWhole | (74 + i) | (i == 2 ? Bench::kEndOfRing : 0)),
                       std::byteswap(Bench::transmitBuffer(i)), 0});
        }
        bench.csr(6, Bench::kHalted | 0x2000);
        bench.work();
        QCOMPARE(bench.wire.sent, (std::vector<Bytes>{frameOf(60), frameOf(61), frameOf(62)}));
    }

    void emptyDescriptorsArePassed() {
        Transmitter bench;
        bench.put(Bench::transmitDescriptor(0), {Bench::kOwn, 0, 0, 0});
        bench.queueFrame(1, frameOf(60));
        bench.demand();
        QCOMPARE(bench.statusAt(Bench::transmitDescriptor(0)), 0U);
        QCOMPARE(bench.wire.sent.size(), std::size_t{1});
        // The last part of a frame that has no first one is none.
        bench.queueFrame(2, frameOf(60), 0x4000'0000);
        bench.demand();
        QCOMPARE(bench.wire.sent.size(), std::size_t{1});
        // And a frame that begins again leaves the one that did not end.
        bench.queueFrame(3, frameOf(90), 0x2000'0000);
        bench.queueFrame(4, frameOf(70));
        bench.demand();
        QCOMPARE(bench.wire.sent.size(), std::size_t{2});
        QCOMPARE(bench.wire.sent.back(), frameOf(70));
    }

    void jabberStopsTheTransmitter() {
        Transmitter bench;
        for (unsigned i = 0; i < 2; ++i)
            bench.put(Bench::transmitDescriptor(i),
                      {Bench::kOwn, (i == 0 ? 0x2000'0000U : 0x4000'0000U) | 1400,
                       Bench::transmitBuffer(i), 0});
        bench.demand();
        QCOMPARE(bench.transmitState(), 0U);
        QCOMPARE(bench.sources(), Bench::kJabber | Bench::kTransmitStopped);
        QCOMPARE(bench.statusAt(Bench::transmitDescriptor(1)), 0xC000U);
        QVERIFY(bench.wire.sent.empty());
        // It goes on behind that one.
        bench.queueFrame(2, frameOf(60));
        bench.csr(6, Bench::kHalted);
        bench.csr(6, Bench::kHalted | 0x2000);
        bench.work();
        QCOMPARE(bench.wire.sent.size(), std::size_t{1});
    }

    void otherFramesAreRefused() {
        Transmitter bench;
        bench.queueFrame(0, frames::plain(60, frames::guestMac(), frames::otherMac()));
        bench.queueFrame(1, frameOf(1505));
        bench.queueFrame(2, Bytes(13), Bench::kWhole | 0x0080'0000);
        // With a tag it may be so long.
        bench.queueFrame(3, frameOf(1504));
        bench.demand();
        QCOMPARE(bench.wire.sent, std::vector<Bytes>{frameOf(1504)});
        QCOMPARE(bench.counted(NetworkValue::OutgoingSpoofed), std::uint64_t{1});
        QCOMPARE(bench.counted(NetworkValue::OutgoingMalformed), std::uint64_t{2});
        for (unsigned i = 0; i < 4; ++i)
            QCOMPARE(bench.statusAt(Bench::transmitDescriptor(i)), 0U);
        Transmitter bridge(true);
        bridge.queueFrame(0, frames::plain(60, frames::guestMac(), frames::otherMac()));
        bridge.demand();
        QCOMPARE(bridge.wire.sent.size(), std::size_t{1});
    }

    void withoutAPortFramesAreLost() {
        Transmitter bench;
        bench.wire.full = true;
        bench.queueFrame(0, frameOf(60));
        bench.demand();
        bench.wire.full = false;
        bench.engine.setPort(nullptr);
        bench.queueFrame(1, frameOf(60), Bench::kWhole | Bench::kInterrupt);
        bench.demand();
        QCOMPARE(bench.counted(NetworkValue::OutgoingDropped), std::uint64_t{2});
        QCOMPARE(bench.sources(), Bench::kTransmitted | Bench::kTransmitUnavailable);
        bench.engine.setPort(std::make_unique<PlayedPort>(bench.wire));
        bench.queueFrame(2, frameOf(60));
        bench.demand();
        QCOMPARE(bench.wire.sent.size(), std::size_t{1});
    }

    void whatCannotGoAtOnceIsLeftToWork() {
        Transmitter bench;
        bench.wire.full = true;
        bench.queueFrame(0, frameOf(60));
        bench.queueFrame(1, frameOf(61));
        bench.csr(1, 0);
        QVERIFY(bench.engine.sendAtOnce());
        QVERIFY(bench.engine.sendAtOnce());
        bench.wire.full = false;
        // In their order.
        QVERIFY(bench.engine.sendAtOnce());
        QVERIFY(bench.wire.sent.empty());
        bench.work();
        QCOMPARE(bench.wire.sent, (std::vector<Bytes>{frameOf(60), frameOf(61)}));
        // With its port goes what has waited for it.
        bench.wire.full = true;
        bench.queueFrame(2, frameOf(60));
        bench.csr(1, 0);
        QVERIFY(bench.engine.sendAtOnce());
        bench.wire.full = false;
        bench.engine.setPort(std::make_unique<PlayedPort>(bench.wire));
        bench.work();
        QCOMPARE(bench.wire.sent.size(), std::size_t{2});
        QCOMPARE(bench.counted(NetworkValue::OutgoingDropped), std::uint64_t{1});
    }

    void whatIsNotThereIsFatal_data() {
        QTest::addColumn<quint32>("control");
        QTest::addColumn<quint32>("buffer");
        QTest::addColumn<quint32>("second");
        QTest::newRow("first buffer") << (Bench::kWhole | 60U) << Bench::kNowhere << 0U;
        QTest::newRow("end of memory") << (Bench::kWhole | 60U) << Bench::kMemory - 59 << 0U;
        QTest::newRow("end of addresses") << (Bench::kWhole | 60U) << 0xFFFF'FFF0U << 0U;
        QTest::newRow("second buffer")
            << (Bench::kWhole | 60U | 60U << 11) << Bench::kTransmitBuffers << Bench::kNowhere;
        QTest::newRow("setup frame") << Bench::kSetupFrame << Bench::kNowhere << 0U;
        QTest::newRow("next descriptor") << (Bench::kChained | Bench::kWhole | 60U)
                                         << Bench::kTransmitBuffers << Bench::kNowhere;
    }

    void whatIsNotThereIsFatal() {
        QFETCH(quint32, control);
        QFETCH(quint32, buffer);
        QFETCH(quint32, second);
        Transmitter bench;
        bench.csr(7, Bench::kAbnormal | Bench::kFatal);
        bench.put(Bench::transmitDescriptor(0), {Bench::kOwn, control, buffer, second});
        bench.demand();
        QVERIFY(bench.line.asserted);
        // A master abort.
        QCOMPARE(bench.csr(5) >> 23 & 7, 1U);
        QCOMPARE(bench.sources() & Bench::kFatal, Bench::kFatal);
        QCOMPARE(bench.transmitState(), 0U);
        // Only a reset helps.
        bench.csr(5, 0x1'FFFF);
        bench.csr(6, Bench::kRunning);
        bench.work();
        QCOMPARE(bench.transmitState(), 0U);
        QCOMPARE(bench.receiveState(), 0U);
        bench.csr(0, 1);
        bench.csr(4, Bench::kTransmitRing);
        bench.queueFrame(0, frameOf(60));
        bench.wire.sent.clear();
        bench.csr(6, Bench::kHalted | 0x2000);
        bench.work();
        QCOMPARE(bench.wire.sent.size(), std::size_t{1});
    }

    void withoutTheBusNothingMoves() {
        Transmitter bench;
        bench.controller.setMaster(false);
        bench.queueFrame(0, frameOf(60));
        bench.demand();
        QCOMPARE(bench.statusAt(Bench::transmitDescriptor(0)), Bench::kOwn);
        const int before = bench.wakes;
        bench.controller.setMaster(true);
        QCOMPARE(bench.wakes, before + 1);
        bench.work();
        QCOMPARE(bench.wire.sent.size(), std::size_t{1});
    }

    void theListIsPolledByItself() {
        Transmitter bench;
        bench.csr(0, 3U << 17);
        bench.queueFrame(0, frameOf(60));
        bench.work();
        bench.clock.advance(572'000);
        bench.work();
        QVERIFY(bench.wire.sent.empty());
        bench.clock.advance(1'000);
        bench.work();
        QCOMPARE(bench.wire.sent.size(), std::size_t{1});
        // And again.
        bench.queueFrame(1, frameOf(60));
        bench.clock.advance(573'000);
        bench.work();
        QCOMPARE(bench.wire.sent.size(), std::size_t{2});
        bench.csr(5, 0x1'FFFF);
        bench.clock.advance(10'000'000);
        bench.work();
        QCOMPARE(bench.sources(), 0U);
    }

    void anEndlessChainTakesTurns() {
        Transmitter bench;
        for (unsigned i = 0; i < 4000; ++i)
            bench.put(Bench::kTransmitRing + i * 16, {Bench::kOwn, 0, 0, 0});
        bench.csr(1, 0);
        QVERIFY(bench.engine.work());
        QCOMPARE(bench.statusAt(Bench::kTransmitRing + 63 * 16), 0U);
        QCOMPARE(bench.statusAt(Bench::kTransmitRing + 64 * 16), Bench::kOwn);
        bench.work();
        QCOMPARE(bench.statusAt(Bench::kTransmitRing + 3999 * 16), 0U);
    }

    void aDescriptorThatLeadsToItselfIsTakenOnce() {
        Transmitter bench;
        bench.queueFrame(0, frameOf(60));
        bench.put(Bench::transmitDescriptor(0),
                  {Bench::kOwn, Bench::kChained | Bench::kWhole | 60U, Bench::kTransmitBuffers,
                   Bench::transmitDescriptor(0)});
        bench.demand();
        QCOMPARE(bench.wire.sent.size(), std::size_t{1});
        QCOMPARE(bench.statusAt(Bench::transmitDescriptor(0)), 0U);
    }

    void loopbackStaysInside_data() {
        QTest::addColumn<quint32>("mode");
        QTest::addColumn<quint32>("type");
        QTest::newRow("internal") << 0x0400U << 1U;
        QTest::newRow("external") << 0x0800U << 2U;
    }

    void loopbackStaysInside() {
        QFETCH(quint32, mode);
        QFETCH(quint32, type);
        Bench bench;
        bench.filterPerfectly();
        bench.makeReceiveRing(2);
        const Bytes own = frames::plain(100, frames::guestMac(), frames::guestMac());
        bench.queueFrame(0, own);
        // The filter holds for it too.
        bench.queueFrame(1, frameOf(100));
        // What comes from outside does not get in.
        bench.wire.coming.push_back(own);
        bench.csr(6, Bench::kRunning | mode);
        bench.work();
        QVERIFY(bench.wire.sent.empty());
        const std::uint32_t status = bench.statusAt(Bench::receiveDescriptor(0));
        QCOMPARE(status, 118U << 16 | type << 12 | 0x320);
        QCOMPARE(bench.bytesAt(Bench::receiveBuffer(0), own.size()), own);
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(1)), Bench::kOwn);
        bench.csr(6, Bench::kRunning);
        bench.queueFrame(2, own);
        bench.csr(1, 0);
        bench.work();
        QCOMPARE(bench.wire.sent.size(), std::size_t{1});
    }
};

QTEST_GUILESS_MAIN(TransmittingTest)
#include "transmitting_test.moc"
