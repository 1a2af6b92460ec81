// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "counter_layouts.h"
#include "figures_subscriber.h"
#include "history_recorder.h"
#include "history_store.h"
#include "hypervisor/stats/performance_counters.h"
#include "hypervisor/stats/stats_view.h"
#include "machine_sampler.h"
#include "published_figures.h"

namespace service {

/// The sampling thread: at the start of every second of the wall clock it samples the host and all
/// machines, and in between, ten times a second, those for which somebody asked.
///
/// Thread safety: post() from any thread; the rest within what is posted.
class SamplingLoop {
  public:
    using Command = std::function<void(SamplingLoop& loop)>;

    SamplingLoop(HistoryStore& history, PublishedFigures& published);
    /// The machines' unfinished history goes to the store.
    ~SamplingLoop();
    SamplingLoop(const SamplingLoop&) = delete;
    SamplingLoop& operator=(const SamplingLoop&) = delete;

    void post(Command command);

    void addMachine(const std::string& id, std::string name,
                    std::unique_ptr<hypervisor::StatsView> view, pid_t worker);
    void renameMachine(const std::string& id, std::string name);
    void removeMachine(const std::string& id);
    void addSubscriber(std::shared_ptr<FiguresSubscriber> subscriber);
    void removeSubscriber(const std::shared_ptr<FiguresSubscriber>& subscriber);
    [[nodiscard]] std::optional<HistoryChunk> unfinished(const std::string& id) const;
    void flush();

  private:
    using Clock = std::chrono::steady_clock;
    using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

    template <class Sample>
    struct Moment {
        WallTime time;
        std::shared_ptr<const Sample> sample;
    };
    /// A machine or, with HostSample, the host.
    template <class Sample>
    struct Source {
        std::string name;
        /// Where the figures of a second begin, and those of a tenth.
        std::optional<Moment<Sample>> second;
        std::optional<Moment<Sample>> tenth;
        std::shared_ptr<const KnownLayout> layout;
        HistoryRecorder recorder;
    };
    struct Machine : Source<hypervisor::MachineSample> {
        std::unique_ptr<MachineSampler> sampler;
    };
    using FiguresByMachine = std::map<std::string, PerformanceMonitor::FiguresPointer>;

    void run();
    [[nodiscard]] bool wantsTenths(const std::string& id) const { return fast_.contains(id); }
    void tick(bool second);
    template <class Sample>
    void take(const std::string& id, Source<Sample>& source, std::shared_ptr<const Sample> sample,
              bool second);
    template <class Sample>
    [[nodiscard]] PerformanceMonitor::FiguresPointer figures(const std::string& id,
                                                             Source<Sample>& source,
                                                             const Moment<Sample>& before,
                                                             const Moment<Sample>& after);
    void deliver(bool second);
    void keep(const std::string& id, std::vector<HistoryChunk> chunks);
    void updateFast();

    HistoryStore& history_;
    PublishedFigures& published_;

    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::deque<Command> commands_;
    bool stop_ = false;

    // The thread's.
    OpenFileBudget budget_ = OpenFileBudget::ofProcess();
    CounterLayouts layouts_;
    std::map<std::string, Machine> machines_;
    Source<hypervisor::HostSample> host_;
    std::vector<std::shared_ptr<FiguresSubscriber>> subscribers_;
    // Those that somebody wants ten times a second.
    std::set<std::string> fast_;
    // What a tick has brought.
    FiguresByMachine seconds_;
    FiguresByMachine tenths_;
    std::vector<HistoryStore::MachineChunk> chunks_;
    std::chrono::sys_seconds maintained_;

    std::thread thread_;
};

}  // namespace service
