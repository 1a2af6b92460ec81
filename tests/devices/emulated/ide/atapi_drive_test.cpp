// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/ide/atapi_drive.h"

#include <QTest>
#include <algorithm>
#include <cerrno>
#include <vector>

#include "ide_machine.h"

using Machine = IdeMachine;
using Bytes = IdeMachine::Bytes;
using hypervisor::StorageValue;

namespace {

constexpr std::uint64_t kBlocks = 512;
constexpr std::uint8_t kToGuest = 2;
constexpr std::uint8_t kDone = 3;

const Bytes kTestUnitReady(12);
const Bytes kRequestSense{0x03, 0, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0};
const Bytes kInquiry{0x12, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0};

Bytes read10(std::uint32_t first, std::uint16_t count) {
    return {0x28,
            0,
            static_cast<std::uint8_t>(first >> 24),
            static_cast<std::uint8_t>(first >> 16),
            static_cast<std::uint8_t>(first >> 8),
            static_cast<std::uint8_t>(first),
            0,
            static_cast<std::uint8_t>(count >> 8),
            static_cast<std::uint8_t>(count),
            0,
            0,
            0};
}

struct Bench : Machine {
    explicit Bench(bool loaded = true) {
        if (loaded)
            disk = newDisc();
        devices::scsi::DvdOptions options;
        options.counters = counters;
        if (!controller->attachDvd({0, 0}, disk, options,
                                   [this] { return [this] { ++ejections; }; }))
            std::abort();
        // What a drive has to say after power-on.
        static_cast<void>(packet(kTestUnitReady));
        static_cast<void>(sense());
    }
    std::shared_ptr<MemoryDisk> newDisc() {
        auto disc = std::make_shared<MemoryDisk>(*engine, kBlocks * 2048, 2048, 2048);
        disc->locked = true;
        for (std::size_t i = 0; i < disc->content.size(); ++i)
            disc->content[i] = contentAt(i);
        return disc;
    }
    /// Sends a packet; the status when it needs the guest again.
    std::uint8_t packet(const Bytes& bytes, std::uint16_t limit = 0xFFFE,
                        std::uint8_t feature = 0) {
        out(kCommand + 1, feature);
        out(kCommand + 4, limit & 0xFF);
        out(kCommand + 5, limit >> 8);
        out(kCommand + 6, 0);
        out(kCommand + 7, 0xA0);
        if (in(kControl) != kDataRequest || reason() != 1)
            return 0;
        writeBlock(bytes);
        return wait();
    }
    std::uint8_t reason() { return static_cast<std::uint8_t>(in(kCommand + 2)); }
    std::size_t part() { return in(kCommand + 4) | in(kCommand + 5) << 8; }
    /// All parts of what a drive gives.
    Bytes take() {
        Bytes all;
        while (wait() == kDataRequest && reason() == kToGuest) {
            const std::size_t bytes = part();
            Bytes block = readBlock(bytes);
            block.resize(bytes);
            all.insert(all.end(), block.begin(), block.end());
        }
        return all;
    }
    /// Key, code and qualifier.
    std::vector<unsigned> sense() {
        static_cast<void>(packet(kRequestSense));
        const Bytes data = take();
        if (data.size() < 14)
            return {};
        return {data[2], data[12], data[13]};
    }

    std::shared_ptr<MemoryDisk> disk;
    int ejections = 0;
};

bool isContent(std::span<const std::byte> bytes, std::size_t offset) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
        if (bytes[i] != Machine::contentAt(offset + i))
            return false;
    return true;
}
bool isContent(const Bytes& bytes, std::size_t offset) {
    return isContent(std::as_bytes(std::span(bytes)), offset);
}

using Sense = std::vector<unsigned>;

}  // namespace

class AtapiDriveTest : public QObject {
    Q_OBJECT

