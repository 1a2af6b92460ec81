// SPDX-License-Identifier: GPL-3.0-or-later
//
// What reaches into Debian's guest: files, by its own daemon, and connections to its programs.
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <memory>
#include <thread>
#include <vector>

#include "ordered_guest.h"
#include "service/ipc/methods.h"

using namespace service;  // NOLINT: the interface under test
using namespace std::chrono_literals;
using tests::eventually;
using tests::OrderedGuest;
using tests::RpcClient;
using tests::sumOf;

namespace {

constexpr auto kPatience = 180s;

QByteArray noise(int size, unsigned seed) {
    QByteArray bytes(size, '\0');
    for (char& byte : bytes) {
        seed = seed * 1'103'515'245 + 12'345;
        byte = static_cast<char>(seed >> 16);
    }
    return bytes;
}

}  // namespace

class GuestReachTest : public QObject {
    Q_OBJECT

    QTemporaryDir tftpFolder_;
    std::unique_ptr<OrderedGuest> guest_;

    [[nodiscard]] RpcResult<JobReply> begin(const std::string& source, const std::string& to,
                                            bool overwrite = false, bool createFolders = false) {
        return guest_->client().call<MachineCopyFileMethod>(
            {OrderedGuest::kName, source, to, overwrite, createFolders});
    }
    /// How a job has ended.
    [[nodiscard]] Job wait(const RpcResult<JobReply>& begun) {
        if (!begun)
            qFatal("%s", describe(begun.error()).c_str());
        Job job = begun->job;
        if (!eventually(
                [&] {
                    const auto reply = guest_->client().call<JobGetMethod>({job.id});
                    if (reply)
                        job = reply->job;
                    return reply && job.state != JobState::Running;
                },
                kPatience))
            qWarning("the job does not end");
        return job;
    }
    [[nodiscard]] std::optional<RpcClient> connect() {
        const auto socket = guest_->client().call<GuestSocketMethod>({OrderedGuest::kName});
        return socket ? RpcClient::connect(socket->socket) : std::nullopt;
    }

  private slots:
    void initTestCase();
    void filesAreCopied_data();
    void filesAreCopied();
    void whatIsThereIsReplacedOnlyWhenAsked();
    void foldersAreMadeOnlyWhenAsked();
    void whatCannotBeCopiedIsSaid();
    void aCopyIsCancelled();
    void programsAreReached();
    void muchPassesBothWays();
    void severalAtOnceAreServedInTurn();
    void nobodyAtAPortIsSaid();
    void wrongQuestionsAreRefused();
    void filesComeByTftp();
    void aResetEndsConnections();
};

void GuestReachTest::initTestCase() {
    if (const auto missing = OrderedGuest::whatIsMissing())
        QSKIP(missing->c_str());
    guest_ = std::make_unique<OrderedGuest>();
    MachineSettings settings = OrderedGuest::settings();
    settings.integrationServices.guestServices = true;
    NetworkAdapter adapter;
    adapter.switchName = kDefaultSwitch;
    adapter.tftpFolder = tftpFolder_.path().toStdString();
    settings.networkAdapters.push_back(adapter);
    // vireo-nat is nobody's.
    QVERIFY(::chmod(adapter.tftpFolder.c_str(), 0755) == 0);
    const std::string wrong = guest_->start(settings);
    QVERIFY2(wrong.empty(), wrong.c_str());
    QVERIFY(guest_->heard("ready"));
}

void GuestReachTest::filesAreCopied_data() {
    QTest::addColumn<int>("size");
    for (const int size : {0, 1, 6143, 6144, 6145, 1 << 20})
        QTest::addRow("%d", size) << size;
}

void GuestReachTest::filesAreCopied() {
    QFETCH(int, size);
    const QByteArray content = noise(size, static_cast<unsigned>(size));
    const std::string source = guest_->write("file", content);
    const std::string target = "/tmp/copied-" + std::to_string(size);
    const Job job = wait(begin(source, target));
    QVERIFY2(job.state == JobState::Succeeded, job.error.c_str());
    QCOMPARE(job.percent, 100.0);
    QCOMPARE(job.machine, std::optional(guest_->details().summary.id));
    QCOMPARE(guest_->sum(target), sumOf(content));
}

void GuestReachTest::whatIsThereIsReplacedOnlyWhenAsked() {
    const std::string source = guest_->write("named", "the first");
    // A folder keeps the file's name.
    QVERIFY(wait(begin(source, "/tmp/")).state == JobState::Succeeded);
    const std::string first = guest_->sum("/tmp/named");
    QVERIFY(!guest_->write("named", "the second").empty());
    const Job refused = wait(begin(source, "/tmp/"));
    QVERIFY(refused.state == JobState::Failed);
    QVERIFY(!refused.error.empty());
    QCOMPARE(guest_->sum("/tmp/named"), first);
    QVERIFY(wait(begin(source, "/tmp/", true)).state == JobState::Succeeded);
    QVERIFY(guest_->sum("/tmp/named") != first);
}

