// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/tulip/address_filter.h"

#include <QTest>

#include "tulip_bench.h"

using hypervisor::NetworkValue;

namespace {

using Bench = TulipBench;
using Bytes = Bench::Bytes;

// TDES1: the filter's kind.
constexpr std::uint32_t kHashAndPerfect = 0x0040'0000;
constexpr std::uint32_t kInverse = 0x1000'0000;
constexpr std::uint32_t kHashOnly = kHashAndPerfect | kInverse;
// CSR6.
constexpr std::uint32_t kPromiscuous = 0x40;
constexpr std::uint32_t kAllMulticast = 0x80;
constexpr std::uint32_t kReceiveAll = 0x4000'0000;

Bytes mac(std::initializer_list<int> values) {
    Bytes bytes;
    frames::put(bytes, values);
    return bytes;
}

const Bytes kGroup = mac({0x01, 0x00, 0x5E, 0x00, 0x00, 0x01});
const Bytes kOtherGroup = mac({0x33, 0x33, 0x00, 0x00, 0x00, 0x02});
const Bytes kStranger = mac({0x00, 0x11, 0x22, 0x33, 0x44, 0x55});

/// Which bit stands for an address, as drivers compute it.
unsigned hashOf(const Bytes& address) {
    std::uint32_t crc = 0xFFFF'FFFF;
    for (const std::byte each : address) {
        auto byte = std::to_integer<std::uint32_t>(each);
        for (int bit = 0; bit < 8; ++bit, byte >>= 1)
            crc = crc >> 1 ^ (((crc ^ byte) & 1) != 0 ? 0xEDB8'8320U : 0);
    }
    return crc & 0x1FF;
}

std::vector<std::uint16_t> hashed(std::initializer_list<Bytes> members, const Bytes& own) {
    std::vector<std::uint16_t> halves(48);
    for (const Bytes& member : members) {
        const unsigned hash = hashOf(member);
        halves[hash / 16] = static_cast<std::uint16_t>(halves[hash / 16] | 1U << hash % 16);
    }
    const auto address = Bench::halvesOf(own);
    std::copy(address.begin(), address.end(), halves.begin() + 39);
    return halves;
}

/// Whether a frame to that address comes through; `status`: of its descriptor.
bool passes(Bench& bench, const Bytes& to, std::uint32_t mode = 0,
            std::uint32_t* status = nullptr) {
    bench.csr(6, Bench::kHalted);
    bench.makeReceiveRing(1);
    bench.csr(6, Bench::kHalted | 2 | mode);
    bench.wire.coming.push_back(frames::plain(100, to, frames::otherMac()));
    bench.work();
    const std::uint32_t found = bench.statusAt(Bench::receiveDescriptor(0));
    if (status != nullptr)
        *status = found;
    return found != Bench::kOwn;
}

std::uint32_t filterBits(Bench& bench) {
    return bench.csr(6) & 0x15;
}

}  // namespace

class FiltersTest : public QObject {
    Q_OBJECT

  private slots:
    void perfect() {
        Bench bench;
        bench.filterPerfectly({kGroup});
        QCOMPARE(filterBits(bench), 0U);
        QVERIFY(passes(bench, frames::guestMac()));
        QVERIFY(passes(bench, kGroup));
        // What the setup frame was filled up with.
        QVERIFY(passes(bench, frames::broadcast()));
        QVERIFY(!passes(bench, kOtherGroup));
        QVERIFY(!passes(bench, kStranger));
        QCOMPARE(bench.counted(NetworkValue::IncomingFiltered), std::uint64_t{2});
    }

    void withoutTheBroadcastAddressThereIsNone() {
        Bench bench;
        std::vector<std::uint16_t> halves;
        for (int i = 0; i < 16; ++i)
            for (const std::uint16_t half : Bench::halvesOf(frames::guestMac()))
                halves.push_back(half);
        bench.loadSetupFrame(halves, 0);
        QVERIFY(passes(bench, frames::guestMac()));
        QVERIFY(!passes(bench, frames::broadcast()));
    }

