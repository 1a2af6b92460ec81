// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "hypervisor/kvm/running_requests.h"
#include "service/confinement/system_call_filter.h"

namespace service {

using hypervisor::Result;

namespace {

constexpr const char* kWho = "the worker";

/// What any code may need: memory that can't be executed, waiting, waking, time, signals to
/// ourselves, and using descriptors that are open.
void allowCommon(SystemCallFilter& filter) {
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
    filter.allow(SCMP_SYS(mmap), {maskedArgumentEquals(2, PROT_EXEC, 0)});
    filter.allow(SCMP_SYS(mprotect), {maskedArgumentEquals(2, PROT_EXEC, 0)});
    filter.allow(SCMP_SYS(mremap), {});
    filter.allow(SCMP_SYS(tgkill), {argumentEquals(0, static_cast<std::uint64_t>(::getpid()))});
    filter.allow(SCMP_SYS(prctl), {argumentEquals(0, PR_SET_NAME)});
}

/// A further, narrower list.
void allowNarrowing(SystemCallFilter& filter) {
    filter.allow({SCMP_SYS(seccomp)});
    filter.allow(SCMP_SYS(prctl), {argumentEquals(0, PR_SET_SECCOMP)});
    filter.allow(SCMP_SYS(prctl), {argumentEquals(0, PR_GET_SECCOMP)});
    filter.allow(SCMP_SYS(prctl), {argumentEquals(0, PR_SET_NO_NEW_PRIVS)});
}

/// What VPs and devices ask of KVM once there is a machine.
void allowRunningKvm(SystemCallFilter& filter) {
    for (const unsigned long request : hypervisor::kvm::runningRequests())
        filter.allow(SCMP_SYS(ioctl), {argumentEquals(1, request)});
}

void allowDeviceInputOutput(SystemCallFilter& filter) {
    // A ring that there is has been restricted when it was made: nothing can be registered with it
    // but further files.
    filter.allow({SCMP_SYS(readv),           SCMP_SYS(writev),
                  SCMP_SYS(pread64),         SCMP_SYS(pwrite64),
                  SCMP_SYS(preadv),          SCMP_SYS(pwritev),
                  SCMP_SYS(preadv2),         SCMP_SYS(pwritev2),
                  SCMP_SYS(fsync),           SCMP_SYS(fdatasync),
                  SCMP_SYS(fallocate),       SCMP_SYS(ftruncate),
                  SCMP_SYS(sync_file_range), SCMP_SYS(lseek),
                  SCMP_SYS(fstat),           SCMP_SYS(recvfrom),
                  SCMP_SYS(sendto),          SCMP_SYS(recvmsg),
                  SCMP_SYS(sendmsg),         SCMP_SYS(shutdown),
                  SCMP_SYS(epoll_wait),      SCMP_SYS(epoll_pwait),
                  SCMP_SYS(epoll_ctl),       SCMP_SYS(timerfd_settime),
                  SCMP_SYS(io_uring_enter),  SCMP_SYS(io_uring_register)});
    // fstat() as glibc has it; what names a path gives metadata at most.
    filter.allow(SCMP_SYS(newfstatat), {maskedArgumentEquals(3, AT_EMPTY_PATH, AT_EMPTY_PATH)});
    filter.allow(SCMP_SYS(fcntl), {argumentEquals(1, F_GETFL)});
    filter.allow(SCMP_SYS(fcntl), {argumentEquals(1, F_SETFL)});
    filter.allow(SCMP_SYS(fcntl), {argumentEquals(1, F_DUPFD_CLOEXEC)});
}

/// Frames into the port of a switch.
void allowSending(SystemCallFilter& filter) {
    filter.allow(SCMP_SYS(sendmsg), {argumentEquals(2, MSG_DONTWAIT | MSG_NOSIGNAL)});
    filter.allow({SCMP_SYS(writev)});
}

void allowControl(SystemCallFilter& filter) {
    filter.allow({SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(shutdown), SCMP_SYS(lseek),
                  SCMP_SYS(getdents64), SCMP_SYS(accept4), SCMP_SYS(getsockopt)});
    filter.allow(SCMP_SYS(setsockopt), {argumentEquals(2, SO_SNDTIMEO)});
    // A tap device that comes for an adapter while the machine runs.
    for (const unsigned long request : {TUNGETIFF, TUNSETVNETHDRSZ, TUNSETVNETLE, TUNSETOFFLOAD})
        filter.allow(SCMP_SYS(ioctl), {argumentEquals(1, request)});
    filter.allow(SCMP_SYS(fcntl), {argumentEquals(1, F_GETFL)});
    filter.allow(SCMP_SYS(fcntl), {argumentEquals(1, F_SETFL)});
}

/// Threads of this process and nothing else; glibc takes clone() where it can't clone3(), whose
/// flags can't be looked at. A thread has its parent's lists.
void allowThreads(SystemCallFilter& filter) {
    constexpr std::uint64_t kThread =
        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                          CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                          CLONE_NEWNET;
    filter.allow(SCMP_SYS(clone), {maskedArgumentEquals(0, kThread | kNamespaces, kThread)});
    filter.refuse(SCMP_SYS(clone3), ENOSYS);
}

/// A viewer of the screen gets a thread of its own, and libvncserver a socket to it.
void allowViewers(SystemCallFilter& filter) {
    allowThreads(filter);
    filter.allow({SCMP_SYS(accept4), SCMP_SYS(eventfd2), SCMP_SYS(set_tid_address), SCMP_SYS(uname),
                  SCMP_SYS(pselect6), SCMP_SYS(getpeername)});
    filter.allow(SCMP_SYS(setsockopt), {argumentEquals(1, SOL_TCP)});
    filter.allow(SCMP_SYS(socketpair), {argumentEquals(0, AF_UNIX)});
}

void allowBuilding(SystemCallFilter& filter) {
    filter.allow({SCMP_SYS(memfd_create), SCMP_SYS(eventfd2), SCMP_SYS(timerfd_create),
                  SCMP_SYS(timer_create), SCMP_SYS(epoll_create1), SCMP_SYS(rt_sigaction),
                  SCMP_SYS(ioctl), SCMP_SYS(fcntl), SCMP_SYS(dup), SCMP_SYS(io_uring_setup),
                  SCMP_SYS(set_tid_address), SCMP_SYS(getrlimit), SCMP_SYS(prlimit64),
                  SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(uname), SCMP_SYS(sysinfo)});
}

Result<void> install(SandboxList list, bool allThreads) {
    if (confinementIsLoose()) {
        auto filter = SystemCallFilter::looseList();
        filter.refuse(SCMP_SYS(socket), EPERM);
        return filter.load(kWho, allThreads);
    }
    auto filter = SystemCallFilter::allowList();
    allowCommon(filter);
    switch (list) {
        case SandboxList::Building:
            allowBuilding(filter);
            allowViewers(filter);
            allowDeviceInputOutput(filter);
            allowControl(filter);
            allowNarrowing(filter);
            break;
        case SandboxList::Running:
            allowDeviceInputOutput(filter);
            allowViewers(filter);
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
            allowSending(filter);
            break;
        case SandboxList::SoftwareProcessor:
            allowSending(filter);
            break;
    }
    return filter.load(kWho, allThreads);
}

}  // namespace

Result<void> enterSandbox(SandboxList list) {
    return install(list, false);
}

Result<void> enterSandboxOnAllThreads(SandboxList list) {
    return install(list, true);
}

std::string describeSandbox() {
    return confinementIsLoose()
               ? "seccomp refuses programs, sockets and namespaces only, because this build "
                 "has sanitizers"
               : "seccomp allow-lists by kind of thread, no capabilities, no new privileges";
}

}  // namespace service
