// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/vmms/client_rights.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <fstream>
#include <semaphore>
#include <thread>

#include "hypervisor/file_descriptor.h"

using hypervisor::FileDescriptor;
using service::ActingAs;
using service::ClientRights;

namespace {

constexpr uid_t kUser = 54'321;
constexpr gid_t kGroup = 54'322;
constexpr gid_t kFurtherGroup = 54'323;

bool canRead(const std::string& path) {
    return static_cast<bool>(FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
}

}  // namespace

/// Files are opened with a client's rights, by real users' numbers.
class ClientRightsTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    std::string file(const char* name, uid_t user, gid_t group, mode_t mode) {
        std::string path = folder_.path().toStdString() + "/" + name;
        std::ofstream(path) << "content";
        if (::chown(path.c_str(), user, group) != 0 || ::chmod(path.c_str(), mode) != 0)
            qFatal("chown");
        return path;
    }

  private slots:
    void initTestCase() {
        if (::geteuid() != 0)
            QSKIP("only root can act as somebody else");
        ::chmod(folder_.path().toUtf8().constData(), 0755);
    }

    void aUserReadsWhatIsTheirsAndNothingElse() {
        const std::string roots = file("roots", 0, 0, 0600);
        const std::string own = file("own", kUser, kGroup, 0600);
        const std::string groups = file("groups", 0, kFurtherGroup, 0640);
        const std::string others = file("others", 0, kGroup + 7, 0640);
        const ClientRights rights{kUser, kGroup, {kFurtherGroup}};
        {
            const auto acting = ActingAs::create(rights);
            QVERIFY(acting);
            QVERIFY(!canRead(roots));
            QVERIFY(canRead(own));
            QVERIFY(canRead(groups));
            QVERIFY(!canRead(others));
            QVERIFY(::access("/etc/shadow", F_OK) != 0 || !canRead("/etc/shadow"));
        }
        QVERIFY(canRead(roots));
        QVERIFY(canRead(others));
    }

    void whatAUserMakesIsTheirs() {
        ::chmod(folder_.path().toUtf8().constData(), 0777);
        const std::string path = folder_.path().toStdString() + "/made";
        {
            const auto acting = ActingAs::create({kUser, kGroup, {}});
            QVERIFY(acting);
            const FileDescriptor made(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
            QVERIFY(made);
        }
        struct stat status {};
        QCOMPARE(::stat(path.c_str(), &status), 0);
        QCOMPARE(status.st_uid, kUser);
        QCOMPARE(status.st_gid, kGroup);
    }

    void otherThreadsKeepTheirRights() {
        const std::string roots = file("roots", 0, 0, 0600);
        std::binary_semaphore acts(0);
        bool read = false;
        std::jthread other([&] {
            acts.acquire();
            read = canRead(roots);
        });
        const auto acting = ActingAs::create({kUser, kGroup, {}});
        QVERIFY(acting);
        QVERIFY(!canRead(roots));
        acts.release();
        other.join();
        QVERIFY(read);
        // Signals are allowed by these, so the user can't end the process (kill(2)).
        QCOMPARE(::getuid(), uid_t{0});
        QCOMPARE(::geteuid(), uid_t{0});
    }

    void aPeerIsWhoHasConnected() {
        std::array<int, 2> ends{};
        QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        const FileDescriptor one(ends[0]);
        const FileDescriptor two(ends[1]);
        const auto peer = ClientRights::ofPeer(one.get());
        QVERIFY(peer);
        QCOMPARE(peer->user, ::geteuid());
        QCOMPARE(peer->group, ::getegid());
        QVERIFY(peer->groups == ClientRights::own().groups);
        QVERIFY(!ClientRights::ofUser(4'000'000'000U));
        QVERIFY(ClientRights::ofUser(0));
    }
};

QTEST_GUILESS_MAIN(ClientRightsTest)
#include "client_rights_test.moc"