void GuestReachTest::foldersAreMadeOnlyWhenAsked() {
    const std::string source = guest_->write("deep", "content");
    QVERIFY(wait(begin(source, "/tmp/one/two/deep")).state == JobState::Failed);
    const Job made = wait(begin(source, "/tmp/one/two/deep", false, true));
    QVERIFY2(made.state == JobState::Succeeded, made.error.c_str());
    QVERIFY(!guest_->sum("/tmp/one/two/deep").empty());
}

void GuestReachTest::whatCannotBeCopiedIsSaid() {
    const auto field = [](const RpcResult<JobReply>& reply) {
        return reply ? std::string("none") : reply.error().data.field;
    };
    QCOMPARE(field(begin("relative", "/tmp/x")), std::string("source"));
    QCOMPARE(field(begin("/etc/hostname", "")), std::string("destination"));
    QCOMPARE(field(begin("/etc/hostname", "name")), std::string("destination"));
    QVERIFY(wait(begin(guest_->service().folder() + "/missing", "/tmp/x")).state ==
            JobState::Failed);
    const Job folder = wait(begin(guest_->service().folder(), "/tmp/x"));
    QVERIFY(folder.error.find("no plain file") != std::string::npos);
    const std::string pipe = guest_->service().folder() + "/pipe";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    QVERIFY(wait(begin(pipe, "/tmp/x")).state == JobState::Failed);
    QVERIFY(wait(begin(guest_->write("plain", "x"), "/tmp/" + std::string(300, 'n'))).state ==
            JobState::Failed);
}

void GuestReachTest::aCopyIsCancelled() {
    const std::string source = guest_->write("long", QByteArray(64 << 20, 'l'));
    const auto begun = begin(source, "/tmp/long");
    QVERIFY(begun);
    QVERIFY(eventually([&] {
        const auto job = guest_->client().call<JobGetMethod>({begun->job.id});
        return job && job->job.percent > 0;
    }));
    // One at a time.
    const Job second = wait(begin(guest_->write("short", "s"), "/tmp/short"));
    QVERIFY(second.state == JobState::Failed);
    QVERIFY(guest_->client().call<JobCancelMethod>({begun->job.id}));
    QVERIFY(wait(begun).state == JobState::Cancelled);
    // The guest takes the next one, at the latest when it has found the time to say that it has
    // stopped; on a busy host the job does not wait for that.
    Job next;
    QVERIFY2(eventually(
                 [&] {
                     next = wait(begin(guest_->write("short", "s"), "/tmp/short"));
                     return next.state == JobState::Succeeded;
                 },
                 kPatience),
             next.error.c_str());
}

void GuestReachTest::programsAreReached() {
    QVERIFY(guest_->order("run listener 5000"));
    QVERIFY(guest_->heard("listening"));
    auto connection = connect();
    QVERIFY(connection);
    // What is sent behind the question is the program's.
    QVERIFY(connection->sendBytes("CONNECT 5000\nabc"));
    QCOMPARE(connection->receiveLine(), std::optional<std::string>("OK 5000"));
    // The host's number for the guest.
    QCOMPARE(connection->receiveLine(), std::optional<std::string>("hello 5000 from 2"));
    std::array<char, 3> answer{};
    QCOMPARE(::recv(connection->descriptor(), answer.data(), answer.size(), MSG_WAITALL), 3);
    QCOMPARE(answer[0], static_cast<char>(~'a'));
    QCOMPARE(answer[2], static_cast<char>(~'c'));
    // The end goes there and comes back.
    ::shutdown(connection->descriptor(), SHUT_WR);
    QVERIFY(connection->waitForEnd(30s));
}

void GuestReachTest::muchPassesBothWays() {
    auto connection = connect();
    QVERIFY(connection);
    QVERIFY(connection->sendLine("CONNECT 5000"));
    QVERIFY(connection->receiveLine());
    QVERIFY(connection->receiveLine());
    const QByteArray content = noise(4 << 20, 7);
    std::jthread sender([&] {
        static_cast<void>(connection->sendBytes(content.toStdString()));
        ::shutdown(connection->descriptor(), SHUT_WR);
    });
    QByteArray back;
    std::array<char, 65536> piece{};
    for (;;) {
        const ssize_t count = ::recv(connection->descriptor(), piece.data(), piece.size(), 0);
        if (count <= 0)
            break;
        back.append(piece.data(), count);
    }
    sender.join();
    for (char& byte : back)
        byte = static_cast<char>(~byte);
    QCOMPARE(back.size(), content.size());
    QVERIFY(back == content);
}

