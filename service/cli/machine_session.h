// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "escape_keys.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "output_writer.h"
#include "service/ipc/worker_messages.h"
#include "signal_source.h"
#include "terminal.h"
#include "worker_process.h"

namespace service::cli {

/// A running machine in the foreground: carries bytes between standard input, standard output and
/// the machine's console, obeys Ctrl-A keys and signals, and turns the machine's end into an exit
/// status.
class MachineSession {
  public:
    /// The worker has its MachineStart; `console` is our end of COM1.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<MachineSession>> create(
        WorkerProcess worker, hypervisor::FileDescriptor console, SignalSource signals);

    /// Until the machine has ended; returns the exit status.
    [[nodiscard]] int run();

  private:
    MachineSession(WorkerProcess worker, hypervisor::FileDescriptor console, SignalSource signals,
                   std::unique_ptr<OutputWriter> output);

    void waitForSomething();
    void obeySignals();
    void readInput();
    void readConsole();
    void writeConsole();
    void readControl();
    void take(const WorkerEvent& event);
    void stopUntilContinued();
    void requestReport();
    void requestEnd(int status);
    void checkOutput();
    [[nodiscard]] int finish();

    WorkerProcess worker_;
    hypervisor::FileDescriptor console_;
    SignalSource signals_;
    std::unique_ptr<OutputWriter> output_;
    Terminal terminal_;
    EscapeKeys keys_;

    // Typed and not yet taken by the machine.
    std::string toGuest_;
    bool inputOpen_ = true;
    bool consoleOpen_ = true;
    bool controlOpen_ = true;

    // Set when somebody other than the guest ends the machine.
    std::optional<int> requestedStatus_;
    std::chrono::steady_clock::time_point endDeadline_;
    // The worker's last event.
    std::optional<WorkerEvent> end_;
};

}  // namespace service::cli
