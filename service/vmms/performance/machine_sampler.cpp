// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_sampler.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

namespace service {

using hypervisor::MachineSample;
using hypervisor::ThreadTimes;
using hypervisor::ThreadTimesFile;

namespace {

// Each costs the kernel some memory.
constexpr std::size_t kMostFiles = 16'384;

}  // namespace

OpenFileBudget OpenFileBudget::ofProcess() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return OpenFileBudget(0);
    return OpenFileBudget(
        static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur / 2, kMostFiles)));
}

MachineSampler::~MachineSampler() {
    for (Thread& thread : threads_)
        closeFile(thread);
}

hypervisor::Result<MachineSample> MachineSampler::sample() {
    MachineSample sample;
    auto stats = view_->read();
    if (!stats)
        return std::unexpected(stats.error());
    sample.stats = std::move(*stats);
    const auto& processors = sample.stats.processors;
    // A worker can't make it grow: there are 64 at most.
    while (threads_.size() < processors.size())
        threads_.emplace_back();
    sample.threads.reserve(processors.size());
    for (std::size_t index = 0; index < processors.size(); ++index)
        sample.threads.push_back(readThread(threads_[index], processors[index].thread));
    sample.time = std::chrono::steady_clock::now().time_since_epoch();
    return sample;
}

std::optional<ThreadTimes> MachineSampler::readThread(Thread& thread, std::uint32_t id) {
    if (thread.id != id) {
        closeFile(thread);
        thread.id = id;
    }
    if (id == 0)
        return std::nullopt;
    if (!thread.file) {
        if (!budget_.take())
            return hypervisor::readThreadTimes(worker_, static_cast<pid_t>(id));
        thread.file = ThreadTimesFile::open(worker_, static_cast<pid_t>(id));
        if (!thread.file) {
            budget_.giveBack();
            return std::nullopt;
        }
    }
    const auto times = thread.file->read();
    if (!times)
        closeFile(thread);
    return times;
}

void MachineSampler::closeFile(Thread& thread) {
    if (!thread.file)
        return;
    thread.file.reset();
    budget_.giveBack();
}

}  // namespace service
