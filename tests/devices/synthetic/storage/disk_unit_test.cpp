// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/storage/scsi/disk_unit.h"

#include <QtTest>
#include <algorithm>
#include <cerrno>
#include <string>

#include "devices/storage/stalling_disk.h"
#include "devices/synthetic/storage/scsi/big_endian.h"
#include "initiator.h"
#include "memory_disk.h"

using namespace devices::scsi;
using devices::storage::DiskOperation;
using Bytes = Initiator::Bytes;
using hypervisor::StorageValue;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

DiskOptions options() {
    DiskOptions result;
    for (std::size_t i = 0; i < result.identifier.size(); ++i)
        result.identifier[i] = static_cast<std::uint8_t>(0x10 + i);
    return result;
}

/// A disk that has told its power-on already.
struct Bench {
    explicit Bench(std::uint32_t sector = 512, const DiskOptions& chosen = options(),
                   std::uint64_t size = 2 * kMiB)
        : disk(std::make_shared<MemoryDisk>(initiator.engine(), size, sector)),
          unit(std::make_shared<DiskUnit>(disk, chosen)) {
        initiator.target().add(0, unit);
        static_cast<void>(initiator.none(Bytes(6)));
    }
    Initiator initiator;
    std::shared_ptr<MemoryDisk> disk;
    std::shared_ptr<DiskUnit> unit;
};

Bytes pattern(std::size_t length, unsigned seed = 1) {
    Bytes bytes(length);
    for (std::size_t i = 0; i < length; ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 251 + seed);
    return bytes;
}

/// A command of 6, 10, 12 or 16 bytes for some blocks.
Bytes about(Operation operation, std::uint64_t first, std::uint64_t count, std::uint8_t flags = 0) {
    const auto code = static_cast<std::uint8_t>(operation);
    Bytes block(blockLength(code));
    block[0] = code;
    switch (block.size()) {
        case 6:
            storeBigEndian(block, 1, first, 3);
            block[4] = static_cast<std::uint8_t>(count);
            return block;
        case 10:
            storeBigEndian(block, 2, first, 4);
            storeBigEndian(block, 7, count, 2);
            break;
        case 12:
            storeBigEndian(block, 2, first, 4);
            storeBigEndian(block, 6, count, 4);
            break;
        default:
            storeBigEndian(block, 2, first, 8);
            storeBigEndian(block, 10, count, 4);
            break;
    }
    block[1] = flags;
    return block;
}

Bytes contentOf(const MemoryDisk& disk, std::uint64_t offset, std::size_t length) {
    Bytes bytes(length);
    std::memcpy(bytes.data(), disk.content.data() + offset, length);
    return bytes;
}

Bytes unmapList(std::initializer_list<std::pair<std::uint64_t, std::uint32_t>> ranges) {
    Bytes list(8 + ranges.size() * 16);
    storeBigEndian(list, 0, static_cast<std::uint16_t>(list.size() - 2));
    storeBigEndian(list, 2, static_cast<std::uint16_t>(list.size() - 8));
    std::size_t at = 8;
    for (const auto& [first, count] : ranges) {
        storeBigEndian(list, at, first);
        storeBigEndian(list, at + 8, count);
        at += 16;
    }
    return list;
}

Bytes withLength(Operation operation, std::size_t length, std::uint8_t flags = 0) {
    Bytes block = about(operation, 0, length, flags);
    return block;
}

}  // namespace

class DiskUnitTest : public QObject {
    Q_OBJECT

  private slots:
    void tellsPowerOnOnceButNotToInquiry() {
        Initiator initiator;
        initiator.target().add(
            0, std::make_shared<DiskUnit>(std::make_shared<MemoryDisk>(initiator.engine(), kMiB),
                                          options()));
        QVERIFY(initiator.in({0x12, 0, 0, 0, 96, 0}, 96).good());
        QVERIFY(initiator.none(Bytes(6)).is(SenseKey::UnitAttention, SenseCode::PowerOn));
        QVERIFY(initiator.none(Bytes(6)).good());
    }

    void requestSenseTakesAnAttention() {
        Bench bench;
        bench.unit->capacityChanged();
        bench.unit->capacityChanged();
        auto answer = bench.initiator.in({0x03, 0, 0, 0, 18, 0}, 18);
        QVERIFY(answer.good());
        QCOMPARE(answer.data[0], std::uint8_t{0x70});
        QCOMPARE(answer.data[2], std::uint8_t{0x06});
        QCOMPARE(answer.number(12, 2), std::uint64_t{0x2A09});
        answer = bench.initiator.in({0x03, 0, 0, 0, 18, 0}, 18);
        QCOMPARE(answer.data[2], std::uint8_t{0});
        QVERIFY(bench.initiator.none(Bytes(6)).good());
        QVERIFY(
            bench.initiator.in({0x03, 1, 0, 0, 18, 0}, 18).illegal(SenseCode::InvalidFieldInBlock));
    }

