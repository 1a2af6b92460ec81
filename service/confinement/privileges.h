// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <string_view>

#include "hypervisor/error.h"

namespace service {

/// Gives up what a process that serves a guest does not need, before it looks at anything of the
/// guest's: capabilities and ways to get new ones, core files, more than 1024 descriptors; and
/// becomes `userId` and `groupId`, without further groups, where a process of root's is told so
/// (0: stays who it is). `who` begins the text of an error: "the worker". Only while the process
/// has one thread.
[[nodiscard]] hypervisor::Result<void> dropPrivileges(std::string_view who, std::uint32_t userId,
                                                      std::uint32_t groupId);

/// Lowers a limit of setrlimit(2), which is never raised again; `what` is limited: "memory".
[[nodiscard]] hypervisor::Result<void> limitResource(std::string_view who,
                                                     __rlimit_resource resource, rlim_t most,
                                                     std::string_view what);

}  // namespace service
