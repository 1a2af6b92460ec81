// SPDX-License-Identifier: GPL-3.0-or-later
//
// The system's service with real users, in a mount namespace of this test's own where /run,
// /var/lib and /etc/group are others: who may connect, and whose rights open files.
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <vector>

#include "service/ipc/methods.h"
#include "session_service.h"

using namespace service;  // NOLINT: the interface under test
using tests::eventually;
using tests::RpcClient;
using tests::tinyMachine;

namespace {

constexpr gid_t kManagers = 54'000;
constexpr uid_t kMember = 54'001;
constexpr uid_t kOther = 54'002;
constexpr uid_t kOtherMember = 54'003;
// What many connections may leave behind in the service, in KiB.
constexpr long kGrowth = 64 << 10;
constexpr const char* kSocket = "/run/vireo/vireod.sock";

enum class Membership : bool { Outside, Member };

/// Runs `work` in a process of this user; what it returns, below 100.
int asUser(uid_t user, Membership membership, const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        const gid_t managers = kManagers;
        if (::setgroups(membership == Membership::Member ? 1 : 0, &managers) != 0 ||
            ::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0)
            ::_exit(100);
        ::_exit(work());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

template <class Reply>
int codeOf(const RpcResult<Reply>& reply) {
    return reply ? 0 : static_cast<int>(reply.error().code);
}

}  // namespace

class SystemServiceTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_{"/tmp/vireo-system-XXXXXX"};
    pid_t service_ = -1;

    std::string file(const std::string& name, uid_t owner, mode_t mode) {
        const std::string path = folder_.path().toStdString() + "/" + name;
        {
            std::ifstream guest(HALTED_GUEST, std::ios::binary);
            std::ofstream(path, std::ios::binary) << guest.rdbuf();
        }
        if (::chown(path.c_str(), owner, owner) != 0 || ::chmod(path.c_str(), mode) != 0)
            qFatal("chown");
        return path;
    }
    static bool mountOver(const char* path) {
        return ::mount("vireo-test", path, "tmpfs", 0, "mode=755") == 0;
    }

