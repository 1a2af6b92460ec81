// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/chipset/mmio_bus.h"
#include "devices/chipset/port_bus.h"

#include <QTest>
#include <atomic>
#include <thread>
#include <tuple>
#include <vector>

using namespace devices;

namespace {

using Access = std::tuple<std::uint64_t, unsigned, std::uint64_t>;

class RecordingDevice : public PortDevice, public MmioDevice {
  public:
    std::uint32_t readPort(std::uint16_t port, unsigned size) override {
        reads.emplace_back(port, size, 0);
        return 0xA0B0'C0D0U + port;
    }
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override {
        writes.emplace_back(port, size, value);
    }
    std::uint64_t readMmio(std::uint64_t offset, unsigned size) override {
        reads.emplace_back(offset, size, 0);
        return 0x1122'3344'5566'7788;
    }
    void writeMmio(std::uint64_t offset, unsigned size, std::uint64_t value) override {
        writes.emplace_back(offset, size, value);
    }
    std::vector<Access> reads;
    std::vector<Access> writes;
};

}  // namespace

class BusesTest : public QObject {
    Q_OBJECT

  private slots:
    void freePortsGiveAllOnes() {
        const PortBus bus;
        QCOMPARE(bus.read(0x1234, 1), 0xFFU);
        QCOMPARE(bus.read(0x1234, 2), 0xFFFFU);
        QCOMPARE(bus.read(0xFFFF, 4), 0xFFFF'FFFFU);
        bus.write(0xFFFF, 4, 0);
    }

    void anAccessThatFitsIsPassedWhole() {
        PortBus bus;
        RecordingDevice device;
        QVERIFY(bus.claim("device", {0x100, 8, 4}, device));
        QCOMPARE(bus.read(0x104, 4), 0xA0B0'C1D4U);
        QCOMPARE(bus.read(0x104, 1), 0xD4U);
        bus.write(0x106, 2, 0x1'2345);
        QCOMPARE(device.writes, (std::vector<Access>{{0x106, 2, 0x2345}}));
    }

    void aWideAccessToANarrowDeviceIsSplit() {
        PortBus bus;
        RecordingDevice device;
        QVERIFY(bus.claim("device", {0x40, 4, 1}, device));
        bus.write(0x40, 4, 0x4433'2211);
        QCOMPARE(device.writes,
                 (std::vector<Access>{
                     {0x40, 1, 0x11}, {0x41, 1, 0x22}, {0x42, 1, 0x33}, {0x43, 1, 0x44}}));
        QCOMPARE(bus.read(0x40, 2), 0x1110U);
    }

    void anAccessPastTheEndOfARangeReachesWhatFollows() {
        PortBus bus;
        RecordingDevice first;
        RecordingDevice second;
        QVERIFY(bus.claim("first", {0x10, 2, 4}, first));
        QVERIFY(bus.claim("second", {0x12, 1, 4}, second));
        bus.write(0x10, 4, 0x4433'2211);
        QCOMPARE(first.writes, (std::vector<Access>{{0x10, 2, 0x2211}}));
        QCOMPARE(second.writes, (std::vector<Access>{{0x12, 1, 0x33}}));
        QCOMPARE(bus.read(0x12, 2) >> 8, 0xFFU);
    }

    void anAccessWhoseFirstPortIsFreeIsDropped() {
        PortBus bus;
        RecordingDevice device;
        QVERIFY(bus.claim("device", {0x11, 1, 1}, device));
        bus.write(0x10, 2, 0xFFFF);
        QVERIFY(device.writes.empty());
        QCOMPARE(bus.read(0x10, 2), 0xFFFFU);
    }

    void theLastPortIsUsable() {
        PortBus bus;
        RecordingDevice device;
        QVERIFY(bus.claim("device", {0xFFFF, 1, 4}, device));
        bus.write(0xFFFF, 4, 0x4433'2211);
        QCOMPARE(device.writes, (std::vector<Access>{{0xFFFF, 1, 0x11}}));
    }

    void portRangesThatOverlapOrDoNotExistAreRefused() {
        PortBus bus;
        RecordingDevice device;
        QVERIFY(bus.claim("timer", {0x40, 4, 1}, device));
        const auto overlap = bus.claim("other", {0x43, 1, 1}, device);
        QVERIFY(!overlap);
        QVERIFY(overlap.error().message.find("timer") != std::string::npos);
        QVERIFY(!bus.claim("other", {0x3F, 10, 1}, device));
        QVERIFY(!bus.claim("other", {0x50, 0, 1}, device));
        QVERIFY(!bus.claim("other", {0xFFFF, 2, 1}, device));
        QVERIFY(!bus.claim("other", {1, 0xFFFF'FFFF, 1}, device));
        QVERIFY(!bus.claim("other", {0x50, 4, 3}, device));
        QVERIFY(bus.claim("other", {0x44, 1, 1}, device));
    }

    void portsThatMoveAreWhereTheyWerePut() {
        PortBus bus;
        RecordingDevice device;
        const auto ports = bus.claimMovable("card", 16, 4, device);
        QVERIFY(ports);
        bus.write(0xC000, 1, 1);
        QCOMPARE(bus.read(0xC000, 2), 0xFFFFU);
        (*ports)->moveTo(0xC000);
        bus.write(0xC004, 4, 0x4433'2211);
        bus.write(0xC010, 1, 2);
        (*ports)->moveTo(0xD000);
        bus.write(0xC004, 1, 3);
        bus.write(0xD00F, 1, 4);
        QCOMPARE(bus.read(0xD001, 1), 0xD1U);
        (*ports)->moveTo(std::nullopt);
        bus.write(0xD000, 1, 5);
        QCOMPARE(device.writes, (std::vector<Access>{{4, 4, 0x4433'2211}, {15, 1, 4}}));
    }

    void portsThatMoveYieldToThoseThatDoNot() {
        PortBus bus;
        RecordingDevice fixed;
        RecordingDevice moving;
        QVERIFY(bus.claim("timer", {0x40, 4, 1}, fixed));
        const auto ports = bus.claimMovable("card", 8, 1, moving);
        QVERIFY(ports);
        (*ports)->moveTo(0x40);
        bus.write(0x43, 2, 0x2211);
        QCOMPARE(fixed.writes, (std::vector<Access>{{0x43, 1, 0x11}}));
        QCOMPARE(moving.writes, (std::vector<Access>{{4, 1, 0x22}}));
        // At the end of all ports there are only some of them.
        (*ports)->moveTo(0xFFFE);
        bus.write(0xFFFE, 4, 0x4433'2211);
        QCOMPARE(moving.writes.size(), std::size_t{3});
        QVERIFY(!bus.claimMovable("card", 0, 1, moving));
        QVERIFY(!bus.claimMovable("card", 8, 3, moving));
    }

    void portsMoveWhileTheyAreUsed() {
        class Checked : public PortDevice {
          public:
            std::uint32_t readPort(std::uint16_t port, unsigned size) override {
                return port + size <= 8 ? port : 0x80;
            }
            void writePort(std::uint16_t, unsigned, std::uint32_t) override {}
        } device;
        PortBus bus;
        const auto ports = bus.claimMovable("card", 8, 4, device);
        QVERIFY(ports);
        std::atomic<bool> done = false;
        std::atomic<unsigned> met = 0;
        std::atomic<unsigned> wrong = 0;
        std::thread user([&] {
            while (!done)
                for (std::uint16_t port = 0xC000; port < 0xC010; ++port)
                    if (const std::uint32_t value = bus.read(port, 1); value != 0xFF) {
                        // The register is that of one of the two places.
                        ++(value == (port & 7) ? met : wrong);
                    }
        });
        while (met < 10'000 && wrong == 0) {
            (*ports)->moveTo(0xC000);
            (*ports)->moveTo(std::nullopt);
            (*ports)->moveTo(0xC008);
        }
        done = true;
        user.join();
        QCOMPARE(wrong.load(), 0U);
    }

    void freeAddressesGiveAllOnes() {
        const MmioBus bus;
        QCOMPARE(bus.read(0, 1), std::uint64_t{0xFF});
        QCOMPARE(bus.read(~0ULL, 8), ~std::uint64_t{0});
        bus.write(~0ULL, 8, 0);
    }

    void memoryAccessesReachTheirRangeByOffset() {
        MmioBus bus;
        RecordingDevice low;
        RecordingDevice high;
        QVERIFY(bus.claim("high", 0xFEC0'0000, 0x1000, high));
        QVERIFY(bus.claim("low", 0xA'0000, 0x2'0000, low));
        QCOMPARE(bus.read(0xFEC0'0010, 4), std::uint64_t{0x5566'7788});
        bus.write(0xB'FFFF, 1, 0x1FF);
        QCOMPARE(low.writes, (std::vector<Access>{{0x1'FFFF, 1, 0xFF}}));
        QCOMPARE(high.reads, (std::vector<Access>{{0x10, 4, 0}}));
        // Partly outside.
        QCOMPARE(bus.read(0xFEC0'0FFC, 8), ~std::uint64_t{0});
        QCOMPARE(bus.read(0xFEBF'FFFC, 8), ~std::uint64_t{0});
        QCOMPARE(high.reads.size(), std::size_t{1});
    }

    void memoryRangesThatOverlapOrWrapAreRefused() {
        MmioBus bus;
        RecordingDevice device;
        QVERIFY(bus.claim("middle", 0x1000, 0x1000, device));
        QVERIFY(!bus.claim("inside", 0x1800, 0x10, device));
        QVERIFY(!bus.claim("before", 0x0, 0x1001, device));
        QVERIFY(!bus.claim("after", 0x1FFF, 0x1000, device));
        QVERIFY(!bus.claim("around", 0x0, 0x10000, device));
        QVERIFY(!bus.claim("same", 0x1000, 0x1000, device));
        QVERIFY(!bus.claim("empty", 0x8000, 0, device));
        QVERIFY(!bus.claim("wrapping", ~0ULL, 2, device));
        QVERIFY(bus.claim("below", 0x0, 0x1000, device));
        QVERIFY(bus.claim("above", 0x2000, 0x1000, device));
        QVERIFY(bus.claim("last", ~0ULL, 1, device));
        QCOMPARE(bus.read(~0ULL, 1), std::uint64_t{0x88});
    }

    void memoryThatMovesHasWhatIsLeft() {
        MmioBus bus;
        RecordingDevice fixed;
        RecordingDevice moving;
        QVERIFY(bus.claim("fixed", 0x1000, 0x100, fixed));
        QVERIFY(!bus.claimMovable("card", 0, moving));
        const auto memory = bus.claimMovable("card", 0x80, moving);
        QVERIFY(memory);
        QCOMPARE(bus.read(0x2000, 4), 0xFFFF'FFFFU);
        (*memory)->moveTo(0x2000);
        QCOMPARE(bus.read(0x2010, 4), 0x5566'7788U);
        bus.write(0x207C, 4, 7);
        // Not all of it is there.
        bus.write(0x207C, 8, 8);
        QCOMPARE(moving.reads, (std::vector<Access>{{0x10, 4, 0}}));
        QCOMPARE(moving.writes, (std::vector<Access>{{0x7C, 4, 7}}));
        // What is fixed stays where it is.
        (*memory)->moveTo(0x10C0);
        bus.write(0x10F0, 4, 9);
        bus.write(0x1100, 4, 10);
        QCOMPARE(fixed.writes, (std::vector<Access>{{0xF0, 4, 9}}));
        QCOMPARE(moving.writes.back(), (Access{0x40, 4, 10}));
        (*memory)->moveTo(std::nullopt);
        bus.write(0x1100, 4, 11);
        QCOMPARE(moving.writes.size(), std::size_t{2});
    }
};

QTEST_APPLESS_MAIN(BusesTest)
#include "buses_test.moc"
