// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/tulip/receive_process.h"

#include <QTest>

#include "tulip_bench.h"

using hypervisor::NetworkValue;

namespace {

using Bench = TulipBench;
using Bytes = Bench::Bytes;

constexpr std::uint64_t kMillisecond = 1'000'000;

Bytes frameOf(std::size_t payload) {
    return frames::plain(payload, frames::guestMac(), frames::otherMac());
}

/// The checksum that follows a frame, bit by bit.
Bytes checked(Bytes frame) {
    std::uint32_t crc = 0xFFFF'FFFF;
    for (const std::byte each : frame) {
        crc ^= std::to_integer<std::uint32_t>(each);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB8'8320U : 0);
    }
    for (int shift = 0; shift < 32; shift += 8)
        frame.push_back(static_cast<std::byte>(~crc >> shift));
    return frame;
}

// RDES0: first and last, of Ethernet II.
constexpr std::uint32_t kGood = 0x320;

}  // namespace

class ReceivingTest : public QObject {
    Q_OBJECT

  private slots:
    void aFrameComesWithItsChecksum() {
        Bench bench;
        bench.receiveOnly(4);
        bench.csr(7, Bench::kNormal | Bench::kReceived);
        bench.wire.coming.push_back(frameOf(1500));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 1518U << 16 | kGood);
        QCOMPARE(bench.bytesAt(Bench::receiveBuffer(0), 1518), checked(frameOf(1500)));
        QCOMPARE(bench.sources(), Bench::kReceived);
        QVERIFY(bench.line.asserted);
        QCOMPARE(bench.receiveState(), 3U);
        QCOMPARE(bench.counted(NetworkValue::PacketsReceived), std::uint64_t{1});
        QCOMPARE(bench.counted(NetworkValue::BytesReceived), std::uint64_t{1514});
    }

    void shortFramesArePadded() {
        Bench bench;
        bench.receiveOnly(1);
        bench.wire.coming.push_back(frameOf(10));
        bench.work();
        Bytes padded = frameOf(10);
        padded.resize(60);
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 64U << 16 | kGood);
        QCOMPARE(bench.bytesAt(Bench::receiveBuffer(0), 64), checked(padded));
    }

    void kindsOfFramesAreTold() {
        Bench bench;
        bench.receiveOnly(4);
        Bytes withLength = frameOf(100);
        withLength[12] = std::byte{0};
        withLength[13] = std::byte{100};
        bench.wire.coming.push_back(withLength);
        bench.wire.coming.push_back(frames::plain(100, frames::broadcast(), frames::otherMac()));
        // With a tag it is long for an Ethernet's.
        bench.wire.coming.push_back(frameOf(1504));
        bench.wire.coming.push_back(frameOf(1505));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 118U << 16 | 0x300);
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(1)), 118U << 16 | kGood | 0x400);
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(2)), 1522U << 16 | kGood | 0x8080);
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(3)), Bench::kOwn);
        QCOMPARE(bench.counted(NetworkValue::IncomingDropped), std::uint64_t{1});
    }

    void aFrameGoesIntoManyBuffers() {
        Bench bench;
        bench.filterPerfectly();
        const Bytes whole = checked(frameOf(186));
        // Two buffers, then a chain whose second size is none, then the ring's end.
        bench.put(Bench::receiveDescriptor(0),
                  {Bench::kOwn, 40 | 60U << 11, Bench::receiveBuffer(0), Bench::receiveBuffer(1)});
        bench.put(Bench::receiveDescriptor(1), {Bench::kOwn, Bench::kChained | 52 | 500U << 11,
                                                Bench::receiveBuffer(2), 0x1'8000});
        bench.put(0x1'8000, {Bench::kOwn, Bench::kEndOfRing | 1000, Bench::receiveBuffer(3), 0});
        bench.csr(3, Bench::kReceiveRing);
        bench.csr(6, Bench::kHalted | 2);
        bench.wire.coming.push_back(frameOf(186));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 0x200U);
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(1)), 0U);
        QCOMPARE(bench.statusAt(0x1'8000), 204U << 16 | 0x120);
        Bytes got = bench.bytesAt(Bench::receiveBuffer(0), 40);
        for (const auto& [at, size] :
             {std::pair{Bench::receiveBuffer(1), 60U}, std::pair{Bench::receiveBuffer(2), 52U},
              std::pair{Bench::receiveBuffer(3), 52U}})
            for (const std::byte each : bench.bytesAt(at, size))
                got.push_back(each);
        QCOMPARE(got, whole);
        // On from the begin of the list.
        bench.refill(0);
        bench.refill(1);
        bench.wire.coming.push_back(frameOf(60));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 78U << 16 | kGood);
    }

    void aFrameThatDoesNotFitIsCutOff() {
        Bench bench;
        bench.filterPerfectly();
        for (unsigned i = 0; i < 2; ++i)
            bench.put(
                Bench::receiveDescriptor(i),
                {Bench::kOwn, 100 | (i == 1 ? Bench::kEndOfRing : 0), Bench::receiveBuffer(i), 0});
        bench.csr(3, Bench::kReceiveRing);
        bench.csr(6, Bench::kHalted | 2);
        bench.wire.coming.push_back(frameOf(1000));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 0x200U);
        // Last, truncated and an error.
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(1)), 1018U << 16 | 0xC120);
        QCOMPARE(bench.receiveState(), 4U);
        QCOMPARE(bench.sources(), Bench::kReceived | Bench::kReceiveUnavailable);
    }

    void aRingOfOneIsFilledOnce() {
        Bench bench;
        bench.filterPerfectly();
        bench.put(Bench::receiveDescriptor(0),
                  {Bench::kOwn, 100 | Bench::kEndOfRing, Bench::receiveBuffer(0), 0});
        bench.csr(3, Bench::kReceiveRing);
        bench.csr(6, Bench::kHalted | 2);
        bench.wire.coming.push_back(frameOf(1000));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 1018U << 16 | 0xC320);
        Bytes begin = frameOf(1000);
        begin.resize(100);
        QCOMPARE(bench.bytesAt(Bench::receiveBuffer(0), 100), begin);
    }

    void descriptorsWithoutRoomEnd() {
        Bench bench;
        bench.filterPerfectly();
        for (unsigned i = 0; i < 2000; ++i)
            bench.put(Bench::receiveDescriptor(i), {Bench::kOwn, 0, 0, 0});
        bench.csr(3, Bench::kReceiveRing);
        bench.csr(6, Bench::kHalted | 2);
        bench.wire.coming.push_back(frameOf(60));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(510)), 0U);
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(511)) & 0xC100, 0xC100U);
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(512)), Bench::kOwn);
    }

    void aBufferOverItsDescriptorsIsTheGuestsOwnFault() {
        Bench bench;
        bench.filterPerfectly();
        bench.put(Bench::receiveDescriptor(0),
                  {Bench::kOwn, 100 | Bench::kChained, Bench::kReceiveRing, Bench::kReceiveRing});
        bench.csr(3, Bench::kReceiveRing);
        bench.csr(6, Bench::kHalted | 2);
        bench.wire.coming.push_back(frameOf(1000));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 1018U << 16 | 0xC320);
    }

    void aGuestWithoutRoomIsWaitedFor() {
        Bench bench;
        bench.receiveOnly(2);
        for (std::size_t i = 0; i < 5; ++i)
            bench.wire.coming.push_back(frameOf(100 + i));
        bench.work();
        QCOMPARE(bench.sources(), Bench::kReceived | Bench::kReceiveUnavailable);
        QCOMPARE(bench.receiveState(), 4U);
        QCOMPARE(bench.engine.pollTimeout(), 1);
        // It is told once.
        bench.csr(5, 0x1'FFFF);
        bench.clock.advance(900 * kMillisecond);
        bench.work();
        QCOMPARE(bench.sources(), 0U);
        bench.refill(0);
        bench.refill(1);
        bench.csr(2, 0);
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 120U << 16 | kGood);
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(1)), 121U << 16 | kGood);
        QCOMPARE(bench.sources(), Bench::kReceived | Bench::kReceiveUnavailable);
        bench.refill(0);
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 122U << 16 | kGood);
        QCOMPARE(bench.csr(8), 0xE000'0000U);
        QCOMPARE(bench.counted(NetworkValue::PacketsReceived), std::uint64_t{5});
        QCOMPARE(bench.engine.pollTimeout(), -1);
    }

    void framesAreMissedInTheEnd() {
        Bench bench;
        bench.receiveOnly(1);
        for (std::size_t i = 0; i < 5; ++i)
            bench.wire.coming.push_back(frameOf(100 + i));
        bench.work();
        bench.clock.advance(1'000 * kMillisecond);
        bench.work();
        QCOMPARE(bench.engine.pollTimeout(), -1);
        // Now each that comes is missed at once.
        bench.wire.coming.push_back(frameOf(200));
        bench.work();
        QCOMPARE(bench.csr(8), 0xE000'0005U);
        QCOMPARE(bench.csr(8), 0xE000'0000U);
        QCOMPARE(bench.counted(NetworkValue::IncomingDropped), std::uint64_t{5});
        bench.refill(0);
        bench.wire.coming.push_back(frameOf(201));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 219U << 16 | kGood);
        // And there is patience again.
        bench.wire.coming.push_back(frameOf(202));
        bench.work();
        QCOMPARE(bench.csr(8), 0xE000'0000U);
        QCOMPARE(bench.engine.pollTimeout(), 1);
    }

    void theCounterOfMissedFramesOverflows() {
        Bench bench;
        bench.controller.countMissed(0xFFFF);
        QCOMPARE(bench.csr(8), 0xE000'FFFFU);
        bench.controller.countMissed(0xFFFF);
        bench.controller.countMissed(0xFFFF'FFFF);
        QCOMPARE(bench.csr(8), 0xE001'0000U);
        QCOMPARE(bench.csr(8), 0xE000'0000U);
    }

    void aReceiverThatStandsTakesNothing() {
        Bench bench;
        bench.receiveOnly(2);
        bench.csr(6, Bench::kHalted);
        bench.csr(5, 0x1'FFFF);
        bench.wire.coming.push_back(frameOf(100));
        bench.work();
        QCOMPARE(bench.sources(), 0U);
        QVERIFY(bench.wire.coming.empty());
        QCOMPARE(bench.csr(8), 0xE000'0000U);
        QCOMPARE(bench.counted(NetworkValue::IncomingDropped), std::uint64_t{1});
        // It goes on where it was.
        bench.csr(6, Bench::kHalted | 2);
        bench.wire.coming.push_back(frameOf(101));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 119U << 16 | kGood);
        bench.csr(6, Bench::kHalted);
        bench.csr(6, Bench::kHalted | 2);
        bench.wire.coming.push_back(frameOf(102));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(1)), 120U << 16 | kGood);
    }

    void withoutTheBusFramesAreLost() {
        Bench bench;
        bench.receiveOnly(1);
        bench.controller.setMaster(false);
        bench.wire.coming.push_back(frameOf(100));
        bench.work();
        QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), Bench::kOwn);
        QCOMPARE(bench.counted(NetworkValue::IncomingDropped), std::uint64_t{1});
    }

    void whatIsNotThereIsFatal() {
        for (const bool isBuffer : {false, true}) {
            Bench bench;
            bench.filterPerfectly();
            bench.csr(7, Bench::kAbnormal | Bench::kFatal);
            if (isBuffer)
                bench.put(Bench::receiveDescriptor(0),
                          {Bench::kOwn, Bench::kBufferSize, Bench::kMemory - 32, 0});
            bench.csr(3, isBuffer ? Bench::kReceiveRing : Bench::kNowhere);
            bench.csr(6, Bench::kRunning);
            bench.wire.coming.push_back(frameOf(100));
            bench.work();
            QVERIFY(bench.line.asserted);
            QCOMPARE(bench.csr(5) >> 23 & 7, 1U);
            QCOMPARE(bench.receiveState(), 0U);
            QCOMPARE(bench.transmitState(), 0U);
            bench.csr(0, 1);
            bench.filterPerfectly();
            bench.makeReceiveRing(1);
            bench.csr(6, Bench::kHalted | 2);
            bench.wire.coming.push_back(frameOf(100));
            bench.work();
            QCOMPARE(bench.statusAt(Bench::receiveDescriptor(0)), 118U << 16 | kGood);
        }
    }
};

QTEST_GUILESS_MAIN(ReceivingTest)
#include "receiving_test.moc"
