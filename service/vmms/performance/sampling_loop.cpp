// SPDX-License-Identifier: GPL-3.0-or-later
#include "sampling_loop.h"

#include <signal.h>

#include <algorithm>
#include <utility>

namespace service {

using hypervisor::HostSample;
using hypervisor::MachineSample;

namespace {

using namespace std::chrono_literals;

// Behind the start of a second, so that a clock that is slewed does not move a sample into the
// second before.
constexpr auto kIntoSecond = 20ms;
constexpr auto kTenth = 100ms;
// How often the store gets time to clean up, also when it gets nothing to write.
constexpr auto kMaintenance = 10s;

std::chrono::sys_time<std::chrono::milliseconds> wallTime() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::chrono::nanoseconds untilNextSecond() {
    const auto now = std::chrono::system_clock::now();
    return std::chrono::floor<std::chrono::seconds>(now) + 1s + kIntoSecond - now;
}

std::vector<hypervisor::PerformanceCounter> counters(const MachineSample& before,
                                                     const MachineSample& after) {
    return hypervisor::machineCounters(before, after);
}
std::vector<hypervisor::PerformanceCounter> counters(const HostSample& before,
                                                     const HostSample& after) {
    return hypervisor::hostCounters(before, after);
}

PerformanceMonitor::Counted counted(const std::string& id, const std::string& name,
                                    std::shared_ptr<const MachineSample> sample) {
    return {id, name, std::move(sample), nullptr};
}
PerformanceMonitor::Counted counted(const std::string& id, const std::string& name,
                                    std::shared_ptr<const HostSample> sample) {
    return {id, name, nullptr, std::move(sample)};
}

}  // namespace

SamplingLoop::SamplingLoop(HistoryStore& history, PublishedFigures& published)
    : history_(history), published_(published), thread_([this] { run(); }) {}

SamplingLoop::~SamplingLoop() {
    {
        const std::scoped_lock lock(mutex_);
        stop_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void SamplingLoop::post(Command command) {
    {
        const std::scoped_lock lock(mutex_);
        commands_.push_back(std::move(command));
    }
    changed_.notify_one();
}

// --- Commands ---

void SamplingLoop::addMachine(const std::string& id, std::string name,
                              std::unique_ptr<hypervisor::StatsView> view, pid_t worker) {
    removeMachine(id);
    Machine& machine = machines_[id];
    machine.name = std::move(name);
    machine.sampler = std::make_unique<MachineSampler>(std::move(view), worker, budget_);
    // So that the next second has figures already.
    if (auto sample = machine.sampler->sample())
        machine.second = {wallTime(), std::make_shared<const MachineSample>(std::move(*sample))};
}

void SamplingLoop::renameMachine(const std::string& id, std::string name) {
    if (const auto found = machines_.find(id); found != machines_.end())
        found->second.name = std::move(name);
}

void SamplingLoop::removeMachine(const std::string& id) {
    const auto found = machines_.find(id);
    if (found == machines_.end())
        return;
    if (auto chunk = found->second.recorder.finish())
        history_.write({{id, std::move(*chunk)}},
                       std::chrono::floor<std::chrono::seconds>(wallTime()));
    machines_.erase(found);
    published_.remove(id);
}

void SamplingLoop::addSubscriber(std::shared_ptr<FiguresSubscriber> subscriber) {
    subscribers_.push_back(std::move(subscriber));
    updateFast();
}

void SamplingLoop::removeSubscriber(const std::shared_ptr<FiguresSubscriber>& subscriber) {
    std::erase(subscribers_, subscriber);
    updateFast();
}

std::optional<HistoryChunk> SamplingLoop::unfinished(const std::string& id) const {
    if (id.empty())
        return host_.recorder.unfinished();
    const auto found = machines_.find(id);
    return found == machines_.end() ? std::nullopt : found->second.recorder.unfinished();
}

void SamplingLoop::flush() {
    if (auto chunk = host_.recorder.finish())
        chunks_.push_back({"", std::move(*chunk)});
    for (auto& [id, machine] : machines_)
        if (auto chunk = machine.recorder.finish())
            chunks_.push_back({id, std::move(*chunk)});
    history_.write(std::exchange(chunks_, {}),
                   std::chrono::floor<std::chrono::seconds>(wallTime()));
}

void SamplingLoop::updateFast() {
    fast_.clear();
    for (const auto& subscriber : subscribers_)
        if (subscriber->pace == PerformanceMonitor::Pace::TenTimesASecond)
            fast_.insert(subscriber->ids.begin(), subscriber->ids.end());
    if (!fast_.contains(""))
        host_.tenth.reset();
    for (auto& [id, machine] : machines_)
        if (machine.tenth && !fast_.contains(id))
            machine.tenth.reset();
}

// --- Sampling ---

void SamplingLoop::run() {
    // Signals are for other threads.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);

    tick(true);
    Clock::time_point nextSecond = Clock::now() + untilNextSecond();
    Clock::time_point nextTenth = Clock::now() + kTenth;
    for (;;) {
        std::deque<Command> commands;
        {
            std::unique_lock lock(mutex_);
            const auto wanted = [this] { return stop_ || !commands_.empty(); };
            changed_.wait_until(lock, fast_.empty() ? nextSecond : std::min(nextSecond, nextTenth),
                                wanted);
            if (stop_ && commands_.empty())
                break;
            commands = std::exchange(commands_, {});
        }
        for (const Command& command : commands)
            command(*this);
        const Clock::time_point now = Clock::now();
        const bool second = now >= nextSecond;
        if (!second && (fast_.empty() || now < nextTenth))
            continue;
        tick(second);
        if (second)
            nextSecond = Clock::now() + untilNextSecond();
        // The tenth tenth is the second.
        nextTenth = Clock::now() + kTenth;
        if (nextTenth + kTenth / 2 > nextSecond)
            nextTenth = nextSecond;
    }
    flush();
}

void SamplingLoop::tick(bool second) {
    if (second || wantsTenths(""))
        if (auto sample = hypervisor::sampleHost())
            take("", host_, std::make_shared<const HostSample>(std::move(*sample)), second);
    for (auto& [id, machine] : machines_) {
        if (!second && !wantsTenths(id))
            continue;
        // What is not filled in yet, or not any more, has no figures.
        if (auto sample = machine.sampler->sample())
            take<MachineSample>(id, machine,
                                std::make_shared<const MachineSample>(std::move(*sample)), second);
    }
    deliver(second);
    const auto now = std::chrono::floor<std::chrono::seconds>(wallTime());
    if (chunks_.empty() && now >= maintained_ && now < maintained_ + kMaintenance)
        return;
    maintained_ = now;
    history_.write(std::exchange(chunks_, {}), now);
}

template <class Sample>
void SamplingLoop::take(const std::string& id, Source<Sample>& source,
                        std::shared_ptr<const Sample> sample, bool second) {
    const Moment<Sample> now{wallTime(), std::move(sample)};
    if (wantsTenths(id)) {
        if (source.tenth)
            if (auto figuresOf = figures(id, source, *source.tenth, now))
                tenths_[id] = std::move(figuresOf);
        source.tenth = now;
    }
    if (!second)
        return;
    if (source.second) {
        if (const auto figuresOf = figures(id, source, *source.second, now)) {
            keep(id, source.recorder.add(source.second->time, now.time, source.layout,
                                         figuresOf->values));
            published_.set(id, {figuresOf, counted(id, source.name, now.sample)});
            seconds_[id] = figuresOf;
        }
    }
    source.second = now;
}

template <class Sample>
PerformanceMonitor::FiguresPointer SamplingLoop::figures(const std::string& id,
                                                         Source<Sample>& source,
                                                         const Moment<Sample>& before,
                                                         const Moment<Sample>& after) {
    auto values = counters(*before.sample, *after.sample);
    if (values.empty())
        return nullptr;
    source.layout = layouts_.find(values, source.layout);
    auto result = std::make_shared<Figures>();
    result->machine = id;
    result->time = after.time;
    result->length = after.sample->time - before.sample->time;
    result->layout = source.layout->all;
    result->values.reserve(values.size());
    for (const hypervisor::PerformanceCounter& counter : values)
        result->values.push_back(counter.value.value_or(Figures::kNone));
    return result;
}

void SamplingLoop::keep(const std::string& id, std::vector<HistoryChunk> chunks) {
    for (HistoryChunk& chunk : chunks)
        chunks_.push_back({id, std::move(chunk)});
}

void SamplingLoop::deliver(bool second) {
    for (const auto& subscriber : subscribers_) {
        const bool tenths = subscriber->pace == PerformanceMonitor::Pace::TenTimesASecond;
        if (!tenths && !second)
            continue;
        const FiguresByMachine& from = tenths ? tenths_ : seconds_;
        std::vector<PerformanceMonitor::FiguresPointer> figuresOf;
        if (subscriber->ids.empty())
            for (const auto& [id, one] : from)
                figuresOf.push_back(one);
        for (const std::string& id : subscriber->ids)
            if (const auto found = from.find(id); found != from.end())
                figuresOf.push_back(found->second);
        if (!figuresOf.empty())
            subscriber->offer(std::move(figuresOf));
    }
    seconds_.clear();
    tenths_.clear();
}

}  // namespace service