  private slots:
    void aDriveSaysThatItTakesPackets() {
        Bench bench;
        bench.out(Machine::kControl, 4);
        bench.out(Machine::kControl, 0);
        QCOMPARE(bench.in(Machine::kControl), 0U);
        QCOMPARE(bench.error(), std::uint8_t{1});
        QCOMPARE(bench.in(Machine::kCommand + 4, 2), 0xEB14U);
        // Who takes it for a disk learns it too.
        for (const unsigned code : {0xECU, 0x20U}) {
            bench.out(Machine::kCommand + 4, 0, 2);
            QCOMPARE(bench.command(static_cast<std::uint8_t>(code)), Machine::kFailed);
            QCOMPARE(bench.error(), std::uint8_t{4});
            QCOMPARE(bench.in(Machine::kCommand + 4, 2), 0xEB14U);
        }
        bench.lines[0].edges = 0;
        QCOMPARE(bench.command(0xA1), Machine::kDataRequest);
        QVERIFY(bench.interrupted());
        const Bytes id = bench.readBlock(512);
        QCOMPARE(id[0] | id[1] << 8, 0x85C0);
        QCOMPARE(id[54], std::uint8_t{'i'});
        QCOMPARE(id[55], std::uint8_t{'V'});
        QCOMPARE(bench.in(Machine::kControl), std::uint32_t{Machine::kIdle});
    }

    void smallAnswersAreTakenByTheGuest() {
        Bench bench;
        QVERIFY(bench.interrupted());
        QCOMPARE(bench.packet(kInquiry), Machine::kDataRequest);
        QVERIFY(bench.interrupted());
        QCOMPARE(bench.reason(), kToGuest);
        QCOMPARE(bench.part(), std::size_t{36});
        const Bytes data = bench.readBlock(36);
        QCOMPARE(data[0], std::uint8_t{5});
        QCOMPARE(bench.wait(), Machine::kIdle);
        QVERIFY(bench.interrupted());
        QCOMPARE(bench.reason(), kDone);
        // In parts, the last of which may be odd.
        Bytes odd = kInquiry;
        odd[4] = 35;
        QCOMPARE(bench.packet(odd, 16), Machine::kDataRequest);
        QCOMPARE(bench.part(), std::size_t{16});
        Bytes parts = bench.take();
        QCOMPARE(parts.size(), std::size_t{35});
        QVERIFY(std::equal(parts.begin(), parts.end(), data.begin()));
        QCOMPARE(bench.wait(), Machine::kIdle);
    }

    void blocksAreTakenByTheGuest_data() {
        QTest::addColumn<unsigned>("count");
        QTest::addColumn<unsigned>("limit");
        QTest::newRow("one") << 1U << 0xFFFEU;
        QTest::newRow("several, block by block") << 5U << 2048U;
        QTest::newRow("more than the buffer") << 70U << 0xFFFFU;
        QTest::newRow("parts of odd limits") << 3U << 1001U;
        QTest::newRow("no limit said") << 40U << 0U;
    }
    void blocksAreTakenByTheGuest() {
        QFETCH(unsigned, count);
        QFETCH(unsigned, limit);
        Bench bench;
        QCOMPARE(bench.packet(read10(100, static_cast<std::uint16_t>(count)),
                              static_cast<std::uint16_t>(limit)),
                 Machine::kDataRequest);
        const Bytes data = bench.take();
        QCOMPARE(data.size(), std::size_t{count} * 2048);
        QVERIFY(isContent(data, 100 * 2048));
        QCOMPARE(bench.wait(), Machine::kIdle);
        QCOMPARE(bench.reason(), kDone);
        QCOMPARE((*bench.counters)[StorageValue::ReadBytes].read(), std::uint64_t{count} * 2048);
    }

