// SPDX-License-Identifier: GPL-3.0-or-later
//
// What clients of ill will can do to a real vireod: nothing but be refused. Others are served
// meanwhile, and it does not grow.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QtTest>
#include <boost/json/parse.hpp>
#include <chrono>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "service/ipc/methods.h"
#include "session_service.h"
#include "unix_sockets.h"

using hypervisor::FileDescriptor;
using service::ErrorCode;
using tests::RpcClient;
using tests::SessionService;

namespace {

using namespace std::chrono_literals;

// What a service may grow by, whatever clients do, in KiB: the kernel's and the allocator's
// leftovers. The sanitizers keep freed memory.
#ifdef VIREO_SANITIZE
constexpr long kGrowth = 512 << 10;
#else
constexpr long kGrowth = 24 << 10;
#endif

/// False when the peer has gone.
bool sendAll(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

/// Up to the end of a line, or of the connection, or of patience.
std::string readLine(int socket, std::chrono::milliseconds patience = 30s) {
    std::string line;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd source{socket, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&source, 1, static_cast<int>(left.count())) != 1)
            return line;
        char character = 0;
        if (::recv(socket, &character, 1, 0) != 1 || character == '\n')
            return line;
        line += character;
    }
}

/// The code of the error that a line tells, 0 if it tells none.
int errorCode(const std::string& line) {
    boost::system::error_code error;
    const auto value = boost::json::parse(line, error);
    if (error || !value.is_object())
        return 0;
    const auto* const found = value.get_object().if_contains("error");
    return found && found->is_object()
               ? static_cast<int>(found->get_object().at("code").to_number<std::int64_t>())
               : 0;
}

std::string request(std::string_view method, std::string_view params) {
    // No raw strings in this file: moc loses count of their brackets.
    return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + std::string(method) +
           "\",\"params\":" + std::string(params) + "}\n";
}

}  // namespace

class HostileClientsTest : public QObject {
    Q_OBJECT

    SessionService service_;

    /// Somebody else's requests are answered, at once.
    [[nodiscard]] bool othersAreServed() const {
        auto client = RpcClient::connect(service_.socket());
        return client && client->call<service::MachineListMethod>({});
    }

  private slots:
    void initTestCase() {
        QVERIFY2(service_.start(), service_.output().c_str());
        QVERIFY(othersAreServed());
    }

    void cleanup() {
        QVERIFY(service_.runs());
        QVERIFY(othersAreServed());
    }

