// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "hypervisor/error.h"

namespace service::nat {

/// Gives up what NAT does not need before it looks at anything of the guest's: root (unless
/// `userId` is 0 or the process is not root's), capabilities and ways to get new ones, core files,
/// descriptors beyond what connections may take, files outside /etc and /run (where resolv.conf
/// is) and outside the folder `shared`, unless that is -1 (Landlock, where the kernel has it), and
/// all system calls but those for internet sockets and reading (seccomp). Ports to forward are
/// listened on before.
[[nodiscard]] hypervisor::Result<void> confine(std::uint32_t userId, std::uint32_t groupId,
                                               int shared);

}  // namespace service::nat
