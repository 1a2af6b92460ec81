// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "foreground_console.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/worker_messages.h"
#include "signal_source.h"
#include "worker_process.h"

namespace service::cli {

/// A running machine in the foreground: its console, its worker's events, and its end as an exit
/// status.
class MachineSession {
  public:
    /// The worker has its MachineStart; `console` is our end of COM1.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<MachineSession>> create(
        WorkerProcess worker, hypervisor::FileDescriptor console, SignalSource signals);

    /// Until the machine has ended; returns the exit status.
    [[nodiscard]] int run();

  private:
    explicit MachineSession(WorkerProcess worker) : worker_(std::move(worker)) {}

    void waitForSomething();
    void endIfRequested();
    void readControl();
    void take(const WorkerEvent& event);
    void requestReport();
    [[nodiscard]] int finish();

    WorkerProcess worker_;
    std::unique_ptr<ForegroundConsole> console_;
    bool controlOpen_ = true;
    // When a machine that somebody other than the guest ends is killed.
    std::optional<std::chrono::steady_clock::time_point> endDeadline_;
    // The worker's last event.
    std::optional<WorkerEvent> end_;
};

}  // namespace service::cli
