// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/network/network_adapter.h"

#include <poll.h>
#include <sys/socket.h>

#include <QTest>
#include <array>
#include <cstring>
#include <thread>

#include "devices/network/socket_port.h"
#include "frames.h"
#include "played_network_guest.h"

using namespace devices::synthetic;
using devices::network::SocketPort;
using frames::guestMac;
using frames::Lengths;
using frames::otherMac;
using hypervisor::FileDescriptor;
using hypervisor::NetworkValue;

namespace {

constexpr int kLimit = 10'000;

template <class T>
Bytes bytesOf(const T& value) {
    const auto bytes = vmbus::bytesOf(value);
    return {bytes.begin(), bytes.end()};
}

std::uint32_t numberIn(const Bytes& bytes, std::size_t offset = 0) {
    std::uint32_t number = 0;
    if (bytes.size() >= offset + sizeof number)
        std::memcpy(&number, bytes.data() + offset, sizeof number);
    return number;
}

NetworkSettings settings() {
    NetworkSettings settings;
    std::ranges::copy(guestMac(), settings.mac.begin());
    return settings;
}

/// An adapter whose port's other end is the test's.
struct Machine {
    explicit Machine(const NetworkSettings& with = settings()) {
        adapter = NetworkAdapter::create(with).value();
        plug();
    }
    void plug() {
        auto sockets = SocketPort::createSockets().value();
        adapter->plug(SocketPort::create(std::move(sockets.first)).value());
        wire = std::move(sockets.second);
    }
    [[nodiscard]] bool start(std::uint32_t version = 0x0006'0001) {
        guest.open(adapter->channel());
        return guest.start(version) && guest.setFilter();
    }
    /// The next frame on the wire; empty when none came.
    [[nodiscard]] Bytes fromGuest() const {
        pollfd polled{wire.get(), POLLIN, 0};
        if (::poll(&polled, 1, kLimit) != 1)
            return {};
        Bytes bytes(70'000);
        const ssize_t size = ::recv(wire.get(), bytes.data(), bytes.size(), 0);
        bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return bytes;
    }
    [[nodiscard]] bool toGuest(const Bytes& frame) const {
        return ::send(wire.get(), frame.data(), frame.size(), 0) ==
               static_cast<ssize_t>(frame.size());
    }

    PlayedNetworkGuest guest;
    std::unique_ptr<NetworkAdapter> adapter;
    FileDescriptor wire;
};

Bytes withTag(const Bytes& frame, int tag) {
    Bytes tagged = frame;
    Bytes bytes;
    frames::put(bytes, {0x81, 0, tag >> 8, tag & 0xFF});
    tagged.insert(tagged.begin() + 12, bytes.begin(), bytes.end());
    return tagged;
}

}  // namespace

class NetworkAdapterTest : public QObject {
    Q_OBJECT
  private slots:
    void startsWithEveryVersion_data() {
        QTest::addColumn<unsigned>("version");
        for (const unsigned version : {2U, 0x30002U, 0x40000U, 0x50000U, 0x60000U, 0x60001U})
            QTest::addRow("%#x", version) << version;
    }
    void startsWithEveryVersion() {
        QFETCH(unsigned, version);
        Machine machine;
        QVERIFY(machine.start(version));
        const Bytes frame = frames::plain(46, otherMac(), guestMac());
        QCOMPARE(machine.guest.sendDirect(PlayedNetworkGuest::dataMessage(frame)), 1U);
        QVERIFY(machine.fromGuest() == frame);
        QVERIFY(machine.guest.stop());
        QVERIFY(!machine.guest.client().failure());
    }

    void refusesUnknownVersionsAndThenTakesAKnownOne() {
        Machine machine;
        machine.guest.open(machine.adapter->channel());
        for (const std::uint32_t version : {0x70000U, 0x60002U, 0x1U}) {
            const auto answer = machine.guest.request(nvsp::Init{1, version, version});
            QVERIFY(answer && answer->size() >= 28);
            QCOMPARE(numberIn(*answer), 2U);
            QVERIFY(numberIn(*answer, 12) != 1);
        }
        QVERIFY(machine.guest.start());
    }

