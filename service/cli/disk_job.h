// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "devices/storage/io_engine.h"
#include "devices/storage/job.h"
#include "hypervisor/error.h"
#include "signal_source.h"

namespace service::cli {

/// One operation on disk images in the foreground: its event loop, its progress on the terminal,
/// and signals, which cancel it.
class DiskJob {
  public:
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<DiskJob>> create(std::string verb);

    [[nodiscard]] devices::storage::IoEngine& engine() { return *engine_; }
    [[nodiscard]] devices::storage::Job& job() { return job_; }
    /// The signal that cancelled it, if one did.
    [[nodiscard]] std::optional<int> signal() const { return signal_; }
    /// Takes the progress off the terminal.
    void clearProgress();

  private:
    DiskJob(std::string verb, std::unique_ptr<devices::storage::IoEngine> engine,
            SignalSource signals);
    void report(std::uint64_t done, std::uint64_t total);
    void obeySignals();

    std::string verb_;
    std::unique_ptr<devices::storage::IoEngine> engine_;
    SignalSource signals_;
    devices::storage::Job job_;
    std::optional<int> signal_;
    bool terminal_;
    int shownPercent_ = -1;
};

}  // namespace service::cli
