// SPDX-License-Identifier: GPL-3.0-or-later
#include "privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace service {

using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr rlim_t kMostDescriptors = 1024;

Result<void> becomeUser(std::string_view who, std::uint32_t userId, std::uint32_t groupId) {
    if (userId == 0 || ::geteuid() != 0)
        return {};
    if (::setgroups(0, nullptr) != 0)
        return systemFailure(fmt::format("{} can't leave root's groups", who), errno);
    if (::setresgid(groupId, groupId, groupId) != 0)
        return systemFailure(fmt::format("{} can't change to group {}", who, groupId), errno);
    if (::setresuid(userId, userId, userId) != 0)
        return systemFailure(fmt::format("{} can't change to user {}", who, userId), errno);
    return {};
}

Result<void> dropCapabilities(std::string_view who) {
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    if (::syscall(SYS_capset, &header, none.data()) != 0)
        return systemFailure(fmt::format("{} can't drop its capabilities", who), errno);
    return {};
}

}  // namespace

Result<void> limitResource(std::string_view who, __rlimit_resource resource, rlim_t most,
                           std::string_view what) {
    rlimit now{};
    ::getrlimit(resource, &now);
    const rlim_t value = std::min(most, now.rlim_max);
    const rlimit wanted{value, value};
    if (::setrlimit(resource, &wanted) != 0)
        return systemFailure(fmt::format("{} can't limit its {}", who, what), errno);
    return {};
}

Result<void> dropPrivileges(std::string_view who, std::uint32_t userId, std::uint32_t groupId) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return systemFailure(fmt::format("{} can't rule out new privileges", who), errno);
    // The bounding set goes while there still are the capabilities to change it.
    for (unsigned long capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
         ++capability)
        ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    if (auto done = becomeUser(who, userId, groupId); !done)
        return done;
    if (auto done = dropCapabilities(who); !done)
        return done;
    if (auto done = limitResource(who, RLIMIT_CORE, 0, "core files"); !done)
        return done;
    return limitResource(who, RLIMIT_NOFILE, kMostDescriptors, "open files");
}

}  // namespace service
