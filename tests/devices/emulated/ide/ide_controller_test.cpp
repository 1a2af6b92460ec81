// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/ide/ide_controller.h"

#include <QTest>
#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "disk_content.h"
#include "ide_machine.h"

using Machine = IdeMachine;
using Bytes = IdeMachine::Bytes;
using hypervisor::StorageValue;
using Regions = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

class IdeControllerTest : public QObject {
    Q_OBJECT

  private slots:
    void aChannelSaysWhoIsThere() {
        Machine machine;
        QVERIFY(machine.addDisk());
        // A software reset shows device 0's signature; device 1 is not there.
        machine.out(Machine::kControl, 4);
        QCOMPARE(machine.in(Machine::kControl), 0x80U);
        machine.out(Machine::kControl, 0);
        QCOMPARE(machine.in(Machine::kControl), 0x50U);
        QCOMPARE(machine.in(Machine::kCommand + 1), 1U);
        QCOMPARE(machine.in(Machine::kCommand + 2), 1U);
        QCOMPARE(machine.in(Machine::kCommand + 3), 1U);
        QCOMPARE(machine.in(Machine::kCommand + 4, 2), 0U);
        QCOMPARE(machine.in(Machine::kCommand + 6), 0xA0U);
        machine.out(Machine::kCommand + 6, 0x10);
        QCOMPARE(machine.in(Machine::kControl), 0U);
        machine.out(Machine::kCommand + 7, 0xEC);
        QCOMPARE(machine.lines[0].edges, 0);
        // Nobody is at the other channel.
        QCOMPARE(machine.in(Machine::kSecondCommand + 7), 0x7FU);
        machine.out(Machine::kSecondCommand + 7, 0xEC);
        QCOMPARE(machine.in(Machine::kSecondCommand + 7), 0x7FU);
    }

