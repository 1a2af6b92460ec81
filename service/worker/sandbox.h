// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "hypervisor/error.h"

namespace service {

/// What a thread of a worker does, and so which system calls it needs. Everything else is refused
/// with EPERM; a list that was installed can only be narrowed. With sanitizers there is one list
/// for all, SystemCallFilter::looseList() without sockets.
enum class SandboxList : std::uint8_t {
    /// Building a machine: what Running has, and new threads, memory files, KVM's machines and
    /// io_uring rings.
    Building,
    /// Every thread of a machine that is built: device I/O on open descriptors, no new threads.
    Running,
    /// The control socket.
    Control,
    /// Guest code on the software backend: memory, waiting and waking, and frames that the guest
    /// demands to be sent.
    SoftwareProcessor,
    /// The same, with what a VP asks of KVM.
    KvmProcessor,
};

/// For the calling thread and those that it starts from now on.
[[nodiscard]] hypervisor::Result<void> enterSandbox(SandboxList list);
/// For all threads of the process; each has the same lists in force, or fewer.
[[nodiscard]] hypervisor::Result<void> enterSandboxOnAllThreads(SandboxList list);

/// One line for people: what confines a worker.
[[nodiscard]] std::string describeSandbox();

}  // namespace service