    void inverse() {
        Bench bench;
        bench.filterPerfectly({kGroup}, kInverse);
        QCOMPARE(filterBits(bench), 0x10U);
        QVERIFY(!passes(bench, frames::guestMac()));
        QVERIFY(!passes(bench, kGroup));
        QVERIFY(passes(bench, kStranger));
        QVERIFY(passes(bench, kOtherGroup));
    }

    void hashAndPerfect() {
        Bench bench;
        bench.loadSetupFrame(hashed({kGroup, frames::broadcast(), kStranger}, frames::guestMac()),
                             kHashAndPerfect);
        QCOMPARE(filterBits(bench), 1U);
        QVERIFY(passes(bench, frames::guestMac()));
        QVERIFY(passes(bench, kGroup));
        QVERIFY(passes(bench, frames::broadcast()));
        QVERIFY(!passes(bench, kOtherGroup));
        // Hashes are for groups.
        QVERIFY(!passes(bench, kStranger));
    }

    void hashOnly() {
        Bench bench;
        bench.loadSetupFrame(hashed({kGroup, kStranger}, frames::guestMac()), kHashOnly);
        QCOMPARE(filterBits(bench), 5U);
        QVERIFY(passes(bench, kGroup));
        QVERIFY(passes(bench, kStranger));
        QVERIFY(!passes(bench, frames::guestMac()));
    }

    void theBroadcastAddressHasTheLastBit() {
        // Linux's driver takes it from the manual.
        QCOMPARE(hashOf(frames::broadcast()), 255U);
    }

    void modesTakeMore() {
        Bench bench;
        bench.filterPerfectly();
        QVERIFY(!passes(bench, kStranger, kAllMulticast));
        std::uint32_t status = 0;
        QVERIFY(passes(bench, kOtherGroup, kAllMulticast, &status));
        QCOMPARE(status, 118U << 16 | 0x720);
        QVERIFY(passes(bench, kStranger, kPromiscuous, &status));
        // It says that it was none for this adapter.
        QCOMPARE(status, 0x4000'0000U | 118U << 16 | 0x320);
        QVERIFY(passes(bench, kOtherGroup, kReceiveAll, &status));
        QCOMPARE(status, 0x4000'0000U | 118U << 16 | 0x720);
        QVERIFY(passes(bench, frames::guestMac(), kPromiscuous, &status));
        QCOMPARE(status, 118U << 16 | 0x320);
    }

    void aSetupFrameIsDoneAndTold() {
        Bench bench;
        bench.putSetupFrame(Bench::halvesOf(frames::guestMac()));
        bench.put(Bench::transmitDescriptor(0),
                  {Bench::kOwn, Bench::kSetupFrame | Bench::kInterrupt, Bench::kSetup, 0});
        bench.csr(4, Bench::kTransmitRing);
        bench.csr(6, Bench::kHalted | 0x2000);
        bench.work();
        QCOMPARE(bench.statusAt(Bench::transmitDescriptor(0)), 0x7FFF'FFFFU);
        QCOMPARE(bench.sources(), Bench::kTransmitted | Bench::kTransmitUnavailable);
        QVERIFY(bench.wire.sent.empty());
    }

    void aSetupFrameOfAnotherSizeSaysNothing() {
        Bench bench;
        bench.filterPerfectly();
        bench.putSetupFrame(Bench::halvesOf(kStranger));
        for (const std::uint32_t size : {0U, 191U, 193U, 0x7FFU}) {
            bench.put(Bench::transmitDescriptor(0),
                      {Bench::kOwn, 0x0800'0000 | Bench::kEndOfRing | size, Bench::kSetup, 0});
            bench.csr(6, Bench::kHalted | 0x2000);
            bench.csr(1, 0);
            bench.work();
            bench.csr(6, Bench::kHalted);
            QCOMPARE(bench.statusAt(Bench::transmitDescriptor(0)), 0x7FFF'FFFFU);
        }
        QVERIFY(passes(bench, frames::guestMac()));
        QVERIFY(!passes(bench, kStranger));
    }
};

QTEST_GUILESS_MAIN(FiltersTest)
#include "filters_test.moc"
