// SPDX-License-Identifier: GPL-3.0-or-later
#include "confinement.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hypervisor/file_descriptor.h"
#include "service/confinement/privileges.h"
#include "service/confinement/system_call_filter.h"

namespace service::nat {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr const char* kWho = "NAT";
constexpr rlim_t kMostMemory = rlim_t{1} << 30;

/// One more fence behind the others, so that a kernel without it is no failure.
void restrictFiles(int shared) {
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs =
        LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
        LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |
        LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
        LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
        LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
    const FileDescriptor rules(static_cast<int>(
        ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
    if (!rules)
        return;
    const auto allow = [&rules](int folder) {
        landlock_path_beneath_attr rule{};
        rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
        rule.parent_fd = folder;
        ::syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    };
    for (const char* const folder : {"/etc", "/run"})
        if (const FileDescriptor opened(::open(folder, O_PATH | O_CLOEXEC)); opened)
            allow(opened.get());
    if (shared != -1)
        allow(shared);
    ::syscall(SYS_landlock_restrict_self, rules.get(), 0);
}

void allowNetworking(SystemCallFilter& filter) {
    filter.allow({SCMP_SYS(read),         SCMP_SYS(write),           SCMP_SYS(readv),
                  SCMP_SYS(writev),       SCMP_SYS(close),           SCMP_SYS(lseek),
                  SCMP_SYS(fstat),        SCMP_SYS(newfstatat),      SCMP_SYS(poll),
                  SCMP_SYS(ppoll),        SCMP_SYS(connect),         SCMP_SYS(bind),
                  SCMP_SYS(listen),       SCMP_SYS(accept),          SCMP_SYS(accept4),
                  SCMP_SYS(shutdown),     SCMP_SYS(sendto),          SCMP_SYS(recvfrom),
                  SCMP_SYS(sendmsg),      SCMP_SYS(recvmsg),         SCMP_SYS(getsockname),
                  SCMP_SYS(getpeername),  SCMP_SYS(getsockopt),      SCMP_SYS(setsockopt),
                  SCMP_SYS(futex),        SCMP_SYS(munmap),          SCMP_SYS(madvise),
                  SCMP_SYS(brk),          SCMP_SYS(mremap),          SCMP_SYS(clock_gettime),
                  SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),    SCMP_SYS(getpid),
                  SCMP_SYS(gettid),       SCMP_SYS(getrandom),       SCMP_SYS(rt_sigprocmask),
                  SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
                  SCMP_SYS(exit_group)});
    filter.allow(SCMP_SYS(socket), {argumentEquals(0, AF_INET)});
    filter.allow(SCMP_SYS(socket), {argumentEquals(0, AF_INET6)});
    filter.allow(SCMP_SYS(openat),
                 {maskedArgumentEquals(2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY)});
    filter.allow(SCMP_SYS(mmap), {maskedArgumentEquals(2, PROT_EXEC, 0)});
    filter.allow(SCMP_SYS(mprotect), {maskedArgumentEquals(2, PROT_EXEC, 0)});
    filter.allow(SCMP_SYS(ioctl), {argumentEquals(1, FIONREAD)});
    for (const int command : {F_GETFL, F_SETFL, F_GETFD, F_SETFD})
        filter.allow(SCMP_SYS(fcntl), {argumentEquals(1, static_cast<std::uint64_t>(command))});
    filter.allow(SCMP_SYS(tgkill), {argumentEquals(0, static_cast<std::uint64_t>(::getpid()))});
}

}  // namespace

Result<void> confine(std::uint32_t userId, std::uint32_t groupId, int shared) {
    if (auto done = dropPrivileges(kWho, userId, groupId); !done)
        return done;
    if (confinementIsLoose())
        return SystemCallFilter::looseList().load(kWho);
    // The sanitizers' shadow is larger, and their search for leaks reads /proc.
    if (auto done = limitResource(kWho, RLIMIT_AS, kMostMemory, "memory"); !done)
        return done;
    restrictFiles(shared);
    auto filter = SystemCallFilter::allowList();
    allowNetworking(filter);
    return filter.load(kWho);
}

}  // namespace service::nat