    void answersWhatLinuxAsks() {
        NetworkSettings with = settings();
        with.mtu = 1'400;
        with.name = u"Net 1";
        Machine machine(with);
        QVERIFY(machine.start());
        auto& guest = machine.guest;
        auto answer = guest.query(0x0001'0106);
        QVERIFY(answer && answer->first == 0 && answer->second.size() == 4);
        QCOMPARE(numberIn(answer->second), 1'400U);
        answer = guest.query(0x0101'0101);
        QVERIFY(answer && answer->second == guestMac());
        answer = guest.query(0x0002'0216);
        QCOMPARE(answer->second.size(), 10U);
        QCOMPARE(answer->second[0], std::byte{'N'});
        answer = guest.query(0x0001'0114);
        QCOMPARE(numberIn(answer->second), 0U);
        answer = guest.query(0x0001'0107);
        QVERIFY(numberIn(answer->second) > 0);
        for (const auto& [asked, got] : {std::pair{112, 112}, {144, 144}, {156, 156}, {400, 156}}) {
            Bytes info;
            frames::put(info, {0xA7, 3, asked & 0xFF, asked >> 8});
            info.resize(static_cast<std::size_t>(asked));
            answer = guest.query(0xFC01'020D, info);
            QCOMPARE(answer->second.size(), static_cast<std::size_t>(got));
            QCOMPARE(numberIn(answer->second) >> 16, static_cast<unsigned>(got));
            // TCP with options, UDP and the IPv4 header; large sends both ways of IP.
            QCOMPARE(numberIn(answer->second, 8) & 0x155, 0x155U);
            QCOMPARE(numberIn(answer->second, 24) & 0x55, 0x55U);
            QCOMPARE(numberIn(answer->second, 80), 2U);
            QVERIFY(numberIn(answer->second, 84) >= 16'384);
            QCOMPARE(numberIn(answer->second, 104) & 5, 5U);
        }
        Bytes parameters;
        frames::put(parameters, {0x80, 3, 28, 0, 4, 4, 4, 4, 4});
        parameters.resize(28);
        QCOMPARE(guest.set(0xFC01'020C, parameters), 0U);
        // One queue, so no receive scaling; and an unknown OID: status, no value.
        for (const std::uint32_t oid : {0x0001'0203U, 0x1234'5678U}) {
            answer = guest.query(oid);
            QVERIFY(answer && answer->first != 0 && answer->second.empty());
        }
        // Data path and sub-channels are answered as well, whatever they ask for.
        const auto path = guest.request(std::array<std::uint32_t, 2>{129, 1});
        QVERIFY(path && path->empty());
        const auto channels = guest.request(nvsp::SubChannel{133, 1, 4});
        QVERIFY(channels && numberIn(*channels, 8) == 0);
        QCOMPARE(guest.client().subChannels(), 0U);
    }

    void carriesFramesOutOfPagesSectionsAndBoth() {
        Machine machine;
        QVERIFY(machine.start());
        for (const std::size_t payload : {46U, 500U, 1'500U}) {
            const Bytes frame = frames::plain(payload, otherMac(), guestMac());
            const Bytes message = PlayedNetworkGuest::dataMessage(frame);
            QCOMPARE(machine.guest.sendDirect(message), 1U);
            QVERIFY(machine.fromGuest() == frame);
            QCOMPARE(machine.guest.sendInSection(169, message), 1U);
            QVERIFY(machine.fromGuest() == frame);
            QCOMPARE(machine.guest.sendSplit(3, message, 51), 1U);
            QVERIFY(machine.fromGuest() == frame);
        }
        // Several messages in one packet.
        Bytes messages;
        for (std::size_t payload = 46; payload < 54; ++payload) {
            const Bytes one =
                PlayedNetworkGuest::dataMessage(frames::plain(payload, otherMac(), guestMac()));
            messages.insert(messages.end(), one.begin(), one.end());
        }
        QCOMPARE(machine.guest.sendInSection(0, messages), 1U);
        for (std::size_t payload = 46; payload < 54; ++payload)
            QVERIFY(machine.fromGuest() == frames::plain(payload, otherMac(), guestMac()));
        QCOMPARE(machine.adapter->statistics().read(NetworkValue::PacketsSent), 17U);
    }

    void carriesFramesIntoTheGuest() {
        Machine machine;
        QVERIFY(machine.start());
        for (int round = 0; round < 50; ++round)
            for (std::size_t payload = 46; payload <= 1'500; payload += 97) {
                const Bytes frame = frames::plain(payload, guestMac(), otherMac());
                QVERIFY(machine.toGuest(frame));
                const auto received = machine.guest.receive();
                QVERIFY(received && received->channelType == 0);
                QVERIFY(received->frame() == frame);
            }
        QVERIFY(!machine.guest.client().failure());
    }

    void waitsForTheGuestToGiveBuffersBack() {
        Machine machine;
        QVERIFY(machine.start());
        machine.guest.keepReceived(true);
        // More than the receive buffer holds, each with its number in it.
        const std::uint32_t count = machine.guest.subAllocations() + 200;
        std::thread sender([&] {
            for (std::uint32_t i = 0; i < count; ++i) {
                Bytes frame = frames::plain(46, guestMac(), otherMac());
                std::memcpy(frame.data() + 20, &i, sizeof i);
                // Blocks where the port's socket is full.
                if (!machine.toGuest(frame))
                    return;
            }
        });
        std::uint32_t i = 0;
        for (; i < machine.guest.subAllocations(); ++i) {
            const auto received = machine.guest.receive();
            if (!received || numberIn(received->frame(), 20) != i)
                break;
        }
        const bool allOfTheFirst = i == machine.guest.subAllocations();
        machine.guest.keepReceived(false);
        const bool given = machine.guest.giveBack();
        for (; allOfTheFirst && given && i < count; ++i) {
            const auto received = machine.guest.receive();
            if (!received || numberIn(received->frame(), 20) != i)
                break;
        }
        // The sender may wait for room.
        if (i != count)
            ::shutdown(machine.wire.get(), SHUT_RDWR);
        sender.join();
        QCOMPARE(i, count);
    }

    void filtersByAddress() {
        Machine machine;
        QVERIFY(machine.start());
        auto& guest = machine.guest;
        Bytes multicast;
        frames::put(multicast, {0x01, 0, 0x5E, 1, 2, 3});
        const auto mark = frames::plain(77, guestMac(), otherMac());
        const auto comes = [&](const Bytes& to) {
            const Bytes frame = frames::plain(60, to, otherMac());
            if (!machine.toGuest(frame) || !machine.toGuest(mark))
                return false;
            const auto received = guest.receive();
            return received && received->frame() == frame &&
                   guest.receive().value_or(PlayedNetworkGuest::Received{}).frame() == mark;
        };
        const auto comesNot = [&](const Bytes& to) {
            if (!machine.toGuest(frames::plain(60, to, otherMac())) || !machine.toGuest(mark))
                return false;
            const auto received = guest.receive();
            return received && received->frame() == mark;
        };
        QVERIFY(comes(guestMac()));
        QVERIFY(comes(frames::broadcast()));
        QVERIFY(comes(multicast));
        QVERIFY(comesNot(otherMac()));
        QVERIFY(guest.setFilter(0x3));
        QVERIFY(comesNot(frames::broadcast()));
        QVERIFY(comesNot(multicast));
        QCOMPARE(guest.set(0x0101'0103, multicast), 0U);
        QVERIFY(comes(multicast));
        // Promiscuous only with the right to it.
        QVERIFY(guest.setFilter(0x2D));
        QVERIFY(comesNot(otherMac()));

        NetworkSettings with = settings();
        with.macSpoofing = true;
        Machine free(with);
        QVERIFY(free.start());
        QVERIFY(free.guest.setFilter(0x20));
        QVERIFY(free.toGuest(frames::plain(60, otherMac(), otherMac())));
        QVERIFY(free.guest.receive());
    }

    void sendsFromItsOwnAddressOnly() {
        Machine machine;
        QVERIFY(machine.start());
        const Bytes own = frames::plain(60, otherMac(), guestMac());
        const Bytes spoofed = frames::plain(60, otherMac(), otherMac());
        QCOMPARE(machine.guest.sendDirect(PlayedNetworkGuest::dataMessage(spoofed)), 1U);
        QCOMPARE(machine.guest.sendDirect(PlayedNetworkGuest::dataMessage(own)), 1U);
        QVERIFY(machine.fromGuest() == own);
        QCOMPARE(machine.adapter->statistics().read(NetworkValue::OutgoingSpoofed), 1U);

        NetworkSettings with = settings();
        with.macSpoofing = true;
        Machine free(with);
        QVERIFY(free.start());
        QCOMPARE(free.guest.sendDirect(PlayedNetworkGuest::dataMessage(spoofed)), 1U);
        QVERIFY(free.fromGuest() == spoofed);
    }

    void carriesVlanTagsBothWays() {
        Machine machine;
        QVERIFY(machine.start());
        const Bytes frame = frames::plain(60, otherMac(), guestMac());
        // Priority 5, CFI 1, number 0x123.
        const std::uint32_t info = 5 | 1 << 3 | 0x123 << 4;
        const int tag = 5 << 13 | 1 << 12 | 0x123;
        QCOMPARE(machine.guest.sendDirect(PlayedNetworkGuest::dataMessage(frame, {{6, info}})), 1U);
        QVERIFY(machine.fromGuest() == withTag(frame, tag));
        const Bytes back = frames::plain(1'500, guestMac(), otherMac());
        QVERIFY(machine.toGuest(withTag(back, tag)));
        const auto received = machine.guest.receive();
        QVERIFY(received && received->frame() == back);
        QCOMPARE(received->info(6), std::optional(info));
    }

    void computesChecksumsAndCutsSegments() {
        Machine machine;
        QVERIFY(machine.start());
        // IPv4, TCP and its header's offset.
        const std::uint32_t checksum = 1 | 1 << 2 | 1 << 4 | 34 << 16;
        const Bytes frame = frames::tcp4(otherMac(), guestMac(), 700, Lengths::Right);
        QCOMPARE(machine.guest.sendDirect(PlayedNetworkGuest::dataMessage(frame, {{0, checksum}})),
                 1U);
        const Bytes finished = machine.fromGuest();
        QCOMPARE(finished.size(), frame.size());
        QVERIFY(frames::isSound4(finished));

        const std::uint32_t large = 1'448 | 34 << 20 | 1 << 30;
        const Bytes segment = frames::tcp4(otherMac(), guestMac(), 60'000, Lengths::Zero);
        for (const bool split : {false, true}) {
            const Bytes message = PlayedNetworkGuest::dataMessage(segment, {{2, large}});
            QCOMPARE(split ? machine.guest.sendSplit(1, message, 120)
                           : machine.guest.sendDirect(message),
                     1U);
            Bytes together;
            while (together.size() < 60'000) {
                const Bytes piece = machine.fromGuest();
                QVERIFY(frames::isSound4(piece));
                together.insert(together.end(), piece.begin() + 66, piece.end());
            }
            QVERIFY(together == frames::pattern(60'000));
        }
        const std::uint32_t large6 = 1'400 | 1U << 30 | 1U << 31;
        const Bytes six = frames::tcp6(otherMac(), guestMac(), 10'000, Lengths::Zero);
        QCOMPARE(machine.guest.sendDirect(PlayedNetworkGuest::dataMessage(six, {{2, large6}})), 1U);
        for (std::size_t got = 0; got < 10'000;) {
            const Bytes piece = machine.fromGuest();
            QVERIFY(frames::isSound6(piece));
            got += piece.size() - 82;
        }
    }

    void tellsOfTheLink() {
        Machine machine;
        QVERIFY(machine.start());
        const auto next = [&] {
            const auto received = machine.guest.receive();
            return received && received->channelType == 1 ? numberIn(received->message, 8) : 0;
        };
        machine.adapter->plug(nullptr);
        QCOMPARE(next(), 0x4001'000CU);
        auto answer = machine.guest.query(0x0001'0114);
        QCOMPARE(numberIn(answer->second), 1U);
        machine.plug();
        QCOMPARE(next(), 0x4001'000BU);
        const Bytes frame = frames::plain(60, guestMac(), otherMac());
        QVERIFY(machine.toGuest(frame));
        QVERIFY(machine.guest.receive()->frame() == frame);
        // The switch goes by itself.
        machine.wire = {};
        QCOMPARE(next(), 0x4001'000CU);
        const Bytes lost = frames::plain(60, otherMac(), guestMac());
        QCOMPARE(machine.guest.sendDirect(PlayedNetworkGuest::dataMessage(lost)), 1U);
        QTRY_COMPARE(machine.adapter->statistics().read(NetworkValue::OutgoingDropped), 1U);
    }

    void canBeClosedAndOpenedAgain() {
        Machine machine;
        for (int i = 0; i < 20; ++i) {
            QVERIFY(machine.start());
            const Bytes frame = frames::plain(60, guestMac(), otherMac());
            QVERIFY(machine.toGuest(frame));
            const auto received = machine.guest.receive();
            QVERIFY(received && received->frame() == frame);
            // Frames that come while it is going down, and some it still holds.
            machine.guest.keepReceived(i % 2 == 1);
            QVERIFY(machine.toGuest(frame));
            QVERIFY(machine.guest.stop());
            machine.guest.keepReceived(false);
            // Nothing old may come up: what came meanwhile is thrown away.
            QTRY_VERIFY(machine.adapter->statistics().read(NetworkValue::PacketsReceived) +
                            machine.adapter->statistics().read(NetworkValue::IncomingFiltered) +
                            machine.adapter->statistics().read(NetworkValue::IncomingDropped) ==
                        static_cast<std::uint64_t>(2 * (i + 1)));
        }
        QVERIFY(!machine.guest.client().failure());
    }

    void givesSubChannelsAndSpreadsFramesOverThem() {
        NetworkSettings with = settings();
        with.queues = 4;
        Machine machine(with);
        QVERIFY(machine.start());
        auto& guest = machine.guest;
        const auto capabilities = guest.query(0x0001'0203);
        QVERIFY(capabilities && capabilities->second.size() == 18);
        QCOMPARE(numberIn(capabilities->second, 12), 4U);
        const auto granted = guest.request(nvsp::SubChannel{133, 1, 7});
        QVERIFY(granted && numberIn(*granted) == 133 && numberIn(*granted, 4) == 1);
        QCOMPARE(numberIn(*granted, 8), 3U);
        QCOMPARE(guest.client().waitForSubChannels(), 3U);
        QVERIFY(machine.adapter->channel().subChannel(4) == nullptr);
        std::vector<std::unique_ptr<vmbus::ChannelClient>> channels;
        for (unsigned i = 1; i < 4; ++i) {
            vmbus::ChannelDevice* const device = machine.adapter->channel().subChannel(i);
            QVERIFY(device != nullptr);
            channels.push_back(vmbus::ChannelClient::create(
                                   guest.memory(), vmbus::ClientRings::at((2 + i) << 20, 16))
                                   .value());
            channels.back()->open(*device);
        }
        // All to queue 2, by a table of one entry after the other.
        const auto scale = [&](unsigned queue) {
            rndis::ScaleParameters parameters{};
            parameters.header = {0x89, 2, 40};
            parameters.hashInfo = 1 | 0x200;
            parameters.tableSize = 128 * 4;
            parameters.tableOffset = 40;
            parameters.keySize = 40;
            parameters.keyOffset = 40 + 128 * 4;
            Bytes info = bytesOf(parameters);
            for (int i = 0; i < 128; ++i) {
                const Bytes entry = bytesOf(std::uint32_t{queue});
                info.insert(info.end(), entry.begin(), entry.end());
            }
            const Bytes key = frames::pattern(40);
            info.insert(info.end(), key.begin(), key.end());
            return guest.set(0x0001'0204, info);
        };
        QVERIFY(scale(4).value_or(0) != 0);
        QCOMPARE(scale(2), 0U);
        // The table that the guest is to send by comes behind.
        QTRY_VERIFY_WITH_TIMEOUT(guest.query(0x0001'0114) && !guest.told.empty(), kLimit);
        QCOMPARE(numberIn(guest.told.front()), 134U);
        QCOMPARE(numberIn(guest.told.front(), 4), 16U);
        QCOMPARE(numberIn(guest.told.front(), 8), 40U);
        for (std::size_t i = 0; i < 16; ++i)
            QCOMPARE(numberIn(guest.told.front(), 40 + i * 4), static_cast<std::uint32_t>(i % 4));

        const Bytes frame = frames::tcp4(guestMac(), otherMac(), 100, Lengths::Right);
        QVERIFY(machine.toGuest(frame));
        const auto packet = channels[1]->receive();
        QVERIFY(packet && packet->type() == vmbus::PacketType::TransferPages);
        QVERIFY(channels[1]->sendCompletion(packet->transactionId(),
                                            bytesOf(nvsp::RndisPacketComplete{108, 1})));
        // What has no hash comes on the first.
        const Bytes plain = frames::plain(60, guestMac(), otherMac());
        QVERIFY(machine.toGuest(plain));
        const auto received = guest.receive();
        QVERIFY(received && received->frame() == plain);
        // Another channel's packet is not for giving back here.
        QVERIFY(machine.toGuest(frame));
        const auto second = channels[1]->receive();
        QVERIFY(second);
        QVERIFY(channels[0]->sendCompletion(second->transactionId(),
                                            bytesOf(nvsp::RndisPacketComplete{108, 1})));
        QVERIFY(channels[0]->waitForFailure());
        QVERIFY(!guest.client().failure());
        for (auto& channel : channels)
            QVERIFY(channel->close());
        QVERIFY(guest.stop());
    }

    void takesTheChannelFromAGuestThatBreaksTheProtocol_data() {
        QTest::addColumn<int>("way");
        const std::array names{"RNDIS before buffers",
                               "a second agreement",
                               "a completion of nothing",
                               "a section outside",
                               "a section too long",
                               "pages outside RAM",
                               "a nonsensical control message",
                               "a message before the agreement"};
        for (std::size_t i = 0; i < names.size(); ++i)
            QTest::addRow("%s", names[i]) << static_cast<int>(i);
    }
    void takesTheChannelFromAGuestThatBreaksTheProtocol() {
        QFETCH(int, way);
        Machine machine;
        auto& guest = machine.guest;
        guest.open(machine.adapter->channel());
        auto& client = guest.client();
        const auto rndisAt = [&](std::uint32_t section, std::uint32_t size) {
            return client.sendInBand(
                PlayedNetworkGuest::padded(bytesOf(nvsp::RndisPacket{107, 0, section, size})), 99);
        };
        const vmbus::GuestRange outside{100, 0, {1 << 20}};
        const vmbus::GuestRange zeroes{100, 0, {0}};
        const Bytes control = bytesOf(nvsp::RndisPacket{107, 1, nvsp::kNoSection, 0});
        const bool unready = way == 0 || way == 7;
        if (!unready)
            QVERIFY(guest.start());
        switch (way) {
            case 0:
                QVERIFY(guest.request(nvsp::Init{1, 0x6'0001, 0x6'0001}));
                QVERIFY(rndisAt(0, 100));
                break;
            case 1:
                QVERIFY(guest.tell(nvsp::Init{1, 0x6'0001, 0x6'0001}));
                break;
            case 2:
                QVERIFY(client.sendCompletion(0x1'0000'0000 | 12,
                                              bytesOf(nvsp::RndisPacketComplete{108, 1})));
                break;
            case 3:
                QVERIFY(rndisAt(171, 100));
                break;
            case 4:
                QVERIFY(rndisAt(0, 6'145));
                break;
            case 5:
                QVERIFY(client.sendGpaDirect({&outside, 1}, control, 99));
                break;
            case 6:
                QVERIFY(client.sendGpaDirect({&zeroes, 1}, control, 99));
                break;
            default:
                QVERIFY(guest.tell(nvsp::SendBuffer{101, 1, 0xCAFE, 0}));
                break;
        }
        const auto why = client.waitForFailure();
        QVERIFY(why && !why->empty());
        QVERIFY(client.close());
        // The adapter itself is as good as before.
        PlayedNetworkGuest next;
        next.open(machine.adapter->channel());
        QVERIFY(next.start());
        QVERIFY(next.setFilter());
        QVERIFY(next.client().close());
    }

    void refusesDataMessagesThatMakeNoSense() {
        Machine machine;
        QVERIFY(machine.start());
        const Bytes frame = frames::plain(60, otherMac(), guestMac());
        const Bytes good = PlayedNetworkGuest::dataMessage(frame, {{0, 0}});
        const auto changed = [&](std::size_t offset, std::uint32_t value) {
            Bytes message = good;
            std::memcpy(message.data() + offset, &value, sizeof value);
            return message;
        };
        // Type, length, data's offset and length, information's offset and length, an entry's size.
        for (const auto& [offset, value] : {std::pair{0U, 2U},
                                            {4U, 43U},
                                            {4U, 0xFFFF'FFFFU},
                                            {8U, 0xFFFF'FFFFU},
                                            {12U, 1'000U},
                                            {28U, 0xFFFF'FFF0U},
                                            {32U, 1'000U},
                                            {32U, 0xFFFF'FFFFU},
                                            {44U, 0U},
                                            {44U, 17U}})
            QCOMPARE(machine.guest.sendDirect(changed(offset, value)), 5U);
        // Lengths that no frame has.
        QCOMPARE(machine.guest.sendDirect(changed(12, 13)), 1U);
        QCOMPARE(machine.guest.sendDirect(
                     PlayedNetworkGuest::dataMessage(frames::plain(1'600, otherMac(), guestMac()))),
                 1U);
        QCOMPARE(machine.guest.sendDirect(good), 1U);
        QVERIFY(machine.fromGuest() == frame);
        QVERIFY(!machine.guest.client().failure());
    }

    void settingTheAddressNeedsTheRight() {
        const auto parameter = [] {
            Bytes info = bytesOf(rndis::ConfigurationParameter{20, 28, 2, 48, 24});
            for (const char letter : std::string("NetworkAddress0200000000Ab")) {
                info.push_back(static_cast<std::byte>(letter));
                info.push_back(std::byte{0});
            }
            return info;
        }();
        Machine machine;
        QVERIFY(machine.start());
        QVERIFY(machine.guest.set(0x0001'021B, parameter).value_or(0) != 0);
        NetworkSettings with = settings();
        with.macSpoofing = true;
        Machine free(with);
        QVERIFY(free.start());
        QCOMPARE(free.guest.set(0x0001'021B, parameter), 0U);
        Bytes address;
        frames::put(address, {2, 0, 0, 0, 0, 0xAB});
        QVERIFY(free.guest.query(0x0101'0102)->second == address);
        QVERIFY(free.guest.query(0x0101'0101)->second == guestMac());
        const Bytes frame = frames::plain(60, address, otherMac());
        QVERIFY(free.toGuest(frame));
        QVERIFY(free.guest.receive()->frame() == frame);
    }
};

QTEST_GUILESS_MAIN(NetworkAdapterTest)
#include "network_adapter_test.moc"
