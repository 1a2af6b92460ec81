// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/ide/ata_disk.h"

#include <QTest>
#include <algorithm>
#include <cerrno>
#include <utility>

#include "disk_content.h"
#include "ide_machine.h"

using Machine = IdeMachine;
using Bytes = IdeMachine::Bytes;
using hypervisor::StorageValue;
using Operation = MemoryDisk::DiskOperation;

namespace {

QByteArray textOf(const Bytes& bytes, std::size_t word, std::size_t words) {
    QByteArray text;
    for (std::size_t i = word; i < word + words; ++i) {
        text += static_cast<char>(bytes[i * 2 + 1]);
        text += static_cast<char>(bytes[i * 2]);
    }
    return text.trimmed();
}

}  // namespace

class AtaDiskTest : public QObject {
    Q_OBJECT

  private slots:
    void aDiskTellsOfItself() {
        Machine machine;
        QVERIFY(machine.addDisk({0, 1}, 20 << 20));
        machine.out(Machine::kCommand + 6, 0x10);
        QCOMPARE(machine.command(0xEC), Machine::kDataRequest);
        QVERIFY(machine.interrupted());
        const Bytes id = machine.readBlock(512);
        QCOMPARE(machine.in(Machine::kControl), std::uint32_t{Machine::kIdle});
        QCOMPARE(textOf(id, 27, 20), QByteArray("Virtual HD"));
        QCOMPARE(textOf(id, 10, 10), QByteArray("A0A1A2A3A4A5A6A7A8A9"));
        QCOMPARE(wordOf(id, 1), std::uint16_t{40});
        QCOMPARE(wordOf(id, 60), std::uint16_t{40960});
        QCOMPARE(wordOf(id, 61), std::uint16_t{0});
        QCOMPARE(wordOf(id, 100), std::uint16_t{40960});
        QCOMPARE(wordOf(id, 106), std::uint16_t{0x6003});
        QCOMPARE(wordOf(id, 88), std::uint16_t{0x0007});
        QCOMPARE(wordOf(id, 47), std::uint16_t{0x8010});
        std::uint8_t sum = 0;
        for (const std::uint8_t byte : id)
            sum = static_cast<std::uint8_t>(sum + byte);
        QCOMPARE(sum, std::uint8_t{0});
    }

    void sectorsAreReadByTheGuest_data() {
        QTest::addColumn<unsigned>("code");
        QTest::addColumn<bool>("wide");
        QTest::addColumn<unsigned>("count");
        QTest::addColumn<unsigned>("block");
        QTest::newRow("one") << 0x20U << false << 1U << 1U;
        QTest::newRow("some") << 0x21U << false << 5U << 1U;
        QTest::newRow("wide") << 0x24U << true << 3U << 1U;
        QTest::newRow("multiple") << 0xC4U << false << 11U << 4U;
        QTest::newRow("wide multiple") << 0x29U << true << 8U << 4U;
        QTest::newRow("all 256") << 0xC4U << false << 256U << 4U;
    }
    void sectorsAreReadByTheGuest() {
        QFETCH(unsigned, code);
        QFETCH(bool, wide);
        QFETCH(unsigned, count);
        QFETCH(unsigned, block);
        Machine machine;
        QVERIFY(machine.addDisk());
        machine.out(Machine::kCommand + 2, 4);
        QCOMPARE(machine.command(0xC6), Machine::kIdle);
        QVERIFY(machine.interrupted());
        if (wide)
            machine.wideAddress(1000, static_cast<std::uint16_t>(count));
        else
            machine.address(1000, static_cast<std::uint8_t>(count));
        QCOMPARE(machine.command(static_cast<std::uint8_t>(code)), Machine::kDataRequest);
        for (unsigned done = 0; done < count; done += block) {
            const unsigned sectors = std::min(block, count - done);
            QCOMPARE(machine.wait(), Machine::kDataRequest);
            QVERIFY(machine.interrupted());
            QVERIFY(isContent(machine.readBlock(sectors * 512), (1000 + done) * 512));
        }
        QCOMPARE(machine.wait(), Machine::kIdle);
        QVERIFY(!machine.interrupted());
        QCOMPARE((*machine.counters)[StorageValue::ReadBytes].read(), std::uint64_t{count} * 512);
    }