  private slots:
    void initTestCase() {
        if (::geteuid() != 0 || ::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            QSKIP("only root can make a mount namespace");
        std::ofstream(folder_.path().toStdString() + "/group")
            << std::ifstream("/etc/group").rdbuf() << "vireo:x:" << kManagers << ":\n";
        if (!mountOver("/run") || !mountOver("/var/lib") ||
            ::mount((folder_.path().toStdString() + "/group").c_str(), "/etc/group", nullptr,
                    MS_BIND, nullptr) != 0)
            QSKIP("file systems can't be mounted here");
        ::chmod(folder_.path().toUtf8().constData(), 0755);
        service_ = ::fork();
        if (service_ == 0) {
            const int log = ::open((folder_.path().toStdString() + "/output").c_str(),
                                   O_WRONLY | O_CREAT, 0600);
            ::dup2(log, STDERR_FILENO);
            ::execl(VIREOD, "vireod", nullptr);
            ::_exit(127);
        }
        QVERIFY(eventually([] { return RpcClient::connect(kSocket).has_value(); }));
    }
    void cleanupTestCase() {
        if (service_ <= 0)
            return;
        if (auto client = RpcClient::connect(kSocket))
            if (const auto list = client->call<MachineListMethod>({}))
                for (const MachineSummary& machine : list->machines)
                    static_cast<void>(client->call<MachineTurnOffMethod>({machine.id}).has_value());
        ::kill(service_, SIGTERM);
        int status = 0;
        ::waitpid(service_, &status, 0);
        QVERIFY(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }

    void tenThousandConnectionsOfOneUserLeaveRoomForTheOthers() {
        constexpr rlim_t kConnections = 10'000;
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        const rlimit raised{std::max(limit.rlim_cur, kConnections + 200),
                            std::max(limit.rlim_max, kConnections + 200)};
        if (::setrlimit(RLIMIT_NOFILE, &raised) != 0)
            QSKIP("the host does not let one process have 10,000 descriptors");
        const long before = tests::residentKibibytes(service_);
        std::array<int, 2> opened{};
        std::array<int, 2> finish{};
        QCOMPARE(::pipe2(opened.data(), O_CLOEXEC), 0);
        QCOMPARE(::pipe2(finish.data(), O_CLOEXEC), 0);
        // It holds them until we close our end of the pipe.
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(finish[1]);
            const gid_t managers = kManagers;
            if (::setgroups(1, &managers) != 0 || ::setresgid(kMember, kMember, kMember) != 0 ||
                ::setresuid(kMember, kMember, kMember) != 0)
                ::_exit(1);
            std::vector<RpcClient> clients;
            for (rlim_t each = 0; each < kConnections; ++each) {
                auto client = RpcClient::connect(kSocket);
                if (!client)
                    ::_exit(2);
                clients.push_back(std::move(*client));
            }
            char end = 0;
            ::_exit(::write(opened[1], "x", 1) == 1 && ::read(finish[0], &end, 1) == 0 ? 0 : 3);
        }
        const hypervisor::FileDescriptor done(opened[0]);
        ::close(opened[1]);
        ::close(finish[0]);
        char all = 0;
        const bool allOpen = ::read(done.get(), &all, 1) == 1;
        const int other = asUser(kOtherMember, Membership::Member, [] {
            auto client = RpcClient::connect(kSocket);
            return client && client->call<MachineListMethod>({}) ? 0 : 1;
        });
        auto root = RpcClient::connect(kSocket);
        const bool rootIsServed = root && root->call<MachineListMethod>({});
        const long grown = tests::residentKibibytes(service_) - before;
        ::close(finish[1]);
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(allOpen);
        QCOMPARE(status, 0);
        QCOMPARE(other, 0);
        QVERIFY(rootIsServed);
        QVERIFY2(grown < kGrowth, std::to_string(grown).c_str());
    }

    void aUserOutsideOfTheGroupGetsNothing() {
        QCOMPARE(asUser(kOther, Membership::Outside,
                        [] { return RpcClient::connect(kSocket) ? 1
                                    : errno == EACCES           ? 0
                                                                : 2; }),
                 0);
        for (const char* const path :
             {"/run/vireo/workers", "/run/vireo/consoles", "/run/vireo/metrics.sock",
              "/var/lib/vireo", "/var/lib/vireo/machines", "/var/lib/vireo/vireo.sqlite"})
            QCOMPARE(asUser(kOther, Membership::Outside,
                            [path] { return ::access(path, R_OK) == 0 ? 1 : 0; }),
                     0);
    }

    void aMemberManagesMachinesWithTheirOwnFiles() {
        const std::string own = file("own", kMember, 0600);
        QCOMPARE(asUser(kMember, Membership::Member,
                        [&own] {
                            auto client = RpcClient::connect(kSocket);
                            if (!client)
                                return 1;
                            if (!client->call<MachineCreateMethod>(
                                    {tinyMachine("members", own), std::nullopt}))
                                return 2;
                            const auto started = client->call<MachineStartMethod>({"members"});
                            return started ? 0 : 3;
                        }),
                 0);
        // The worker is nobody of importance.
        auto client = RpcClient::connect(kSocket);
        QVERIFY(client);
        const auto details = client->call<MachineGetMethod>({"members"});
        QVERIFY(details && details->machine.workerProcess);
        struct stat status {};
        std::ifstream lines("/proc/" + std::to_string(*details->machine.workerProcess) + "/status");
        std::string uids;
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with("Uid:"))
                uids = line;
        QVERIFY(!uids.empty());
        QVERIFY2(uids.find("\t0") == std::string::npos, uids.c_str());
        // The machine's folder is the service's alone.
        QCOMPARE(::stat(details->machine.summary.folder.c_str(), &status), 0);
        QCOMPARE(status.st_uid, uid_t{0});
        QCOMPARE(status.st_mode & 0777, mode_t{0700});
    }

