// SPDX-License-Identifier: GPL-3.0-or-later
//
// Disks that are full or read-only, files that are damaged, sockets that are stale: a clear error,
// and the others go on.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QtTest>
#include <fstream>

#include "service/ipc/methods.h"
#include "session_service.h"

using namespace service;  // NOLINT: the interface under test
using tests::eventually;
using tests::RpcClient;
using tests::SessionService;
using tests::tinyMachine;

namespace {

template <class Reply>
ErrorCode codeOf(const RpcResult<Reply>& reply) {
    return reply ? ErrorCode{} : reply.error().code;
}

}  // namespace

class FaultsTest : public QObject {
    Q_OBJECT

    std::unique_ptr<SessionService> service_;
    bool mounted_ = false;

    /// The service's data on a small file system of its own; false where that can't be.
    bool mountData() {
        const std::string path = service_->folder() + "/data";
        mounted_ = ::mount("vireo-test", path.c_str(), "tmpfs", 0, "size=2m,mode=700") == 0;
        return mounted_;
    }
    void make(RpcClient& client, const std::string& name) {
        const auto made =
            client.call<MachineCreateMethod>({tinyMachine(name, HALTED_GUEST), std::nullopt});
        if (!made)
            qFatal("%s", describe(made.error()).c_str());
    }
    RpcResult<MachineReply> setNotes(RpcClient& client, const std::string& name,
                                     const std::string& notes) {
        MachineSetParams set;
        set.machine = name;
        set.changes = {{"notes", notes}};
        return client.call<MachineSetMethod>(set);
    }
    std::string notesOf(RpcClient& client, const std::string& name) {
        const auto reply = client.call<MachineGetMethod>({name});
        return reply ? reply->machine.settings.notes : std::string("?");
    }

  private slots:
    void init() { service_ = std::make_unique<SessionService>(); }
    void cleanup() {
        service_->kill();
        if (mounted_)
            ::umount2((service_->folder() + "/data").c_str(), MNT_DETACH);
        mounted_ = false;
        service_.reset();
    }