    void sectorsAreWrittenByTheGuest_data() {
        QTest::addColumn<unsigned>("code");
        QTest::addColumn<bool>("wide");
        QTest::addColumn<unsigned>("block");
        QTest::addColumn<bool>("through");
        QTest::newRow("sectors") << 0x30U << false << 1U << false;
        QTest::newRow("wide") << 0x34U << true << 1U << false;
        QTest::newRow("multiple") << 0xC5U << false << 16U << false;
        QTest::newRow("wide multiple") << 0x39U << true << 16U << false;
        QTest::newRow("multiple through") << 0xCEU << true << 16U << true;
    }
    void sectorsAreWrittenByTheGuest() {
        QFETCH(unsigned, code);
        QFETCH(bool, wide);
        QFETCH(unsigned, block);
        QFETCH(bool, through);
        constexpr unsigned kCount = 20;
        Machine machine;
        const auto disk = machine.addDisk();
        if (wide)
            machine.wideAddress(77, kCount);
        else
            machine.address(77, kCount);
        const Bytes written = pattern(kCount * 512);
        // The first block is asked for without an interrupt.
        QCOMPARE(machine.command(static_cast<std::uint8_t>(code)), Machine::kDataRequest);
        QVERIFY(!machine.interrupted());
        for (unsigned done = 0; done < kCount; done += block) {
            const unsigned sectors = std::min(block, kCount - done);
            machine.writeBlock(std::span(written).subspan(done * 512, sectors * 512));
            const bool last = done + sectors == kCount;
            QCOMPARE(machine.wait(), last ? Machine::kIdle : Machine::kDataRequest);
            QVERIFY(machine.interrupted());
        }
        QVERIFY(isAt(*disk, 77 * 512, written));
        QVERIFY(isContent(std::span(disk->content).first(77 * 512), 0));
        QVERIFY(isContent(std::span(disk->content).subspan(97 * 512), 97 * 512));
        for (const auto& seen : disk->seen)
            QCOMPARE(seen.forceUnitAccess, through);
    }