    void theBusMasterMovesBlocks() {
        Bench bench;
        bench.describe({{Machine::kData, 0x1'0000}, {Machine::kData + 0x1'0000, 0x1'0000}});
        const auto dma = [&bench](const Bytes& bytes) {
            bench.out(Machine::kBusMaster, 8);
            bench.out(Machine::kBusMaster + 2, 6);
            bench.out(Machine::kCommand + 1, 1);
            bench.out(Machine::kCommand + 7, 0xA0);
            bench.writeBlock(bytes);
            bench.out(Machine::kBusMaster, 9);
            return bench.wait();
        };
        QCOMPARE(dma(read10(50, 64)), Machine::kIdle);
        QCOMPARE(bench.reason(), kDone);
        QCOMPARE(bench.dmaStatus(), std::uint8_t{4});
        QVERIFY(isContent(bench.data(0x2'0000), 50 * 2048));
        // Little data goes the same way.
        QCOMPARE(dma(kInquiry), Machine::kIdle);
        QCOMPARE(bench.dmaStatus(), std::uint8_t{5});
        QCOMPARE(bench.data(1)[0], std::byte{5});
        // What has no data waits for no bus master.
        QCOMPARE(bench.packet(kTestUnitReady, 0, 1), Machine::kIdle);
        // Not as much memory as blocks.
        QCOMPARE(dma(read10(50, 65)), std::uint8_t{Machine::kFailed});
        QCOMPARE(bench.error(), std::uint8_t{0xB4});
        QCOMPARE(bench.dmaStatus(), std::uint8_t{6});
        QCOMPARE(bench.sense(), (Sense{0x0B, 0, 0}));
        bench.describe({{0xE000'0000, 4096}});
        QCOMPARE(dma(kInquiry), Machine::kFailed);
        QCOMPARE(bench.dmaStatus(), std::uint8_t{6});
    }

    void aFailureIsExplainedOnce() {
        Bench bench;
        QCOMPARE(bench.packet(read10(kBlocks, 1)), Machine::kFailed);
        QCOMPARE(bench.error(), std::uint8_t{0x54});
        QCOMPARE(bench.reason(), kDone);
        QVERIFY(bench.interrupted());
        QCOMPARE(bench.sense(), (Sense{5, 0x21, 0}));
        QCOMPARE(bench.sense(), (Sense{0, 0, 0}));
        // Another command makes it forgotten.
        QCOMPARE(bench.packet({0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), Machine::kFailed);
        QCOMPARE(bench.packet(kTestUnitReady), Machine::kIdle);
        QCOMPARE(bench.sense(), (Sense{0, 0, 0}));
        // Blocks that can't be read, in the middle of many.
        bench.disk->fault = [](const auto& request) { return request.offset > 0 ? EIO : 0; };
        QCOMPARE(bench.packet(read10(0, 64)), Machine::kDataRequest);
        QCOMPARE(bench.take().size(), std::size_t{32 * 2048});
        QCOMPARE(bench.wait(), Machine::kFailed);
        QCOMPARE(bench.error(), std::uint8_t{0x30});
        QCOMPARE(bench.sense(), (Sense{0x83 & 0x0F, 0x11, 0}));
    }

    void discsComeAndGo() {
        Bench bench(false);
        QCOMPARE(bench.packet(kTestUnitReady), Machine::kFailed);
        QCOMPARE(bench.sense(), (Sense{2, 0x3A, 0}));
        const auto disc = bench.newDisc();
        QVERIFY(bench.controller->insert({0, 0}, disc));
        bench.serve();
        QCOMPARE(bench.packet(kTestUnitReady), Machine::kFailed);
        QCOMPARE(bench.sense(), (Sense{6, 0x28, 0}));
        QCOMPARE(bench.packet(read10(7, 1)), Machine::kDataRequest);
        QVERIFY(isContent(bench.take(), 7 * 2048));
        // The owner's way, and then the guest's, which may lock the tray.
        bool released = false;
        QVERIFY(bench.controller->eject({0, 0}, [&released] { released = true; }));
        bench.serve();
        QVERIFY(released);
        QCOMPARE(bench.packet(kTestUnitReady), Machine::kFailed);
        QCOMPARE(bench.sense(), (Sense{2, 0x3A, 0}));
        QVERIFY(bench.controller->insert({0, 0}, disc));
        bench.serve();
        QCOMPARE(bench.packet(kTestUnitReady), Machine::kFailed);
        const Bytes eject{0x1B, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0};
        QCOMPARE(bench.packet({0x1E, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}), Machine::kIdle);
        QCOMPARE(bench.packet(eject), Machine::kFailed);
        QCOMPARE(bench.sense(), (Sense{5, 0x53, 2}));
        QCOMPARE(bench.packet({0x1E, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), Machine::kIdle);
        QCOMPARE(bench.packet(eject), Machine::kIdle);
        QCOMPARE(bench.ejections, 1);
        QVERIFY(!bench.controller->insert({0, 1}, disc));
        QVERIFY(!bench.controller->eject({1, 0}, {}));
    }

    void parametersComeFromTheGuest() {
        Bench bench;
        // The error recovery page, unchanged.
        Bytes parameters(8 + 12);
        parameters[8] = 0x01;
        parameters[9] = 10;
        const Bytes select{0x55, 0x10, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0};
        QCOMPARE(bench.packet(select, 12), Machine::kDataRequest);
        QCOMPARE(bench.reason(), std::uint8_t{0});
        QCOMPARE(bench.part(), std::size_t{12});
        bench.writeBlock(std::span(parameters).first(12));
        QCOMPARE(bench.wait(), Machine::kDataRequest);
        QCOMPARE(bench.part(), std::size_t{8});
        bench.writeBlock(std::span(parameters).subspan(12));
        QCOMPARE(bench.wait(), Machine::kIdle);
        // By the bus master.
        parameters[10] = 0xFF;
        std::memcpy(bench.data(20).data(), parameters.data(), parameters.size());
        bench.describe({{Machine::kData, 20}});
        bench.out(Machine::kBusMaster, 1);
        QCOMPARE(bench.packet(select, 0, 1), Machine::kFailed);
        QCOMPARE(bench.dmaStatus(), std::uint8_t{4});
        QCOMPARE(bench.sense(), (Sense{5, 0x26, 0}));
    }

    void aDriveIsResetAlone() {
        Bench bench;
        bench.disk->holding = true;
        bench.describe({{Machine::kData, 2048}});
        bench.out(Machine::kBusMaster, 9);
        bench.out(Machine::kCommand + 1, 1);
        bench.out(Machine::kCommand + 7, 0xA0);
        bench.writeBlock(read10(1, 1));
        bench.serve();
        QCOMPARE(bench.disk->held(), std::size_t{1});
        bench.out(Machine::kCommand + 7, 0x08);
        bench.serve();
        QCOMPARE(bench.in(Machine::kControl), 0x80U);
        bench.disk->letGo();
        QCOMPARE(bench.wait(), std::uint8_t{0});
        QCOMPARE(bench.in(Machine::kCommand + 4, 2), 0xEB14U);
        static_cast<void>(bench.dmaStatus());
        // In the middle of a packet too.
        bench.out(Machine::kCommand + 7, 0xA0);
        QCOMPARE(bench.in(Machine::kControl), std::uint32_t{Machine::kDataRequest});
        bench.out(Machine::kCommand + 7, 0x08);
        QCOMPARE(bench.in(Machine::kControl), 0U);
        QCOMPARE(bench.packet(read10(3, 1)), Machine::kDataRequest);
        QVERIFY(isContent(bench.take(), 3 * 2048));
    }

    void otherCommandsAreAnswered() {
        Bench bench;
        bench.out(Machine::kCommand + 1, 3);
        bench.out(Machine::kCommand + 2, 0x42);
        QCOMPARE(bench.command(0xEF), Machine::kIdle);
        bench.out(Machine::kCommand + 2, 0x46);
        QCOMPARE(bench.command(0xEF), Machine::kFailed);
        QCOMPARE(bench.command(0xE5), Machine::kIdle);
        QCOMPARE(bench.in(Machine::kCommand + 2), 0xFFU);
        QCOMPARE(bench.command(0xE0), Machine::kIdle);
        QCOMPARE(bench.command(0xC8), Machine::kFailed);
        QCOMPARE(bench.error(), std::uint8_t{4});
        // Packets that overlap are not for this drive.
        bench.out(Machine::kCommand + 1, 2);
        QCOMPARE(bench.command(0xA0), Machine::kFailed);
    }
};

QTEST_APPLESS_MAIN(AtapiDriveTest)
#include "atapi_drive_test.moc"