    void aFullDiskLosesNothing() {
        if (!mountData())
            QSKIP("only root can mount a small file system");
        QVERIFY2(service_->start(), service_->output().c_str());
        auto client = service_->client();
        make(client, "one");
        make(client, "running");
        QVERIFY(client.call<MachineStartMethod>({"running"}));
        QVERIFY(setNotes(client, "one", "before"));
        {
            std::ofstream filler(service_->data() + "/filler");
            const std::string block(64 << 10, 'x');
            while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush())
                continue;
        }
        const auto refused = setNotes(client, "one", std::string(16'000, 'n'));
        QCOMPARE(codeOf(refused), ErrorCode::StorageError);
        QVERIFY(refused.error().message.find("No space left") != std::string::npos);
        QCOMPARE(notesOf(client, "one"), "before");
        QCOMPARE(codeOf(client.call<MachineCreateMethod>(
                     {tinyMachine("two", HALTED_GUEST), std::nullopt})),
                 ErrorCode::StorageError);
        // What runs goes on, and starts and stops need no room.
        QVERIFY(client.call<MachinePauseMethod>({"running"}));
        QVERIFY(client.call<MachineResumeMethod>({"running"}));
        QVERIFY(client.call<MachineTurnOffMethod>({"running"}));
        ::unlink((service_->data() + "/filler").c_str());
        QVERIFY(setNotes(client, "one", "after"));
        service_->kill();
        QVERIFY(service_->start());
        auto again = service_->client();
        QCOMPARE(notesOf(again, "one"), "after");
        QCOMPARE(codeOf(again.call<MachineGetMethod>({"two"})), ErrorCode::NotFound);
    }

    void aReadOnlyFolderIsSaid() {
        if (!mountData())
            QSKIP("only root can mount a file system");
        QVERIFY(service_->start());
        auto client = service_->client();
        make(client, "one");
        QVERIFY(setNotes(client, "one", "before"));
        // A file that is open for writing keeps a file system from becoming read-only; a mount on
        // top of the machine's folder does not.
        const std::string machines = service_->machines();
        QCOMPARE(::mount(machines.c_str(), machines.c_str(), nullptr, MS_BIND, nullptr), 0);
        QCOMPARE(
            ::mount(nullptr, machines.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr),
            0);
        const auto refused = setNotes(client, "one", "after");
        const auto created =
            client.call<MachineCreateMethod>({tinyMachine("two", HALTED_GUEST), std::nullopt});
        const auto deleted = client.call<MachineDeleteMethod>({"one", std::nullopt});
        QVERIFY(client.call<MachineStartMethod>({"one"}));
        QVERIFY(client.call<MachineTurnOffMethod>({"one"}));
        QCOMPARE(::umount2(machines.c_str(), MNT_DETACH), 0);
        QCOMPARE(codeOf(refused), ErrorCode::StorageError);
        QVERIFY(refused.error().message.find("Read-only") != std::string::npos);
        QCOMPARE(codeOf(created), ErrorCode::StorageError);
        QCOMPARE(codeOf(deleted), ErrorCode::StorageError);
        QCOMPARE(notesOf(client, "one"), "before");
        QVERIFY(setNotes(client, "one", "after"));
    }

    void aDamagedMachineIsListedAndStopsNobody() {
        QVERIFY(service_->start());
        std::string id;
        {
            auto client = service_->client();
            make(client, "good");
            make(client, "bad");
            id = client.call<MachineGetMethod>({"bad"})->machine.settings.id;
        }
        service_->kill();
        std::ofstream(service_->machines() + "/" + id + "/vm.json") << "{\"name\": \"ba";
        QDir(QString::fromStdString(service_->machines())).mkdir("not-a-machine");
        std::ofstream(service_->machines() + "/a-file") << "content";
        ::mkdir((service_->machines() + "/fifo").c_str(), 0700);
        ::mkfifo((service_->machines() + "/fifo/vm.json").c_str(), 0600);
        QVERIFY2(service_->start(), service_->output().c_str());
        auto client = service_->client();
        const auto list = client.call<MachineListMethod>({});
        QVERIFY(list);
        QCOMPARE(list->machines.size(), std::size_t{3});
        int unreadable = 0;
        for (const MachineSummary& machine : list->machines)
            if (machine.unreadable) {
                ++unreadable;
                QCOMPARE(machine.state, MachineState::Critical);
                QVERIFY(machine.status.find("vm.json") != std::string::npos);
            }
        QCOMPARE(unreadable, 2);
        const auto bad = client.call<MachineStartMethod>({id});
        QCOMPARE(codeOf(bad), ErrorCode::Unreadable);
        QVERIFY(client.call<MachineStartMethod>({"good"}));
        QVERIFY(client.call<MachineDeleteMethod>({id, std::nullopt}));
        QCOMPARE(codeOf(client.call<MachineGetMethod>({id})), ErrorCode::NotFound);
    }

    void aMachineThatRunsUnderADamagedFileIsLeftAlone() {
        QVERIFY(service_->start());
        auto client = service_->client();
        make(client, "one");
        const auto started = client.call<MachineStartMethod>({"one"});
        QVERIFY(started);
        const auto details = client.call<MachineGetMethod>({"one"});
        QVERIFY(details && details->machine.workerProcess);
        const auto worker = static_cast<pid_t>(*details->machine.workerProcess);
        service_->kill();
        const std::string path = service_->machines() + "/" + started->id + "/vm.json";
        const std::string aside = path + ".aside";
        QCOMPARE(::rename(path.c_str(), aside.c_str()), 0);
        std::ofstream(path) << "{";
        QVERIFY(service_->start());
        service_->kill();
        QCOMPARE(::kill(worker, 0), 0);
        // Repaired, it is taken over.
        QCOMPARE(::rename(aside.c_str(), path.c_str()), 0);
        QVERIFY(service_->start());
        auto again = service_->client();
        const auto after = again.call<MachineGetMethod>({"one"});
        QVERIFY(after && after->machine.summary.state == MachineState::Running);
        QVERIFY(after->machine.workerProcess == details->machine.workerProcess);
    }

    void aStaleSocketIsReplacedAndALivingOneIsNot() {
        QVERIFY(service_->start());
        service_->kill();
        QVERIFY(QFile::exists(QString::fromStdString(service_->socket())));
        QVERIFY2(service_->start(), service_->output().c_str());
        const pid_t first = service_->process();
        SessionService other;
        // A second one on the same places ends at once and says why.
        QProcess second;
        QProcessEnvironment environment;
        environment.insert("XDG_RUNTIME_DIR", QString::fromStdString(service_->folder() + "/run"));
        environment.insert("XDG_DATA_HOME", QString::fromStdString(service_->folder() + "/data"));
        second.setProcessEnvironment(environment);
        second.start(VIREOD, {"--session"});
        QVERIFY(second.waitForFinished(60'000));
        QCOMPARE(second.exitCode(), 1);
        QVERIFY(second.readAllStandardError().contains("another vireod"));
        QVERIFY(service_->runs());
        QCOMPARE(service_->process(), first);
        QVERIFY(service_->client().call<MachineListMethod>({}));
    }

    void filesThatCanNotBootAreRefusedWithTheirNames() {
        QVERIFY(service_->start());
        auto client = service_->client();
        const auto create = [&](const std::string& kernel) {
            return client.call<MachineCreateMethod>({tinyMachine("one", kernel), std::nullopt});
        };
        const auto missing = create("/no/such/file");
        QCOMPARE(codeOf(missing), ErrorCode::FileError);
        QCOMPARE(missing.error().data.field, "firmware.kernel.path");
        QCOMPARE(codeOf(create("/dev/zero")), ErrorCode::FileError);
        QCOMPARE(codeOf(create("/tmp")), ErrorCode::FileError);
        QCOMPARE(codeOf(create("relative")), ErrorCode::InvalidParams);
        const std::string fifo = service_->folder() + "/fifo";
        QCOMPARE(::mkfifo(fifo.c_str(), 0600), 0);
        QCOMPARE(codeOf(create(fifo)), ErrorCode::FileError);

        const std::string kernel = service_->folder() + "/kernel";
        QVERIFY(QFile::copy(HALTED_GUEST, QString::fromStdString(kernel)));
        QVERIFY(create(kernel));
        std::ofstream(kernel) << "no kernel at all, only text that is long enough to look at";
        const auto nonsense = client.call<MachineStartMethod>({"one"});
        QCOMPARE(codeOf(nonsense), ErrorCode::WorkerError);
        QVERIFY(nonsense.error().message.find("kernel") != std::string::npos);
        const auto state = client.call<MachineGetMethod>({"one"});
        QVERIFY(state && state->machine.summary.state == MachineState::Off);
        ::unlink(kernel.c_str());
        QCOMPARE(codeOf(client.call<MachineStartMethod>({"one"})), ErrorCode::FileError);
    }
};

QTEST_GUILESS_MAIN(FaultsTest)
#include "faults_test.moc"
