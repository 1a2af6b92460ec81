// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/message_socket.h"

namespace service {

/// A vireo-worker that has just been started and waits for its MachineStart: a child of this
/// process, in a session of its own so that a terminal's signals pass it by.
struct LaunchedWorker {
    pid_t process;
    /// Readable when the process has ended (pidfd_open(2)).
    hypervisor::FileDescriptor handle;
    MessageSocket control;
};

/// Starts the worker found beside our own binary, else in ../libexec/vireo.
[[nodiscard]] hypervisor::Result<LaunchedWorker> launchWorker();

}  // namespace service
