// SPDX-License-Identifier: GPL-3.0-or-later
//
// What watching costs the service: many machines sampled once a second with their history, its
// memory, a page of metrics, a graph's query and events. Prints a table.
//
//     watch_bench [seconds [machines]]
#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "hypervisor/stats/stats_memory.h"
#include "service/vmms/events/event_store.h"
#include "service/vmms/performance/history_store.h"
#include "service/vmms/performance/open_metrics_page.h"
#include "service/vmms/performance/performance_monitor.h"
#include "service/vmms/performance/value_code.h"

using namespace std::chrono_literals;
using hypervisor::FileDescriptor;
using hypervisor::Intercept;
using hypervisor::StatsMemory;
using hypervisor::VpCounter;
using service::DatabaseThread;
using service::PerformanceMonitor;

namespace {

constexpr std::uint32_t kProcessors = 4;
using Clock = std::chrono::steady_clock;

/// The machines: a process with a thread for each VP and stats pages that are written all the time.
/// Writes the descriptors' numbers to `tell`.
[[noreturn]] void runMachines(int machines, int tell) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::vector<std::unique_ptr<StatsMemory>> all;
    std::vector<std::shared_ptr<hypervisor::StatsSlot>> counters;
    hypervisor::CountedStats counted;
    for (std::size_t kind = 0; kind < hypervisor::kInterceptKinds; ++kind)
        counted.with(static_cast<Intercept>(kind));
    for (std::size_t kind = 0; kind < hypervisor::kVpCounterKinds; ++kind)
        counted.with(static_cast<VpCounter>(kind));
    for (int machine = 0; machine < machines; ++machine) {
        auto stats = StatsMemory::create(kProcessors);
        if (!stats)
            ::_exit(1);
        (*stats)->publish(counted, 2'000'000'000);
        counters.push_back((*stats)->takeSlot(hypervisor::StatsSlotKind::Storage, 0, "disk0.vhdx"));
        counters.push_back((*stats)->takeSlot(hypervisor::StatsSlotKind::Network, 0, "adapter"));
        for (hypervisor::VpStats& processor : (*stats)->processors())
            // A small stack each: there are thousands.
            std::thread([&processor] {
                processor.thread.set(static_cast<std::uint64_t>(::gettid()));
                for (;;)
                    ::pause();
            }).detach();
        const int descriptor = (*stats)->descriptor();
        static_cast<void>(!::write(tell, &descriptor, sizeof descriptor));
        all.push_back(std::move(*stats));
    }
    for (std::uint64_t turn = 1;; ++turn) {
        for (const auto& stats : all)
            for (hypervisor::VpStats& processor : stats->processors())
                for (std::size_t kind = 0; kind < hypervisor::kInterceptKinds; ++kind)
                    processor.intercepts[kind].add((turn * 7 + kind * 13) % 50);
        std::this_thread::sleep_for(250ms);
    }
}

double processorSeconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// In MiB, from /proc/self/status.
double memory(const std::string& field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field + ":"))
            return std::strtod(line.c_str() + field.size() + 1, nullptr) / 1024;
    return 0;
}