    void whatIsNotOnTheDiskIsNotFound() {
        Machine machine;
        const auto disk = machine.addDisk();  // 2048 sectors
        machine.address(2047, 1);
        QCOMPARE(machine.command(0x40), Machine::kIdle);
        disk->seen.clear();
        for (const unsigned code : {0x20U, 0x30U, 0x40U, 0xC8U, 0xCAU}) {
            machine.address(2040, 9);
            QCOMPARE(machine.command(static_cast<std::uint8_t>(code)), Machine::kFailed);
            QCOMPARE(machine.error(), std::uint8_t{0x10});
            QCOMPARE(machine.lba28(), 2048U);
            QVERIFY(machine.interrupted());
        }
        machine.address(0x0FFF'FFFF, 0);
        QCOMPARE(machine.command(0x20), Machine::kFailed);
        QCOMPARE(machine.lba28(), 0x0FFF'FFFFU);
        machine.wideAddress(0xFFFF'FFFF'FFFF, 0);
        QCOMPARE(machine.command(0x25), Machine::kFailed);
        QCOMPARE(machine.error(), std::uint8_t{0x10});
        // The registers' upper halves.
        machine.wideAddress(0x1234'5678'9ABC, 0x4321);
        QCOMPARE(machine.command(0x24), Machine::kFailed);
        QCOMPARE(machine.lba28() & 0xFF'FFFF, 0x78'9ABCU);
        machine.out(Machine::kControl, 0x80);
        QCOMPARE(machine.lba28() & 0xFF'FFFF, 0x12'3456U);
        QCOMPARE(machine.in(Machine::kCommand + 2), 0x43U);
        machine.out(Machine::kCommand + 1, 0);
        QCOMPARE(machine.in(Machine::kCommand + 2), 0x21U);
        QVERIFY(disk->seen.empty());
    }

    void sectorsHaveCylindersAndHeads() {
        Machine machine;
        QVERIFY(machine.addDisk());
        const auto read = [&machine](unsigned cylinder, unsigned head, unsigned sector) {
            machine.out(Machine::kCommand + 2, 1);
            machine.out(Machine::kCommand + 3, sector);
            machine.out(Machine::kCommand + 4, cylinder & 0xFF);
            machine.out(Machine::kCommand + 5, cylinder >> 8);
            machine.out(Machine::kCommand + 6, head);
            return machine.command(0x20);
        };
        QCOMPARE(read(1, 2, 3), Machine::kDataRequest);
        QVERIFY(isContent(machine.readBlock(512), ((1 * 16 + 2) * 63 + 2) * 512));
        QCOMPARE(read(0, 0, 0), Machine::kFailed);
        QCOMPARE(machine.error(), std::uint8_t{0x10});
        QCOMPARE(read(0, 0, 64), Machine::kFailed);
        QCOMPARE(read(2, 2, 1), Machine::kFailed);
        // Another geometry: 8 heads of 32 sectors.
        machine.out(Machine::kCommand + 2, 32);
        machine.out(Machine::kCommand + 6, 7);
        QCOMPARE(machine.command(0x91), Machine::kIdle);
        QCOMPARE(read(1, 2, 3), Machine::kDataRequest);
        QVERIFY(isContent(machine.readBlock(512), ((1 * 8 + 2) * 32 + 2) * 512));
        QCOMPARE(read(0, 8, 1), Machine::kFailed);
        QCOMPARE(machine.command(0xEC), Machine::kDataRequest);
        const Bytes id = machine.readBlock(512);
        QCOMPARE(wordOf(id, 54), std::uint16_t{8});
        QCOMPARE(wordOf(id, 55), std::uint16_t{8});
        QCOMPARE(wordOf(id, 56), std::uint16_t{32});
    }

    void aDisksFailuresAreTold_data() {
        QTest::addColumn<unsigned>("code");
        QTest::addColumn<int>("fault");
        QTest::addColumn<unsigned>("status");
        QTest::addColumn<unsigned>("error");
        QTest::newRow("read") << 0x20U << EIO << 0x51U << 0x40U;
        QTest::newRow("read by DMA") << 0xC8U << EIO << 0x51U << 0x40U;
        QTest::newRow("verify") << 0x40U << EIO << 0x51U << 0x40U;
        QTest::newRow("write by DMA") << 0xCAU << EIO << 0x71U << 0x04U;
        QTest::newRow("no room") << 0xCAU << ENOSPC << 0x51U << 0x04U;
        QTest::newRow("flush") << 0xE7U << EIO << 0x71U << 0x04U;
    }
    void aDisksFailuresAreTold() {
        QFETCH(unsigned, code);
        QFETCH(int, fault);
        QFETCH(unsigned, status);
        QFETCH(unsigned, error);
        Machine machine;
        const auto disk = machine.addDisk();
        disk->fault = [fault](const auto&) { return fault; };
        machine.describe({{Machine::kData, 4096}});
        machine.address(16, 8);
        QCOMPARE(std::uint32_t{machine.dma(static_cast<std::uint8_t>(code), code == 0xC8)}, status);
        QCOMPARE(std::uint32_t{machine.error()}, error);
        QCOMPARE(machine.lba28(), 16U);
        QVERIFY(machine.interrupted());
        QCOMPARE((*machine.counters)[StorageValue::Errors].read(), std::uint64_t{1});
        disk->fault = {};
        static_cast<void>(machine.dmaStatus());
        machine.address(16, 8);
        QCOMPARE(machine.dma(0xC8, true), Machine::kIdle);
    }

    void aLockedDiskIsNotWritten() {
        Machine machine;
        const auto disk = machine.addDisk();
        disk->locked = true;
        machine.describe({{Machine::kData, 512}});
        machine.address(0, 1);
        QCOMPARE(machine.dma(0xCA, false), Machine::kFailed);
        QCOMPARE(machine.error(), std::uint8_t{4});
        QVERIFY(isContent(disk->content, 0));
    }

    void rangesAreTrimmed() {
        Machine machine;
        const auto disk = machine.addDisk();
        const auto range = [&machine](unsigned index, std::uint64_t lba, std::uint16_t count) {
            return machine.memory->write(Machine::kData + index * 8,
                                         lba | std::uint64_t{count} << 48);
        };
        std::ranges::fill(machine.data(1024), std::byte{0});
        QVERIFY(range(0, 8, 16) && range(1, 100, 1) && range(64, 1000, 8));
        const auto trim = [&machine](std::uint16_t blocks, std::uint8_t feature = 1) {
            machine.describe({{Machine::kData, 4096}});
            machine.out(Machine::kCommand + 1, feature);
            machine.wideAddress(0, blocks);
            const std::uint8_t status = machine.dma(0x06, false);
            static_cast<void>(machine.dmaStatus());
            return status;
        };
        QCOMPARE(trim(2), Machine::kIdle);
        const auto isZero = [&disk](std::size_t lba, std::size_t count) {
            return std::ranges::all_of(std::span(disk->content).subspan(lba * 512, count * 512),
                                       [](std::byte byte) { return byte == std::byte{0}; });
        };
        QVERIFY(isZero(8, 16) && isZero(100, 1) && isZero(1000, 8));
        QCOMPARE(disk->seen.size(), std::size_t{3});
        QVERIFY(isContent(std::span(disk->content).first(8 * 512), 0));
        QVERIFY(isContent(std::span(disk->content).subspan(1008 * 512), 1008 * 512));
        // Beyond the end, too many, and no trim.
        QVERIFY(range(0, 2048, 1));
        QCOMPARE(trim(1), Machine::kFailed);
        QCOMPARE(machine.error(), std::uint8_t{0x10});
        QCOMPARE(trim(9), Machine::kFailed);
        QCOMPARE(machine.error(), std::uint8_t{4});
        QCOMPARE(trim(1, 2), Machine::kFailed);
        QCOMPARE(trim(0), Machine::kFailed);
    }

    void aDriveIsSetUp() {
        Machine machine;
        const auto disk = machine.addDisk();
        const auto feature = [&machine](std::uint8_t code, std::uint8_t count = 0) {
            machine.out(Machine::kCommand + 1, code);
            machine.out(Machine::kCommand + 2, count);
            return machine.command(0xEF);
        };
        const auto word = [&machine](std::size_t index) {
            static_cast<void>(machine.command(0xEC));
            return wordOf(machine.readBlock(512), index);
        };
        QCOMPARE(feature(3, 0x42), Machine::kIdle);
        QCOMPARE(word(88), std::uint16_t{0x0407});
        QCOMPARE(word(63), std::uint16_t{0x0007});
        QCOMPARE(feature(3, 0x0C), Machine::kIdle);
        QCOMPARE(word(88), std::uint16_t{0x0407});
        QCOMPARE(feature(3, 0x21), Machine::kIdle);
        QCOMPARE(word(63), std::uint16_t{0x0207});
        for (const unsigned mode : {0x43U, 0x23U, 0x0DU, 0x02U, 0x10U, 0xFFU})
            QCOMPARE(feature(3, static_cast<std::uint8_t>(mode)), Machine::kFailed);
        QCOMPARE(feature(0x99), Machine::kFailed);
        QCOMPARE(machine.error(), std::uint8_t{4});
        // Without its cache, what is written is on stable storage.
        disk->seen.clear();
        QCOMPARE(word(85) & 0x20, 0x20);
        QCOMPARE(feature(0x82), Machine::kIdle);
        QCOMPARE(word(85) & 0x20, 0);
        QCOMPARE(disk->seen.at(0).operation, Operation::Flush);
        machine.describe({{Machine::kData, 512}});
        machine.address(0, 1);
        QCOMPARE(machine.dma(0xCA, false), Machine::kIdle);
        QVERIFY(disk->seen.at(1).forceUnitAccess);
        QCOMPARE(feature(2), Machine::kIdle);
        QCOMPARE(word(85) & 0x20, 0x20);
        // Blocks of several sectors.
        for (const auto& [count, status] : {std::pair{3, Machine::kFailed},
                                            {32, Machine::kFailed},
                                            {8, Machine::kIdle},
                                            {0, Machine::kIdle}}) {
            machine.out(Machine::kCommand + 2, static_cast<std::uint32_t>(count));
            QCOMPARE(machine.command(0xC6), status);
        }
        machine.address(0, 1);
        QCOMPARE(machine.command(0xC4), Machine::kFailed);
    }

    void otherCommandsAreAnswered() {
        Machine machine;
        const auto disk = machine.addDisk();
        const auto power = [&machine] {
            static_cast<void>(machine.command(0xE5));
            return machine.in(Machine::kCommand + 2);
        };
        QCOMPARE(power(), 0xFFU);
        QCOMPARE(machine.command(0xE0), Machine::kIdle);
        QCOMPARE(disk->seen.at(0).operation, Operation::Flush);
        QCOMPARE(power(), 0U);
        QCOMPARE(machine.command(0xE1), Machine::kIdle);
        QCOMPARE(power(), 0xFFU);
        for (const unsigned code : {0xE7U, 0xEAU, 0x10U, 0x1FU})
            QCOMPARE(machine.command(static_cast<std::uint8_t>(code)), Machine::kIdle);
        QCOMPARE((*machine.counters)[StorageValue::Flushes].read(), std::uint64_t{3});
        machine.address(0, 0);
        QCOMPARE(machine.command(0xF8), Machine::kIdle);
        QCOMPARE(machine.lba28(), 2047U);
        QCOMPARE(machine.command(0x27), Machine::kIdle);
        QCOMPARE(machine.lba28() & 0xFF'FFFF, 2047U);
        for (const unsigned code : {0x00U, 0x08U, 0xA0U, 0xA1U, 0xB0U, 0xF5U, 0xFFU}) {
            QCOMPARE(machine.command(static_cast<std::uint8_t>(code)), Machine::kFailed);
            QCOMPARE(machine.error(), std::uint8_t{4});
        }
        machine.address(2047, 0);
        QCOMPARE(machine.command(0x70), Machine::kIdle);
        machine.address(2048, 0);
        QCOMPARE(machine.command(0x70), Machine::kFailed);
        // Both drives' diagnostic, told by the first.
        QVERIFY(machine.interrupted());
        machine.out(Machine::kCommand + 6, 0x10);
        QCOMPARE(machine.command(0x90), Machine::kIdle);
        QCOMPARE(machine.error(), std::uint8_t{1});
        QCOMPARE(machine.in(Machine::kCommand + 6), 0xA0U);
        QVERIFY(machine.interrupted());
    }
};

QTEST_APPLESS_MAIN(AtaDiskTest)
#include "ata_disk_test.moc"
