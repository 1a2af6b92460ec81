// SPDX-License-Identifier: GPL-3.0-or-later

// The units of a controller: which there are, and how they come and go under a guest.

#include <QtTest>
#include <array>
#include <atomic>
#include <memory>
#include <thread>

#include "storage_machine.h"

using namespace devices::synthetic;
using Machine = StorageMachine;
using devices::scsi::DvdOptions;
using devices::storage::IoEngine;
using devices::storage::IoEngineKind;
using vmbus::GuestRange;

class StorageUnitsTest : public QObject {
    Q_OBJECT

  private slots:
    void noPhantomDisks() {
        Machine machine;
        QVERIFY(machine.attach(0));
        PlayedStorvsc guest(*machine.memory, kRings);
        QVERIFY(guest.begin(*machine.vsp, 0));
        for (const auto& [path, target, lun] :
             {std::array{0, 0, 7}, std::array{0, 1, 0}, std::array{5, 0, 0}}) {
            std::memset(machine.at(kData), 0xEE, 4096);
            const GuestRange range = PlayedStorvsc::rangeAt(kData, 255);
            const auto run = [&](const Block& block, std::uint8_t direction) {
                auto request = PlayedStorvsc::request(static_cast<unsigned>(lun), block, direction,
                                                      direction == 2 ? 0 : 255);
                request.path = static_cast<std::uint8_t>(path);
                request.target = static_cast<std::uint8_t>(target);
                return direction == 2 ? guest.run(request)
                                      : guest.run(request, std::span(&range, 1));
            };
            auto answer = run(inquiry(255), 1);
            QVERIFY(answer && answer->good());
            QCOMPARE(answer->request().dataLength, 36U);
            QCOMPARE(static_cast<unsigned>(*machine.at(kData)), 0x7FU);
            answer = run({0x12, 1, 0x83, 0, 255, 0}, 1);
            QVERIFY(answer);
            QCOMPARE(answer->sense(), 0x052500U);
            QCOMPARE(static_cast<unsigned>(*machine.at(kData)), 0U);
            answer = run({0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0}, 1);
            QVERIFY(answer && answer->good());
            // Unit 0 of another target has none beside it.
            QCOMPARE(static_cast<unsigned>(*machine.at(kData + 3)),
                     path == 0 && target == 0 ? 8U : 0U);
            for (const Block& block : {kTestUnitReady, read10(0, 0)}) {
                answer = run(block, 2);
                QVERIFY(answer);
                QCOMPARE(answer->request().srbStatus, std::uint8_t{0x20});
                QCOMPARE(answer->request().scsiStatus, std::uint8_t{2});
            }
        }
        // MODE SENSE is taken as good whatever is said: then it is zeroes.
        std::memset(machine.at(kData), 0xEE, 4096);
        const auto answer = guest.read(0, {0x1A, 0, 0x1C, 0, 64, 0}, kData, 64);
        QVERIFY(answer);
        QCOMPARE(answer->sense(), 0x052400U);
        for (unsigned i = 0; i < 64; ++i)
            QCOMPARE(static_cast<unsigned>(*machine.at(kData + i)), 0U);
        QCOMPARE(static_cast<unsigned>(*machine.at(kData + 64)), 0xEEU);
        QVERIFY(guest.client().close());
    }

    void unitsComeAndGoWhileTheGuestWorks() {
        Machine machine;
        QVERIFY(machine.attach(0));
        PlayedStorvsc guest(*machine.memory, kRings);
        QVERIFY(guest.begin(*machine.vsp, 0));
        std::atomic<bool> stop = false;
        std::atomic<unsigned> wrong = 0;
        std::atomic<unsigned> seen = 0;
        std::thread working([&] {
            while (!stop) {
                const auto sure = guest.read(0, read10(8, 8), kData, 4096);
                if (!sure || !sure->good())
                    ++wrong;
                const auto other = guest.read(1, read10(8, 8), kData + 8192, 4096);
                if (!other)
                    ++wrong;
                else if (other->good() || other->sense() == 0x062900)
                    ++seen;
                else if (other->request().srbStatus != 0x20)
                    ++wrong;
            }
        });
        unsigned failed = 0;
        for (unsigned i = 0; i < 200; ++i) {
            auto disk = machine.attach(1);
            const std::weak_ptr<MemoryDisk> gone = disk;
            const unsigned before = seen;
            const auto end = std::chrono::steady_clock::now() + kLimit;
            // Every other time not before the guest has used it.
            while (i % 2 == 0 && seen < before + 3 && std::chrono::steady_clock::now() < end)
                std::this_thread::yield();
            if (!disk || !machine.vsp->counters(1))
                ++failed;
            disk.reset();
            Call released;
            if (!machine.vsp->detach(1, released.callback()) || !released.came() || !gone.expired())
                ++failed;
        }
        stop = true;
        working.join();
        QCOMPARE(failed, 0U);
        QCOMPARE(wrong.load(), 0U);
        QVERIFY(seen >= 300);
        QVERIFY(guest.enumerations() > 0);
        QCOMPARE(guest.none(1, kTestUnitReady)->request().srbStatus, std::uint8_t{0x20});
        QVERIFY(guest.client().close());
    }

