// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/message_socket.h"

namespace service::cli {

/// A vireo-worker that we have started, in a session of its own so that the terminal's signals
/// pass it by. It ends itself when its control socket closes.
class WorkerProcess {
  public:
    /// Starts the worker found beside our own binary, else in ../libexec/vireo.
    [[nodiscard]] static hypervisor::Result<WorkerProcess> create();
    /// Kills it if it has not been waited for.
    ~WorkerProcess();
    WorkerProcess(WorkerProcess&& other) noexcept;
    WorkerProcess& operator=(WorkerProcess&&) = delete;

    [[nodiscard]] MessageSocket& control() { return control_; }

    void kill();

    /// Waits for its end, kills it after `patience`, and says how it ended: "exited with status 1",
    /// for instance.
    [[nodiscard]] std::string wait(std::chrono::milliseconds patience);

  private:
    WorkerProcess(pid_t process, hypervisor::FileDescriptor handle, MessageSocket control)
        : process_(process), handle_(std::move(handle)), control_(std::move(control)) {}

    pid_t process_;
    hypervisor::FileDescriptor handle_;
    MessageSocket control_;
};

}  // namespace service::cli
