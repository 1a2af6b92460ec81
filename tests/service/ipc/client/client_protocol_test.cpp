// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/ipc/client/client_protocol.h"

#include <QtTest>
#include <boost/json/parse.hpp>

using namespace service;
using service::client::ClientProtocol;

namespace {

std::string reply(std::uint64_t number, const std::string& result) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(number) + R"(,"result":)" + result + "}\n";
}

const std::string kOff = R"({"id":"1","state":"Off"})";

}  // namespace

class ClientProtocolTest : public QObject {
    Q_OBJECT

  private slots:
    void aRequestIsOneLineOfJsonRpc() {
        ClientProtocol protocol;
        const auto number = protocol.call<MachinePauseMethod>({"a\nb"}, [](auto) {});
        const std::string output = protocol.output();
        QCOMPARE(std::count(output.begin(), output.end(), '\n'), 1);
        QVERIFY(output.ends_with('\n'));
        const auto request = parseRequest(output.substr(0, output.size() - 1));
        QVERIFY(request);
        QCOMPARE(request->method, "machine.pause");
        QCOMPARE(request->id->to_number<std::uint64_t>(), number);
        QCOMPARE(request->params.at("machine").as_string().c_str(), "a\nb");
    }

    void repliesFindTheirCallerInAnyOrderAndInPiecesOfAnySize() {
        for (const std::size_t size : {1UL, 2UL, 7UL, 1000UL}) {
            ClientProtocol protocol;
            std::vector<int> order;
            const auto first = protocol.call<MachinePauseMethod>({"a"}, [&](const auto& result) {
                QVERIFY(result);
                order.push_back(1);
            });
            const auto second = protocol.call<MachineResumeMethod>({"b"}, [&](const auto& result) {
                QVERIFY(!result);
                QCOMPARE(result.error().code, ErrorCode::NotFound);
                order.push_back(2);
            });
            const std::string bytes =
                encodeError(second, makeError(ErrorCode::NotFound, "no machine 'b'")) + "\n" +
                reply(first, kOff);
            for (std::size_t at = 0; at < bytes.size(); at += size)
                QVERIFY(protocol.received(bytes.substr(at, size)));
            QCOMPARE(order, (std::vector<int>{2, 1}));
            QVERIFY(!protocol.waits());
        }
    }

    void handlersMayCallAgain() {
        ClientProtocol protocol;
        int answered = 0;
        protocol.call<MachinePauseMethod>({"a"}, [&](const auto&) {
            ++answered;
            protocol.call<MachineResumeMethod>({"a"}, [&](const auto&) { ++answered; });
        });
        QVERIFY(protocol.received(reply(1, kOff)));
        QVERIFY(protocol.received(reply(2, kOff)));
        QCOMPARE(answered, 2);
    }

    void repliesOfANewerServiceAreTakenWithoutWhatIsUnknown() {
        ClientProtocol protocol;
        bool taken = false;
        protocol.call<MachinePauseMethod>({"a"}, [&](const auto& result) {
            taken = result && result->state == MachineState::Paused;
        });
        QVERIFY(protocol.received(reply(1, R"({"id":"1","state":"Paused","mood":"good"})")));
        QVERIFY(taken);
    }

    void notificationsGoToTheirListener() {
        ClientProtocol protocol;
        std::string removed;
        protocol.listen<MachineRemovedNotification>(
            [&](const MachineRemovedNotification& notification) { removed = notification.id; });
        QVERIFY(protocol.received(encodeNotification(MachineRemovedNotification{"7"}) + "\n"));
        QCOMPARE(removed, "7");
        // Nobody listens to this one.
        QVERIFY(protocol.received(encodeNotification(JobChangedNotification{}) + "\n"));
        QVERIFY(protocol.received(R"({"jsonrpc":"2.0","method":"of.tomorrow","params":{}})"
                                  "\n"));
    }

    void whatIsNoMessageEndsTheConnection_data() {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("no JSON") << QByteArray("HTTP/1.1 400 Bad Request");
        QTest::newRow("other JSON") << QByteArray("[1]");
        QTest::newRow("nobody asked") << QByteArray(R"({"jsonrpc":"2.0","id":9,"result":{}})");
        QTest::newRow("negative number") << QByteArray(R"({"jsonrpc":"2.0","id":-1,"result":{}})");
        QTest::newRow("error for no request")
            << QByteArray(R"({"jsonrpc":"2.0","id":null,"error":{"code":11,"message":"full"}})");
        QTest::newRow("deep") << QByteArray(100'000, '[');
    }
    void whatIsNoMessageEndsTheConnection() {
        QFETCH(QByteArray, line);
        ClientProtocol protocol;
        protocol.call<MachinePauseMethod>({"a"}, [](const auto&) {});
        QVERIFY(!protocol.received(line.toStdString() + "\n"));
    }

    void endlessMessagesAreCutOff() {
        ClientProtocol protocol;
        const std::string piece(1 << 20, ' ');
        std::size_t taken = 0;
        while (taken <= kMaximumReply && protocol.received(piece))
            taken += piece.size();
        QCOMPARE(taken, kMaximumReply);
    }

    void aLostConnectionTellsAllWhoWait() {
        ClientProtocol protocol;
        int told = 0;
        for (int call = 0; call < 3; ++call)
            protocol.call<MachinePauseMethod>({"a"}, [&](const auto& result) {
                told += result ? 0 : 1;
                // Of the next connection.
                if (told == 1)
                    protocol.call<MachineResumeMethod>({"a"}, [&](const auto&) { ++told; });
            });
        protocol.fail(makeError(ErrorCode::InternalError, "lost"));
        QCOMPARE(told, 3);
        QVERIFY(protocol.waits());
    }

    void forgottenRepliesAreDropped() {
        ClientProtocol protocol;
        bool called = false;
        const auto number =
            protocol.call<MachinePauseMethod>({"a"}, [&](const auto&) { called = true; });
        protocol.forget(number);
        QVERIFY(protocol.received(reply(number, kOff)));
        QVERIFY(!called);
    }
};

QTEST_APPLESS_MAIN(ClientProtocolTest)
#include "client_protocol_test.moc"
