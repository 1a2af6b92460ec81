// SPDX-License-Identifier: GPL-3.0-or-later
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <array>
#include <string>
#include <vector>

#include "devices/network/socket_port.h"
#include "nat_guest.h"
#include "service/confinement/system_call_filter.h"
#include "service/nat/nat_options.h"

using hypervisor::FileDescriptor;
using service::nat::NatOptions;
using service::nat::PortForward;

namespace {

constexpr int kLimit = 20'000;
constexpr std::uint32_t kHost = 0x0A00'0202;
constexpr std::uint32_t kGuest = 0x0A00'020F;

/// vireo-nat with one end of a socket, the guest's stack on the other.
struct RunningNat {
    /// `folder`: its descriptor 4.
    explicit RunningNat(const QStringList& arguments, int folder = -1) {
        auto sockets = devices::network::SocketPort::createSockets().value();
        guest = std::make_unique<NatGuest>(std::move(sockets.first));
        const int socket = sockets.second.get();
        process.setChildProcessModifier([socket, folder] {
            constexpr int kWanted = 3;
            constexpr int kWantedFolder = 4;
            const int aside = folder == -1 ? -1 : ::fcntl(folder, F_DUPFD, 64);
            if (socket == kWanted)
                ::fcntl(socket, F_SETFD, 0);
            else
                ::dup2(socket, kWanted);
            if (aside != -1)
                ::dup2(aside, kWantedFolder);
        });
        process.start(VIREO_NAT, arguments);
        started = process.waitForStarted(kLimit);
    }
    ~RunningNat() {
        guest->close();
        process.waitForFinished(kLimit);
    }
    QProcess process;
    std::unique_ptr<NatGuest> guest;
    bool started = false;
};

/// Listens on the host's 127.0.0.1.
struct Listener {
    Listener() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const plain = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket.get(), plain, size) == 0 && ::listen(socket.get(), 4) == 0 &&
            ::getsockname(socket.get(), plain, &size) == 0)
            port = ntohs(address.sin_port);
    }
    [[nodiscard]] FileDescriptor accept() const {
        pollfd polled{socket.get(), POLLIN, 0};
        if (::poll(&polled, 1, kLimit) != 1)
            return {};
        return FileDescriptor(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
    FileDescriptor socket;
    std::uint16_t port = 0;
};

std::string readText(const FileDescriptor& socket) {
    pollfd polled{socket.get(), POLLIN, 0};
    std::array<char, 256> text{};
    if (::poll(&polled, 1, kLimit) != 1)
        return {};
    const ssize_t size = ::read(socket.get(), text.data(), text.size());
    return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

/// Connects to the host's own port; tries again while nobody listens yet.
/// A moment ago nobody listened there.
std::uint16_t freePort() {
    return Listener().port;
}

FileDescriptor connectTo(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{5, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const bool connected =
        ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    return connected ? std::move(socket) : FileDescriptor();
}

bool writeText(const FileDescriptor& socket, const std::string& text) {
    return ::write(socket.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

class NatTest : public QObject {
    Q_OBJECT
  private slots:
    void readsItsOptions() {
        const auto options = NatOptions::create("192.168.7.0/24", "", "", "");
        QVERIFY(options);
        QCOMPARE(ntohl(options->host.s_addr), 0xC0A8'0702U);
        QCOMPARE(ntohl(options->dns.s_addr), 0xC0A8'0703U);
        QCOMPARE(ntohl(options->dhcpStart.s_addr), 0xC0A8'070FU);
        QCOMPARE(ntohl(options->netmask.s_addr), 0xFFFF'FF00U);
        QVERIFY(NatOptions::create("10.0.0.0/29", "", "", ""));
        QVERIFY(NatOptions::create("10.0.2.0/24", "10.0.2.254", "10.0.2.1", "10.0.2.100"));
        for (const char* const network : {"", "10.0.2.0", "10.0.2.0/30", "10.0.2/24", "x/24"})
            QVERIFY2(!NatOptions::create(network, "", "", ""), network);
        for (const char* const host : {"10.0.3.1", "10.0.2.255", "10.0.2.0", "10.0.2.3", "no"})
            QVERIFY2(!NatOptions::create("10.0.2.0/24", host, "", ""), host);

        const auto forward = PortForward::parse("udp:0.0.0.0:53:10.0.2.15:5353");
        QVERIFY(forward && forward->protocol == service::nat::ForwardProtocol::Udp);
        QCOMPARE(forward->hostPort, std::uint16_t{53});
        QCOMPARE(forward->guestPort, std::uint16_t{5353});
        const auto shortest = PortForward::parse("tcp::22::23");
        QVERIFY(shortest);
        QCOMPARE(ntohl(shortest->hostAddress.s_addr), 0x7F00'0001U);
        for (const char* const text :
             {"", "tcp", "tcp:1:2:3", "icmp::22::23", "tcp::0::23", "tcp::22::65536",
              "tcp:x:22::23", "tcp::22:y:23", "tcp::22::23:1"})
            QVERIFY2(!PortForward::parse(text), text);
    }

    void tellsWhatIsWrongAndEnds() {
        const Listener busy;
        QVERIFY(busy.port != 0);
        for (const QStringList& arguments :
             {QStringList{"--network", "10.0.2.0"},
              QStringList{"--forward", QString("tcp::%1::22").arg(busy.port)},
              QStringList{"--socket", "77"}}) {
            RunningNat nat(arguments);
            QVERIFY(nat.started);
            QVERIFY(nat.process.waitForFinished(kLimit));
            QCOMPARE(nat.process.exitCode(), 1);
            QVERIFY(nat.process.readAllStandardError().startsWith("vireo-nat: "));
        }
    }

    void givesAnAddressAndAnswersForTheGateway() {
        RunningNat nat({"--network", "192.168.7.0/24", "--hostname", "guest"});
        QCOMPARE(nat.guest->getAddress(), 0xC0A8'070FU);
        const auto mac = nat.guest->resolve(0xC0A8'0702);
        QCOMPARE(mac.size(), 6U);
        QVERIFY(mac != frames::guestMac());
    }

    void connectsTheGuestToTheHost() {
        const Listener listener;
        QVERIFY(listener.port != 0);
        RunningNat nat({"--host-loopback"});
        QCOMPARE(nat.guest->getAddress(), kGuest);
        QCOMPARE(nat.guest->resolve(kHost).size(), 6U);
        NatGuest::Connection connection;
        QCOMPARE(nat.guest->connect(connection, kHost, listener.port), NatGuest::Connected::Yes);
        const FileDescriptor server = listener.accept();
        QVERIFY(server);
        nat.guest->send(connection, "from the guest");
        QCOMPARE(readText(server), std::string("from the guest"));
        QVERIFY(writeText(server, "from the host"));
        QCOMPARE(nat.guest->receive(connection), std::string("from the host"));
        QVERIFY(!nat.guest->sawUnsound());
    }

    void keepsTheHostsOwnServicesFromTheGuest() {
        const Listener listener;
        RunningNat nat({});
        QCOMPARE(nat.guest->getAddress(), kGuest);
        QCOMPARE(nat.guest->resolve(kHost).size(), 6U);
        NatGuest::Connection connection;
        QCOMPARE(nat.guest->connect(connection, kHost, listener.port),
                 NatGuest::Connected::Refused);
        pollfd polled{listener.socket.get(), POLLIN, 0};
        QCOMPARE(::poll(&polled, 1, 0), 0);
    }

    void forwardsAPortToTheGuest() {
        const std::uint16_t port = freePort();
        RunningNat nat({"--forward", QString("tcp:127.0.0.1:%1:10.0.2.15:22").arg(port)});
        // It listens by the time it answers.
        QCOMPARE(nat.guest->getAddress(), kGuest);
        const FileDescriptor client = connectTo(port);
        QVERIFY(client);
        auto connection = nat.guest->accept(22);
        QVERIFY(connection);
        QVERIFY(writeText(client, "who is there?"));
        QCOMPARE(nat.guest->receive(*connection), std::string("who is there?"));
        nat.guest->send(*connection, "the guest");
        QCOMPARE(readText(client), std::string("the guest"));
        QVERIFY(!nat.guest->sawUnsound());
    }

    void manyAtOnceReachAForwardedPort() {
        const std::uint16_t port = freePort();
        RunningNat nat({"--forward", QString("tcp:127.0.0.1:%1:10.0.2.15:22").arg(port)});
        QCOMPARE(nat.guest->getAddress(), kGuest);
        // While nobody accepts them.
        const auto process = static_cast<pid_t>(nat.process.processId());
        QCOMPARE(::kill(process, SIGSTOP), 0);
        std::vector<FileDescriptor> clients;
        for (int i = 0; i < 100; ++i)
            if (auto client = connectTo(port))
                clients.push_back(std::move(client));
            else
                break;
        QCOMPARE(::kill(process, SIGCONT), 0);
        QCOMPARE(clients.size(), std::size_t{100});
    }

    void offersAFolderByTftp() {
        const QTemporaryDir folder;
        const QTemporaryDir other;
        for (const QString& path : {folder.path(), other.path()})
            QVERIFY(QFile::setPermissions(
                path, QFile::permissions(path) | QFile::ExeOther | QFile::ReadOther));
        const auto put = [](const QString& path, const QByteArray& content) {
            QFile file(path);
            return file.open(QIODevice::WriteOnly) && file.write(content) == content.size() &&
                   file.setPermissions(QFile::ReadOwner | QFile::ReadOther);
        };
        QVERIFY(put(folder.filePath("boot"), "what to boot"));
        QVERIFY(QDir(folder.path()).mkdir("more"));
        QVERIFY(QFile::setPermissions(folder.filePath("more"),
                                      QFile::ReadOwner | QFile::ExeOwner | QFile::WriteOwner |
                                          QFile::ReadOther | QFile::ExeOther));
        QVERIFY(put(folder.filePath("more/file"), "below the folder"));
        QVERIFY(put(other.filePath("secret"), "secret"));
        QVERIFY(QFile::link(other.filePath("secret"), folder.filePath("link")));
        const FileDescriptor opened(
            ::open(folder.path().toLocal8Bit().constData(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        RunningNat nat(
            {"--tftp-folder", "4", "--boot-file", "boot", "--user", "65534", "--group", "65534"},
            opened.get());
        QCOMPARE(nat.guest->getAddress(), kGuest);
        QCOMPARE(nat.guest->resolve(kHost).size(), 6U);
        QCOMPARE(nat.guest->fetch(kHost, "boot"), std::string("what to boot"));
        QCOMPARE(nat.guest->fetch(kHost, "/boot"), std::string("what to boot"));
        QCOMPARE(nat.guest->fetch(kHost, "more/file"), std::string("below the folder"));
        QCOMPARE(nat.guest->fetch(kHost, "missing"), std::string("error 1"));
        const std::string outside = QDir(other.path()).dirName().toStdString() + "/secret";
        for (const std::string& name :
             {"../" + outside, "more/../../" + outside, "/../" + outside, std::string("..")})
            QVERIFY2(nat.guest->fetch(kHost, name).starts_with("error"), name.c_str());
        // Landlock keeps it from where links lead; the sanitizers' build is not confined.
        if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) < 1 ||
            service::confinementIsLoose())
            return;
        QVERIFY(nat.guest->fetch(kHost, "link").starts_with("error"));
    }

    void hasNoTftpUnlessAsked() {
        RunningNat nat({});
        QCOMPARE(nat.guest->getAddress(), kGuest);
        QCOMPARE(nat.guest->resolve(kHost).size(), 6U);
        QVERIFY(nat.guest->fetch(kHost, "etc/hostname").starts_with("error"));
    }

    void isConfined() {
        RunningNat nat({"--user", "65534", "--group", "65534"});
        QCOMPARE(nat.guest->getAddress(), kGuest);
        QFile status(QString("/proc/%1/status").arg(nat.process.processId()));
        QVERIFY(status.open(QIODevice::ReadOnly));
        const QByteArray text = status.readAll();
        QVERIFY(text.contains("NoNewPrivs:\t1"));
        QVERIFY(text.contains("Seccomp:\t2"));
        QVERIFY(text.contains("CapPrm:\t0000000000000000"));
        QVERIFY(text.contains("CapBnd:\t0000000000000000") || ::geteuid() != 0);
        if (::geteuid() == 0)
            QVERIFY(text.contains("Uid:\t65534\t65534\t65534\t65534"));
    }

    void endsWhenTheSocketCloses() {
        RunningNat nat({});
        QCOMPARE(nat.guest->getAddress(), kGuest);
        nat.guest->close();
        QVERIFY(nat.process.waitForFinished(kLimit));
        QCOMPARE(nat.process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(nat.process.exitCode(), 0);
    }

    void outlivesHostileFrames() {
        RunningNat nat({});
        QCOMPARE(nat.guest->getAddress(), kGuest);
        nat.guest->sendNonsense(5'000);
        QCOMPARE(nat.guest->getAddress(), kGuest);
    }
};

QTEST_GUILESS_MAIN(NatTest)
#include "nat_test.moc"
