// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/worker/sockets/guest_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <QTest>
#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "devices/synthetic/socket/guest_port.h"
#include "devices/synthetic/socket/socket_protocol.h"
#include "hypervisor/guest_memory.h"
#include "vmbus/client/channel_client.h"

using namespace service;
using namespace std::chrono_literals;
using hypervisor::FileDescriptor;
using hypervisor::GuestMemory;
using vmbus::ChannelClient;
namespace socket_protocol = devices::synthetic::socket;

namespace {

/// A client at one end, a guest at the other, and the connection between them.
struct Scene {
    std::unique_ptr<GuestMemory> memory = GuestMemory::create(2 << 20).value();
    std::unique_ptr<ChannelClient> guest =
        ChannelClient::create(*memory, vmbus::ClientRings::at(0x10'0000, 6)).value();
    FileDescriptor client;
    std::unique_ptr<GuestConnection> connection;
    vmbus::ChannelDevice* offered = nullptr;
    std::uint32_t port = 0;
    bool refuses = false;
    bool goesOn = true;

    Scene() {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
            qFatal("there is no pair of sockets");
        client = FileDescriptor(ends[0]);
        connection = std::make_unique<GuestConnection>(
            FileDescriptor(ends[1]), [] {},
            [this](std::uint32_t wanted,
                   vmbus::ChannelDevice& channel) -> hypervisor::Result<void> {
                if (refuses)
                    return hypervisor::failure("No guest is connected.");
                port = wanted;
                offered = &channel;
                return {};
            });
    }
    ~Scene() {
        connection->release();
        if (offered != nullptr)
            static_cast<void>(guest->close(0ms));
        connection->release();
    }
    void turn(GuestConnection::Clock::time_point now = GuestConnection::Clock::now()) {
        pollfd wanted = connection->wanted();
        ::poll(&wanted, 1, 0);
        goesOn = goesOn && connection->serve(wanted.revents, now);
    }
    void say(const std::string& text) {
        if (::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(text.size()))
            qFatal("the connection takes nothing");
        turn();
    }
    /// What the client gets.
    std::string heard() {
        std::array<char, 65536> buffer{};
        const ssize_t count = ::recv(client.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : "";
    }
    bool clientHasEnd() {
        char one = 0;
        return ::recv(client.get(), &one, 1, MSG_DONTWAIT) == 0;
    }
    void connect() {
        say("CONNECT 5000\n");
        guest->open(*offered);
        turn();
    }
    bool send(const std::string& text, std::uint32_t claimed = ~0U, std::uint32_t type = 1) {
        std::vector<std::byte> bytes(sizeof(socket_protocol::Header) + text.size());
        const socket_protocol::Header header{
            type, claimed == ~0U ? static_cast<std::uint32_t>(text.size()) : claimed};
        std::memcpy(bytes.data(), &header, sizeof header);
        std::memcpy(bytes.data() + sizeof header, text.data(), text.size());
        const bool sent = guest->sendInBand(bytes);
        turn();
        return sent;
    }
    /// The next packet for the guest; nothing: there is none.
    std::optional<std::string> received() {
        const auto packet = guest->poll();
        if (!packet)
            return std::nullopt;
        socket_protocol::Header header{};
        std::memcpy(&header, packet->payload().data(), sizeof header);
        return std::string(reinterpret_cast<const char*>(packet->payload().data()) + sizeof header,
                           header.size);
    }
};

}  // namespace

class GuestConnectionTest : public QObject {
    Q_OBJECT

  private slots:
    void offersNameTheProgramAndTheHost() {
        const vmbus::Offer offer = devices::synthetic::connectionOffer(0x1234, 0x8000'0001);
        QCOMPARE(offer.type.text(), std::string("00001234-facb-11e6-bd58-64006a7986d3"));
        QCOMPARE(offer.instance.text().substr(0, 8), std::string("80000001"));
        QVERIFY((offer.flags & vmbus::kHvSocketFlag) != 0);
        QCOMPARE(offer.userData[4], std::byte{1});
    }

    void bytesPassBothWays() {
        Scene scene;
        scene.connect();
        QCOMPARE(scene.port, 5000U);
        QCOMPARE(scene.heard(), std::string("OK 5000\n"));
        scene.say("to the guest");
        QCOMPARE(scene.received(), std::optional<std::string>("to the guest"));
        QVERIFY(scene.send("to the client"));
        QCOMPARE(scene.heard(), std::string("to the client"));
        QVERIFY(scene.goesOn);
    }

    void whatFollowsTheQuestionIsTheGuests() {
        Scene scene;
        scene.say("CONNECT 5000\r\nearly");
        scene.guest->open(*scene.offered);
        scene.turn();
        scene.turn();
        QCOMPARE(scene.received(), std::optional<std::string>("early"));
    }

    void aQuestionMayComeInPieces() {
        Scene scene;
        scene.say("CONN");
        scene.say("ECT 50");
        QVERIFY(scene.offered == nullptr);
        scene.say("00\n");
        QCOMPARE(scene.port, 5000U);
        scene.guest->open(*scene.offered);
    }

    void endsPassOneByOne() {
        Scene scene;
        scene.connect();
        scene.heard();
        scene.say("last");
        ::shutdown(scene.client.get(), SHUT_WR);
        scene.turn();
        QCOMPARE(scene.received(), std::optional<std::string>("last"));
        // No bytes: the end.
        QCOMPARE(scene.received(), std::optional<std::string>(""));
        QVERIFY(scene.goesOn);
        QVERIFY(scene.send("answer"));
        QVERIFY(scene.send(""));
        QCOMPARE(scene.heard(), std::string("answer"));
        QVERIFY(scene.clientHasEnd());
        QVERIFY(!scene.goesOn);
    }

    void theGuestMayEndFirst() {
        Scene scene;
        scene.connect();
        scene.heard();
        QVERIFY(scene.send("bye"));
        QVERIFY(scene.send(""));
        QCOMPARE(scene.heard(), std::string("bye"));
        QVERIFY(scene.clientHasEnd());
        // The other direction goes on.
        QVERIFY(scene.goesOn);
        scene.say("still here");
        QCOMPARE(scene.received(), std::optional<std::string>("still here"));
        ::shutdown(scene.client.get(), SHUT_WR);
        scene.turn();
        QVERIFY(!scene.goesOn);
    }

    void aChannelThatIsTakenAwayEndsTheConnection() {
        Scene scene;
        scene.connect();
        scene.heard();
        QVERIFY(scene.send("before"));
        scene.offered->closing();
        scene.turn();
        QCOMPARE(scene.heard(), std::string("before"));
        QVERIFY(scene.clientHasEnd());
        QVERIFY(!scene.goesOn);
    }

    void aSlowReaderHoldsTheOtherSide() {
        Scene scene;
        scene.connect();
        scene.heard();
        // The guest reads nothing: what does not fit waits, and then the client has to.
        const std::string piece(16 * 1024, 'x');
        std::size_t sent = 0;
        for (int turns = 0; turns < 100; ++turns) {
            const ssize_t count =
                ::send(scene.client.get(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            sent += count > 0 ? static_cast<std::size_t>(count) : 0;
            scene.turn();
        }
        QVERIFY(sent < 100 * piece.size());
        std::size_t received = 0;
        for (int idle = 0; idle < 3;) {
            const auto part = scene.received();
            if (part)
                received += part->size();
            idle = part ? 0 : idle + 1;
            scene.turn();
        }
        QCOMPARE(received, sent);
    }

    void wrongQuestionsAreRefused_data() {
        QTest::addColumn<QByteArray>("question");
        for (const char* const question : {"\n", "GET / HTTP/1.1\r\n", "CONNECT\n", "CONNECT \n",
                                           "CONNECT -1\n", "CONNECT 4294967296\n", "connect 1\n"})
            QTest::newRow(question) << QByteArray(question);
        QTest::newRow("endless") << QByteArray(100, 'C');
    }

    void wrongQuestionsAreRefused() {
        QFETCH(QByteArray, question);
        Scene scene;
        scene.say(question.toStdString());
        QVERIFY(scene.offered == nullptr);
        QVERIFY(scene.heard().starts_with("ERROR "));
        QVERIFY(!scene.goesOn);
    }

    void whoeverDoesNotAnswerIsNotWaitedForWithoutEnd() {
        {
            Scene scene;
            scene.turn(GuestConnection::Clock::now() + 31s);
            QVERIFY(scene.heard().starts_with("ERROR "));
            QVERIFY(!scene.goesOn);
        }
        {
            Scene scene;
            scene.say("CONNECT 77\n");
            QVERIFY(scene.connection->deadline());
            scene.turn(GuestConnection::Clock::now() + 6s);
            QVERIFY(scene.heard().find("77") != std::string::npos);
            QVERIFY(!scene.goesOn);
            scene.offered = nullptr;
        }
        Scene scene;
        scene.refuses = true;
        scene.say("CONNECT 77\n");
        QCOMPARE(scene.heard(), std::string("ERROR No guest is connected.\n"));
    }

    void aGuestThatBreaksTheProtocolLosesTheConnection_data() {
        QTest::addColumn<unsigned>("claimed");
        QTest::addColumn<unsigned>("type");
        QTest::newRow("longer than its packet") << 100U << 1U;
        QTest::newRow("far longer") << 0xFFFF'FFF0U << 1U;
        QTest::newRow("another kind") << 4U << 2U;
    }

    void aGuestThatBreaksTheProtocolLosesTheConnection() {
        QFETCH(unsigned, claimed);
        QFETCH(unsigned, type);
        Scene scene;
        scene.connect();
        QVERIFY(scene.send("four", claimed, type));
        QVERIFY(scene.guest->failure());
        QVERIFY(!scene.goesOn);
    }
};

QTEST_GUILESS_MAIN(GuestConnectionTest)
#include "guest_connection_test.moc"