    void theGuestIsToldOfChanges() {
        Machine machine;
        const auto disk = machine.attach(0);
        PlayedStorvsc guest(*machine.memory, kRings);
        guest.client().open(*machine.vsp);
        QVERIFY(guest.initialise());
        QCOMPARE(guest.enumerations(), 0U);
        QVERIFY(machine.attach(63));
        QVERIFY(guest.waitForEnumeration());
        QVERIFY(guest.read(63, inquiry(36), kData, 36)->good());
        QVERIFY(machine.vsp->detach(63, {}));
        QVERIFY(guest.waitForEnumeration());
        QCOMPARE(guest.none(63, kTestUnitReady)->request().srbStatus, std::uint8_t{0x20});
        static_cast<void>(guest.none(0, kTestUnitReady));
        machine.onEngine([&] { disk->content.resize(3 * kMiB); });
        QVERIFY(machine.vsp->capacityChanged(0));
        QVERIFY(guest.waitForEnumeration());
        QCOMPARE(guest.none(0, kTestUnitReady)->sense(), 0x062A09U);
        QVERIFY(guest.client().close());
    }

    void dvdsAreChangedWhileTheGuestRuns() {
        Machine machine;
        Call guestEjected;
        QVERIFY(machine.vsp->attachDvd(2, nullptr, DvdOptions{},
                                       [&] { return guestEjected.callback(); }));
        PlayedStorvsc guest(*machine.memory, kRings);
        QVERIFY(guest.begin(*machine.vsp, 2));
        QCOMPARE(guest.none(2, kTestUnitReady)->sense(), 0x023A00U);
        auto first = machine.newDisk(2 * kMiB, 2048);
        QVERIFY(machine.vsp->insert(2, first));
        QVERIFY(machine.waitOnEngine([] { return true; }));
        QCOMPARE(guest.none(2, kTestUnitReady)->sense(), 0x062800U);
        // Taken out in the middle of a read: that is done first.
        machine.onEngine([&] { first->holding = true; });
        const GuestRange range = PlayedStorvsc::rangeAt(kData, 2048);
        QVERIFY(
            guest.send(PlayedStorvsc::request(2, read10(0, 1), 1, 2048), 70, std::span(&range, 1)));
        QVERIFY(machine.waitOnEngine([&] { return first->held() == 1; }));
        Call released;
        QVERIFY(machine.vsp->eject(2, released.callback()));
        QCOMPARE(guest.none(2, kTestUnitReady)->sense(), 0x023A00U);
        QVERIFY(!released.came(std::chrono::milliseconds(0)));
        machine.onEngine([&] { first->letGo(); });
        QVERIFY(guest.receive()->good());
        QVERIFY(released.came());
        QVERIFY(machine.vsp->insert(2, machine.newDisk(2 * kMiB, 2048)));
        machine.onEngine([] {});
        static_cast<void>(guest.none(2, kTestUnitReady));
        QVERIFY(guest.none(2, {0x1B, 0, 0, 0, 2, 0})->good());
        QVERIFY(guestEjected.came());
        QCOMPARE(guest.none(2, kTestUnitReady)->sense(), 0x023A02U);
        QVERIFY(guest.client().close());
    }

    void whatCanNotBeAttachedIsRefused() {
        Machine machine;
        const auto other = *IoEngine::create({.kind = IoEngineKind::ThreadPool});
        QVERIFY(!machine.vsp->attachDisk(0, std::make_shared<MemoryDisk>(*other, kMiB), {}));
        QVERIFY(!machine.vsp->attachDisk(0, machine.newDisk(kMiB, 8192), {}));
        QVERIFY(!machine.vsp->attachDvd(0, machine.newDisk(kMiB, 4096), {}));
        QVERIFY(!machine.vsp->attachDisk(255, machine.newDisk(), {}));
        QVERIFY(machine.attach(254));
        QVERIFY(!machine.attach(254));
        QVERIFY(!machine.vsp->detach(0, {}));
        QVERIFY(!machine.vsp->insert(254, machine.newDisk(kMiB, 2048)));
        QVERIFY(!machine.vsp->eject(254, {}));
        QVERIFY(!machine.vsp->capacityChanged(0));
        QVERIFY(machine.vsp->counters(254) && !machine.vsp->counters(0));
    }
};

QTEST_GUILESS_MAIN(StorageUnitsTest)
#include "storage_units_test.moc"
