// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "devices/storage/io_engine.h"
#include "devices/storage/job.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "signal_source.h"

namespace service::cli {

/// One operation on disk images in the foreground: its event loop, its progress on the terminal,
/// and signals, which cancel it. They are received on a thread of their own, because an operation
/// may be inside a long call.
class DiskJob {
  public:
    enum class OnSignal : std::uint8_t {
        /// The operation is cancelled, and leaves its images whole; a second signal ends the
        /// program wherever it is, which costs no more than a power cut.
        Cancel,
        /// The program ends: it changes nothing.
        End,
    };
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<DiskJob>> create(std::string verb,
                                                                             OnSignal onSignal);
    ~DiskJob();
    DiskJob(const DiskJob&) = delete;
    DiskJob& operator=(const DiskJob&) = delete;

    [[nodiscard]] devices::storage::IoEngine& engine() { return *engine_; }
    [[nodiscard]] devices::storage::Job& job() { return job_; }
    /// The signal that cancelled it, if one did.
    [[nodiscard]] std::optional<int> signal() const;
    /// Takes the progress off the terminal.
    void clearProgress();

  private:
    DiskJob(std::string verb, OnSignal onSignal, std::unique_ptr<devices::storage::IoEngine> engine,
            SignalSource signals, hypervisor::FileDescriptor ended);
    void report(std::uint64_t done, std::uint64_t total);
    void watchSignals();
    void obeySignals();

    std::string verb_;
    OnSignal onSignal_;
    std::unique_ptr<devices::storage::IoEngine> engine_;
    SignalSource signals_;
    // Readable when the watcher is to end.
    hypervisor::FileDescriptor ended_;
    devices::storage::Job job_;
    // 0 for none; set by the watcher.
    std::atomic<int> signal_ = 0;
    bool terminal_;
    int shownPercent_ = -1;
    std::thread watcher_;
};

}  // namespace service::cli
