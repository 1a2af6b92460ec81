// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/worker/sandbox.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <array>
#include <cerrno>
#include <functional>
#include <thread>

#include "service/confinement/privileges.h"
#include "service/confinement/system_call_filter.h"

using service::SandboxList;

namespace {

constexpr int kAllowed = 0;
constexpr int kNotConfined = 255;

/// errno of a call that failed, kAllowed of one that did not.
int outcome(long result) {
    return result == -1 ? errno : kAllowed;
}

/// What `attempt` gives in a process of its own that is confined like a worker: first to build,
/// then to run, then by `list`.
int inSandbox(SandboxList list, const std::function<int()>& attempt) {
    const pid_t child = ::fork();
    if (child == 0) {
        int result = kNotConfined;
        if (service::dropPrivileges("the worker", 0, 0) &&
            service::enterSandbox(SandboxList::Building) &&
            (list == SandboxList::Building ||
             (service::enterSandboxOnAllThreads(SandboxList::Running) &&
              (list == SandboxList::Running || service::enterSandbox(list)))))
            result = attempt();
        ::syscall(SYS_exit_group, result);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

struct Attempt {
    const char* name;
    int (*make)();
    /// Refused also in a build with sanitizers.
    bool always;
};

const std::array kForbidden{
    Attempt{"open", [] { return outcome(::open("/etc/passwd", O_RDONLY)); }, false},
    Attempt{"openat2", [] { return outcome(::syscall(SYS_openat2, -100, "/", nullptr, 0)); },
            false},
    Attempt{"socket", [] { return outcome(::socket(AF_UNIX, SOCK_STREAM, 0)); }, true},
    Attempt{"socket of the network", [] { return outcome(::socket(AF_INET, SOCK_STREAM, 0)); },
            true},
    Attempt{"connect", [] { return outcome(::connect(0, nullptr, 0)); }, false},
    Attempt{"bind", [] { return outcome(::bind(0, nullptr, 0)); }, false},
    Attempt{"execve", [] { return outcome(::execl("/bin/true", "true", nullptr)); }, true},
    Attempt{"execveat", [] { return outcome(::syscall(SYS_execveat, 0, "", nullptr, nullptr, 0)); },
            true},
    Attempt{"ptrace", [] { return outcome(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }, false},
    Attempt{"process_vm_readv",
            [] { return outcome(::syscall(SYS_process_vm_readv, 1, nullptr, 0, nullptr, 0, 0)); },
            false},
    Attempt{"fork", [] { return outcome(::syscall(SYS_fork)); }, false},
    Attempt{"clone with a user namespace",
            [] { return outcome(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); },
            false},
    Attempt{"unshare", [] { return outcome(::unshare(CLONE_NEWUSER)); }, true},
    Attempt{"setns", [] { return outcome(::setns(0, 0)); }, true},
    Attempt{"mount", [] { return outcome(::mount("", "/", "tmpfs", 0, nullptr)); }, true},
    Attempt{"chroot", [] { return outcome(::chroot("/")); }, false},
    Attempt{"unlink", [] { return outcome(::unlink("/tmp/nothing")); }, false},
    Attempt{"rename", [] { return outcome(::rename("/tmp/a", "/tmp/b")); }, false},
    Attempt{"mkdir", [] { return outcome(::mkdir("/tmp/nothing", 0)); }, false},
    Attempt{"kill", [] { return outcome(::kill(1, 0)); }, false},
    Attempt{"tgkill of another process", [] { return outcome(::syscall(SYS_tgkill, 1, 1, 0)); },
            false},
    Attempt{"setuid", [] { return outcome(::setuid(0)); }, false},
    Attempt{"bpf", [] { return outcome(::syscall(SYS_bpf, 0, nullptr, 0)); }, false},
    Attempt{"keyctl", [] { return outcome(::syscall(SYS_keyctl, 0, 0, 0, 0, 0)); }, false},
    Attempt{"userfaultfd", [] { return outcome(::syscall(SYS_userfaultfd, 0)); }, false},
    Attempt{"perf_event_open",
            [] { return outcome(::syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0)); }, false},
    Attempt{"pidfd_getfd", [] { return outcome(::syscall(SYS_pidfd_getfd, 0, 0, 0)); }, false},
    Attempt{"memory that can be executed",
            [] {
                return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                              0) == MAP_FAILED
                           ? errno
                           : kAllowed;
            },
            false},
};

/// Only while a machine is built.
const std::array kBuilding{
    Attempt{"memfd_create", [] { return outcome(::memfd_create("x", 0)); }, false},
    Attempt{"io_uring_setup",
            [] {
                io_uring_params parameters{};
                return outcome(::syscall(SYS_io_uring_setup, 1, &parameters));
            },
            false},
    Attempt{"clone of a thread",
            [] { return outcome(::syscall(SYS_clone, CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0)); },
            false},
};

}  // namespace

class SandboxTest : public QObject {
    Q_OBJECT