    void whatIsNoRequestIsAnsweredWithWhy_data() {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, const QByteArray& line, ErrorCode code) {
            QTest::newRow(name) << line << static_cast<int>(code);
        };
        row("no JSON", "GET / HTTP/1.1", ErrorCode::ParseError);
        row("half an object", "{\"jsonrpc\":\"2.0\"", ErrorCode::ParseError);
        row("no UTF-8", "{\"a\":\"\xFF\xFE\"}", ErrorCode::ParseError);
        row("zero bytes", QByteArray("\0\0\0", 3), ErrorCode::ParseError);
        row("deep arrays", QByteArray(500'000, '['), ErrorCode::ParseError);
        row("deep objects", QByteArray("{\"a\":").repeated(100'000), ErrorCode::ParseError);
        row("endless number", QByteArray(900'000, '9'), ErrorCode::InvalidRequest);
        row("a number", "1", ErrorCode::InvalidRequest);
        row("a batch", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"machine.list\"}]",
            ErrorCode::InvalidRequest);
        row("no version", "{\"id\":1,\"method\":\"machine.list\"}", ErrorCode::InvalidRequest);
        row("id an object", "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"machine.list\"}",
            ErrorCode::InvalidRequest);
        row("method a number", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}",
            ErrorCode::InvalidRequest);
        row("unknown method", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"machine.fly\"}",
            ErrorCode::MethodNotFound);
        row("missing parameter", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"machine.get\"}",
            ErrorCode::InvalidParams);
        row("wrong kind",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"machine.get\",\"params\":{\"machine\":[]}}",
            ErrorCode::InvalidParams);
        row("unknown parameter",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"machine.list\",\"params\":{\"all\":true}}",
            ErrorCode::InvalidParams);
        const auto create = [](const char* settings) {
            return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"machine.create\",\"params\":{"
                   "\"settings\":" +
                   QByteArray(settings) + "}}";
        };
        row("huge count", create("{\"name\":\"x\",\"processor\":{\"count\":4294967297}}"),
            ErrorCode::InvalidParams);
        row("negative count", create("{\"name\":\"x\",\"processor\":{\"count\":-1}}"),
            ErrorCode::InvalidParams);
        row("huge memory", create("{\"name\":\"x\",\"memory\":{\"startupBytes\":1e300}}"),
            ErrorCode::InvalidParams);
        row("most memory",
            create("{\"name\":\"x\",\"memory\":{\"startupBytes\":18446744073709551615}}"),
            ErrorCode::InvalidParams);
        row("name a path", create("{\"name\":\"../../etc/x\"}"), ErrorCode::InvalidParams);
        row("name with a line's end", create("{\"name\":\"a\\nb\"}"), ErrorCode::InvalidParams);
        row("name empty", create("{\"name\":\"\"}"), ErrorCode::InvalidParams);
        row("id a path", create("{\"name\":\"x\",\"id\":\"../../x\"}"), ErrorCode::InvalidParams);
        row("huge interval",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"stats.history\",\"params\":{\"from\":-"
            "9223372036854775808,\"to\":9223372036854775807}}",
            ErrorCode::InvalidParams);
    }
    void whatIsNoRequestIsAnsweredWithWhy() {
        QFETCH(QByteArray, line);
        QFETCH(int, code);
        const FileDescriptor socket = tests::connectTo(service_.socket());
        QVERIFY(socket);
        QVERIFY(sendAll(socket.get(), line.toStdString() + "\n"));
        const std::string answer = readLine(socket.get());
        QVERIFY2(errorCode(answer) == code, answer.substr(0, 500).c_str());
        // It is no reason to lose the connection.
        QVERIFY(sendAll(socket.get(), request("machine.list", "{}")));
        QCOMPARE(errorCode(readLine(socket.get())), 0);
    }

    void endlessRequestsAreCutOff() {
        const long before = tests::residentKibibytes(service_.process());
        for (int turn = 0; turn < 8; ++turn) {
            const FileDescriptor socket = tests::connectTo(service_.socket());
            QVERIFY(socket);
            const std::string piece(64 << 10, 'x');
            int pieces = 0;
            while (pieces < 1024 && sendAll(socket.get(), piece))
                ++pieces;
            QVERIFY2(pieces < 1024, "64 MiB in one line were taken");
        }
        QVERIFY2(
            tests::residentKibibytes(service_.process()) - before < kGrowth,
            qPrintable(QString::number(tests::residentKibibytes(service_.process()) - before)));
    }

    void randomBytesAndBentRequestsDoNoHarm() {
        std::mt19937 random(4);
        const std::vector<std::string> good = {
            request("machine.list", "{}"),
            request("machine.create",
                    "{\"settings\":{\"name\":\"bent\",\"processor\":{\"count\":2}}}"),
            request("machine.set",
                    "{\"machine\":\"bent\",\"changes\":{\"notes\":\"x\",\"drives\":[]}}"),
            request("subscribe", "{\"machines\":true,\"performance\":{\"host\":true}}"),
            request("events.list", "{\"limit\":10}"),
            request("stats.history", "{\"from\":0,\"to\":10,\"mostPoints\":10}"),
            request("console.attach", "{\"machine\":\"bent\",\"port\":1}"),
            request("machine.delete", "{\"machine\":\"bent\"}")};
        const long before = tests::residentKibibytes(service_.process());
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (std::chrono::steady_clock::now() < end) {
            const FileDescriptor socket = tests::connectTo(service_.socket());
            QVERIFY(socket);
            std::string bytes;
            for (int line = 0; line < 50; ++line) {
                std::string bent = good[random() % good.size()];
                for (unsigned change = random() % 4; change > 0; --change) {
                    const std::size_t at = random() % bent.size();
                    switch (random() % 4) {
                        case 0:
                            bent[at] = static_cast<char>(random());
                            break;
                        case 1:
                            bent.erase(at, random() % 8);
                            break;
                        case 2:
                            bent.insert(at, bent.substr(random() % bent.size(), random() % 32));
                            break;
                        default:
                            bent.insert(at, std::to_string(random()));
                    }
                    if (bent.empty())
                        bent = "\n";
                }
                bytes += bent;
            }
            sendAll(socket.get(), bytes + "\n");
            // Some read, some go away at once.
            if (random() % 2 == 0)
                static_cast<void>(readLine(socket.get(), 100ms));
        }
        QVERIFY2(
            tests::residentKibibytes(service_.process()) - before < kGrowth,
            qPrintable(QString::number(tests::residentKibibytes(service_.process()) - before)));
    }

    void clientsThatDoNotReadAreHeldBackAndCutOff() {
        const long before = tests::residentKibibytes(service_.process());
        std::vector<FileDescriptor> lazy;
        for (int client = 0; client < 16; ++client) {
            FileDescriptor socket = tests::connectTo(service_.socket());
            QVERIFY(socket);
            ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
            const std::string wanted =
                request("subscribe", "{\"performance\":{\"intervalMilliseconds\":100}}") +
                request("api.describe", "{}");
            // Until the service takes no more, or 16 MiB of requests.
            std::size_t sent = 0;
            int idle = 0;
            while (sent < (16U << 20) && idle < 20) {
                const ssize_t count =
                    ::send(socket.get(), wanted.data(), wanted.size(), MSG_NOSIGNAL);
                if (count < 0 && errno != EAGAIN)
                    break;
                if (count > 0) {
                    sent += static_cast<std::size_t>(count);
                    idle = 0;
                    continue;
                }
                ++idle;
                QTest::qWait(10);
            }
            QVERIFY2(sent < (16U << 20), "requests are taken though no reply is read");
            lazy.push_back(std::move(socket));
        }
        QVERIFY(othersAreServed());
        // What 16 clients may hold: their replies, up to a bound.
        QVERIFY2(
            tests::residentKibibytes(service_.process()) - before < 16 * (4 << 10) + kGrowth,
            qPrintable(QString::number(tests::residentKibibytes(service_.process()) - before)));
        lazy.clear();
        QVERIFY(othersAreServed());
    }

    void halfSentRequestsCostTheOthersNothing() {
        std::vector<FileDescriptor> half;
        for (int client = 0; client < 100; ++client) {
            half.push_back(tests::connectTo(service_.socket()));
            QVERIFY(half.back());
            QVERIFY(sendAll(half.back().get(), "{\"jsonrpc\":\"2.0\",\"id\":1,\"meth"));
        }
        QVERIFY(othersAreServed());
        // The other half is taken, too.
        QVERIFY(sendAll(half[7].get(),
                        "od\":\"machine.list\"}"
                        "\n"));
        QCOMPARE(errorCode(readLine(half[7].get())), 0);
    }
};

QTEST_GUILESS_MAIN(HostileClientsTest)
#include "hostile_clients_test.moc"
