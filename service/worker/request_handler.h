// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "hypervisor/file_descriptor.h"
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
    /// `later` is called, on any thread, with answers that obey() does not give itself.
    RequestHandler(Machine& machine, hypervisor::Backend backend, ThreadList threads,
                   std::function<void(WorkerEvent)> later)
        : machine_(&machine),
          backend_(backend),
          threads_(std::move(threads)),
          later_(std::move(later)) {}

    /// Nothing: the answer comes later.
    [[nodiscard]] std::optional<WorkerEvent> obey(
        const WorkerRequest& request, std::span<hypervisor::FileDescriptor> descriptors = {});
    /// What Prepared and Description tell.
    [[nodiscard]] MachineDescription describe();

    /// The thread that serves the control socket, beside the process's first.
    void setControlThread(int thread);
    /// The machine is not there any more on return.
    void forgetMachine();

  private:
    [[nodiscard]] hypervisor::Result<void> carryOut(
        const WorkerRequest& request, std::span<hypervisor::FileDescriptor> descriptors);
    /// Hands over what takes its time; false: the request is not of that kind.
    [[nodiscard]] bool begin(const WorkerRequest& request,
                             std::span<hypervisor::FileDescriptor> descriptors);
    [[nodiscard]] MachineDescription describeLocked();

    std::mutex mutex_;
    // Guarded by mutex_.
    Machine* machine_;
    MachineDescription last_;
    std::uint32_t controlThread_ = 0;

    const hypervisor::Backend backend_;
    const ThreadList threads_;
    const std::function<void(WorkerEvent)> later_;
};

}  // namespace service
