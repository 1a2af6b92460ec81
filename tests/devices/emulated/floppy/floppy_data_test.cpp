// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sectors by DMA and by the guest, and how their commands end.
#include "devices/emulated/floppy/floppy_controller.h"

#include <QTest>
#include <algorithm>
#include <cerrno>

#include "floppy_machine.h"

namespace {

using Bytes = FloppyMachine::Bytes;
using devices::floppy::DriveKind;
using devices::storage::DiskOperation;

constexpr std::uint8_t kRead = FloppyMachine::kReadData;
constexpr std::uint8_t kWrite = FloppyMachine::kWriteData;
constexpr std::size_t kTrack = 18 * 512;

/// Up and running, with a diskette of 1.44 MB.
struct Machine : FloppyMachine {
    Machine() : disk(insert()) { start(); }
    std::shared_ptr<MemoryDisk> disk;
};

}  // namespace

class FloppyDataTest : public QObject {
    Q_OBJECT

  private slots:
    void sectorsAreReadByDma() {
        Machine machine;
        machine.seek(3);
        machine.setUpDma(4 * 512, 0x46);
        QVERIFY(machine.send({kRead, 0x04, 3, 1, 5, 2, 18, 0x1B, 0xFF}));
        QCOMPARE(machine.status(), 0x10);
        QVERIFY(!machine.line.asserted);
        machine.settle();
        QVERIFY(machine.line.asserted);
        QCOMPARE(machine.status(), 0xD0);
        QCOMPARE(machine.in(0x3F5), 0x04);
        QVERIFY(!machine.line.asserted);
        QCOMPARE(machine.results(), (Bytes{0, 0, 3, 1, 9, 2}));
        QCOMPARE(machine.status(), 0x80);
        QVERIFY(machine.dataIs(4 * 512, 3 * 2 * kTrack + kTrack + 4 * 512));
        // No more was asked of the image than was wanted.
        QCOMPARE(machine.disk->seen.back().length, std::uint64_t{4 * 512});
    }

    void aTransferGoesOnAtTheOtherSide() {
        Machine machine;
        machine.seek(79);
        machine.setUpDma(36 * 512, 0x46);
        QCOMPARE(machine.run({kRead, 0x00, 79, 0, 1, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x00, 0, 0, 80, 0, 1, 2}));
        QVERIFY(machine.dataIs(36 * 512, 79 * 2 * kTrack));
        machine.setUpDma(18 * 512, 0x46);
        QCOMPARE(machine.run({kRead, 0x00, 79, 0, 1, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x00, 0, 0, 79, 1, 1, 2}));
        // Not without the multi-track bit.
        machine.setUpDma(18 * 512, 0x46);
        QCOMPARE(machine.run({0x66, 0x00, 79, 0, 1, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x00, 0, 0, 80, 0, 1, 2}));
    }