double milliseconds(Clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

void print(const std::string& what, double value, const char* unit) {
    fmt::print("{:<60}{:>10.2f} {}\n", what, value, unit);
    std::fflush(stdout);
}

void benchSampling(DatabaseThread& database, const std::string& path, int machines, int seconds) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        std::abort();
    const pid_t child = ::fork();
    if (child == 0)
        runMachines(machines, ends[1]);
    ::close(ends[1]);

    boost::asio::io_context loop;
    const double before = memory("RssAnon");
    auto monitor = PerformanceMonitor::create(loop.get_executor(), database);
    for (int machine = 0; machine < machines; ++machine) {
        int number = -1;
        if (::read(ends[0], &number, sizeof number) != sizeof number)
            std::abort();
        const FileDescriptor pages(
            ::open(fmt::format("/proc/{}/fd/{}", child, number).c_str(), O_RDONLY | O_CLOEXEC));
        const auto added = monitor->add(fmt::format("{:08}-0000-0000-0000-000000000000", machine),
                                        fmt::format("machine {}", machine), pages, child);
        if (!added) {
            fmt::print("{}\n", added.error().message);
            std::abort();
        }
    }
    std::this_thread::sleep_for(12s);
    const double used = processorSeconds();
    const auto begun = Clock::now();
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    const double wall = std::chrono::duration<double>(Clock::now() - begun).count();
    print(fmt::format("{} machines x {} VPs each second, of one core", machines, kProcessors),
          100 * (processorSeconds() - used) / wall, "%");
    print("memory for that, of its own", memory("RssAnon") - before, "MiB");
    print("the workers' pages that it looks at", memory("RssShmem"), "MiB");
    print("the whole bench's own memory", memory("RssAnon"), "MiB");
    fmt::print("{:<60}{:>10}\n", "counters of a machine", monitor->latest().back()->values.size());

    const auto page = Clock::now();
    service::OpenMetricsPage metrics(monitor->counted());
    std::size_t size = 0;
    Clock::duration longest{};
    for (;;) {
        const auto piece = Clock::now();
        const std::size_t bytes = metrics.next().size();
        longest = std::max(longest, Clock::now() - piece);
        if (bytes == 0)
            break;
        size += bytes;
    }
    print("metrics page of all", milliseconds(Clock::now() - page), "ms");
    print("  its size", static_cast<double>(size) / (1 << 20), "MiB");
    print("  its longest piece", milliseconds(longest), "ms");
    monitor.reset();
    database.drain();
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    std::ifstream file(path, std::ios::ate | std::ios::binary);
    print("database so far", static_cast<double>(file.tellg()) / (1 << 20), "MiB");
}

void benchQuery(DatabaseThread& database) {
    using namespace service;
    CounterLayout counters;
    for (int number = 0; number < 60; ++number)
        counters.push_back({"set", "_Total", fmt::format("counter {}", number)});
    const auto layout = std::make_shared<const CounterLayout>(counters);
    HistoryStore store(database);
    const std::chrono::sys_seconds start{1'800'000'000s};
    std::chrono::sys_seconds now = start;
    const auto begun = Clock::now();
    for (; now < start + 24h; now += 10s) {
        HistoryChunk chunk{0, now, 10, layout, {}, {}};
        for (std::size_t at = 0; at < 10 * counters.size(); ++at)
            chunk.averages.push_back(static_cast<ValueCode>(20'000 + at * 977 % 1000));
        std::vector<HistoryStore::MachineChunk> chunks;
        chunks.push_back({"machine", std::move(chunk)});
        store.write(std::move(chunks), now + 11s);
        if (now.time_since_epoch() % 1000s == 0s)
            database.drain();
    }
    database.drain();
    print("a machine's day into history, compacted", milliseconds(Clock::now() - begun), "ms");
    for (const auto& [what, length] :
         {std::pair{"graph of an hour, 8 counters", std::chrono::seconds(1h)},
          std::pair{"graph of a day, 8 counters", std::chrono::seconds(24h)}}) {
        HistoryQuery query;
        query.machine = "machine";
        query.counters.assign(counters.begin(), counters.begin() + 8);
        query.from = now - length;
        query.to = now;
        query.mostPoints = 10'000;
        const auto asked = Clock::now();
        store.query(query, {}, now, [](const auto&) {});
        database.drain();
        print(what, milliseconds(Clock::now() - asked), "ms");
    }
}

void benchEvents(DatabaseThread& database) {
    boost::asio::io_context loop;
    service::EventStore store(loop.get_executor(), database, {});
    constexpr int kEvents = 20'000;
    const auto begun = Clock::now();
    for (int number = 0; number < kEvents; ++number) {
        store.add({.machine = fmt::format("machine {}", number % 1000),
                   .kind = "Started",
                   .text = "the machine has started"});
        // What is not written can't grow.
        if (number % 500 == 0)
            database.drain();
    }
    database.drain();
    print("events a second", kEvents / (milliseconds(Clock::now() - begun) / 1000), "");
}

}  // namespace

int main(int count, char** arguments) {
    const int seconds = count > 1 ? std::atoi(arguments[1]) : 30;
    const int machines = count > 2 ? std::atoi(arguments[2]) : 1000;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65'536);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const QTemporaryDir folder;
    const std::string path = folder.filePath("vireo.db").toStdString();
    const auto database = DatabaseThread::create(
        {path, 1ULL << 30}, {PerformanceMonitor::schema(), service::EventStore::schema()},
        [](const std::string& notice) { fmt::print("{}\n", notice); });
    database->drain();
    benchSampling(*database, path, machines, seconds);
    benchQuery(*database);
    benchEvents(*database);
    return 0;
}
