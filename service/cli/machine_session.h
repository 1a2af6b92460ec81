// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "foreground_console.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/worker_messages.h"
#include "service/launch/picture_file.h"
#include "signal_source.h"
#include "worker_process.h"

namespace service::cli {

/// A running machine in the foreground: its console, its worker's events, and its end as an exit
/// status.
class MachineSession {
  public:
    /// A picture of the screen that is wanted when the machine ends, or a key asks for it.
    struct Picture {
        std::string path;
        /// Where the worker puts the one at the end.
        PictureFile last;
    };
    /// The worker has its MachineStart; `console` is our end of COM1.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<MachineSession>> create(
        WorkerProcess worker, hypervisor::FileDescriptor console, SignalSource signals,
        std::optional<Picture> picture);

    /// Until the machine has ended; returns the exit status.
    [[nodiscard]] int run();

  private:
    MachineSession(WorkerProcess worker, std::optional<Picture> picture)
        : worker_(std::move(worker)), picture_(std::move(picture)) {}

    void waitForSomething();
    void endIfRequested();
    void readControl();
    void take(const WorkerEvent& event);
    void requestReport();
    void requestPicture();
    /// True if it is in its file; told otherwise.
    bool keepPicture(const PictureFile& file);
    [[nodiscard]] int finish();
    /// How the machine has ended.
    [[nodiscard]] int statusOfEnd(const std::string& workerEnd);

    WorkerProcess worker_;
    std::optional<Picture> picture_;
    // Asked for by a key, and not there yet.
    std::optional<PictureFile> requestedPicture_;
    std::unique_ptr<ForegroundConsole> console_;
    bool controlOpen_ = true;
    // When a machine that somebody other than the guest ends is killed.
    std::optional<std::chrono::steady_clock::time_point> endDeadline_;
    // The worker's last event.
    std::optional<WorkerEvent> end_;
};

}  // namespace service::cli
