// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a worker costs: the time from its start to the guest's first instruction, its own memory,
// and many tiny machines at once. Prints a table.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "hypervisor/stats/stats_view.h"
#include "started_worker.h"
#include "worker_memory.h"

using service::WorkerEventKind;
using tests::StartedWorker;

namespace {

constexpr int kStarts = 50;
constexpr int kMachines = 200;

std::unique_ptr<StartedWorker> start(std::uint32_t processors) {
    StartedWorker::Options options;
    options.start.processors = processors;
    options.start.memoryBytes = 32 << 20;
    options.start.backend = service::BackendChoice::Software;
    options.start.kernel = "guest";
    options.kernel = HALTED_GUEST;
    return std::make_unique<StartedWorker>(std::move(options));
}

/// Milliseconds from before the start command to the first instruction, as the worker notes it.
double startTime() {
    const auto begun = std::chrono::steady_clock::now().time_since_epoch();
    const auto worker = start(1);
    const auto started = worker->waitFor(WorkerEventKind::Started);
    if (!started || !worker->waitFor(WorkerEventKind::FirstInstruction))
        return -1;
    const auto view = hypervisor::StatsView::open(started->descriptors.at(0));
    const auto stats = (*view)->read();
    return (static_cast<double>(stats->firstInstruction) -
            static_cast<double>(std::chrono::nanoseconds(begun).count())) /
           1e6;
}

}  // namespace

int main() {
    std::vector<double> times;
    for (int turn = 0; turn < kStarts; ++turn)
        times.push_back(startTime());
    std::sort(times.begin(), times.end());
    fmt::print("{:<52}{:>10.1f} ms\n", "start to the first instruction, median",
               times[times.size() / 2]);
    fmt::print("{:<52}{:>10.1f} ms\n", "the same, slowest of 50", times.back());

    for (const std::uint32_t processors : {1U, 2U, 4U}) {
        const auto worker = start(processors);
        if (!worker->waitFor(WorkerEventKind::FirstInstruction))
            return 1;
        fmt::print("{:<52}{:>10.1f} MiB\n",
                   fmt::format("worker's own memory, {} VPs, halted", processors),
                   static_cast<double>(tests::residentMemory(worker->process()).rest) / 1024);
    }

    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::unique_ptr<StartedWorker>> machines;
    for (int machine = 0; machine < kMachines; ++machine)
        machines.push_back(start(1));
    int running = 0;
    for (const auto& machine : machines)
        running += machine->waitFor(WorkerEventKind::FirstInstruction) ? 1 : 0;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    long long memory = 0;
    for (const auto& machine : machines) {
        const auto one = tests::residentMemory(machine->process());
        memory += one.rest + one.guest;
    }
    fmt::print("{:<52}{:>10}\n", "machines of 32 MiB that run at once", running);
    fmt::print("{:<52}{:>10.1f} s\n", "to start them all", took.count());
    fmt::print("{:<52}{:>10.1f} MiB\n", "resident memory of one, shared pages included",
               static_cast<double>(memory) / kMachines / 1024);
    return running == kMachines ? 0 : 1;
}
