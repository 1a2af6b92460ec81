// SPDX-License-Identifier: GPL-3.0-or-later
//
// What clients of ill will can do to a real vireod: nothing but be refused. Others are served
// meanwhile, and it does not grow.
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <boost/json/parse.hpp>
#include <chrono>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "running_service.h"
#include "service/ipc/json_rpc.h"

using hypervisor::FileDescriptor;
using service::ErrorCode;
using tests::RunningService;

namespace {

using namespace std::chrono_literals;

// What a service may grow by, whatever clients do, in KiB: the kernel's and the allocator's
// leftovers. The sanitizers keep freed memory.
#ifdef VIREO_SANITIZE
constexpr long kGrowth = 512 << 10;
#else
constexpr long kGrowth = 24 << 10;
#endif

constexpr uid_t kMember = 61'001;
constexpr uid_t kOtherMember = 61'002;
constexpr uid_t kOutsider = 61'003;
constexpr gid_t kGroup = 61'000;

/// A raw connection: what it sends need not be a request.
FileDescriptor connectRaw(const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.data(), path.size());
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
        return {};
    return socket;
}

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
    return R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + R"(","params":)" +
           std::string(params) + "}\n";
}

/// Runs `work` in a child process as another user, with `groups`; what it returns is the child's
/// exit status, 99 when the child could not become that user.
int asUser(uid_t user, const std::vector<gid_t>& groups, const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setgroups(groups.size(), groups.data()) != 0 || ::setresgid(user, user, user) != 0 ||
            ::setresuid(user, user, user) != 0)
            ::_exit(99);
        ::_exit(work());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

}  // namespace

class HostileClientsTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::unique_ptr<RunningService> service_;
    /// Why tests with users of their own can't be run; empty if they can.
    QString noUsers_;

    /// The service's own folders are ours, and so are the host's users and groups, in a mount
    /// namespace of this process: nothing of the host is touched.
    QString makeRoomForASystemService() {
        if (::geteuid() != 0)
            return "needs root";
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            return QStringLiteral("can't have mounts of its own: %1").arg(std::strerror(errno));
        for (const char* const place : {"/run", "/var/lib"})
            if (::mount("vireo-test", place, "tmpfs", 0, "mode=0755") != 0)
                return QStringLiteral("can't mount over %1: %2").arg(place, std::strerror(errno));
        const auto add = [this](const char* path, const QByteArray& lines) {
            QFile host(path);
            if (!host.open(QIODevice::ReadOnly))
                return false;
            QFile own(folder_.filePath(QFileInfo(path).fileName()));
            if (!own.open(QIODevice::WriteOnly))
                return false;
            own.write(host.readAll() + lines);
            own.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup |
                               QFile::ReadOther);
            own.close();
            return ::mount(own.fileName().toLocal8Bit().constData(), path, nullptr, MS_BIND,
                           nullptr) == 0;
        };
        if (!add("/etc/group", "vireo:x:61000:vireo-member,vireo-other\n") ||
            !add("/etc/passwd",
                 "vireo-member:x:61001:61001::/:/bin/false\n"
                 "vireo-other:x:61002:61002::/:/bin/false\n"
                 "vireo-outsider:x:61003:61003::/:/bin/false\n"))
            return "can't have users of its own";
        return {};
    }

    /// Somebody else's requests are answered, at once.
    [[nodiscard]] bool othersAreServed() {
        const auto client = service_->connect();
        return client && client->call<service::MachineListMethod>({}, 30s).has_value();
    }

  private slots:
    void initTestCase() {
        QVERIFY(folder_.isValid());
        // Users of the test's own get to their files through it.
        ::chmod(folder_.path().toLocal8Bit().constData(), 0755);
        noUsers_ = makeRoomForASystemService();
        service_ = noUsers_.isEmpty() ? RunningService::system()
                                      : RunningService::session(folder_.path().toStdString());
        QVERIFY(service_->runs());
        QVERIFY(othersAreServed());
    }

    void cleanup() {
        QVERIFY(service_->runs());
        QVERIFY(othersAreServed());
    }

    void whatIsNoRequestIsAnsweredWithWhy_data() {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, const QByteArray& line, ErrorCode code) {
            QTest::newRow(name) << line << static_cast<int>(code);
        };
        row("no JSON", "GET / HTTP/1.1", ErrorCode::ParseError);
        row("half an object", R"({"jsonrpc":"2.0")", ErrorCode::ParseError);
        row("no UTF-8", "{\"a\":\"\xFF\xFE\"}", ErrorCode::ParseError);
        row("zero bytes", QByteArray("\0\0\0", 3), ErrorCode::ParseError);
        row("deep arrays", QByteArray(500'000, '['), ErrorCode::ParseError);
        row("deep objects", QByteArray(R"({"a":)").repeated(100'000), ErrorCode::ParseError);
        row("endless number", QByteArray(900'000, '9'), ErrorCode::InvalidRequest);
        row("a number", "1", ErrorCode::InvalidRequest);
        row("a batch", R"([{"jsonrpc":"2.0","id":1,"method":"machine.list"}])",
            ErrorCode::InvalidRequest);
        row("no version", R"({"id":1,"method":"machine.list"})", ErrorCode::InvalidRequest);
        row("id an object", R"({"jsonrpc":"2.0","id":{},"method":"machine.list"})",
            ErrorCode::InvalidRequest);
        row("method a number", R"({"jsonrpc":"2.0","id":1,"method":7})", ErrorCode::InvalidRequest);
        row("unknown method", R"({"jsonrpc":"2.0","id":1,"method":"machine.fly"})",
            ErrorCode::MethodNotFound);
        row("missing parameter", R"({"jsonrpc":"2.0","id":1,"method":"machine.get"})",
            ErrorCode::InvalidParams);
        row("wrong kind",
            R"({"jsonrpc":"2.0","id":1,"method":"machine.get","params":{"machine":[]}})",
            ErrorCode::InvalidParams);
        row("unknown parameter",
            R"({"jsonrpc":"2.0","id":1,"method":"machine.list","params":{"all":true}})",
            ErrorCode::InvalidParams);
        const auto create = [](const char* settings) {
            return R"({"jsonrpc":"2.0","id":1,"method":"machine.create","params":{"settings":)" +
                   QByteArray(settings) + "}}";
        };
        row("huge count", create(R"({"name":"x","processor":{"count":4294967297}})"),
            ErrorCode::InvalidParams);
        row("negative count", create(R"({"name":"x","processor":{"count":-1}})"),
            ErrorCode::InvalidParams);
        row("huge memory", create(R"({"name":"x","memory":{"startupBytes":1e300}})"),
            ErrorCode::InvalidParams);
        row("most memory", create(R"({"name":"x","memory":{"startupBytes":18446744073709551615}})"),
            ErrorCode::InvalidParams);
        row("name a path", create(R"({"name":"../../etc/x"})"), ErrorCode::InvalidParams);
        row("name with a line's end", create(R"({"name":"a\nb"})"), ErrorCode::InvalidParams);
        row("name empty", create(R"({"name":""})"), ErrorCode::InvalidParams);
        row("id a path", create(R"({"name":"x","id":"../../x"})"), ErrorCode::InvalidParams);
        row("huge interval",
            R"({"jsonrpc":"2.0","id":1,"method":"stats.history","params":{"from":-9223372036854775808,"to":9223372036854775807}})",
            ErrorCode::InvalidParams);
    }
    void whatIsNoRequestIsAnsweredWithWhy() {
        QFETCH(QByteArray, line);
        QFETCH(int, code);
        const FileDescriptor socket = connectRaw(service_->socket());
        QVERIFY(socket);
        QVERIFY(sendAll(socket.get(), line.toStdString() + "\n"));
        const std::string answer = readLine(socket.get());
        QVERIFY2(errorCode(answer) == code, answer.substr(0, 500).c_str());
        // It is no reason to lose the connection.
        QVERIFY(sendAll(socket.get(), request("machine.list", "{}")));
        QCOMPARE(errorCode(readLine(socket.get())), 0);
    }

    void endlessRequestsAreCutOff() {
        const long before = service_->residentMemory();
        for (int turn = 0; turn < 8; ++turn) {
            const FileDescriptor socket = connectRaw(service_->socket());
            QVERIFY(socket);
            const std::string piece(64 << 10, 'x');
            int pieces = 0;
            while (pieces < 1024 && sendAll(socket.get(), piece))
                ++pieces;
            QVERIFY2(pieces < 1024, "64 MiB in one line were taken");
        }
        QVERIFY2(service_->residentMemory() - before < kGrowth,
                 qPrintable(QString::number(service_->residentMemory() - before)));
    }

    void randomBytesAndBentRequestsDoNoHarm() {
        std::mt19937 random(4);
        const std::vector<std::string> good = {
            request("machine.list", "{}"),
            request("machine.create", R"({"settings":{"name":"bent","processor":{"count":2}}})"),
            request("machine.set", R"({"machine":"bent","changes":{"notes":"x","drives":[]}})"),
            request("subscribe", R"({"machines":true,"performance":{"host":true}})"),
            request("events.list", R"({"limit":10})"),
            request("stats.history", R"({"from":0,"to":10,"stepSeconds":1})"),
            request("console.attach", R"({"machine":"bent","port":1})"),
            request("machine.delete", R"({"machine":"bent"})")};
        const long before = service_->residentMemory();
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (std::chrono::steady_clock::now() < end) {
            const FileDescriptor socket = connectRaw(service_->socket());
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
        QVERIFY2(service_->residentMemory() - before < kGrowth,
                 qPrintable(QString::number(service_->residentMemory() - before)));
    }

    void clientsThatDoNotReadAreHeldBackAndCutOff() {
        const long before = service_->residentMemory();
        std::vector<FileDescriptor> lazy;
        for (int client = 0; client < 16; ++client) {
            FileDescriptor socket = connectRaw(service_->socket());
            QVERIFY(socket);
            ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
            const std::string wanted =
                request("subscribe", R"({"performance":{"intervalMilliseconds":100}})") +
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
        QVERIFY2(service_->residentMemory() - before < 16 * (4 << 10) + kGrowth,
                 qPrintable(QString::number(service_->residentMemory() - before)));
        lazy.clear();
        QVERIFY(othersAreServed());
    }

    void halfSentRequestsCostTheOthersNothing() {
        std::vector<FileDescriptor> half;
        for (int client = 0; client < 100; ++client) {
            half.push_back(connectRaw(service_->socket()));
            QVERIFY(half.back());
            QVERIFY(sendAll(half.back().get(), R"({"jsonrpc":"2.0","id":1,"meth)"));
        }
        QVERIFY(othersAreServed());
        // The other half is taken, too.
        QVERIFY(sendAll(half[7].get(), R"(od":"machine.list"})"
                                       "\n"));
        QCOMPARE(errorCode(readLine(half[7].get())), 0);
    }

    void tenThousandConnections() {
        if (!noUsers_.isEmpty())
            QSKIP(qPrintable("users of the test's own: " + noUsers_));
        constexpr rlim_t kConnections = 10'000;
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        const rlimit raised{std::max(limit.rlim_cur, kConnections + 200),
                            std::max(limit.rlim_max, kConnections + 200)};
        if (::setrlimit(RLIMIT_NOFILE, &raised) != 0)
            QSKIP("the host does not let one process have 10,000 descriptors");
        const long before = service_->residentMemory();
        // As one user, who can't take what the others need.
        std::array<int, 2> opened{};
        std::array<int, 2> finish{};
        QCOMPARE(::pipe2(opened.data(), O_CLOEXEC), 0);
        QCOMPARE(::pipe2(finish.data(), O_CLOEXEC), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            const gid_t group = kGroup;
            if (::setgroups(1, &group) != 0 || ::setresgid(kMember, kMember, kMember) != 0 ||
                ::setresuid(kMember, kMember, kMember) != 0)
                ::_exit(1);
            std::vector<FileDescriptor> sockets;
            for (rlim_t each = 0; each < kConnections; ++each) {
                sockets.push_back(connectRaw(service_->socket()));
                if (!sockets.back())
                    ::_exit(2);
            }
            if (::write(opened[1], "x", 1) != 1)
                ::_exit(3);
            char end = 0;
            ::close(finish[1]);
            static_cast<void>(::read(finish[0], &end, 1) < 0);
            ::_exit(0);
        }
        const FileDescriptor done(opened[0]);
        ::close(opened[1]);
        FileDescriptor finished(finish[1]);
        ::close(finish[0]);
        char all = 0;
        QCOMPARE(::read(done.get(), &all, 1), 1);
        QVERIFY(othersAreServed());
        QCOMPARE(asUser(kOtherMember, {kGroup},
                        [&] {
                            const auto client = service_->connect();
                            return client && client->call<service::HostGetMethod>({}) ? 0 : 1;
                        }),
                 0);
        QVERIFY2(service_->residentMemory() - before < kGrowth,
                 qPrintable(QString::number(service_->residentMemory() - before)));
        finished = FileDescriptor();
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QCOMPARE(status, 0);
    }

    void aUserOutsideTheGroupGetsNothing() {
        if (!noUsers_.isEmpty())
            QSKIP(qPrintable("users of the test's own: " + noUsers_));
        const std::string socket = service_->socket();
        const auto connects = [socket] { return connectRaw(socket) ? 1 : 0; };
        QCOMPARE(asUser(kOutsider, {kOutsider}, connects), 0);
        QCOMPARE(asUser(kMember, {kGroup}, connects), 1);
        // Not even what lies about in the service's folders.
        const auto reads = [] {
            for (const char* const path :
                 {"/var/lib/vireo/machines", "/var/lib/vireo/vireo.sqlite", "/run/vireo/workers",
                  "/run/vireo/vireod.lock", "/run/vireo/consoles"})
                if (FileDescriptor(::open(path, O_RDONLY)))
                    return 1;
            return 0;
        };
        QCOMPARE(asUser(kOutsider, {kOutsider}, reads), 0);
        // A member manages machines through the service only.
        QCOMPARE(asUser(kMember, {kGroup},
                        [] {
                            for (const char* const path :
                                 {"/var/lib/vireo/machines", "/var/lib/vireo/vireo.sqlite",
                                  "/run/vireo/workers"})
                                if (FileDescriptor(::open(path, O_RDONLY)))
                                    return 1;
                            return 0;
                        }),
                 0);
    }

    void aMemberReachesNoFileThroughTheService_data() {
        QTest::addColumn<QString>("kind");
        for (const char* const kind :
             {"kernel", "initrd", "disk", "link", "folder", "disk.inspect", "disk.create"})
            QTest::newRow(kind) << QString(kind);
    }
    void aMemberReachesNoFileThroughTheService() {
        if (!noUsers_.isEmpty())
            QSKIP(qPrintable("users of the test's own: " + noUsers_));
        QFETCH(QString, kind);
        // Root's secret in a folder that all may enter, and the member's own folder.
        const QString shared = folder_.filePath("shared");
        QVERIFY(QDir().mkpath(shared));
        ::chmod(shared.toLocal8Bit().constData(), 0777);
        const QString secretPath = shared + "/secret";
        QFile secret(secretPath);
        QVERIFY(secret.open(QIODevice::WriteOnly));
        QFile guest(CONSOLE_GUEST);
        QVERIFY(guest.open(QIODevice::ReadOnly));
        // A good kernel, so that nothing but the right to read it can be wrong.
        secret.write(guest.readAll());
        secret.close();
        ::chmod(secretPath.toLocal8Bit().constData(), 0600);
        QFile copy(shared + "/kernel");
        copy.remove();
        QVERIFY(QFile::copy(CONSOLE_GUEST, copy.fileName()));
        ::chmod(copy.fileName().toLocal8Bit().constData(), 0644);
        const QString lockedPath = folder_.filePath("locked");
        QVERIFY(QDir().mkpath(lockedPath));
        ::chmod(lockedPath.toLocal8Bit().constData(), 0755);
        const QString link = shared + "/link";
        QFile::remove(link);
        QVERIFY(QFile::link(secretPath, link));

        const auto attempt = [&](const std::string& bad) {
            const auto client = service_->connect();
            if (!client)
                return 50;
            if (kind == "disk.inspect")
                return client->call<service::DiskInspectMethod>({bad}) ? 1 : 0;
            if (kind == "disk.create") {
                service::DiskCreateParams params;
                params.path = lockedPath.toStdString() + "/new.vhdx";
                params.sizeBytes = 16 << 20;
                const auto job = client->call<service::DiskCreateMethod>(params);
                if (!job)
                    return 0;
                for (;;) {
                    const auto state = client->call<service::JobGetMethod>({job->job.id});
                    if (!state)
                        return 51;
                    if (state->job.state == service::JobState::Failed)
                        return 0;
                    if (state->job.state != service::JobState::Running)
                        return 1;
                }
            }
            service::MachineCreateParams params;
            params.settings.name = "thief";
            params.settings.memory.startupBytes = 16 << 20;
            params.settings.firmware.kernel.emplace();
            params.settings.firmware.kernel->path =
                kind == "kernel" || kind == "link" ? bad : copy.fileName().toStdString();
            if (kind == "initrd")
                params.settings.firmware.kernel->initialRamDisks = {bad};
            if (kind == "disk")
                params.settings.drives.push_back({{}, 0, 0, {}, bad, false});
            if (kind == "folder")
                params.folder = lockedPath.toStdString();
            const auto created = client->call<service::MachineCreateMethod>(params);
            if (!created)
                return 0;
            const auto started = client->call<service::MachineStartMethod>({"thief"});
            if (started)
                static_cast<void>(client->call<service::MachineTurnOffMethod>({"thief"}));
            static_cast<void>(client->call<service::MachineDeleteMethod>({"thief", true}));
            return started ? 1 : 0;
        };
        const std::string bad = kind == "link" ? link.toStdString() : secretPath.toStdString();
        // Root can: it is the file's right and nothing else that the member lacks.
        if (kind == "kernel" || kind == "initrd" || kind == "link")
            QCOMPARE(attempt(bad), 1);
        QCOMPARE(asUser(kMember, {kGroup}, [&] { return attempt(bad); }), 0);
        QVERIFY(QDir(lockedPath).isEmpty());
        QFile after(secretPath);
        QVERIFY(after.open(QIODevice::ReadOnly));
        QVERIFY(guest.seek(0));
        QCOMPARE(after.readAll(), guest.readAll());
    }

    void cleanupTestCase() {
        service_.reset();
        if (noUsers_.isEmpty())
            for (const char* const place : {"/etc/group", "/etc/passwd"})
                ::umount2(place, MNT_DETACH);
    }
};

QTEST_GUILESS_MAIN(HostileClientsTest)
#include "hostile_clients_test.moc"
