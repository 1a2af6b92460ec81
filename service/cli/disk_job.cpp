// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_job.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

namespace service::cli {

using hypervisor::Result;

Result<std::unique_ptr<DiskJob>> DiskJob::create(std::string verb) {
    auto signals = SignalSource::create();
    if (!signals)
        return std::unexpected(signals.error());
    auto engine = devices::storage::IoEngine::create();
    if (!engine)
        return std::unexpected(engine.error());
    return std::unique_ptr<DiskJob>(
        new DiskJob(std::move(verb), std::move(*engine), std::move(*signals)));
}

DiskJob::DiskJob(std::string verb, std::unique_ptr<devices::storage::IoEngine> engine,
                 SignalSource signals)
    : verb_(std::move(verb)),
      engine_(std::move(engine)),
      signals_(std::move(signals)),
      job_([this](std::uint64_t done, std::uint64_t total) { report(done, total); }),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

void DiskJob::report(std::uint64_t done, std::uint64_t total) {
    obeySignals();
    if (!terminal_ || total == 0)
        return;
    const int percent =
        static_cast<int>(static_cast<double>(done) * 100 / static_cast<double>(total));
    if (percent == shownPercent_)
        return;
    shownPercent_ = percent;
    fmt::print(stderr, "\r{}: {:3} %  ", verb_, percent);
}

void DiskJob::obeySignals() {
    while (const auto signal = signals_.next()) {
        if (*signal == SIGTSTP) {
            ::raise(SIGSTOP);
        } else if (*signal != SIGCONT) {
            signal_ = *signal;
            job_.cancel();
        }
    }
}

void DiskJob::clearProgress() {
    if (shownPercent_ >= 0)
        fmt::print(stderr, "\r{:{}}\r", "", verb_.size() + 10);
    shownPercent_ = -1;
}

}  // namespace service::cli
