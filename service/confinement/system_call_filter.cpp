// SPDX-License-Identifier: GPL-3.0-or-later
#include "system_call_filter.h"

#include <fmt/format.h>

namespace service {

using hypervisor::Result;
using hypervisor::systemFailure;

SystemCallFilter::SystemCallFilter(std::uint32_t otherwise) : filter_(::seccomp_init(otherwise)) {
    if (!filter_)
        error_ = ENOMEM;
    else
        note(::seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
}

SystemCallFilter SystemCallFilter::looseList() {
    SystemCallFilter filter(SCMP_ACT_ALLOW);
    for (const int call : {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(unshare), SCMP_SYS(setns),
                           SCMP_SYS(mount)})
        filter.refuse(call, EPERM);
    return filter;
}

void SystemCallFilter::allow(std::initializer_list<int> calls) {
    for (const int call : calls)
        add(SCMP_ACT_ALLOW, call, {});
}

void SystemCallFilter::allow(int call, Conditions conditions) {
    add(SCMP_ACT_ALLOW, call, conditions);
}

void SystemCallFilter::refuse(int call, int error) {
    add(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), call, {});
}

Result<void> SystemCallFilter::load(std::string_view who, bool allThreads) {
    if (filter_ && allThreads)
        note(::seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
    if (error_ == 0)
        note(::seccomp_load(filter_.get()));
    if (error_ != 0)
        return systemFailure(
            fmt::format("{} can't confine itself (seccomp); use a kernel with seccomp filters",
                        who),
            error_);
    return {};
}

void SystemCallFilter::add(std::uint32_t action, int call, Conditions conditions) {
    if (error_ == 0)
        note(::seccomp_rule_add_array(filter_.get(), action, call,
                                      static_cast<unsigned>(conditions.size()),
                                      conditions.begin()));
}

void SystemCallFilter::note(int result) {
    if (result < 0 && error_ == 0)
        error_ = -result;
}

bool confinementIsLoose() {
#ifdef VIREO_SANITIZE
    return true;
#else
    return false;
#endif
}

}  // namespace service
