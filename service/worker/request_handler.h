// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>

#include "hypervisor/hypervisor.h"
#include "machine.h"
#include "service/ipc/worker_messages.h"
#include "thread_list.h"

namespace service {

/// Carries out what the control socket asks for, on a machine that may have gone meanwhile.
///
/// Thread safety: all methods from any thread.
class RequestHandler {
  public:
    RequestHandler(Machine& machine, hypervisor::Backend backend, ThreadList threads)
        : machine_(&machine), backend_(backend), threads_(std::move(threads)) {}

    [[nodiscard]] WorkerEvent obey(const WorkerRequest& request);
    /// What Prepared and Description tell.
    [[nodiscard]] MachineDescription describe();

    /// The thread that serves the control socket, beside the process's first.
    void setControlThread(int thread);
    /// The machine is not there any more on return.
    void forgetMachine();

  private:
    [[nodiscard]] hypervisor::Result<void> carryOut(const WorkerRequest& request);
    [[nodiscard]] MachineDescription describeLocked();

    std::mutex mutex_;
    // Guarded by mutex_.
    Machine* machine_;
    MachineDescription last_;
    std::uint32_t controlThread_ = 0;

    const hypervisor::Backend backend_;
    const ThreadList threads_;
};

}  // namespace service