    void theServiceReadsNoFileForAMemberThatTheyCouldNotRead() {
        const std::string secret = file("secret", 0, 0600);
        const auto create = [&secret] {
            auto client = RpcClient::connect(kSocket);
            if (!client)
                return 99;
            MachineSettings disk = tinyMachine("thief", HALTED_GUEST);
            disk.firmware.kernel.reset();
            disk.drives.push_back({ControllerKind::Ide, 0, 0, DriveKind::HardDisk, secret, true});
            const int byDisk = codeOf(client->call<MachineCreateMethod>({disk, std::nullopt}));
            const int byKernel = codeOf(
                client->call<MachineCreateMethod>({tinyMachine("thief", secret), std::nullopt}));
            const int byInspection = codeOf(client->call<DiskInspectMethod>({secret}));
            const int wanted = static_cast<int>(ErrorCode::FileError);
            return (byDisk == wanted ? 0 : 1) + (byKernel == wanted ? 0 : 2) +
                   (byInspection == wanted ? 0 : 4);
        };
        QCOMPARE(asUser(kMember, Membership::Member, create), 0);
        // Nor by a link, nor when somebody who could has named it: starting takes the starter's.
        const std::string link = folder_.path().toStdString() + "/link";
        QCOMPARE(::symlink(secret.c_str(), link.c_str()), 0);
        auto root = RpcClient::connect(kSocket);
        QVERIFY(root &&
                root->call<MachineCreateMethod>({tinyMachine("roots", secret), std::nullopt}));
        QCOMPARE(asUser(kMember, Membership::Member,
                        [&link] {
                            auto client = RpcClient::connect(kSocket);
                            if (!client)
                                return 99;
                            const int wanted = static_cast<int>(ErrorCode::FileError);
                            const int start = codeOf(client->call<MachineStartMethod>({"roots"}));
                            MachineSetParams set;
                            set.machine = "members";
                            set.changes = {{"drives", boost::json::array{{{"path", link}}}}};
                            const int change = codeOf(client->call<MachineSetMethod>(set));
                            // That machine runs, so its drives can't change at all.
                            const int state = static_cast<int>(ErrorCode::WrongState);
                            return (start == wanted ? 0 : 1) + (change == state ? 0 : 2);
                        }),
                 0);
        QVERIFY(root->call<MachineStartMethod>({"roots"}));
        QVERIFY(root->call<MachineTurnOffMethod>({"roots"}));
    }

    void theServiceWritesNoFileForAMemberThatTheyCouldNotWrite() {
        const std::string roots = folder_.path().toStdString() + "/roots";
        const std::string open = folder_.path().toStdString() + "/open";
        QCOMPARE(::mkdir(roots.c_str(), 0755), 0);
        QCOMPARE(::mkdir(open.c_str(), 0777), 0);
        QCOMPARE(::chmod(open.c_str(), 0777), 0);
        const auto create = [](const std::string& path) {
            return [path] {
                auto client = RpcClient::connect(kSocket);
                if (!client)
                    return 99;
                DiskCreateParams params;
                params.path = path;
                params.sizeBytes = 16 << 20;
                const auto begun = client->call<DiskCreateMethod>(params);
                if (!begun)
                    return 98;
                JobState state = JobState::Running;
                if (!eventually([&] {
                        const auto job = client->call<JobGetMethod>({begun->job.id});
                        state = job ? job->job.state : JobState::Running;
                        return state != JobState::Running;
                    }))
                    return 97;
                return state == JobState::Succeeded ? 0 : 1;
            };
        };
        QCOMPARE(asUser(kMember, Membership::Member, create(roots + "/disk.vhdx")), 1);
        QVERIFY(!QFile::exists(QString::fromStdString(roots + "/disk.vhdx")));
        QCOMPARE(asUser(kMember, Membership::Member, create(open + "/disk.vhdx")), 0);
        struct stat status {};
        QCOMPARE(::stat((open + "/disk.vhdx").c_str(), &status), 0);
        QCOMPARE(status.st_uid, kMember);
        // A folder for a machine, which the service would write as root.
        QCOMPARE(asUser(kMember, Membership::Member,
                        [&open] {
                            auto client = RpcClient::connect(kSocket);
                            return client ? codeOf(client->call<MachineCreateMethod>(
                                                {tinyMachine("elsewhere", HALTED_GUEST), open}))
                                          : 99;
                        }),
                 static_cast<int>(ErrorCode::PermissionDenied));
    }

