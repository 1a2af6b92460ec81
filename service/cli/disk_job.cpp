// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_job.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <system_error>

#include "exit_status.h"

namespace service::cli {

using hypervisor::FileDescriptor;
using hypervisor::Result;

Result<std::unique_ptr<DiskJob>> DiskJob::create(std::string verb, OnSignal onSignal) {
    auto signals = SignalSource::create();
    if (!signals)
        return std::unexpected(signals.error());
    auto engine = devices::storage::IoEngine::create();
    if (!engine)
        return std::unexpected(engine.error());
    FileDescriptor ended(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!ended)
        return hypervisor::systemFailure("cannot make an event descriptor", errno);
    std::unique_ptr<DiskJob> job(new DiskJob(std::move(verb), onSignal, std::move(*engine),
                                             std::move(*signals), std::move(ended)));
    try {
        job->watcher_ = std::thread([raw = job.get()] { raw->watchSignals(); });
    } catch (const std::system_error& error) {
        return hypervisor::systemFailure("cannot start a thread for signals", error.code().value());
    }
    return job;
}

DiskJob::DiskJob(std::string verb, OnSignal onSignal,
                 std::unique_ptr<devices::storage::IoEngine> engine, SignalSource signals,
                 FileDescriptor ended)
    : verb_(std::move(verb)),
      onSignal_(onSignal),
      engine_(std::move(engine)),
      signals_(std::move(signals)),
      ended_(std::move(ended)),
      job_([this](std::uint64_t done, std::uint64_t total) { report(done, total); }),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

DiskJob::~DiskJob() {
    if (!watcher_.joinable())
        return;
    [[maybe_unused]] const int written = ::eventfd_write(ended_.get(), 1);
    watcher_.join();
}

std::optional<int> DiskJob::signal() const {
    const int signal = signal_.load();
    return signal == 0 ? std::nullopt : std::optional(signal);
}

void DiskJob::report(std::uint64_t done, std::uint64_t total) {
    if (!terminal_ || total == 0)
        return;
    const int percent =
        static_cast<int>(static_cast<double>(done) * 100 / static_cast<double>(total));
    if (percent == shownPercent_)
        return;
    shownPercent_ = percent;
    fmt::print(stderr, "\r{}: {:3} %  ", verb_, percent);
}

void DiskJob::watchSignals() {
    std::array<pollfd, 2> awaited = {
        {{signals_.descriptor(), POLLIN, 0}, {ended_.get(), POLLIN, 0}}};
    while (awaited[1].revents == 0) {
        if (::poll(awaited.data(), awaited.size(), -1) > 0 && awaited[0].revents != 0)
            obeySignals();
    }
}

void DiskJob::obeySignals() {
    while (const auto signal = signals_.next()) {
        if (*signal == SIGTSTP) {
            ::raise(SIGSTOP);
        } else if (*signal != SIGCONT) {
            if (onSignal_ == OnSignal::End || signal_.load() != 0)
                ::_exit(endedBySignal(*signal));
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