    static void check(SandboxList list, const Attempt& attempt) {
        if (service::confinementIsLoose() && !attempt.always)
            return;
        QVERIFY2(inSandbox(list, attempt.make) == EPERM, attempt.name);
    }

  private slots:
    void forbiddenCallsAreRefused_data() {
        QTest::addColumn<int>("list");
        QTest::newRow("building") << int(SandboxList::Building);
        QTest::newRow("running") << int(SandboxList::Running);
        QTest::newRow("control") << int(SandboxList::Control);
        QTest::newRow("software VP") << int(SandboxList::SoftwareProcessor);
        QTest::newRow("KVM VP") << int(SandboxList::KvmProcessor);
    }
    void forbiddenCallsAreRefused() {
        QFETCH(int, list);
        for (const Attempt& attempt : kForbidden)
            check(SandboxList(list), attempt);
    }

    void whatIsForBuildingIsRefusedAfterwards() {
        for (const Attempt& attempt : kBuilding)
            for (const SandboxList list :
                 {SandboxList::Running, SandboxList::Control, SandboxList::SoftwareProcessor,
                  SandboxList::KvmProcessor})
                check(list, attempt);
    }

    void processorsOfTheSoftwareBackendReachNoDevice() {
        if (service::confinementIsLoose())
            QSKIP("a build with sanitizers has the loose list");
        QCOMPARE(inSandbox(SandboxList::SoftwareProcessor,
                           [] { return outcome(::ioctl(0, 0xAE80, 0)); }),
                 EPERM);
        QCOMPARE(inSandbox(SandboxList::SoftwareProcessor,
                           [] { return outcome(::sendto(0, "", 0, 0, nullptr, 0)); }),
                 EPERM);
        // KVM_RUN on what is no VP: it is KVM's list that lets it through.
        QVERIFY(inSandbox(SandboxList::KvmProcessor,
                          [] { return outcome(::ioctl(0, 0xAE80, 0)); }) != EPERM);
    }

    void sanitizersHaveTheLooseList() {
        if (service::confinementIsLoose())
            QSKIP("only programs, sockets and namespaces are refused in this build");
        QCOMPARE(
            inSandbox(SandboxList::Running, [] { return outcome(::open("/dev/null", O_RDONLY)); }),
            EPERM);
    }

    void whatAMachineNeedsIsAllowed() {
        QCOMPARE(inSandbox(SandboxList::Building,
                           [] {
                               std::jthread thread([] {});
                               return kAllowed;
                           }),
                 kAllowed);
        for (const SandboxList list : {SandboxList::Running, SandboxList::Control,
                                       SandboxList::SoftwareProcessor, SandboxList::KvmProcessor})
            QCOMPARE(inSandbox(list,
                               [] {
                                   // More than malloc keeps: maps and unmaps.
                                   for (int turn = 0; turn < 8; ++turn) {
                                       const std::vector<char> memory(std::size_t{3} << 20, 'x');
                                       if (memory[turn] != 'x')
                                           return 1;
                                   }
                                   std::this_thread::yield();
                                   std::this_thread::sleep_for(std::chrono::microseconds(1));
                                   return outcome(::syscall(SYS_tgkill, ::getpid(), ::gettid(), 0));
                               }),
                     kAllowed);
    }
};

QTEST_GUILESS_MAIN(SandboxTest)
#include "sandbox_test.moc"
