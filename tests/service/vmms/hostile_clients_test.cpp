// SPDX-License-Identifier: GPL-3.0-or-later
//
// Clients that mean no good: nothing crashes or grows, and others are served.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QtTest>
#include <fstream>
#include <random>
#include <sstream>

#include "service/ipc/methods.h"
#include "session_service.h"

using namespace service;  // NOLINT: the interface under test
using namespace std::chrono_literals;
using tests::eventually;
using tests::RpcClient;
using tests::SessionService;
using tests::tinyMachine;

class HostileClientsTest : public QObject {
    Q_OBJECT

    std::unique_ptr<SessionService> service_;

    [[nodiscard]] std::size_t residentMemory() const {
        std::ifstream file("/proc/" + std::to_string(service_->process()) + "/statm");
        std::size_t all = 0;
        std::size_t resident = 0;
        file >> all >> resident;
        return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    }
    [[nodiscard]] bool serves() {
        auto client = RpcClient::connect(service_->socket());
        return service_->runs() && client && client->call<MachineListMethod>({});
    }
    [[nodiscard]] static std::string errorName(RpcClient& client, const std::string& line) {
        if (!client.sendLine(line))
            return "not sent";
        const auto reply = client.receiveLine();
        if (!reply)
            return "no reply";
        const auto message = parseMessage(*reply);
        if (!message || !std::holds_alternative<RpcReply>(*message))
            return "no reply";
        const auto& result = std::get<RpcReply>(*message).result;
        return result ? "" : result.error().data.name;
    }

  private slots:
    void init() {
        service_ = std::make_unique<SessionService>();
        QVERIFY2(service_->start(), service_->output().c_str());
    }
    void cleanup() { service_.reset(); }

    void malformedRequestsAreAnsweredAndForgotten() {
        auto client = service_->client();
        QCOMPARE(errorName(client, "{"), "ParseError");
        QCOMPARE(errorName(client, "null"), "InvalidRequest");
        QCOMPARE(errorName(client, "\x01\xFF\xFE"), "ParseError");
        QCOMPARE(errorName(client, R"({"jsonrpc":"2.0","id":1,"method":"no.such"})"),
                 "MethodNotFound");
        QCOMPARE(errorName(client, R"({"jsonrpc":"2.0","id":1,"method":"machine.get"})"),
                 "InvalidParams");
        QCOMPARE(errorName(client, R"({"jsonrpc":"2.0","id":1,"method":"machine.get",)"
                                   R"("params":{"machine":1e400}})"),
                 "InvalidParams");
        QCOMPARE(errorName(client, R"({"jsonrpc":"2.0","id":1,"method":"job.get",)"
                                   R"("params":{"job":-1}})"),
                 "InvalidParams");
        QCOMPARE(errorName(client, R"({"jsonrpc":"2.0","id":1,"method":"job.get",)"
                                   R"("params":{"job":18446744073709551615}})"),
                 "NotFound");
        QCOMPARE(errorName(client, R"({"jsonrpc":"2.0","id":1,"method":"stats.history",)"
                                   R"("params":{"from":-9223372036854775808,"to":0}})"),
                 "InvalidParams");
        QCOMPARE(errorName(client, R"({"jsonrpc":"2.0","id":1,"method":"events.list",)"
                                   R"("params":{"since":9223372036854775807}})"),
                 "");
        QCOMPARE(errorName(client, R"({"jsonrpc":"2.0","id":1,"method":"machine.list"})"), "");
        QVERIFY(serves());
    }

    void randomBytesDoNoHarm() {
        std::mt19937 random(7);
        const std::string valid =
            R"({"jsonrpc":"2.0","id":1,"method":"machine.create","params":{"settings":)"
            R"({"name":"a","processor":{"count":1,"reserve":0},"drives":[{"path":"/x"}]}}})";
        for (int round = 0; round < 300; ++round) {
            auto client = service_->client();
            std::string bytes = valid;
            for (int change = 0; change < 6; ++change)
                bytes[random() % bytes.size()] = static_cast<char>(random());
            bytes += '\n';
            std::string noise(random() % 2'000, '\0');
            for (char& byte : noise)
                byte = static_cast<char>(random());
            static_cast<void>(client.sendBytes(bytes + noise));
        }
        QVERIFY(serves());
    }

    void anEndlessLineIsCutOff() {
        auto client = service_->client();
        const std::string part(64 << 10, 'x');
        for (int at = 0; at < 64 && client.sendBytes(part); ++at)
            continue;
        QVERIFY(client.waitForEnd(30s));
        QVERIFY(serves());
    }

    void manyOpenConnectionsLeaveRoomForOthers() {
        // As many as this process may have of the 10,000 that are tried; the service refuses
        // those beyond what one user may.
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        auto early = service_->client();
        QVERIFY(early.call<MachineListMethod>({}));
        std::vector<RpcClient> clients;
        int tried = 0;
        for (; tried < 10'000; ++tried) {
            auto client = RpcClient::connect(service_->socket());
            if (!client)
                break;
            static_cast<void>(client->sendBytes("{\"half"));
            clients.push_back(std::move(*client));
        }
        qInfo("%d connections", tried);
        QVERIFY(tried > 1'000);
        QVERIFY(early.call<MachineListMethod>({}));
        QVERIFY2(residentMemory() < std::size_t{256} << 20,
                 std::to_string(residentMemory()).c_str());
        clients.clear();
        QVERIFY(eventually([&] { return serves(); }));
    }

    void aClientThatDoesNotReadIsCutOffAndCostsLittle() {
        auto client = service_->client();
        SubscribeParams all;
        all.events = true;
        all.machines = true;
        QVERIFY(client.call<SubscribeMethod>(all));
        const std::size_t before = residentMemory();
        // Requests whose replies are large, none of which is read.
        std::string burst;
        for (int at = 0; at < 200; ++at)
            burst += R"({"jsonrpc":"2.0","id":1,"method":"api.describe"})"
                     "\n";
        ::fcntl(client.descriptor(), F_SETFL, O_NONBLOCK);
        for (int round = 0; round < 200; ++round)
            static_cast<void>(
                ::send(client.descriptor(), burst.data(), burst.size(), MSG_NOSIGNAL) < 0);
        auto other = service_->client();
        QVERIFY(other.call<MachineCreateMethod>({tinyMachine("one", HALTED_GUEST), std::nullopt}));
        for (int at = 0; at < 200; ++at)
            QVERIFY(other.call<MachineRenameMethod>(
                {"one" + std::string(at == 0 ? "" : std::to_string(at - 1)),
                 "one" + std::to_string(at)}));
        QVERIFY2(residentMemory() < before + (std::size_t{64} << 20),
                 std::to_string(residentMemory()).c_str());
        QVERIFY(serves());
    }

    void smallRequestsAreFast() {
        auto client = service_->client();
        constexpr int kRequests = 20'000;
        constexpr int kAtOnce = 100;
        std::string burst;
        for (int at = 0; at < kAtOnce; ++at)
            burst += R"({"jsonrpc":"2.0","id":1,"method":"job.list"})"
                     "\n";
        const auto begin = std::chrono::steady_clock::now();
        for (int round = 0; round < kRequests / kAtOnce; ++round) {
            QVERIFY(client.sendBytes(burst));
            for (int at = 0; at < kAtOnce; ++at)
                QVERIFY(client.receiveLine());
        }
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        qInfo("%.0f requests a second", kRequests / seconds);
        // The bench measures; here only what no load of a host explains.
        QVERIFY(kRequests / seconds > 500);
    }
};

QTEST_GUILESS_MAIN(HostileClientsTest)
#include "hostile_clients_test.moc"