    void thePciFunctionIsThePiix4s() {
        Machine machine;
        const auto read = [&machine](unsigned offset) {
            machine.configure(offset, 1, 0);
            return machine.in(0xCFC, 4);
        };
        QCOMPARE(read(0), 0x7111'8086U);
        QCOMPARE(read(8) >> 8, 0x01'01'80U);
        machine.out(0xCF8, 0x8000'0000 | 7U << 11 | 0x0C, 4);
        QCOMPARE(machine.in(0xCFC, 4) >> 16 & 0x80, 0x80U);
    }

    void channelsAnswerWhereTheyAreDecoded() {
        Machine machine;
        QVERIFY(machine.addDisk());
        machine.configure(0x41, 1, 0);
        QCOMPARE(machine.in(Machine::kControl), 0xFFU);
        QCOMPARE(machine.in(Machine::kCommand + 7), 0xFFU);
        machine.out(Machine::kCommand + 7, 0xEC);
        machine.out(Machine::kControl, 2);
        machine.configure(0x41, 1, 0x80);
        QCOMPARE(machine.in(Machine::kControl), 0x50U);
        QCOMPARE(machine.lines[0].edges, 0);
        // Where the guest moves the bus master, its registers go along.
        machine.out(Machine::kBusMaster + 4, 0x1234'5678, 4);
        machine.configure(0x20, 4, 0xD000);
        QCOMPARE(machine.in(Machine::kBusMaster + 4, 4), 0xFFFF'FFFFU);
        QCOMPARE(machine.in(0xD004, 4), 0x1234'5678U);
        QCOMPARE(machine.in(0xD00C, 4), 0U);
        machine.out(0xD00A, 0x60);
        QCOMPARE(machine.in(0xD00A), 0x60U);
        QCOMPARE(machine.in(0xD002), 0U);
    }

    void theBusMasterMovesData_data() {
        QTest::addColumn<unsigned>("code");
        QTest::addColumn<bool>("wide");
        QTest::newRow("read") << 0xC8U << false;
        QTest::newRow("read once") << 0xC9U << false;
        QTest::newRow("read wide") << 0x25U << true;
        QTest::newRow("write") << 0xCAU << false;
        QTest::newRow("write wide") << 0x35U << true;
        QTest::newRow("write through") << 0x3DU << true;
    }
    void theBusMasterMovesData() {
        QFETCH(unsigned, code);
        QFETCH(bool, wide);
        const bool reads = code == 0xC8 || code == 0xC9 || code == 0x25;
        constexpr unsigned kCount = 200;
        constexpr std::size_t kBytes = kCount * 512;
        Machine machine;
        const auto disk = machine.addDisk();
        const Bytes written = pattern(kBytes);
        if (!reads)
            std::memcpy(machine.data(kBytes).data(), written.data(), kBytes);
        if (wide)
            machine.wideAddress(300, kCount);
        else
            machine.address(300, kCount);
        // 64 KiB as 0, then the rest in two that are not neighbours in the disk's order.
        machine.describe({{Machine::kData, 0x1'0000},
                          {Machine::kData + 0x1'0000, 0x7FFE},
                          {Machine::kData + 0x1'7FFE, kBytes - 0x1'7FFE}});
        QCOMPARE(machine.dma(static_cast<std::uint8_t>(code), reads), Machine::kIdle);
        QCOMPARE(machine.dmaStatus(), std::uint8_t{4});
        QVERIFY(machine.interrupted());
        if (reads) {
            QVERIFY(isContent(machine.data(kBytes), 300 * 512));
            QCOMPARE((*machine.counters)[StorageValue::Reads].read(), std::uint64_t{1});
        } else {
            QVERIFY(isAt(*disk, 300 * 512, written));
            QCOMPARE(disk->seen.size(), std::size_t{1});
            QCOMPARE(disk->seen[0].forceUnitAccess, code == 0x3D);
        }
    }

    void theBusMasterMayBeStartedFirst() {
        Machine machine;
        QVERIFY(machine.addDisk());
        // More than the drive wants: the rest stays.
        machine.describe({{Machine::kData, 4096}});
        machine.address(8, 2);
        machine.out(Machine::kBusMaster, 9);
        QCOMPARE(machine.in(Machine::kBusMaster + 2), 1U);
        QCOMPARE(machine.command(0xC8), Machine::kIdle);
        QCOMPARE(machine.dmaStatus(), std::uint8_t{5});
        QCOMPARE(machine.in(Machine::kBusMaster + 2), 4U);
        QVERIFY(isContent(machine.data(1024), 8 * 512));
        QCOMPARE(machine.data(1, Machine::kData + 1024)[0], std::byte{0});
        // One start is for one transfer.
        machine.out(Machine::kBusMaster, 9);
        machine.address(8, 1);
        QCOMPARE(machine.command(0xC8), Machine::kIdle);
        machine.address(8, 1);
        machine.out(Machine::kCommand + 7, 0xC8);
        machine.serve();
        QCOMPARE(machine.in(Machine::kControl), 0x80U);
        machine.out(Machine::kBusMaster, 8);
        machine.out(Machine::kBusMaster, 9);
        QCOMPARE(machine.wait(), Machine::kIdle);
    }

    void unsoundTransfersAreAborted_data() {
        constexpr std::uint32_t kData = Machine::kData;
        QTest::addColumn<Regions>("regions");
        QTest::newRow("too short") << Regions{{kData, 4094}};
        QTest::newRow("crosses 64 KiB") << Regions{{kData + 0xFFFE, 4096}};
        QTest::newRow("odd address") << Regions{{kData + 1, 4096}};
        QTest::newRow("odd length") << Regions{{kData, 4095}, {kData, 4096}};
        QTest::newRow("no memory") << Regions{{0xD000'0000, 4096}};
        QTest::newRow("partly no memory") << Regions{{(16 << 20) - 2048, 4096}};
        QTest::newRow("an interrupt controller") << Regions{{0xFEC0'0000, 4096}};
        QTest::newRow("the end of addresses") << Regions{{0xFFFF'0000, 0}};
        QTest::newRow("second is none") << Regions{{kData, 2048}, {0xFFFF'F000, 4096}};
    }
    void unsoundTransfersAreAborted() {
        QFETCH(Regions, regions);
        Machine machine;
        const auto disk = machine.addDisk();
        for (const bool reads : {true, false}) {
            machine.describe(regions);
            machine.address(0, 8);
            QCOMPARE(machine.dma(reads ? 0xC8 : 0xCA, reads), Machine::kFailed);
            QCOMPARE(machine.error(), std::uint8_t{4});
            QCOMPARE(machine.dmaStatus(), std::uint8_t{6});
            QVERIFY(machine.interrupted());
        }
        QVERIFY(disk->seen.empty());
        // And then it works.
        machine.describe({{Machine::kData, 4096}});
        machine.address(0, 8);
        QCOMPARE(machine.dma(0xC8, true), Machine::kIdle);
    }

    void theTableIsAsBadAsItsRegions() {
        Machine machine;
        QVERIFY(machine.addDisk());
        const auto read = [&machine](std::uint32_t table) {
            machine.out(Machine::kBusMaster + 4, table, 4);
            machine.address(0, 8);
            const std::uint8_t status = machine.dma(0xC8, true);
            static_cast<void>(machine.dmaStatus());
            return status;
        };
        QCOMPARE(read(0xE000'0000), Machine::kFailed);
        QCOMPARE(read((16 << 20) - 4), Machine::kFailed);
        // It ends with its 64 KiB, whatever is behind.
        const std::uint32_t end = 0x2'0000;
        QVERIFY(machine.memory->write(end - 8, std::uint32_t{Machine::kData}));
        QVERIFY(machine.memory->write(end - 4, std::uint32_t{2048}));
        QVERIFY(machine.memory->write(end, std::uint32_t{Machine::kData}));
        QVERIFY(machine.memory->write(end + 4, std::uint32_t{0x8000'0800}));
        QCOMPARE(read(end - 8), Machine::kFailed);
        // Against the direction, and without the right to.
        machine.describe({{Machine::kData, 4096}});
        machine.address(0, 8);
        QCOMPARE(machine.dma(0xC8, false), Machine::kFailed);
        static_cast<void>(machine.dmaStatus());
        machine.configure(4, 2, 1);
        QCOMPARE(read(Machine::kTable), Machine::kFailed);
        machine.configure(4, 2, 5);
        QCOMPARE(read(Machine::kTable), Machine::kIdle);
    }

    void aTableThatItsOwnDataOverwritesServesToTheEnd() {
        Machine machine;
        QVERIFY(machine.addDisk());
        machine.describe({{Machine::kTable & ~0xFFFU, 2048}, {Machine::kData, 2048}});
        machine.address(0, 8);
        QCOMPARE(machine.dma(0xC8, true), Machine::kIdle);
        machine.describe({{Machine::kData, 4096}});
        machine.address(0, 8);
        QCOMPARE(machine.dma(0xC8, true), Machine::kIdle);
    }

    void interruptsAreOfTheSelectedDrive() {
        Machine machine;
        QVERIFY(machine.addDisk());
        QVERIFY(machine.addDisk({0, 1}));
        // Not while the guest wants none; then at once.
        machine.out(Machine::kControl, 2);
        QCOMPARE(machine.command(0xE5), Machine::kIdle);
        QVERIFY(!machine.lines[0].asserted);
        QCOMPARE(machine.in(Machine::kBusMaster + 2), 0U);
        machine.out(Machine::kControl, 0);
        QVERIFY(machine.lines[0].asserted);
        QCOMPARE(machine.in(Machine::kBusMaster + 2), 4U);
        machine.out(Machine::kCommand + 6, 0x10);
        QVERIFY(!machine.lines[0].asserted);
        machine.out(Machine::kCommand + 6, 0);
        QVERIFY(machine.lines[0].asserted);
        // The other register does not acknowledge.
        static_cast<void>(machine.in(Machine::kControl));
        QVERIFY(machine.lines[0].asserted);
        static_cast<void>(machine.in(Machine::kCommand + 7));
        QVERIFY(!machine.lines[0].asserted);
        QCOMPARE(machine.lines[1].edges, 0);
    }

    void aBusyDriveIsLeftAlone() {
        Machine machine;
        const auto disk = machine.addDisk();
        QVERIFY(machine.addDisk({0, 1}));
        disk->holding = true;
        machine.address(5, 1);
        machine.out(Machine::kCommand + 7, 0x20);
        machine.serve();
        QCOMPARE(disk->held(), std::size_t{1});
        for (unsigned index = 1; index < 8; ++index)
            QCOMPARE(machine.in(Machine::kCommand + index), 0x80U);
        machine.out(Machine::kCommand + 6, 0x10);
        machine.out(Machine::kCommand + 7, 0xEC);
        machine.out(Machine::kCommand, 0xFFFF, 2);
        QCOMPARE(machine.in(Machine::kCommand, 2), 0U);
        disk->letGo();
        QCOMPARE(machine.wait(), Machine::kDataRequest);
        QVERIFY(isContent(machine.readBlock(512), 5 * 512));
    }

    void aResetWaitsForTheOldTransfer() {
        Machine machine;
        const auto disk = machine.addDisk();
        disk->holding = true;
        machine.describe({{Machine::kData, 512}});
        machine.address(5, 1);
        machine.out(Machine::kBusMaster, 9);
        machine.out(Machine::kCommand + 7, 0xC8);
        machine.serve();
        QCOMPARE(disk->held(), std::size_t{1});
        machine.out(Machine::kBusMaster, 0);
        machine.out(Machine::kControl, 4);
        machine.out(Machine::kControl, 0);
        machine.serve();
        QCOMPARE(machine.in(Machine::kControl), 0x80U);
        disk->letGo();
        QCOMPARE(machine.wait(), Machine::kIdle);
        QCOMPARE(machine.error(), std::uint8_t{1});
        QCOMPARE(machine.lines[0].edges, 0);
        // While the guest holds it in reset, the transfer ends and the drive stays busy.
        disk->holding = true;
        machine.address(5, 1);
        machine.out(Machine::kCommand + 7, 0x20);
        machine.out(Machine::kControl, 4);
        machine.serve();
        disk->letGo();
        machine.serve();
        QCOMPARE(machine.in(Machine::kControl), 0x80U);
        machine.out(Machine::kControl, 0);
        QCOMPARE(machine.in(Machine::kControl), 0x50U);
        // A transfer that still waited for the bus master is forgotten.
        machine.address(5, 1);
        machine.out(Machine::kCommand + 7, 0xC8);
        machine.out(Machine::kControl, 4);
        machine.out(Machine::kControl, 0);
        const std::size_t before = disk->seen.size();
        machine.out(Machine::kBusMaster, 9);
        machine.serve();
        QCOMPARE(disk->seen.size(), before);
    }

    void aNewMachineStartsAfresh() {
        Machine machine;
        const auto disk = machine.addDisk();
        machine.out(Machine::kCommand + 2, 2);
        QCOMPARE(machine.command(0xC6), Machine::kIdle);
        QVERIFY(machine.interrupted());
        machine.out(Machine::kControl, 2);
        disk->holding = true;
        machine.describe({{Machine::kData, 512}});
        machine.address(5, 1);
        machine.out(Machine::kBusMaster, 9);
        machine.out(Machine::kCommand + 7, 0xC8);
        machine.serve();
        std::atomic<bool> done = false;
        std::thread owner([&] {
            machine.controller->powerOn();
            done = true;
        });
        machine.serve();
        QVERIFY(!done);
        disk->letGo();
        while (!done)
            machine.engine->poll();
        owner.join();
        QCOMPARE(machine.in(Machine::kControl), 0x50U);
        QCOMPARE(machine.in(Machine::kBusMaster), 0U);
        QCOMPARE(machine.lines[0].edges, 0);
        QCOMPARE(machine.command(0xEC), Machine::kDataRequest);
        QVERIFY(machine.interrupted());
        QCOMPARE(wordOf(machine.readBlock(512), 59), std::uint16_t{0x0110});
    }

    void onlyDisksThatFitAreAttached() {
        Machine machine;
        QVERIFY(machine.addDisk({1, 1}));
        QVERIFY(!machine.addDisk({1, 1}));
        QVERIFY(!machine.addDisk({2, 0}));
        QVERIFY(!machine.addDisk({0, 2}));
        const auto large = std::make_shared<MemoryDisk>(*machine.engine, 1 << 20, 4096);
        const auto refused = machine.controller->attachDisk({0, 0}, large, {});
        QVERIFY(!refused);
        QVERIFY(refused.error().message.find("SCSI") != std::string::npos);
        // The secondary channel has an interrupt of its own.
        machine.out(Machine::kSecondCommand + 6, 0x10);
        machine.out(Machine::kSecondCommand + 7, 0xE5);
        QCOMPARE(machine.lines[1].edges, 1);
        QCOMPARE(machine.lines[0].edges, 0);
    }

    void severalVpsUseBothChannels() {
        Machine machine;
        QVERIFY(machine.addDisk());
        QVERIFY(machine.addDisk({1, 0}));
        std::atomic<bool> stop = false;
        std::atomic<unsigned> rounds = 0;
        std::vector<std::jthread> vps;
        for (const unsigned base : {0x1F0U, 0x1F0U, 0x170U})
            vps.emplace_back([&machine, &stop, &rounds, base] {
                while (!stop) {
                    machine.out(base + 2, 1);
                    machine.out(base + 6, 0x40);
                    machine.out(base + 7, 0x20);
                    for (int i = 0; i < 300; ++i)
                        static_cast<void>(machine.in(base, 2));
                    static_cast<void>(machine.in(base + 7));
                    machine.out(base + 0x206, ++rounds % 16 == 0 ? 4 : 0);
                }
            });
        while (rounds < 2000)
            machine.engine->poll();
        stop = true;
        vps.clear();
        machine.out(0x3F6, 4);
        machine.out(0x3F6, 0);
        QCOMPARE(machine.wait(), Machine::kIdle);
        machine.address(9, 1);
        QCOMPARE(machine.command(0x20), Machine::kDataRequest);
        QVERIFY(isContent(machine.readBlock(512), 9 * 512));
    }
};

QTEST_APPLESS_MAIN(IdeControllerTest)
#include "ide_controller_test.moc"
