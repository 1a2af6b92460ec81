// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/storage/scsi/dvd_drive.h"

#include <QtTest>
#include <cerrno>
#include <string>

#include "initiator.h"
#include "memory_disk.h"

using namespace devices::scsi;
using Bytes = Initiator::Bytes;
using hypervisor::StorageValue;

namespace {

constexpr std::uint64_t kBlocks = 512;

struct Bench {
    explicit Bench(bool loaded) {
        if (loaded)
            disk = newDisk();
        drive = std::make_shared<DvdDrive>(disk, DvdOptions{});
        initiator.target().add(0, drive);
        static_cast<void>(initiator.none(Bytes(6)));
    }
    [[nodiscard]] std::shared_ptr<MemoryDisk> newDisk() {
        auto medium = std::make_shared<MemoryDisk>(initiator.engine(), kBlocks * 2048, 2048, 2048);
        medium->locked = true;
        for (std::size_t i = 0; i < medium->content.size(); ++i)
            medium->content[i] = static_cast<std::byte>(i / 2048);
        return medium;
    }
    [[nodiscard]] Initiator::Answer event() {
        return initiator.in({0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8, 0}, 8);
    }
    [[nodiscard]] Initiator::Answer ready() { return initiator.none(Bytes(6)); }

    Initiator initiator;
    std::shared_ptr<MemoryDisk> disk;
    std::shared_ptr<DvdDrive> drive;
};

}  // namespace

class DvdDriveTest : public QObject {
    Q_OBJECT

  private slots:
    void inquiry() {
        Bench bench(true);
        const auto answer = bench.initiator.in({0x12, 0, 0, 0, 96, 0}, 96);
        QCOMPARE(answer.data[0], std::uint8_t{5});
        QCOMPARE(answer.data[1], std::uint8_t{0x80});
        QCOMPARE(std::string(answer.data.begin() + 16, answer.data.begin() + 32),
                 std::string("Virtual DVD-ROM "));
        const auto pages = bench.initiator.in({0x12, 1, 0, 0, 96, 0}, 96);
        QCOMPARE(pages.number(2, 2), std::uint64_t{3});
    }

