// SPDX-License-Identifier: GPL-3.0-or-later

// What a driver says on the channels of a controller, and what of it is answered.

#include <QtTest>
#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "storage_machine.h"

using namespace devices::synthetic;
using hypervisor::StorageValue;
using Machine = StorageMachine;
using vmbus::GuestRange;

class StorageVspTest : public QObject {
    Q_OBJECT

  private slots:
    void startsAsLinuxDoes_data() {
        QTest::addColumn<unsigned>("version");
        QTest::newRow("6.2") << 0x0602U;
        QTest::newRow("6.0") << 0x0600U;
        QTest::newRow("5.1") << 0x0501U;
    }
    void startsAsLinuxDoes() {
        QFETCH(unsigned, version);
        Machine machine(3);
        const auto disk = machine.attach(1);
        QVERIFY(disk);
        PlayedStorvsc guest(*machine.memory, kRings);
        guest.client().open(*machine.vsp);
        using enum StorageOperation;
        QCOMPARE(guest.statusOf(BeginInitialization), 0U);
        QCOMPARE(guest.statusOf(QueryProtocolVersion, 0x0700), 0xC000'0059U);
        QCOMPARE(guest.statusOf(QueryProtocolVersion, version), 0U);
        const auto answer = guest.step(QueryProperties, std::uint64_t{0});
        QVERIFY(answer && answer->packet.status == 0);
        QCOMPARE(answer->packet.operation, 1U);
        QCOMPARE(answer->id, PlayedStorvsc::kInitialisationId);
        StorageProperties properties;
        std::memcpy(&properties, answer->packet.payload.data(), sizeof(properties));
        QCOMPARE(properties.maximumSubChannels, std::uint16_t{3});
        QCOMPARE(properties.flags, 1U);
        QVERIFY(properties.maximumTransfer >= 256 * 1024);
        QCOMPARE(properties.maximumTransfer % 4096, 0U);
        QCOMPARE(guest.statusOf(EndInitialization), 0U);

        // The scan: unit 0 is not there, and the list of units says which is.
        auto scsi = guest.read(0, inquiry(36), kData, 36);
        QVERIFY(scsi && scsi->good());
        QCOMPARE(scsi->request().dataLength, 36U);
        QCOMPARE(static_cast<unsigned>(*machine.at(kData)), 0x7FU);
        scsi = guest.read(0, {0xA0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0}, kData, 4096);
        QVERIFY(scsi && scsi->good());
        QCOMPARE(static_cast<unsigned>(*machine.at(kData + 3)), 8U);
        QCOMPARE(static_cast<unsigned>(*machine.at(kData + 9)), 1U);
        scsi = guest.read(1, inquiry(96), kData, 96);
        QVERIFY(scsi && scsi->good());
        QCOMPARE(scsi->request().dataLength, 74U);
        QVERIFY(std::memcmp(machine.at(kData + 8), "Msft    ", 8) == 0);
        scsi = guest.none(1, kTestUnitReady);
        QVERIFY(scsi);
        QCOMPARE(scsi->request().scsiStatus, std::uint8_t{2});
        QCOMPARE(scsi->sense(), 0x062900U);
        scsi = guest.none(1, kTestUnitReady);
        QVERIFY(scsi && scsi->good());

        // Straight from and into guest memory, whatever pages it is made of.
        constexpr std::uint32_t kLength = 24 * 512;
        GuestRange scattered{kLength, 0xE10, {}};
        for (const unsigned page : {9U, 3U, 4U, 20U})
            scattered.frames.push_back(kData / 4096 + page);
        std::vector<std::byte> expected(kLength);
        for (std::uint32_t i = 0; i < kLength; ++i)
            expected[i] = static_cast<std::byte>(i * 7 + i / 256);
        const auto pages = *vmbus::GuestPages::create(*machine.memory, std::span(&scattered, 1));
        QVERIFY(pages.write(0, expected));
        scsi = guest.run(PlayedStorvsc::request(1, write10(8, 24), 0, kLength),
                         std::span(&scattered, 1));
        QVERIFY(scsi && scsi->good());
        QCOMPARE(scsi->request().dataLength, kLength);
        QVERIFY(std::equal(expected.begin(), expected.end(), disk->content.begin() + 8 * 512));
        QVERIFY(pages.write(0, std::vector<std::byte>(kLength)));
        scsi = guest.run(PlayedStorvsc::request(1, read10(8, 24), 1, kLength),
                         std::span(&scattered, 1));
        QVERIFY(scsi && scsi->good());
        std::vector<std::byte> back(kLength);
        QVERIFY(pages.read(0, back));
        QVERIFY(back == expected);
        const auto counters = machine.vsp->counters(1);
        QCOMPARE((*counters)[StorageValue::ReadBytes].read(), std::uint64_t{kLength});
        QCOMPARE((*counters)[StorageValue::WrittenBytes].read(), std::uint64_t{kLength});
        QVERIFY(guest.client().close());
    }

    void theGreatestTransfer() {
        Machine machine;
        QVERIFY(machine.attach(0));
        PlayedStorvsc guest(*machine.memory, kRings);
        QVERIFY(guest.begin(*machine.vsp, 0));
        // A page more than the bytes have, for they begin inside of one.
        auto answer = guest.read(0, read10(0, 2048), kData + 512, kMiB);
        QVERIFY(answer && answer->good());
        QCOMPARE(answer->request().dataLength, std::uint32_t{kMiB});
        const GuestRange range = PlayedStorvsc::rangeAt(kData, kMiB + 8192);
        QVERIFY(guest.send(PlayedStorvsc::request(0, read10(0, 2048), 1, kMiB), 5,
                           std::span(&range, 1)));
        QVERIFY(guest.client().waitForFailure());
        QVERIFY(guest.client().close());
    }

    void stepsOutOfOrderAreRefused() {
        Machine machine;
        QVERIFY(machine.attach(0));
        PlayedStorvsc guest(*machine.memory, kRings);
        guest.client().open(*machine.vsp);
        using enum StorageOperation;
        constexpr std::uint32_t kState = 0xC000'0184;
        QCOMPARE(guest.statusOf(QueryProtocolVersion, 0x0602), kState);
        QCOMPARE(guest.statusOf(QueryProperties), kState);
        QCOMPARE(guest.statusOf(EndInitialization), kState);
        QCOMPARE(guest.statusOf(CreateSubChannels, 1), kState);
        QCOMPARE(guest.none(0, kTestUnitReady)->request().srbStatus, std::uint8_t{6});
        QCOMPARE(guest.statusOf(BeginInitialization), 0U);
        QCOMPARE(guest.statusOf(BeginInitialization), kState);
        QCOMPARE(guest.statusOf(EndInitialization), kState);
        QCOMPARE(guest.statusOf(QueryProtocolVersion, 0x0602), 0U);
        QCOMPARE(guest.statusOf(EndInitialization), 0U);
        QCOMPARE(guest.statusOf(CreateSubChannels, 1), 0xC000'000DU);
        QCOMPARE(guest.statusOf(FibreChannelData), 0xC000'00BBU);
        QCOMPARE(guest.statusOf(EnumerateBus), 0xC000'000DU);
        QCOMPARE(guest.statusOf(static_cast<StorageOperation>(99)), 0xC000'000DU);
        QCOMPARE(guest.none(0, kTestUnitReady)->sense(), 0x062900U);
        QVERIFY(guest.client().close());
        // Opened again, it begins anew.
        guest.client().open(*machine.vsp);
        QCOMPARE(guest.statusOf(EndInitialization), kState);
        QVERIFY(guest.initialise());
        QCOMPARE(guest.none(0, kTestUnitReady)->sense(), 0x062900U);
        QVERIFY(guest.client().close());
    }

    void requestsThatMakeNoSenseAreAnswered() {
        Machine machine;
        QVERIFY(machine.attach(0));
        PlayedStorvsc guest(*machine.memory, kRings);
        QVERIFY(guest.begin(*machine.vsp, 0));
        const auto invalid = [](const std::optional<PlayedStorvsc::Answer>& answer) {
            return answer && answer->request().srbStatus == 6;
        };
        GuestRange range = PlayedStorvsc::rangeAt(kData, 512);
        const std::span one(&range, 1);
        auto request = PlayedStorvsc::request(0, read10(0, 1), 1, 512);
        request.direction = 3;
        QVERIFY(invalid(guest.run(request, one)));
        request.direction = 1;
        request.blockLength = 17;
        QVERIFY(invalid(guest.run(request, one)));
        request.blockLength = 10;
        request.dataLength = 513;
        QVERIFY(invalid(guest.run(request, one)));
        request.dataLength = UINT32_MAX;
        QVERIFY(invalid(guest.run(request, one)));
        request.dataLength = 512;
        range.frames = {0xFEE00};
        QVERIFY(invalid(guest.run(request, one)));
        range.frames = {UINT64_MAX};
        QVERIFY(invalid(guest.run(request, one)));
        range.frames = {kData / 4096};
        // Without memory there is nothing to read into.
        QCOMPARE(guest.run(request)->sense(), 0x052400U);
        request.blockLength = 6;
        QCOMPARE(guest.run(request, one)->sense(), 0x052400U);
        request.blockLength = 0;
        QCOMPARE(guest.run(request, one)->sense(), 0x052400U);
        request.blockLength = 10;
        // Less room for sense, and none.
        request.senseLength = 4;
        request.blockOrSense[0] = 0xFF;
        auto answer = guest.run(request, one);
        QCOMPARE(answer->request().srbStatus, std::uint8_t{0x84});
        QCOMPARE(answer->request().senseLength, std::uint8_t{4});
        QCOMPARE(answer->request().blockOrSense[7], std::uint8_t{0});
        request.senseLength = 0;
        QCOMPARE(guest.run(request, one)->request().srbStatus, std::uint8_t{0x04});
        // All that was for nothing.
        answer = guest.read(0, read10(0, 1), kData, 512);
        QVERIFY(answer && answer->good());
        QVERIFY(!guest.client().failure());
        QVERIFY(guest.client().close());
    }

    void breachesOfTheProtocolCostTheChannel_data() {
        QTest::addColumn<int>("breach");
        QTest::newRow("short") << 0;
        QTest::newRow("completion") << 1;
        QTest::newRow("no completion asked for") << 2;
        QTest::newRow("ranges that are not there") << 3;
        QTest::newRow("write index") << 4;
    }
    void breachesOfTheProtocolCostTheChannel() {
        QFETCH(int, breach);
        Machine machine;
        QVERIFY(machine.attach(0));
        PlayedStorvsc guest(*machine.memory, kRings);
        guest.client().open(*machine.vsp);
        QVERIFY(guest.initialise());
        StoragePacket packet{};
        packet.operation = static_cast<std::uint32_t>(StorageOperation::ExecuteSrb);
        const auto bytes = vmbus::bytesOf(packet);
        const std::array whole{bytes};
        switch (breach) {
            case 0:
                QVERIFY(guest.client().sendInBand(bytes.first(48), 1));
                break;
            case 1:
                QVERIFY(guest.client().sendCompletion(1, bytes));
                break;
            case 2:
                QVERIFY(guest.client().sendInBand(bytes, 0));
                break;
            case 3: {
                const vmbus::GpaDirectHeader header{0, 1000};
                QVERIFY(guest.client().send(
                    {vmbus::PacketType::GpaDirect, true, 1, vmbus::bytesOf(header), whole}));
                break;
            }
            default:
                guest.client().ringToDevice().control().writeIndex = 0xFFFF'FFF0;
                guest.client().ringDoorbell();
                break;
        }
        QVERIFY(guest.client().waitForFailure());
        QVERIFY(guest.client().close());
        // The controller is none the worse.
        PlayedStorvsc next(*machine.memory, kRings);
        next.client().open(*machine.vsp);
        QVERIFY(next.initialise());
        QVERIFY(next.client().close());
    }

    void requestsUnderWayAreBounded() {
        Machine machine;
        const auto disk = machine.attach(0);
        PlayedStorvsc guest(*machine.memory, kRings, 32);
        QVERIFY(guest.begin(*machine.vsp, 0));
        machine.onEngine([&] { disk->holding = true; });
        constexpr unsigned kRequests = 3 * StorageChannel::kMaximumRequests;
        const GuestRange range = PlayedStorvsc::rangeAt(kData, 512);
        for (unsigned i = 1; i <= kRequests; ++i)
            QVERIFY(guest.send(PlayedStorvsc::request(0, read10(i, 1), 1, 512), i,
                               std::span(&range, 1)));
        QVERIFY(
            machine.waitOnEngine([&] { return disk->held() == StorageChannel::kMaximumRequests; }));
        machine.vsp->doorbell();
        machine.onEngine([] {});
        QCOMPARE(machine.onEngine([&] { return disk->held(); }),
                 std::size_t{StorageChannel::kMaximumRequests});
        // What goes on is not the guest's doing.
        machine.onEngine([&] { disk->letGo(); });
        std::vector<bool> answered(kRequests + 1);
        for (unsigned i = 0; i < kRequests; ++i) {
            const auto answer = guest.receive();
            QVERIFY(answer && answer->good() && answer->id <= kRequests);
            QVERIFY(!answered[answer->id]);
            answered[answer->id] = true;
        }
        QVERIFY(guest.client().close());
    }

    void answersWaitForRoom() {
        Machine machine;
        QVERIFY(machine.attach(0));
        // Rings of one page of data each.
        PlayedStorvsc guest(*machine.memory, kRings, 2);
        QVERIFY(guest.begin(*machine.vsp, 0));
        constexpr unsigned kRequests = 400;
        std::atomic<bool> sent = true;
        std::thread sender([&] {
            for (unsigned i = 1; i <= kRequests; ++i)
                sent = sent && guest.send(PlayedStorvsc::request(0, kTestUnitReady, 2, 0), i);
        });
        // Both rings are full before anything is taken out.
        const bool full = machine.waitOnEngine(
            [&] { return guest.client().ringFromDevice().control().pendingSendSize != 0; });
        unsigned received = 0;
        for (unsigned i = 1; i <= kRequests; ++i) {
            const auto answer = guest.receive();
            if (answer && answer->good() && answer->id == i)
                ++received;
        }
        sender.join();
        QVERIFY(full);
        QVERIFY(sent);
        QCOMPARE(received, kRequests);
        machine.onEngine([] {});
        QCOMPARE(guest.client().ringFromDevice().control().pendingSendSize, 0U);
        QVERIFY(guest.client().close());
    }

    void resetWaitsForWhatCameBefore() {
        Machine machine;
        const auto disk = machine.attach(0);
        PlayedStorvsc guest(*machine.memory, kRings);
        QVERIFY(guest.begin(*machine.vsp, 0));
        machine.onEngine([&] { disk->holding = true; });
        const GuestRange range = PlayedStorvsc::rangeAt(kData, 512);
        for (unsigned i = 1; i <= 5; ++i)
            QVERIFY(guest.send(PlayedStorvsc::request(0, read10(i, 1), 1, 512), i,
                               std::span(&range, 1)));
        StoragePacket reset{};
        reset.operation = static_cast<std::uint32_t>(StorageOperation::ResetBus);
        QVERIFY(guest.client().sendInBand(vmbus::bytesOf(reset), PlayedStorvsc::kResetId));
        QVERIFY(guest.send(PlayedStorvsc::request(0, kTestUnitReady, 2, 0), 6));
        QVERIFY(machine.waitOnEngine([&] { return disk->held() == 5; }));
        QVERIFY(!guest.client().poll());
        machine.onEngine([&] { disk->letGo(); });
        for (unsigned i = 1; i <= 5; ++i)
            QVERIFY(guest.receive()->id <= 5);
        QCOMPARE(guest.receive()->id, PlayedStorvsc::kResetId);
        const auto last = guest.receive();
        QCOMPARE(last->id, std::uint64_t{6});
        QCOMPARE(last->sense(), 0x062902U);
        // With nothing under way it is done at once.
        QCOMPARE(guest.statusOf(StorageOperation::ResetBus), 0U);
        QVERIFY(guest.client().close());
    }

    void closingWaitsForTheDiskAndThenTouchesNothing() {
        Machine machine;
        const auto disk = machine.attach(0);
        std::ranges::fill(disk->content, std::byte{0x55});
        PlayedStorvsc guest(*machine.memory, kRings);
        QVERIFY(guest.begin(*machine.vsp, 0));
        machine.onEngine([&] { disk->holding = true; });
        for (unsigned i = 0; i < 8; ++i) {
            const GuestRange range = PlayedStorvsc::rangeAt(kData + i * 4096, 4096);
            QVERIFY(guest.send(PlayedStorvsc::request(0, read10(0, 8), 1, 4096), i + 1,
                               std::span(&range, 1)));
        }
        // A reset that never comes to its turn goes with the channel.
        StoragePacket reset{};
        reset.operation = static_cast<std::uint32_t>(StorageOperation::ResetBus);
        QVERIFY(guest.client().sendInBand(vmbus::bytesOf(reset), PlayedStorvsc::kResetId));
        QVERIFY(machine.waitOnEngine([&] { return disk->held() == 8; }));
        QVERIFY(!guest.client().close(std::chrono::milliseconds(50)));
        machine.onEngine([&] { disk->letGo(); });
        QVERIFY(guest.client().close());
        std::memset(machine.at(kData), 0xEE, 8 * 4096);
        machine.vsp->doorbell();
        machine.onEngine([] {});
        for (unsigned i = 0; i < 8 * 4096; ++i)
            QCOMPARE(static_cast<unsigned>(*machine.at(kData + i)), 0xEEU);
        guest.client().open(*machine.vsp);
        QVERIFY(guest.initialise());
        const auto answer = guest.none(0, kTestUnitReady);
        QVERIFY(answer);
        QCOMPARE(answer->sense(), 0x062900U);
        QVERIFY(guest.client().close());
    }

    void subChannels() {
        Machine machine(3);
        const auto disk = machine.attach(0);
        PlayedStorvsc guest(*machine.memory, kRings);
        QVERIFY(guest.begin(*machine.vsp, 0));
        using enum StorageOperation;
        QCOMPARE(guest.statusOf(CreateSubChannels, 4), 0xC000'000DU);
        QCOMPARE(guest.client().subChannels(), 0U);
        QCOMPARE(guest.statusOf(CreateSubChannels, 3), 0U);
        QCOMPARE(guest.client().waitForSubChannels(), 3U);
        QCOMPARE(guest.statusOf(CreateSubChannels, 1), 0xC000'0184U);
        QVERIFY(machine.vsp->subChannel(0) == nullptr);
        QVERIFY(machine.vsp->subChannel(4) == nullptr);
        std::vector<std::unique_ptr<PlayedStorvsc>> subs;
        for (unsigned i = 1; i <= 3; ++i) {
            subs.push_back(std::make_unique<PlayedStorvsc>(*machine.memory, kRings + i * kMiB / 4));
            subs.back()->client().open(*machine.vsp->subChannel(i));
        }
        // Each answers what it was asked, in threads of their own.
        std::atomic<unsigned> good = 0;
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < 3; ++i)
            threads.emplace_back([&, i] {
                for (unsigned n = 0; n < 200; ++n) {
                    const auto answer = subs[i]->read(0, read10(n, 8), kData + i * 8192, 4096);
                    good += answer && answer->good() ? 1 : 0;
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(good.load(), 600U);
        // A reset waits for the commands of all channels.
        machine.onEngine([&] { disk->holding = true; });
        const GuestRange range = PlayedStorvsc::rangeAt(kData, 512);
        QVERIFY(subs[0]->send(PlayedStorvsc::request(0, read10(0, 1), 1, 512), 7,
                              std::span(&range, 1)));
        QVERIFY(machine.waitOnEngine([&] { return disk->held() == 1; }));
        StoragePacket reset{};
        reset.operation = static_cast<std::uint32_t>(ResetBus);
        QVERIFY(guest.client().sendInBand(vmbus::bytesOf(reset), PlayedStorvsc::kResetId));
        QVERIFY(subs[1]->send(PlayedStorvsc::request(0, kTestUnitReady, 2, 0), 8));
        machine.onEngine([] {});
        QVERIFY(!guest.client().poll() && !subs[1]->client().poll());
        machine.onEngine([&] { disk->letGo(); });
        QVERIFY(subs[0]->receive()->good());
        QCOMPARE(guest.receive()->id, PlayedStorvsc::kResetId);
        QCOMPARE(subs[1]->receive()->sense(), 0x062902U);
        // Initialisation is the primary's.
        StoragePacket begin{};
        begin.operation = static_cast<std::uint32_t>(BeginInitialization);
        QVERIFY(subs[2]->client().sendInBand(vmbus::bytesOf(begin), 9));
        QVERIFY(subs[2]->client().waitForFailure());
        for (const auto& sub : subs)
            QVERIFY(sub->client().close());
        QVERIFY(guest.client().close());
    }
};

QTEST_GUILESS_MAIN(StorageVspTest)
#include "storage_vsp_test.moc"
