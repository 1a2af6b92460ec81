// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "hypervisor/error.h"

namespace service {

/// Gives up what a worker does not need before it looks at anything of its guest's: capabilities
/// and ways to get new ones, core files, descriptors beyond what is open; and becomes `userId` and
/// `groupId`, without further groups, where a process of root's is told so (0: stays who it is).
/// Only while the process has one thread.
[[nodiscard]] hypervisor::Result<void> dropPrivileges(std::uint32_t userId, std::uint32_t groupId);

}  // namespace service