    void machinesGoToFoldersAndComeFromThemWithTheMembersRights() {
        const std::string secret = file("unreadable", 0, 0600);
        const std::string own = file("own kernel", kMember, 0600);
        const std::string closed = folder_.path().toStdString() + "/closed";
        const std::string open = folder_.path().toStdString() + "/exchange";
        QCOMPARE(::mkdir(closed.c_str(), 0755), 0);
        QCOMPARE(::mkdir(open.c_str(), 0777), 0);
        QCOMPARE(::chmod(open.c_str(), 0777), 0);
        auto root = RpcClient::connect(kSocket);
        QVERIFY(root);
        for (const auto& [name, kernel] : {std::pair{"not theirs", &secret}, {"theirs", &own}})
            QVERIFY(root->call<MachineCreateMethod>({tinyMachine(name, *kernel), std::nullopt}));
        const auto result = asUser(kMember, Membership::Member, [&] {
            auto client = RpcClient::connect(kSocket);
            if (!client)
                return 99;
            const auto succeeds = [&](const RpcResult<JobReply>& begun) {
                JobState state = JobState::Failed;
                return begun && eventually([&] {
                           const auto job = client->call<JobGetMethod>({begun->job.id});
                           state = job ? job->job.state : JobState::Running;
                           return state != JobState::Running;
                       }) &&
                       state == JobState::Succeeded;
            };
            if (succeeds(client->call<MachineExportMethod>({"not theirs", open})))
                return 1;
            if (succeeds(client->call<MachineExportMethod>({"theirs", closed})))
                return 2;
            if (!succeeds(client->call<MachineExportMethod>({"theirs", open})))
                return 3;
            MachineImportParams params;
            params.folder = open + "/theirs";
            params.name = "again";
            // They have no home on this host.
            const auto homeless = client->call<MachineImportMethod>(params);
            if (homeless || homeless.error().data.field != "diskFolder")
                return 4;
            params.diskFolder = closed;
            if (succeeds(client->call<MachineImportMethod>(params)))
                return 5;
            params.diskFolder = open;
            params.machineFolder = open;
            const auto elsewhere = client->call<MachineImportMethod>(params);
            if (codeOf(elsewhere) != static_cast<int>(ErrorCode::PermissionDenied) ||
                elsewhere.error().data.field != "machineFolder")
                return 6;
            params.machineFolder.reset();
            return succeeds(client->call<MachineImportMethod>(params)) ? 0 : 7;
        });
        QCOMPARE(result, 0);
        QVERIFY(QDir(QString::fromStdString(closed)).isEmpty());
        struct stat status {};
        for (const char* const name :
             {"/theirs", "/theirs/vm.json", "/again/Boot Files/own kernel"}) {
            QCOMPARE(::stat((open + name).c_str(), &status), 0);
            QCOMPARE(status.st_uid, kMember);
        }
        // The settings are the service's alone, whatever becomes of the folder.
        const auto again = root->call<MachineGetMethod>({"again"});
        QVERIFY(again);
        QCOMPARE(::stat((again->machine.summary.folder + "/vm.json").c_str(), &status), 0);
        QCOMPARE(status.st_uid, uid_t{0});
    }
};

QTEST_GUILESS_MAIN(SystemServiceTest)
#include "system_service_test.moc"