    void reads() {
        Bench bench(true);
        auto answer = bench.initiator.in({0x28, 0, 0, 0, 0, 5, 0, 0, 2, 0}, 4096);
        QVERIFY(answer.good());
        QCOMPARE(answer.data.front(), std::uint8_t{5});
        QCOMPARE(answer.data.back(), std::uint8_t{6});
        answer = bench.initiator.in({0xA8, 0, 0, 0, 1, 255, 0, 0, 0, 1, 0, 0}, 2048);
        QVERIFY(answer.good());
        QVERIFY(bench.initiator.in({0x28, 0, 0, 0, 1, 255, 0, 0, 2, 0}, 4096)
                    .illegal(SenseCode::BlockAddressOutOfRange));
        QVERIFY(bench.initiator.in({0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0}, 2048)
                    .illegal(SenseCode::InvalidFieldInBlock));
        answer = bench.initiator.in({0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 8);
        QCOMPARE(answer.number(0, 4), kBlocks - 1);
        QCOMPARE(answer.number(4, 4), std::uint64_t{2048});
        QVERIFY(bench.initiator.none({0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0})
                    .illegal(SenseCode::InvalidOperationCode));
        bench.disk->fault = [](const MemoryDisk::DiskRequest&) { return EIO; };
        QVERIFY(bench.initiator.in({0x28, 0, 0, 0, 0, 5, 0, 0, 2, 0}, 4096)
                    .is(SenseKey::MediumError, SenseCode::UnrecoveredReadError));
        QCOMPARE((*bench.drive->counters())[StorageValue::Errors].read(), std::uint64_t{1});
    }

    void withoutMediumOnlyTheDriveAnswers() {
        Bench bench(false);
        for (const Bytes& block :
             {Bytes(6), Bytes{0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0},
              Bytes{0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0}, Bytes{0x43, 0, 0, 0, 0, 0, 0, 0, 20, 0},
              Bytes{0x51, 0, 0, 0, 0, 0, 0, 0, 34, 0}, Bytes{0x52, 1, 0, 0, 0, 1, 0, 0, 36, 0}})
            QVERIFY(bench.initiator.in(block, 2048)
                        .is(SenseKey::NotReady, SenseCode::MediumNotPresent));
        QVERIFY(bench.initiator.in({0x1A, 8, 0x2A, 0, 64, 0}, 64).good());
        const auto sense = bench.initiator.in({0x03, 0, 0, 0, 18, 0}, 18);
        QCOMPARE(sense.data[2], std::uint8_t{2});
        QCOMPARE(sense.data[12], std::uint8_t{0x3A});
        QCOMPARE(bench.event().data[5], std::uint8_t{0});
        const auto configuration = bench.initiator.in({0x46, 0, 0, 0, 0, 0, 0, 0, 200, 0}, 200);
        QCOMPARE(configuration.number(6, 2), std::uint64_t{0});
    }

    void tableOfContents() {
        Bench bench(true);
        const auto toc = [&](std::uint8_t flags, std::uint8_t format, std::uint8_t track,
                             std::uint8_t control = 0) {
            return bench.initiator.in({0x43, flags, format, 0, 0, 0, track, 0, 64, control}, 64);
        };
        auto answer = toc(0, 0, 0);
        QCOMPARE(answer.transferred, std::uint64_t{20});
        QCOMPARE(answer.number(0, 4), std::uint64_t{0x0012'0101});
        QCOMPARE(answer.number(4, 4), std::uint64_t{0x0014'0100});
        QCOMPARE(answer.number(12, 4), std::uint64_t{0x0014'AA00});
        QCOMPARE(answer.number(16, 4), kBlocks);
        answer = toc(2, 0, 0);
        QCOMPARE(answer.number(8, 4), std::uint64_t{0x0000'0200});
        // 512 + 150 frames.
        QCOMPARE(answer.number(16, 4), std::uint64_t{0x0000'0000 + (8 << 8) + 62});
        answer = toc(0, 0, 0xAA);
        QCOMPARE(answer.transferred, std::uint64_t{12});
        QVERIFY(toc(0, 0, 7).illegal(SenseCode::InvalidFieldInBlock));
        answer = toc(0, 1, 0);
        QCOMPARE(answer.transferred, std::uint64_t{12});
        QCOMPARE(toc(0, 0, 0, 0x40).transferred, std::uint64_t{12});
        answer = toc(2, 2, 1);
        QCOMPARE(answer.transferred, std::uint64_t{4 + 4 * 11});
        QCOMPARE(answer.data[4 + 3], std::uint8_t{0xA0});
        QVERIFY(toc(0, 3, 0).illegal(SenseCode::InvalidFieldInBlock));
    }

    void configuration() {
        Bench bench(true);
        const auto get = [&](std::uint8_t kind, std::uint16_t first) {
            return bench.initiator.in({0x46, kind, static_cast<std::uint8_t>(first >> 8),
                                       static_cast<std::uint8_t>(first), 0, 0, 0, 1, 0, 0},
                                      256);
        };
        const auto all = get(0, 0);
        QCOMPARE(all.number(6, 2), std::uint64_t{8});
        QCOMPARE(all.transferred, all.number(0, 4) + 4);
        std::vector<std::uint64_t> codes;
        for (std::size_t at = 8; at < all.transferred; at += 4 + all.data[at + 3])
            codes.push_back(all.number(at, 2));
        QCOMPARE(codes, (std::vector<std::uint64_t>{0, 1, 2, 3, 0x10, 0x1E, 0x1F}));
        const auto one = get(2, 0x10);
        QCOMPARE(one.transferred, std::uint64_t{8 + 12});
        QCOMPARE(one.number(12, 4), std::uint64_t{2048});
        QCOMPARE(get(2, 0x77).transferred, std::uint64_t{8});
        QVERIFY(get(1, 0).transferred < all.transferred);
        QVERIFY(get(3, 0).illegal(SenseCode::InvalidFieldInBlock));
    }

    void informationOnDiscTrackAndMechanism() {
        Bench bench(true);
        QCOMPARE(bench.initiator.in({0x51, 0, 0, 0, 0, 0, 0, 0, 34, 0}, 34).data[2],
                 std::uint8_t{0x0E});
        QVERIFY(bench.initiator.in({0x51, 1, 0, 0, 0, 0, 0, 0, 34, 0}, 34)
                    .illegal(SenseCode::InvalidFieldInBlock));
        const auto track = [&](std::uint8_t by, std::uint8_t number) {
            return bench.initiator.in({0x52, by, 0, 0, 0, number, 0, 0, 36, 0}, 36);
        };
        QCOMPARE(track(1, 1).number(24, 4), kBlocks);
        QVERIFY(track(0, 9).good());
        QVERIFY(track(2, 1).good());
        QVERIFY(track(1, 2).illegal(SenseCode::InvalidFieldInBlock));
        QVERIFY(track(3, 1).illegal(SenseCode::InvalidFieldInBlock));
        QCOMPARE(bench.initiator.in({0xBD, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0}, 8).transferred,
                 std::uint64_t{8});
        QVERIFY(bench.initiator.none({0xBB, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0}).good());
        QVERIFY(bench.initiator.none({0x2B, 0, 0, 0, 1, 0, 0, 0, 0, 0}).good());
        QVERIFY(bench.initiator.none({0x2B, 0, 0, 0, 2, 0, 0, 0, 0, 0})
                    .illegal(SenseCode::BlockAddressOutOfRange));
    }

    void mediaComeAndGo() {
        Bench bench(false);
        auto first = bench.newDisk();
        bench.drive->insert(first, {});
        QVERIFY(bench.ready().is(SenseKey::UnitAttention, SenseCode::MediumMayHaveChanged));
        QVERIFY(bench.ready().good());
        auto event = bench.event();
        QCOMPARE(event.data[2], std::uint8_t{4});
        QCOMPARE(event.data[4], std::uint8_t{2});
        QCOMPARE(event.data[5], std::uint8_t{2});
        QCOMPARE(bench.event().data[4], std::uint8_t{0});
        // Another one in its place.
        bool released = false;
        bench.drive->insert(bench.newDisk(), [&] { released = true; });
        QVERIFY(released);
        QVERIFY(bench.ready().is(SenseKey::UnitAttention, SenseCode::MediumMayHaveChanged));
        released = false;
        bench.drive->eject([&] { released = true; });
        QVERIFY(released);
        QVERIFY(bench.ready().is(SenseKey::NotReady, SenseCode::MediumNotPresent));
        event = bench.event();
        QCOMPARE(event.data[4], std::uint8_t{3});
        QCOMPARE(event.data[5], std::uint8_t{0});
        released = false;
        bench.drive->eject([&] { released = true; });
        QVERIFY(released);
        QVERIFY(bench.initiator.in({0x4A, 0, 0, 0, 0x10, 0, 0, 0, 8, 0}, 8)
                    .illegal(SenseCode::InvalidFieldInBlock));
        QCOMPARE(bench.initiator.in({0x4A, 1, 0, 0, 0x40, 0, 0, 0, 8, 0}, 8).data[2],
                 std::uint8_t{0x80});
    }

    void whatIsPutInAfterTheGuestEjectsStays() {
        Bench bench(true);
        unsigned ejecting = 0;
        unsigned released = 0;
        bench.drive->onGuestEject([&] {
            ++ejecting;
            return [&] { ++released; };
        });
        QVERIFY(bench.initiator.none({0x1B, 0, 0, 0, 2, 0}).good());
        QCOMPARE(ejecting, 1U);
        QCOMPARE(released, 1U);
        bool other = false;
        bench.drive->insert(bench.newDisk(), [&] { other = true; });
        // There was none any more.
        QVERIFY(other);
        QCOMPARE(released, 1U);
        QVERIFY(bench.drive->hasMedium());
    }

    void theGuestEjectsWhatItDoesNotHold() {
        Bench bench(true);
        unsigned ejected = 0;
        bench.drive->onGuestEject([&] { return [&] { ++ejected; }; });
        QVERIFY(bench.initiator.none({0x1E, 0, 0, 0, 1, 0}).good());
        QVERIFY(
            bench.initiator.none({0x1B, 0, 0, 0, 2, 0}).illegal(SenseCode::MediumRemovalPrevented));
        QVERIFY(bench.ready().good());
        QVERIFY(bench.initiator.none({0x1E, 0, 0, 0, 0, 0}).good());
        QVERIFY(bench.initiator.none({0x1B, 0, 0, 0, 2, 0}).good());
        QCOMPARE(ejected, 1U);
        QVERIFY(bench.ready().is(SenseKey::NotReady, SenseCode::MediumNotPresentTrayOpen));
        QCOMPARE(bench.initiator.in({0xBD, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0}, 8).data[1],
                 std::uint8_t{0x10});
        QVERIFY(bench.initiator.none({0x1B, 0, 0, 0, 2, 0}).good());
        QCOMPARE(ejected, 1U);
        QVERIFY(bench.initiator.none({0x1B, 0, 0, 0, 3, 0}).good());
        QVERIFY(bench.ready().is(SenseKey::NotReady, SenseCode::MediumNotPresent));
        // The owner may take it out all the same, and a reset ends the hold.
        bench.drive->insert(bench.newDisk(), {});
        static_cast<void>(bench.ready());
        QVERIFY(bench.initiator.none({0x1E, 0, 0, 0, 1, 0}).good());
        bench.drive->reset(SenseCode::BusReset);
        static_cast<void>(bench.ready());
        QVERIFY(bench.initiator.none({0x1B, 0, 0, 0, 2, 0}).good());
        QCOMPARE(ejected, 2U);
    }
};

QTEST_GUILESS_MAIN(DvdDriveTest)
#include "dvd_drive_test.moc"