void GuestReachTest::severalAtOnceAreServedInTurn() {
    QVERIFY(guest_->order("run listener 6000"));
    QVERIFY(guest_->heard("listening"));
    // The program has one at a time; the others wait in its queue.
    std::vector<RpcClient> connections;
    for (int i = 0; i < 4; ++i) {
        auto connection = connect();
        QVERIFY(connection);
        QVERIFY(connection->sendLine("CONNECT 6000"));
        QCOMPARE(connection->receiveLine(), std::optional<std::string>("OK 6000"));
        connections.push_back(std::move(*connection));
    }
    // One that goes without a word harms none.
    connections.erase(connections.begin() + 1);
    auto other = connect();
    QVERIFY(other && other->sendLine("CONNECT 5000"));
    QCOMPARE(other->receiveLine(), std::optional<std::string>("OK 5000"));
    QCOMPARE(other->receiveLine(), std::optional<std::string>("hello 5000 from 2"));
    for (RpcClient& connection : connections) {
        QCOMPARE(connection.receiveLine(), std::optional<std::string>("hello 6000 from 2"));
        ::shutdown(connection.descriptor(), SHUT_WR);
        QVERIFY(connection.waitForEnd(30s));
    }
}

void GuestReachTest::nobodyAtAPortIsSaid() {
    auto connection = connect();
    QVERIFY(connection && connection->sendLine("CONNECT 7"));
    const auto answer = connection->receiveLine();
    QVERIFY(answer && answer->starts_with("ERROR ") && answer->find("7") != std::string::npos);
    QVERIFY(connection->waitForEnd(10s));
}

void GuestReachTest::wrongQuestionsAreRefused() {
    for (const char* const question : {"GET / HTTP/1.1", "CONNECT", "CONNECT x", "CONNECT -1",
                                       "CONNECT 4294967296", "CONNECT 5000 x"}) {
        auto connection = connect();
        QVERIFY(connection && connection->sendLine(question));
        const auto answer = connection->receiveLine();
        QVERIFY2(answer && answer->starts_with("ERROR "), question);
        QVERIFY(connection->waitForEnd(10s));
    }
    auto endless = connect();
    QVERIFY(endless && endless->sendBytes(std::string(100, 'C')));
    QVERIFY(endless->receiveLine().value_or("").starts_with("ERROR "));
}

void GuestReachTest::filesComeByTftp() {
    const QByteArray content = noise(300'000, 7);
    QFile file(tftpFolder_.filePath(QStringLiteral("noise")));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
    file.close();
    QVERIFY(::chmod(file.fileName().toUtf8().constData(), 0644) == 0);
    QVERIFY(guest_->order("network"));
    QVERIFY(guest_->heard("connected"));
    QVERIFY(guest_->order("do tftp -g -r noise -l /tmp/noise 10.0.2.2"));
    QVERIFY(guest_->heard("did"));
    QCOMPARE(guest_->sum("/tmp/noise"), sumOf(content));
    // Another folder is for the next start.
    MachineSetParams change;
    change.machine = OrderedGuest::kName;
    std::vector<NetworkAdapter> adapters = guest_->details().settings.networkAdapters;
    adapters.front().tftpFolder = "/usr";
    change.changes.emplace("networkAdapters", encodeValue(adapters));
    const auto refused = guest_->client().call<MachineSetMethod>(change);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::WrongState);
}

void GuestReachTest::aResetEndsConnections() {
    auto connection = connect();
    QVERIFY(connection && connection->sendLine("CONNECT 5000"));
    QVERIFY(connection->receiveLine());
    const auto copy = begin(guest_->write("long", QByteArray(64 << 20, 'l')), "/tmp/long");
    QVERIFY(guest_->client().call<MachineResetMethod>({OrderedGuest::kName}));
    QVERIFY(connection->waitForEnd(60s));
    QVERIFY(wait(copy).state == JobState::Failed);
    QVERIFY(guest_->heard("ready"));
    // The guest that has come has what it needs.
    QVERIFY(guest_->order("run listener 5000"));
    QVERIFY(guest_->heard("listening"));
    auto again = connect();
    QVERIFY(again && again->sendLine("CONNECT 5000"));
    QCOMPARE(again->receiveLine(), std::optional<std::string>("OK 5000"));
    QVERIFY(wait(begin(guest_->write("short", "s"), "/tmp/short")).state == JobState::Succeeded);
}

QTEST_GUILESS_MAIN(GuestReachTest)
#include "guest_reach_test.moc"
