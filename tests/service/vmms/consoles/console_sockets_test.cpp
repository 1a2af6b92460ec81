// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/vmms/consoles/console_sockets.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>

#include "console_peer.h"

using service::ConsoleSockets;
using tests::ConsolePeer;

namespace {

constexpr unsigned kNobody = 65534;
// Some group that nobody's process is in.
constexpr gid_t kGroup = 4242;

struct stat statusOf(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        qFatal("no %s", path.c_str());
    return status;
}

/// Whether a process with this user and group can connect.
bool connectsAs(uid_t user, gid_t group, const std::string& path) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0)
            ::_exit(2);
        ::_exit(ConsolePeer(path).connected() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
        qFatal("the child could not become another user");
    return WEXITSTATUS(status) == 0;
}

}  // namespace

class ConsoleSocketsTest : public QObject {
    Q_OBJECT

  private slots:
    void socketsAreTheOwnersAlone() {
        const auto sockets = ConsoleSockets::create({folder("own"), {}});
        QVERIFY(sockets);
        const auto socket = sockets->open("machine-1", 1);
        QVERIFY(socket);
        QCOMPARE(statusOf(folder("own")).st_mode & 07777, 0700U);
        QCOMPARE(statusOf(sockets->path("machine-1", 1)).st_mode & 07777, 0600U);
        QVERIFY(ConsolePeer(sockets->path("machine-1", 1)).connected());
        // No half-made one is left.
        QCOMPARE(
            QDir(QString::fromStdString(folder("own")))
                .entryList(QDir::AllEntries | QDir::System | QDir::Hidden | QDir::NoDotAndDotDot)
                .size(),
            1);
    }

    void groupMayAttachAndNobodyElse() {
        if (::geteuid() != 0)
            QSKIP("only root can give sockets to a group");
        QFile::setPermissions(folder_.path(), QFile::Permissions(0x7755));
        const auto sockets = ConsoleSockets::create({folder("group"), kGroup});
        QVERIFY(sockets);
        const auto socket = sockets->open("m", 2);
        QVERIFY(socket);
        const std::string path = sockets->path("m", 2);
        QCOMPARE(statusOf(path).st_mode & 07777, 0660U);
        QCOMPARE(statusOf(path).st_gid, kGroup);
        QCOMPARE(statusOf(folder("group")).st_mode & 07777, 0750U);
        QVERIFY(connectsAs(kNobody, kGroup, path));
        QVERIFY(!connectsAs(kNobody, kNobody, path));
    }

    void newSocketReplacesTheOld() {
        const auto sockets = ConsoleSockets::create({folder("again"), {}});
        const auto first = sockets->open("m", 1);
        const auto second = sockets->open("m", 1);
        QVERIFY(first && second);
        ConsolePeer peer(sockets->path("m", 1));
        QVERIFY(peer.connected());
        // It came to the second.
        const hypervisor::FileDescriptor accepted(::accept(second->get(), nullptr, nullptr));
        QVERIFY(accepted);
    }

    void onlyAdoptedMachinesKeepTheirs() {
        const auto sockets = ConsoleSockets::create({folder("adopt"), {}});
        const auto a = sockets->open("a", 1);
        const auto b = sockets->open("b", 1);
        const auto c = sockets->open("b", 2);
        const auto screen = sockets->openScreen("a");
        const auto other = sockets->openScreen("c");
        QVERIFY(a && b && c && screen && other);
        sockets->removeAllBut({"a"});
        QVERIFY(ConsolePeer(sockets->path("a", 1)).connected());
        QVERIFY(!QFile::exists(QString::fromStdString(sockets->path("b", 1))));
        QVERIFY(!QFile::exists(QString::fromStdString(sockets->path("b", 2))));
        QVERIFY(ConsolePeer(sockets->screenPath("a")).connected());
        QVERIFY(!QFile::exists(QString::fromStdString(sockets->screenPath("c"))));
        sockets->remove("a");
        QVERIFY(!QFile::exists(QString::fromStdString(sockets->path("a", 1))));
        QVERIFY(!QFile::exists(QString::fromStdString(sockets->screenPath("a"))));
    }

    void whatIsNoMachineOrPortIsRefused() {
        const auto sockets = ConsoleSockets::create({folder("bad"), {}});
        for (const std::string& machine :
             {std::string(), std::string("../up"), std::string("a/b"), std::string("a.b"),
              std::string(65, 'a'), std::string("a\0b", 3)})
            QVERIFY(!sockets->open(machine, 1));
        QVERIFY(!sockets->openScreen("../up"));
        QVERIFY(!sockets->open("a", 0));
        QVERIFY(!sockets->open("a", 5));
        const auto deep = ConsoleSockets::create({folder(QString(80, 'd')), {}});
        QVERIFY(deep);
        const auto failed = deep->open("a-machine", 1);
        QVERIFY(!failed && failed.error().message.find("shorter folder") != std::string::npos);
    }

    void folderThatIsSomebodyElsesIsRefused() {
        QVERIFY(!ConsoleSockets::create({folder("missing") + "/below", {}}));
        QFile file(QString::fromStdString(folder("file")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(!ConsoleSockets::create({folder("file"), {}}));
        QVERIFY(QFile::link(folder_.path(), QString::fromStdString(folder("link"))));
        QVERIFY(!ConsoleSockets::create({folder("link"), {}}));
    }

  private:
    [[nodiscard]] std::string folder(const QString& name) const {
        return folder_.filePath(name).toStdString();
    }

    QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(ConsoleSocketsTest)
#include "console_sockets_test.moc"