    void inquiryNamesTheDisk() {
        Bench bench;
        const auto answer = bench.initiator.in({0x12, 0, 0, 0, 96, 0}, 96);
        QVERIFY(answer.good());
        QCOMPARE(answer.transferred, std::uint64_t{74});
        QCOMPARE(answer.data[0], std::uint8_t{0});
        QCOMPARE(std::string(answer.data.begin() + 8, answer.data.begin() + 36),
                 std::string("Msft    Virtual Disk    1.0 "));
        // What does not fit is cut off, what is not written stays.
        const auto little = bench.initiator.in({0x12, 0, 0, 0, 5, 0}, 96);
        QCOMPARE(little.transferred, std::uint64_t{5});
        QCOMPARE(little.data[4], std::uint8_t{69});
        QCOMPARE(little.data[5], std::uint8_t{0xEE});
        QVERIFY(bench.initiator.in({0x12, 0, 0x80, 0, 96, 0}, 96)
                    .illegal(SenseCode::InvalidFieldInBlock));
    }

    void vitalPages() {
        Bench bench;
        const auto page = [&](std::uint8_t code) {
            return bench.initiator.in({0x12, 1, code, 0, 255, 0}, 255);
        };
        const auto pages = page(0x00);
        QCOMPARE(Bytes(pages.data.begin(), pages.data.begin() + 10),
                 (Bytes{0, 0, 0, 6, 0x00, 0x80, 0x83, 0xB0, 0xB1, 0xB2}));
        const auto serial = page(0x80);
        QCOMPARE(std::string(serial.data.begin() + 4, serial.data.begin() + 36),
                 std::string("101112131415161718191a1b1c1d1e1f"));
        const auto names = page(0x83);
        QCOMPARE(names.transferred, names.number(2, 2) + 4);
        QCOMPARE(names.number(4, 4), std::uint64_t{0x0103'0010});
        // NAA 6, the organisation 002248h.
        QCOMPARE(names.number(8, 4) >> 4, std::uint64_t{0x6002248});
        QCOMPARE(names.number(24, 4), std::uint64_t{0x0201'0028});
        const auto limits = page(0xB0);
        QCOMPARE(limits.transferred, std::uint64_t{64});
        QCOMPARE(limits.number(6, 2), std::uint64_t{8});
        QCOMPARE(limits.number(8, 4), std::uint64_t{2048});
        QCOMPARE(limits.number(20, 4), std::uint64_t{8} * kMiB);
        QCOMPARE(limits.number(24, 4), std::uint64_t{256});
        QCOMPARE(limits.number(36, 8), 64 * kMiB / 512);
        QCOMPARE(page(0xB1).number(4, 2), std::uint64_t{1});
        const auto provisioning = page(0xB2);
        QCOMPARE(provisioning.data[5], std::uint8_t{0xE4});
        QCOMPARE(provisioning.data[6], std::uint8_t{2});
        QVERIFY(page(0xB5).illegal(SenseCode::InvalidFieldInBlock));
    }

    void aDiskWithoutThinProvisioningTakesNoUnmap() {
        DiskOptions thick = options();
        thick.thinProvisioned = false;
        Bench bench(512, thick);
        QVERIFY(bench.initiator.in({0x12, 1, 0xB2, 0, 255, 0}, 255)
                    .illegal(SenseCode::InvalidFieldInBlock));
        const Bytes list = unmapList({{0, 8}});
        QVERIFY(bench.initiator.out(withLength(Operation::Unmap, list.size()), list)
                    .illegal(SenseCode::InvalidOperationCode));
        QVERIFY(bench.initiator.out(about(Operation::WriteSame16, 0, 8, 0x08), Bytes(512))
                    .illegal(SenseCode::InvalidFieldInBlock));
        QCOMPARE(bench.initiator.in(about(Operation::ServiceActionIn16, 0, 32, 0x10), 32).data[14],
                 std::uint8_t{0});
    }

    void capacity_data() {
        QTest::addColumn<unsigned>("sector");
        QTest::newRow("512") << 512U;
        QTest::newRow("4096") << 4096U;
    }
    void capacity() {
        QFETCH(unsigned, sector);
        Bench bench(sector);
        const auto small = bench.initiator.in(about(Operation::ReadCapacity10, 0, 0), 8);
        QCOMPARE(small.number(0, 4), 2 * kMiB / sector - 1);
        QCOMPARE(small.number(4, 4), std::uint64_t{sector});
        const auto large = bench.initiator.in(about(Operation::ServiceActionIn16, 0, 32, 0x10), 32);
        QCOMPARE(large.number(0, 8), 2 * kMiB / sector - 1);
        QCOMPARE(large.number(8, 4), std::uint64_t{sector});
        QCOMPARE(large.data[13], std::uint8_t(sector == 512 ? 3 : 0));
        QCOMPARE(large.data[14], std::uint8_t{0xC0});
        // The capacity is as it is now.
        bench.disk->content.resize(4 * kMiB);
        bench.unit->capacityChanged();
        QVERIFY(
            bench.initiator.none(Bytes(6)).is(SenseKey::UnitAttention, SenseCode::CapacityChanged));
        QCOMPARE(bench.initiator.in(about(Operation::ReadCapacity10, 0, 0), 8).number(0, 4),
                 4 * kMiB / sector - 1);
        QVERIFY(bench.initiator.in(about(Operation::ServiceActionIn16, 0, 32, 0x11), 32)
                    .illegal(SenseCode::InvalidFieldInBlock));
    }

    void readsAndWrites_data() {
        QTest::addColumn<int>("write");
        QTest::addColumn<int>("read");
        QTest::addColumn<unsigned>("sector");
        using enum Operation;
        for (const unsigned sector : {512U, 4096U}) {
            const auto name = [&](const char* text) {
                return std::string(text) + ", " + std::to_string(sector);
            };
            const auto row = [&](const char* text, Operation write, Operation read) {
                QTest::newRow(name(text).c_str())
                    << static_cast<int>(write) << static_cast<int>(read) << sector;
            };
            row("6", Write6, Read6);
            row("10", Write10, Read10);
            row("12", Write12, Read12);
            row("16", Write16, Read16);
        }
    }
    void readsAndWrites() {
        QFETCH(int, write);
        QFETCH(int, read);
        QFETCH(unsigned, sector);
        Bench bench(sector);
        const auto writing = static_cast<Operation>(write);
        const auto reading = static_cast<Operation>(read);
        const Bytes data = pattern(3 * sector);
        QVERIFY(bench.initiator.out(about(writing, 5, 3), data).good());
        QCOMPARE(contentOf(*bench.disk, 5 * sector, data.size()), data);
        const auto answer = bench.initiator.in(about(reading, 5, 3), data.size() + 100);
        QVERIFY(answer.good());
        QCOMPARE(answer.transferred, std::uint64_t{data.size()});
        QCOMPARE(Bytes(answer.data.begin(), answer.data.end() - 100), data);
        QCOMPARE(answer.data.back(), std::uint8_t{0xEE});
        const std::uint64_t blocks = 2 * kMiB / sector;
        QVERIFY(bench.initiator.in(about(reading, blocks - 1, 1), sector).good());
        const auto beyond = bench.initiator.in(about(reading, blocks - 1, 2), 2 * sector);
        QVERIFY(beyond.illegal(SenseCode::BlockAddressOutOfRange));
        QCOMPARE(*beyond.sense.information, blocks - 1);
        QVERIFY(bench.initiator.out(about(writing, blocks, 1), Bytes(sector))
                    .illegal(SenseCode::BlockAddressOutOfRange));
        // Too small a buffer, or one for the other direction, moves nothing.
        QVERIFY(bench.initiator.in(about(reading, 0, 2), sector)
                    .illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(bench.initiator.out(about(writing, 0, 2), Bytes(sector))
                    .illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(bench.initiator.out(about(reading, 0, 1), Bytes(sector))
                    .illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(bench.initiator.none(about(writing, 0, 1)).illegal(SenseCode::InvalidFieldInBlock));
        const auto& counters = *bench.unit->counters();
        QCOMPARE(counters[StorageValue::Reads].read(), std::uint64_t{2});
        QCOMPARE(counters[StorageValue::ReadBytes].read(), std::uint64_t{4 * sector});
        QCOMPARE(counters[StorageValue::Writes].read(), std::uint64_t{1});
        QCOMPARE(counters[StorageValue::WrittenBytes].read(), std::uint64_t{3 * sector});
        QCOMPARE(counters[StorageValue::Errors].read(), std::uint64_t{0});
    }

    void noBlocksAreNoneButIn6Bytes() {
        Bench bench;
        QVERIFY(bench.initiator.none(about(Operation::Read10, 0, 0)).good());
        QVERIFY(bench.initiator.none(about(Operation::Write16, 4096, 0)).good());
        QVERIFY(bench.initiator.none(about(Operation::Write16, 4097, 0))
                    .illegal(SenseCode::BlockAddressOutOfRange));
        const auto answer = bench.initiator.in(about(Operation::Read6, 0, 0), 256 * 512);
        QVERIFY(answer.good());
        QCOMPARE(answer.transferred, std::uint64_t{256 * 512});
    }

    void hugeAddressesDoNotWrap() {
        Bench bench;
        QVERIFY(bench.initiator.in(about(Operation::Read16, UINT64_MAX, 1), 512)
                    .illegal(SenseCode::BlockAddressOutOfRange));
        QVERIFY(bench.initiator.in(about(Operation::Read16, UINT64_MAX - 1, UINT32_MAX), 512)
                    .illegal(SenseCode::BlockAddressOutOfRange));
        const auto information =
            bench.initiator.in(about(Operation::Read16, UINT64_MAX, 1), 512).sense.fixedFormat();
        QCOMPARE(information[0], std::uint8_t{0x70});
    }

    void moreThanTheLimitIsRefused() {
        Bench bench(512, options(), 4 * kMiB);
        QVERIFY(bench.initiator.in(about(Operation::Read16, 0, 2048), kMiB).good());
        QVERIFY(bench.initiator.in(about(Operation::Read16, 0, 2049), 2 * kMiB)
                    .illegal(SenseCode::InvalidFieldInBlock));
    }

    void forceUnitAccessAndTheWriteCache() {
        Bench bench;
        const auto last = [&] { return bench.disk->seen.back(); };
        QVERIFY(bench.initiator.out(about(Operation::Write10, 0, 1), Bytes(512)).good());
        QVERIFY(!last().forceUnitAccess);
        QVERIFY(bench.initiator.out(about(Operation::Write10, 0, 1, 0x08), Bytes(512)).good());
        QVERIFY(last().forceUnitAccess);
        QVERIFY(bench.initiator.none(about(Operation::SynchronizeCache10, 0, 0)).good());
        QCOMPARE(last().operation, DiskOperation::Flush);
        QVERIFY(bench.initiator.none(about(Operation::SynchronizeCache16, 8, 8)).good());
        QVERIFY(bench.initiator.none(about(Operation::SynchronizeCache10, 4097, 0))
                    .illegal(SenseCode::BlockAddressOutOfRange));
        QCOMPARE((*bench.unit->counters())[StorageValue::Flushes].read(), std::uint64_t{2});

        // Linux's way to switch the cache off.
        auto sense = bench.initiator.in({0x1A, 0x08, 0x08, 0, 64, 0}, 64);
        QVERIFY(sense.good());
        QCOMPARE(sense.data[0], std::uint8_t{23});
        QCOMPARE(sense.data[4], std::uint8_t{0x08});
        QCOMPARE(sense.data[6] & 0x04, 0x04);
        Bytes list(sense.data.begin(), sense.data.begin() + 24);
        list[0] = 0;
        list[6] &= 0xFB;
        QVERIFY(bench.initiator.out({0x15, 0x10, 0, 0, 24, 0}, list).good());
        QVERIFY(bench.initiator.out(about(Operation::Write10, 0, 1), Bytes(512)).good());
        QVERIFY(last().forceUnitAccess);
        sense = bench.initiator.in({0x1A, 0x08, 0x08, 0, 64, 0}, 64);
        QCOMPARE(sense.data[6] & 0x04, 0);
        sense = bench.initiator.in({0x1A, 0x08, 0x88, 0, 64, 0}, 64);
        QCOMPARE(sense.data[6] & 0x04, 0x04);
        bench.unit->reset(SenseCode::BusReset);
        QVERIFY(bench.initiator.none(Bytes(6)).is(SenseKey::UnitAttention, SenseCode::BusReset));
        QVERIFY(bench.initiator.out(about(Operation::Write10, 0, 1), Bytes(512)).good());
        QVERIFY(!last().forceUnitAccess);
    }

    void modeSelectChangesWhatMayChangeAndNothingElse() {
        Bench bench;
        Bytes list = bench.initiator.in({0x5A, 0x08, 0x3F, 0, 0, 0, 0, 0, 200, 0}, 200).data;
        const std::size_t length = (static_cast<std::size_t>(list[0]) << 8 | list[1]) + 2;
        QCOMPARE(length, std::size_t{8 + 12 + 20 + 12});
        list.resize(length);
        list[0] = list[1] = 0;
        const auto select = [&](const Bytes& data, std::uint8_t flags = 0x10) {
            return bench.initiator.out(withLength(Operation::ModeSelect10, data.size(), flags),
                                       data);
        };
        QVERIFY(select(list).good());
        QVERIFY(select({}).good());
        QVERIFY(select(list, 0x11).illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(select(list, 0x00).illegal(SenseCode::InvalidFieldInBlock));
        for (std::size_t i = 8; i < length; ++i) {
            Bytes wrong = list;
            wrong[i] ^= 0x01;
            QVERIFY2(!select(wrong).good(), std::to_string(i).c_str());
        }
        for (std::size_t i = 1; i < length; ++i)
            QVERIFY(i == 8 || i == 20 || i == 40 ||
                    select(Bytes(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(i)))
                        .illegal(SenseCode::ParameterListLengthError));
        // A valid change beside a wrong one does not happen.
        Bytes both = list;
        both[8 + 12 + 2] = 0;
        both[8 + 12 + 20 + 5] ^= 1;
        QVERIFY(select(both).illegal(SenseCode::InvalidFieldInParameterList));
        QCOMPARE(bench.initiator.in({0x1A, 0x08, 0x08, 0, 64, 0}, 64).data[6] & 0x04, 0x04);
        // Less data than the command says.
        QVERIFY(bench.initiator
                    .out(withLength(Operation::ModeSelect10, length, 0x10),
                         Bytes(list.begin(), list.end() - 1))
                    .illegal(SenseCode::ParameterListLengthError));
    }

    void modeSenseShapes() {
        Bench bench;
        const auto shortForm = bench.initiator.in({0x1A, 0, 0x3F, 0, 255, 0}, 255);
        QCOMPARE(shortForm.data[3], std::uint8_t{8});
        QCOMPARE(shortForm.number(4, 4), std::uint64_t{4096});
        QCOMPARE(shortForm.number(9, 3), std::uint64_t{512});
        QCOMPARE(shortForm.data[2], std::uint8_t{0x10});
        bench.disk->locked = true;
        QCOMPARE(bench.initiator.in({0x1A, 0, 0x3F, 0, 255, 0}, 255).data[2], std::uint8_t{0x90});
        QCOMPARE(bench.initiator.in({0x5A, 0, 0x3F, 0, 0, 0, 0, 0, 255, 0}, 255).data[3],
                 std::uint8_t{0x90});
        QVERIFY(bench.initiator.in({0x1A, 0, 0x1C, 0, 255, 0}, 255)
                    .illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(bench.initiator.in({0x1A, 0, 0xC8, 0, 255, 0}, 255)
                    .illegal(SenseCode::SavingParametersNotSupported));
        const auto changeable = bench.initiator.in({0x1A, 0x08, 0x48, 0, 255, 0}, 255);
        QCOMPARE(changeable.data[6], std::uint8_t{0x04});
    }

    void aLockedDiskIsNotWritten() {
        Bench bench;
        bench.disk->locked = true;
        const auto locked = [](const Initiator::Answer& answer) {
            return answer.is(SenseKey::DataProtect, SenseCode::WriteProtected);
        };
        QVERIFY(locked(bench.initiator.out(about(Operation::Write10, 0, 1), Bytes(512))));
        QVERIFY(locked(bench.initiator.out(about(Operation::WriteSame16, 0, 1), Bytes(512))));
        const Bytes list = unmapList({{0, 8}});
        QVERIFY(locked(bench.initiator.out(withLength(Operation::Unmap, list.size()), list)));
        QVERIFY(bench.initiator.in(about(Operation::Read10, 0, 1), 512).good());
        QVERIFY(bench.initiator.none(about(Operation::SynchronizeCache10, 0, 0)).good());
        QVERIFY(bench.disk->seen.size() == 2);
    }

    void errorsOfTheHostBecomeSense_data() {
        QTest::addColumn<int>("error");
        QTest::addColumn<int>("write");
        QTest::addColumn<int>("key");
        QTest::addColumn<int>("code");
        QTest::newRow("read") << EIO << 0 << 0x3 << 0x1100;
        QTest::newRow("write") << EIO << 1 << 0x3 << 0x0C00;
        QTest::newRow("damaged") << EBADMSG << 0 << 0x3 << 0x1100;
        QTest::newRow("no room") << ENOSPC << 1 << 0x7 << 0x2707;
        QTest::newRow("quota") << EDQUOT << 1 << 0x7 << 0x2707;
        QTest::newRow("no memory") << ENOMEM << 1 << 0x4 << 0x4400;
        QTest::newRow("given up") << ECANCELED << 0 << 0xB << 0;
    }
    void errorsOfTheHostBecomeSense() {
        QFETCH(int, error);
        QFETCH(int, write);
        QFETCH(int, key);
        QFETCH(int, code);
        Bench bench;
        bench.disk->fault = [&](const MemoryDisk::DiskRequest&) { return error; };
        const auto answer = write != 0
                                ? bench.initiator.out(about(Operation::Write10, 77, 1), Bytes(512))
                                : bench.initiator.in(about(Operation::Read10, 77, 1), 512);
        QVERIFY(answer.is(static_cast<SenseKey>(key), static_cast<SenseCode>(code)));
        QCOMPARE(answer.transferred, std::uint64_t{0});
        QCOMPARE((*bench.unit->counters())[StorageValue::Errors].read(), std::uint64_t{1});
        const auto bytes = answer.sense.fixedFormat();
        if (key == 0x3) {
            QCOMPARE(bytes[0], std::uint8_t{0xF0});
            QCOMPARE(bytes[6], std::uint8_t{77});
        }
        // And it goes on.
        bench.disk->fault = nullptr;
        QVERIFY(bench.initiator.in(about(Operation::Read10, 77, 1), 512).good());
    }

    void unmap() {
        Bench bench;
        std::ranges::fill(bench.disk->content, std::byte{7});
        const Bytes list = unmapList({{8, 8}, {100, 0}, {4088, 8}});
        const auto send = [&](const Bytes& data) {
            return bench.initiator.out(withLength(Operation::Unmap, data.size()), data);
        };
        QVERIFY(send(list).good());
        QCOMPARE(bench.disk->seen.size(), std::size_t{2});
        QCOMPARE(contentOf(*bench.disk, 8 * 512, 8 * 512), Bytes(8 * 512, 0));
        QCOMPARE(contentOf(*bench.disk, 4088 * 512, 8 * 512), Bytes(8 * 512, 0));
        QCOMPARE(contentOf(*bench.disk, 7 * 512, 512), Bytes(512, 7));
        QVERIFY(send({}).good());
        QVERIFY(send(Bytes(7)).illegal(SenseCode::ParameterListLengthError));
        QVERIFY(send(Bytes(8)).good());
        // One range beyond the end: none is unmapped.
        const std::size_t before = bench.disk->seen.size();
        QVERIFY(send(unmapList({{16, 8}, {4089, 8}})).illegal(SenseCode::BlockAddressOutOfRange));
        QVERIFY(send(unmapList({{UINT64_MAX, 8}})).illegal(SenseCode::BlockAddressOutOfRange));
        Bytes many = unmapList({});
        many.resize(8 + 257 * 16);
        storeBigEndian(many, 2, std::uint16_t{257 * 16});
        QVERIFY(send(many).illegal(SenseCode::InvalidFieldInParameterList));
        QCOMPARE(bench.disk->seen.size(), before);
        QVERIFY(bench.initiator.out(withLength(Operation::Unmap, list.size(), 1), list)
                    .illegal(SenseCode::InvalidFieldInBlock));
        bench.disk->fault = [](const MemoryDisk::DiskRequest&) { return EIO; };
        QVERIFY(send(list).is(SenseKey::MediumError, SenseCode::WriteError));
    }

    void writeSame() {
        Bench bench;
        std::ranges::fill(bench.disk->content, std::byte{7});
        const Bytes data = pattern(512, 9);
        QVERIFY(bench.initiator.out(about(Operation::WriteSame10, 2, 3), data).good());
        for (std::uint64_t block = 2; block < 5; ++block)
            QCOMPARE(contentOf(*bench.disk, block * 512, 512), data);
        QCOMPARE(contentOf(*bench.disk, 5 * 512, 512), Bytes(512, 7));
        QVERIFY(bench.initiator.out(about(Operation::WriteSame16, 10, 2, 0x08), data).good());
        QCOMPARE(contentOf(*bench.disk, 11 * 512, 512), data);
        QVERIFY(bench.initiator.out(about(Operation::WriteSame16, 20, 2, 0x08), Bytes(512)).good());
        QCOMPARE(bench.disk->seen.back().operation, DiskOperation::Zero);
        QCOMPARE(contentOf(*bench.disk, 20 * 512, 1024), Bytes(1024, 0));
        QVERIFY(bench.initiator.none(about(Operation::WriteSame16, 30, 2, 0x01)).good());
        QCOMPARE(contentOf(*bench.disk, 30 * 512, 1024), Bytes(1024, 0));
        QVERIFY(bench.initiator.out(about(Operation::WriteSame16, 0, 0), data)
                    .illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(bench.initiator.out(about(Operation::WriteSame16, 4095, 2), data)
                    .illegal(SenseCode::BlockAddressOutOfRange));
        QVERIFY(bench.initiator.out(about(Operation::WriteSame16, 0, 1, 0x10), data)
                    .illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(bench.initiator.out(about(Operation::WriteSame10, 0, 1), Bytes(511))
                    .illegal(SenseCode::InvalidFieldInBlock));
        bench.disk->fault = [](const MemoryDisk::DiskRequest&) { return ENOSPC; };
        QVERIFY(bench.initiator.out(about(Operation::WriteSame10, 2, 3), data)
                    .is(SenseKey::DataProtect, SenseCode::SpaceAllocationFailed));
    }

    void verify_data() {
        QTest::addColumn<int>("operation");
        QTest::newRow("10") << 0x2F;
        QTest::newRow("12") << 0xAF;
        QTest::newRow("16") << 0x8F;
    }
    void verify() {
        QFETCH(int, operation);
        const auto code = static_cast<Operation>(operation);
        Bench bench;
        const Bytes data = pattern(300 * 512);
        QVERIFY(bench.initiator.out(about(Operation::Write10, 4, 300), data).good());
        QVERIFY(bench.initiator.none(about(code, 4, 300)).good());
        QVERIFY(bench.initiator.out(about(code, 4, 300, 0x02), data).good());
        Bytes other = data;
        other[200'000 % data.size()] ^= 1;
        QVERIFY(bench.initiator.out(about(code, 4, 300, 0x02), other)
                    .is(SenseKey::Miscompare, SenseCode::MiscompareDuringVerify));
        QVERIFY(bench.initiator.out(about(code, 4, 300, 0x02), Bytes(512))
                    .illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(
            bench.initiator.none(about(code, 0, 1, 0x04)).illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(
            bench.initiator.none(about(code, 4096, 1)).illegal(SenseCode::BlockAddressOutOfRange));
        QVERIFY(bench.initiator.none(about(code, 0, 2049)).illegal(SenseCode::InvalidFieldInBlock));
        bench.disk->fault = [](const MemoryDisk::DiskRequest& request) {
            return request.offset >= 64 * 1024 ? EIO : 0;
        };
        const auto bad = bench.initiator.none(about(code, 0, 300));
        QVERIFY(bad.is(SenseKey::MediumError, SenseCode::UnrecoveredReadError));
        QCOMPARE(*bad.sense.information, std::uint64_t{128});
    }

    void startAndStop() {
        Bench bench;
        QVERIFY(bench.initiator.none({0x1B, 0, 0, 0, 0x00, 0}).good());
        QCOMPARE(bench.disk->seen.back().operation, DiskOperation::Flush);
        QVERIFY(bench.initiator.none({0x1B, 0, 0, 0, 0x01, 0}).good());
        QVERIFY(
            bench.initiator.none({0x1B, 0, 0, 0, 0x02, 0}).illegal(SenseCode::InvalidFieldInBlock));
    }

    void whatIsUnknownIsRefused() {
        Bench bench;
        for (const unsigned code : {0x04U, 0x1EU, 0x7FU, 0xFFU, 0xC0U, 0x85U, 0x60U}) {
            Bytes block(16);
            block[0] = static_cast<std::uint8_t>(code);
            QVERIFY2(bench.initiator.none(block).illegal(SenseCode::InvalidOperationCode),
                     std::to_string(code).c_str());
        }
        QVERIFY(
            bench.initiator.none({0x28, 0, 0, 0, 0, 0}).illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(bench.initiator.in({0x4D, 0, 0x40, 0, 0, 0, 0, 0, 64, 0}, 64).good());
        QVERIFY(bench.initiator.in({0x4D, 0, 0x4D, 0, 0, 0, 0, 0, 64, 0}, 64)
                    .illegal(SenseCode::InvalidFieldInBlock));
    }

    void supportedOperations() {
        Bench bench;
        const auto ask = [&](std::uint8_t how, std::uint8_t code, std::uint8_t action = 0) {
            return bench.initiator.in({0xA3, 0x0C, how, code, 0, action, 0, 0, 2, 0, 0, 0}, 512);
        };
        // As Linux asks.
        auto answer = ask(1, 0x93);
        QCOMPARE(answer.data[1] & 7, 3);
        QCOMPARE(answer.number(2, 2), std::uint64_t{16});
        QCOMPARE(answer.data[4], std::uint8_t{0x93});
        QCOMPARE(ask(1, 0x89).data[1] & 7, 1);
        QVERIFY(ask(1, 0x9E).illegal(SenseCode::InvalidFieldInBlock));
        QCOMPARE(ask(2, 0x9E, 0x10).data[1] & 7, 3);
        QCOMPARE(ask(3, 0x9E, 0x11).data[1] & 7, 1);
        QVERIFY(ask(2, 0x28).illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(ask(7, 0x28).illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(ask(0x80, 0).illegal(SenseCode::InvalidFieldInBlock));
        answer = ask(0, 0);
        const std::uint64_t length = answer.number(0, 4);
        QCOMPARE(answer.transferred, length + 4);
        // All that are listed are known.
        for (std::size_t at = 4; at < length; at += 8) {
            Bytes block(static_cast<std::size_t>(answer.number(at + 6, 2)));
            block[0] = answer.data[at];
            block[1] = answer.data[at + 3];
            QVERIFY2(!bench.initiator.none(block).illegal(SenseCode::InvalidOperationCode),
                     std::to_string(block[0]).c_str());
        }
    }

    void unitsThatAreNotThere() {
        Initiator initiator(3);
        initiator.target().add(
            1, std::make_shared<DiskUnit>(std::make_shared<MemoryDisk>(initiator.engine(), kMiB),
                                          options()));
        auto answer = initiator.in({0x12, 0, 0, 0, 36, 0}, 36);
        QVERIFY(answer.good());
        QCOMPARE(answer.transferred, std::uint64_t{36});
        QCOMPARE(answer.data[0], std::uint8_t{0x7F});
        QCOMPARE(answer.data[4], std::uint8_t{0x1F});
        QVERIFY(initiator.in({0x12, 1, 0x80, 0, 36, 0}, 36)
                    .illegal(SenseCode::LogicalUnitNotSupported));
        QCOMPARE(initiator.none(Bytes(6)).outcome, Outcome::NoUnit);
        answer = initiator.in({0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0}, 64);
        QVERIFY(answer.good());
        QCOMPARE(answer.number(0, 4), std::uint64_t{8});
        QCOMPARE(answer.number(8, 8), std::uint64_t{0x0001'0000'0000'0000});
        QCOMPARE(initiator.in({0xA0, 0, 1, 0, 0, 0, 0, 0, 0, 64, 0, 0}, 64).number(0, 4),
                 std::uint64_t{0});
        QVERIFY(initiator.in({0xA0, 0, 5, 0, 0, 0, 0, 0, 0, 64, 0, 0}, 64)
                    .illegal(SenseCode::InvalidFieldInBlock));
    }

    void aDiskIsReleasedWhenItsCommandsHaveEnded() {
        Bench bench;
        bench.disk->holding = true;
        Bytes data(512);
        Command command;
        bool ended = false;
        bool released = false;
        const Bytes block = about(Operation::Read10, 0, 1);
        std::ranges::copy(block, command.block.begin());
        command.length = block.size();
        command.direction = DataDirection::FromDevice;
        command.buffers = {{data.data(), data.size()}};
        command.dataLength = data.size();
        command.context = &ended;
        command.completed = [](Command& self) { *static_cast<bool*>(self.context) = true; };
        bench.initiator.target().execute(0, command);
        bench.initiator.target().remove(0);
        std::exchange(bench.unit, nullptr)->release([&] { released = true; });
        const std::weak_ptr<MemoryDisk> disk = bench.disk;
        MemoryDisk& still = *std::exchange(bench.disk, nullptr);
        bench.initiator.engine().poll();
        QVERIFY(!ended && !released && !disk.expired());
        still.letGo();
        bench.initiator.engine().runUntil([&] { return ended; });
        QVERIFY(released);
        QVERIFY(disk.expired());
        QCOMPARE(command.outcome, Outcome::Good);
    }
};

QTEST_GUILESS_MAIN(DiskUnitTest)
#include "disk_unit_test.moc"
