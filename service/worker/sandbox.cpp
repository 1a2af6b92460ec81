// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <memory>
#include <span>

#include "hypervisor/kvm/running_requests.h"

namespace service {

using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

#ifdef VIREO_SANITIZE
constexpr bool kLoose = true;
#else
constexpr bool kLoose = false;
#endif

struct Release {
    void operator()(void* filter) const { ::seccomp_release(filter); }
};

/// A list in the making; the first failure is kept.
class Filter {
  public:
    explicit Filter(std::uint32_t otherwise) : filter_(::seccomp_init(otherwise)) {
        if (!filter_)
            error_ = ENOMEM;
        else
            note(::seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
    }

    void allow(std::initializer_list<int> calls) {
        for (const int call : calls)
            add(SCMP_ACT_ALLOW, call, {});
    }
    void allow(int call, std::initializer_list<scmp_arg_cmp> conditions) {
        add(SCMP_ACT_ALLOW, call, conditions);
    }
    void refuse(int call, int error, std::initializer_list<scmp_arg_cmp> conditions = {}) {
        add(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), call, conditions);
    }

    [[nodiscard]] Result<void> load(bool allThreads) {
        if (filter_ && allThreads)
            note(::seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
        if (error_ == 0)
            note(::seccomp_load(filter_.get()));
        if (error_ != 0)
            return systemFailure(
                "the worker can't confine itself (seccomp); use a kernel with seccomp filters",
                error_);
        return {};
    }

  private:
    void add(std::uint32_t action, int call, std::span<const scmp_arg_cmp> conditions) {
        if (error_ == 0)
            note(::seccomp_rule_add_array(filter_.get(), action, call,
                                          static_cast<unsigned>(conditions.size()),
                                          conditions.data()));
    }
    void add(std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions) {
        add(action, call, std::span(conditions.begin(), conditions.size()));
    }
    void note(int result) {
        if (result < 0 && error_ == 0)
            error_ = -result;
    }

    std::unique_ptr<void, Release> filter_;
    int error_ = 0;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
    return {argument, SCMP_CMP_EQ, value, 0};
}

scmp_arg_cmp maskedEquals(unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

/// What any code may need: memory that can't be executed, waiting, waking, time, signals to
/// ourselves, and using descriptors that are open.
void allowCommon(Filter& filter) {
    filter.allow({SCMP_SYS(read),
                  SCMP_SYS(write),
                  SCMP_SYS(close),
                  SCMP_SYS(futex),
                  SCMP_SYS(munmap),
                  SCMP_SYS(madvise),
                  SCMP_SYS(brk),
                  SCMP_SYS(clock_gettime),
                  SCMP_SYS(clock_getres),
                  SCMP_SYS(clock_nanosleep),
                  SCMP_SYS(nanosleep),
                  SCMP_SYS(gettimeofday),
                  SCMP_SYS(gettid),
                  SCMP_SYS(getpid),
                  SCMP_SYS(sched_yield),
                  SCMP_SYS(sched_getaffinity),
                  SCMP_SYS(getrandom),
                  SCMP_SYS(rt_sigprocmask),
                  SCMP_SYS(rt_sigreturn),
                  SCMP_SYS(sigaltstack),
                  SCMP_SYS(restart_syscall),
                  SCMP_SYS(exit),
                  SCMP_SYS(exit_group),
                  SCMP_SYS(rseq),
                  SCMP_SYS(set_robust_list),
                  SCMP_SYS(membarrier),
                  SCMP_SYS(timer_settime),
                  SCMP_SYS(timer_delete),
                  SCMP_SYS(poll),
                  SCMP_SYS(ppoll)});
    filter.allow(SCMP_SYS(mmap), {maskedEquals(2, PROT_EXEC, 0)});
    filter.allow(SCMP_SYS(mprotect), {maskedEquals(2, PROT_EXEC, 0)});
    filter.allow(SCMP_SYS(mremap), {});
    filter.allow(SCMP_SYS(tgkill), {equals(0, static_cast<std::uint64_t>(::getpid()))});
    filter.allow(SCMP_SYS(prctl), {equals(0, PR_SET_NAME)});
}

/// A further, narrower list.
void allowNarrowing(Filter& filter) {
    filter.allow({SCMP_SYS(seccomp)});
    filter.allow(SCMP_SYS(prctl), {equals(0, PR_SET_SECCOMP)});
    filter.allow(SCMP_SYS(prctl), {equals(0, PR_GET_SECCOMP)});
    filter.allow(SCMP_SYS(prctl), {equals(0, PR_SET_NO_NEW_PRIVS)});
}

/// What VPs and devices ask of KVM once there is a machine.
void allowRunningKvm(Filter& filter) {
    for (const unsigned long request : hypervisor::kvm::runningRequests())
        filter.allow(SCMP_SYS(ioctl), {equals(1, request)});
}

void allowDeviceInputOutput(Filter& filter) {
    filter.allow({SCMP_SYS(readv),           SCMP_SYS(writev),    SCMP_SYS(pread64),
                  SCMP_SYS(pwrite64),        SCMP_SYS(preadv),    SCMP_SYS(pwritev),
                  SCMP_SYS(preadv2),         SCMP_SYS(pwritev2),  SCMP_SYS(fsync),
                  SCMP_SYS(fdatasync),       SCMP_SYS(fallocate), SCMP_SYS(ftruncate),
                  SCMP_SYS(sync_file_range), SCMP_SYS(lseek),     SCMP_SYS(fstat),
                  SCMP_SYS(recvfrom),        SCMP_SYS(sendto),    SCMP_SYS(recvmsg),
                  SCMP_SYS(sendmsg),         SCMP_SYS(shutdown),  SCMP_SYS(epoll_wait),
                  SCMP_SYS(epoll_pwait),     SCMP_SYS(epoll_ctl), SCMP_SYS(timerfd_settime),
                  SCMP_SYS(io_uring_enter)});
    // fstat() as glibc has it; what names a path gives metadata at most.
    filter.allow(SCMP_SYS(newfstatat), {maskedEquals(3, AT_EMPTY_PATH, AT_EMPTY_PATH)});
    filter.allow(SCMP_SYS(fcntl), {equals(1, F_GETFL)});
    filter.allow(SCMP_SYS(fcntl), {equals(1, F_SETFL)});
    filter.allow(SCMP_SYS(fcntl), {equals(1, F_DUPFD_CLOEXEC)});
}

void allowControl(Filter& filter) {
    filter.allow({SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(shutdown), SCMP_SYS(lseek),
                  SCMP_SYS(getdents64), SCMP_SYS(accept4), SCMP_SYS(getsockopt)});
    filter.allow(SCMP_SYS(setsockopt), {equals(2, SO_SNDTIMEO)});
}

void allowBuilding(Filter& filter) {
    filter.allow({SCMP_SYS(memfd_create), SCMP_SYS(eventfd2), SCMP_SYS(timerfd_create),
                  SCMP_SYS(timer_create), SCMP_SYS(epoll_create1), SCMP_SYS(rt_sigaction),
                  SCMP_SYS(ioctl), SCMP_SYS(fcntl), SCMP_SYS(dup), SCMP_SYS(io_uring_setup),
                  SCMP_SYS(io_uring_register), SCMP_SYS(set_tid_address), SCMP_SYS(getrlimit),
                  SCMP_SYS(prlimit64), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(uname),
                  SCMP_SYS(sysinfo)});
    // Threads of this process and nothing else; glibc takes clone() where it can't clone3(), whose
    // flags can't be looked at.
    constexpr std::uint64_t kThread =
        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                          CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                          CLONE_NEWNET;
    filter.allow(SCMP_SYS(clone), {maskedEquals(0, kThread | kNamespaces, kThread)});
}

Result<void> install(SandboxList list, bool allThreads) {
    if (kLoose) {
        Filter filter(SCMP_ACT_ALLOW);
        for (const int call : {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(socket),
                               SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(mount)})
            filter.refuse(call, EPERM);
        return filter.load(allThreads);
    }
    Filter filter(SCMP_ACT_ERRNO(EPERM));
    allowCommon(filter);
    switch (list) {
        case SandboxList::Building:
            allowBuilding(filter);
            filter.refuse(SCMP_SYS(clone3), ENOSYS);
            allowDeviceInputOutput(filter);
            allowControl(filter);
            allowNarrowing(filter);
            break;
        case SandboxList::Running:
            allowDeviceInputOutput(filter);
            allowRunningKvm(filter);
            allowControl(filter);
            allowNarrowing(filter);
            break;
        case SandboxList::Control:
            allowControl(filter);
            // Pausing a machine is done on the control thread.
            allowRunningKvm(filter);
            break;
        case SandboxList::KvmProcessor:
            allowRunningKvm(filter);
            break;
        case SandboxList::SoftwareProcessor:
            break;
    }
    return filter.load(allThreads);
}

}  // namespace

Result<void> enterSandbox(SandboxList list) {
    return install(list, false);
}

Result<void> enterSandboxOnAllThreads(SandboxList list) {
    return install(list, true);
}

bool sandboxIsLoose() {
    return kLoose;
}

std::string describeSandbox() {
    return kLoose ? "seccomp refuses programs, sockets and namespaces only, because this build "
                    "has sanitizers"
                  : "seccomp allow-lists by kind of thread, no capabilities, no new privileges";
}

}  // namespace service