    void theEndOfTheCylinderEndsIt() {
        Machine machine;
        machine.setUpDma(0x1'0000, 0x46);
        QCOMPARE(machine.run({kRead, 0x04, 0, 1, 17, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x44, 0x80, 0, 1, 0, 1, 2}));
        QVERIFY(machine.dataIs(1024, kTrack + 16 * 512));
        // A track ends where the command says so.
        QCOMPARE(machine.run({kRead, 0x00, 0, 0, 1, 2, 4, 0x1B, 0xFF}),
                 (Bytes{0x40, 0x80, 0, 1, 0, 1, 2}));
    }

    void aSectorThatIsNotThereIsNotFound() {
        Machine machine;
        machine.setUpDma(0x1'0000, 0x46);
        // Numbers, head, size, and the place behind the last one.
        for (const auto& [head, sector, size] :
             {std::tuple{0, 0, 2}, {0, 19, 2}, {1, 1, 2}, {0, 1, 3}}) {
            const auto byte = [](int value) { return static_cast<std::uint8_t>(value); };
            const Bytes id{0, byte(head), byte(sector), byte(size)};
            const Bytes got =
                machine.run({kRead, 0x00, 0, byte(head), byte(sector), byte(size), 18, 0x1B, 0xFF});
            QCOMPARE(Bytes(got.begin(), got.begin() + 3), (Bytes{0x40, 0x04, 0}));
            QCOMPARE(Bytes(got.begin() + 3, got.end()), id);
        }
        QCOMPARE(machine.run({kRead, 0x00, 0, 0, 17, 2, 36, 0x1B, 0xFF}),
                 (Bytes{0x40, 0x04, 0, 0, 0, 19, 2}));
        QCOMPARE(machine.run({kRead, 0x00, 1, 0, 1, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x40, 0x04, 0x10, 1, 0, 1, 2}));
        QVERIFY(machine.dataIs(1024, 16 * 512));
    }

    void sectorsAreWrittenByDma() {
        Machine machine;
        machine.seek(1);
        const auto data = machine.data(1000);
        for (std::size_t i = 0; i < data.size(); ++i)
            data[i] = static_cast<std::byte>(i * 3);
        // The end of the second sector is not given.
        machine.setUpDma(1000, 0x4A);
        QCOMPARE(machine.run({kWrite, 0x00, 1, 0, 2, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x00, 0, 0, 1, 0, 4, 2}));
        const std::size_t at = 2 * kTrack + 512;
        const auto& content = machine.disk->content;
        QVERIFY(std::equal(data.begin(), data.end(),
                           content.begin() + static_cast<std::ptrdiff_t>(at)));
        for (std::size_t i = 1000; i < 1024; ++i)
            QCOMPARE(content[at + i], std::byte{0});
        QCOMPARE(content[at + 1024], FloppyMachine::contentAt(at + 1024));
        QCOMPARE(content[at - 1], FloppyMachine::contentAt(at - 1));
    }

    void aWriteProtectedDisketteStaysAsItIs() {
        Machine machine;
        machine.disk->locked = true;
        machine.setUpDma(512, 0x4A);
        QCOMPARE(machine.run({kWrite, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x40, 0x02, 0, 0, 0, 1, 2}));
        QCOMPARE(machine.run({0x4D, 0x00, 2, 18, 0x6C, 0xF6}).at(1), std::uint8_t{0x02});
        QCOMPARE(machine.disk->seen.size(), std::size_t{0});
    }

    void theGuestMovesDataByItself() {
        Machine machine;
        QVERIFY(machine.send({0x03, 0xDF, 0x03}));
        QVERIFY(machine.send({kRead, 0x00, 0, 0, 17, 2, 18, 0x1B, 0xFF}));
        QCOMPARE(machine.status(), 0x30);
        machine.settle();
        // To the end of the cylinder: nobody has said how much is wanted.
        const std::size_t bytes = 20 * 512;
        for (std::size_t i = 0; i < bytes; ++i) {
            QVERIFY(machine.line.asserted);
            QCOMPARE(machine.status(), 0xF0);
            QCOMPARE(std::byte{machine.in(0x3F5)}, FloppyMachine::contentAt(16 * 512 + i));
        }
        QVERIFY(machine.line.asserted);
        QCOMPARE(machine.results(), (Bytes{0x40, 0x80, 0, 1, 0, 1, 2}));

        QVERIFY(machine.send({kWrite, 0x04, 0, 1, 18, 2, 18, 0x1B, 0xFF}));
        for (std::size_t i = 0; i < 512; ++i) {
            QCOMPARE(machine.status(), 0xB0);
            machine.out(0x3F5, static_cast<std::uint32_t>(i / 2));
        }
        machine.settle();
        QCOMPARE(machine.results(), (Bytes{0x44, 0x80, 0, 1, 0, 1, 2}));
        for (std::size_t i = 0; i < 512; ++i)
            QCOMPARE(machine.disk->content[2 * kTrack - 512 + i], static_cast<std::byte>(i / 2));
    }

    void itWaitsForTheDmaChannel() {
        Machine machine;
        for (const std::uint8_t mode : Bytes{0x46, 0x4A}) {
            machine.out(0x0A, 6);
            QVERIFY(
                machine.send({mode == 0x46 ? kRead : kWrite, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF}));
            machine.settle();
            QCOMPARE(machine.status(), 0x10);
            QCOMPARE(machine.in(8) & 0x40, 0x40);
            machine.setUpDma(512, mode);
            machine.settle();
            QCOMPARE(machine.results(), (Bytes{0x00, 0, 0, 0, 0, 2, 2}));
            QCOMPARE(machine.in(8), 0x04);
        }
        // Its gate keeps requests back as it does interrupts.
        machine.setUpDma(512, 0x46);
        machine.out(0x3F2, 0x14);
        QVERIFY(machine.send({kRead, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF}));
        machine.settle();
        QCOMPARE(machine.status(), 0x10);
        machine.out(0x3F2, 0x1C);
        machine.settle();
        QCOMPARE(machine.results().at(0), std::uint8_t{0x00});
    }

    void aBadSectorOfTheHostIsACrcError() {
        Machine machine;
        const std::uint64_t bad = 6 * 512;
        machine.disk->fault = [bad](const devices::storage::DiskRequest& request) {
            return request.offset <= bad && bad < request.offset + request.length ? EIO : 0;
        };
        machine.setUpDma(10 * 512, 0x46);
        QCOMPARE(machine.run({kRead, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x40, 0x20, 0x20, 0, 0, 7, 2}));
        // Those in front of it have come.
        QVERIFY(machine.dataIs(bad, 0));
        machine.setUpDma(2 * 512, 0x4A);
        QCOMPARE(machine.run({kWrite, 0x00, 0, 0, 6, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x40, 0x20, 0x20, 0, 0, 7, 2}));
        QCOMPARE(machine.run({0xF6, 0x00, 0, 0, 7, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x40, 0x20, 0x20, 0, 0, 7, 2}));
    }

    void whatAnImageLacksCantBeRead() {
        FloppyMachine machine;
        QVERIFY(machine.insert(3 * 512));
        machine.start();
        machine.setUpDma(10 * 512, 0x46);
        QCOMPARE(machine.run({kRead, 0x00, 0, 0, 2, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x40, 0x20, 0x20, 0, 0, 4, 2}));
        QVERIFY(machine.dataIs(1024, 512));
    }

    void withoutADisketteNothingIsFound() {
        FloppyMachine machine;
        machine.start();
        machine.setUpDma(512, 0x46);
        QCOMPARE(machine.run({kRead, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x40, 0x01, 0, 0, 0, 1, 2}));
        QCOMPARE(machine.run({kWrite, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF}).at(1), std::uint8_t{0x01});
        QCOMPARE(machine.run({0x4D, 0x00, 2, 18, 0x6C, 0xF6}).at(1), std::uint8_t{0x01});
    }

    void otherDensitiesNeedTheirRate() {
        struct Case {
            DriveKind kind;
            std::size_t kibibytes;
            std::uint8_t rate;
            std::uint8_t sectors;
        };
        for (const auto& [kind, kibibytes, rate, sectors] :
             {Case{DriveKind::Mb144, 720, 2, 9}, Case{DriveKind::Mb288, 2880, 3, 36},
              Case{DriveKind::Mb12, 1200, 0, 15}, Case{DriveKind::Kb360, 360, 2, 9}}) {
            FloppyMachine machine(kind);
            QVERIFY(machine.insert(kibibytes * 1024));
            for (std::uint8_t other = 0; other < 4; ++other) {
                machine.start(other);
                machine.seek(2);
                machine.setUpDma(std::size_t{sectors} * 1024, 0x46);
                const Bytes got = machine.run({kRead, 0x00, 2, 0, 1, 2, sectors, 0x1B, 0xFF});
                QCOMPARE(got.at(1), static_cast<std::uint8_t>(other == rate ? 0 : 1));
            }
            QVERIFY(
                machine.dataIs(std::size_t{sectors} * 1024, std::size_t{sectors} * 2 * 2 * 512));
        }
    }

    void wideTracksTakeTwoSteps() {
        FloppyMachine machine(DriveKind::Mb12);
        QVERIFY(machine.insert(360 * 1024));
        machine.start(1);
        machine.seek(78);
        machine.setUpDma(512, 0x46);
        QCOMPARE(machine.run({kRead, 0x00, 39, 0, 1, 2, 9, 0x1B, 0xFF}).at(0), std::uint8_t{0x00});
        QVERIFY(machine.dataIs(512, 39 * 2 * 9 * 512));
    }

    void aSeekCanBeImplied() {
        Machine machine;
        QVERIFY(machine.send({0x13, 0x00, 0x57, 0x00}));
        machine.setUpDma(512, 0x46);
        QCOMPARE(machine.run({kRead, 0x00, 50, 0, 1, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x20, 0, 0, 50, 0, 2, 2}));
        QVERIFY(machine.dataIs(512, 50 * 2 * kTrack));
        QCOMPARE(machine.input(), 0x00);
    }

    void aTrackIsReadFromItsBeginning() {
        Machine machine;
        machine.seek(2);
        machine.setUpDma(18 * 512, 0x46);
        QCOMPARE(machine.run({0x42, 0x04, 2, 1, 7, 2, 18, 0x1B, 0xFF}).at(1), std::uint8_t{0});
        QVERIFY(machine.dataIs(18 * 512, 5 * kTrack));
        machine.setUpDma(18 * 512, 0x46);
        QCOMPARE(machine.run({0x42, 0x04, 9, 1, 7, 2, 18, 0x1B, 0xFF}).at(1), std::uint8_t{0x04});
    }

    void noSectorIsDeleted() {
        Machine machine;
        machine.setUpDma(3 * 512, 0x46);
        QCOMPARE(machine.run({0x4C, 0x00, 0, 0, 5, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x00, 0, 0x40, 0, 0, 5, 2}));
        QVERIFY(machine.dataIs(512, 4 * 512));
        QCOMPARE(machine.run({0x6C, 0x00, 0, 0, 5, 2, 18, 0x1B, 0xFF}).at(0), std::uint8_t{0x40});
        machine.data(512)[0] = std::byte{0x77};
        machine.setUpDma(512, 0x4A);
        QCOMPARE(machine.run({0x49, 0x00, 0, 0, 5, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x00, 0, 0, 0, 0, 6, 2}));
        QCOMPARE(machine.disk->content[4 * 512], std::byte{0x77});
    }

    void sectorsAreVerified() {
        Machine machine;
        QCOMPARE(machine.run({0x56, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF}),
                 (Bytes{0x00, 0, 0, 1, 0, 1, 2}));
        QCOMPARE(machine.run({0x56, 0x80, 0, 0, 3, 2, 18, 0x1B, 5}),
                 (Bytes{0x00, 0, 0, 0, 0, 8, 2}));
        QCOMPARE(machine.run({0x56, 0x80, 0, 0, 15, 2, 18, 0x1B, 5}).at(1), std::uint8_t{0x80});
        QCOMPARE(machine.run({0x56, 0x00, 0, 0, 1, 2, 20, 0x1B, 0xFF}).at(1), std::uint8_t{0x04});
        for (const auto& seen : machine.disk->seen)
            QCOMPARE(seen.operation, DiskOperation::Read);
    }

    void aTrackIsFormatted() {
        Machine machine;
        machine.seek(4);
        const auto ids = machine.data(18 * 4);
        for (std::uint8_t i = 0; i < 18; ++i) {
            // Every other one first.
            const std::array<int, 4> id{4, 1, i * 2 % 18 + i / 9 + 1, 2};
            for (std::size_t j = 0; j < 4; ++j)
                ids[i * 4U + j] = static_cast<std::byte>(id[j]);
        }
        machine.setUpDma(18 * 4, 0x4A);
        const Bytes got = machine.run({0x4D, 0x04, 2, 18, 0x6C, 0xF6});
        QCOMPARE(Bytes(got.begin(), got.begin() + 3), (Bytes{0x04, 0, 0}));
        const auto& content = machine.disk->content;
        const std::size_t at = 9 * kTrack;
        for (std::size_t i = 0; i < kTrack; ++i)
            QCOMPARE(content[at + i], std::byte{0xF6});
        QCOMPARE(content[at - 1], FloppyMachine::contentAt(at - 1));
        QCOMPARE(content[at + kTrack], FloppyMachine::contentAt(at + kTrack));
    }

    void otherFormatsAreRefused() {
        Machine machine;
        const auto ids = machine.data(18 * 4);
        const auto fill = [&] {
            for (std::uint8_t i = 0; i < 18; ++i) {
                ids[i * 4U] = ids[i * 4U + 1] = std::byte{0};
                ids[i * 4U + 2] = static_cast<std::byte>(i + 1);
                ids[i * 4U + 3] = std::byte{2};
            }
        };
        const auto formatted = [&] {
            machine.setUpDma(18 * 4, 0x4A);
            return machine.run({0x4D, 0x00, 2, 18, 0x6C, 0xF6}).at(1);
        };
        for (const auto& [at, value] : {std::pair{0, 1}, {1, 1}, {2, 2}, {2, 0}, {2, 19}, {3, 3}}) {
            fill();
            ids[static_cast<std::size_t>(at)] = static_cast<std::byte>(value);
            QCOMPARE(formatted(), std::uint8_t{0x04});
        }
        machine.setUpDma(9 * 4, 0x4A);
        QCOMPARE(machine.run({0x4D, 0x00, 2, 9, 0x6C, 0xF6}).at(1), std::uint8_t{0x04});
        QCOMPARE(machine.disk->seen.size(), std::size_t{0});
        fill();
        QCOMPARE(formatted(), std::uint8_t{0});
    }

    void aResetWithinACommandWaitsForTheImage() {
        Machine machine;
        machine.disk->holding = true;
        machine.setUpDma(512, 0x46);
        QVERIFY(machine.send({kRead, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF}));
        while (machine.disk->held() == 0)
            machine.engine->poll();
        machine.out(0x3F2, 0x18);
        machine.out(0x3F2, 0x1C);
        QCOMPARE(machine.status(), 0x00);
        QVERIFY(!machine.line.asserted);
        machine.disk->letGo();
        machine.settle();
        QCOMPARE(machine.status(), 0x80);
        QVERIFY(machine.line.asserted);
        QCOMPARE(machine.senseInterrupt(), (Bytes{0xC0, 0}));
        // Nothing has reached the guest.
        for (const std::byte byte : machine.data(512))
            QCOMPARE(byte, std::byte{0});
        QCOMPARE(machine.in(8) & 0x40, 0);
    }

    void aDisketteCanGoWhileItIsRead() {
        Machine machine;
        machine.disk->holding = true;
        machine.setUpDma(512, 0x46);
        QVERIFY(machine.send({kRead, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF}));
        while (machine.disk->held() == 0)
            machine.engine->poll();
        bool released = false;
        machine.controller->eject([&] { released = true; });
        machine.engine->poll();
        QVERIFY(!released);
        machine.disk->letGo();
        machine.settle();
        QVERIFY(released);
        QCOMPARE(machine.results(), (Bytes{0x00, 0, 0, 0, 0, 2, 2}));
        QVERIFY(machine.dataIs(512, 0));
        QCOMPARE(machine.run({kRead, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF}).at(1), std::uint8_t{0x01});
    }

    void anotherDisketteIsRead() {
        Machine machine;
        auto other = machine.makeDiskette(720 * 1024);
        other->content[0] = std::byte{0xEE};
        QVERIFY(machine.controller->insert(other));
        machine.setUpDma(512, 0x46);
        QCOMPARE(machine.run({kRead, 0x00, 0, 0, 1, 2, 9, 0x1B, 0xFF}).at(1), std::uint8_t{0x01});
        machine.out(0x3F7, 2);
        QCOMPARE(machine.run({kRead, 0x00, 0, 0, 1, 2, 9, 0x1B, 0xFF}).at(1), std::uint8_t{0x00});
        QCOMPARE(machine.data(1)[0], std::byte{0xEE});
    }
};

QTEST_APPLESS_MAIN(FloppyDataTest)
#include "floppy_data_test.moc"
