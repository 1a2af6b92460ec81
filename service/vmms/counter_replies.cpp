// SPDX-License-Identifier: GPL-3.0-or-later
#include "counter_replies.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>

namespace service {

namespace {

constexpr std::int64_t kUsualSpan = 3'600;
// In one reply, counters times points.
constexpr std::size_t kMaximumFigures = 500'000;

std::optional<double> known(double value) {
    return std::isnan(value) ? std::nullopt : std::optional(value);
}

bool isSelected(const CounterName& counter, const std::vector<CounterSelection>& selections) {
    for (const CounterSelection& one : selections)
        if ((!one.set || *one.set == counter.set) &&
            (!one.instance || *one.instance == counter.instance) &&
            (!one.name || *one.name == counter.name))
            return true;
    return false;
}

/// What is named whole is asked for also if the machine does not run now.
std::vector<CounterName> selectCounters(const PerformanceMonitor& performance,
                                        const std::string& id, const StatsHistoryParams& params) {
    const std::vector<CounterSelection> all{{}};
    const auto& selections = params.counters ? *params.counters : all;
    std::vector<CounterName> counters;
    std::vector<CounterSelection> open;
    for (const CounterSelection& one : selections)
        if (one.set && one.instance && one.name)
            counters.push_back({*one.set, *one.instance, *one.name});
        else
            open.push_back(one);
    if (const auto figures = performance.latest(id))
        for (const CounterName& counter : *figures->layout)
            if (isSelected(counter, open))
                counters.push_back(counter);
    return counters;
}

CounterSeries toSeries(const HistorySeries& series) {
    CounterSeries result{series.counter.set, series.counter.instance, series.counter.name, {}, {}};
    for (const float value : series.averages)
        result.values.push_back(known(value));
    for (const float value : series.maxima)
        result.maxima.push_back(known(value));
    return result;
}

}  // namespace

PerformanceSample toSample(const Figures& figures) {
    PerformanceSample sample;
    sample.machineId = figures.machine;
    sample.time = figures.time.time_since_epoch().count();
    sample.intervalMilliseconds = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(figures.length).count());
    const CounterLayout& layout = *figures.layout;
    for (std::size_t at = 0; at < layout.size() && at < figures.values.size(); ++at)
        sample.counters.push_back(
            {layout[at].set, layout[at].instance, layout[at].name, known(figures.values[at])});
    return sample;
}

RpcResult<StatsReply> latestFigures(const PerformanceMonitor& performance, const std::string& id) {
    const auto figures = performance.latest(id);
    if (!figures)
        return rpcFailure(ErrorCode::WrongState,
                          "there are no figures: the machine does not run, or has just begun",
                          "start it, or ask again in a second");
    return StatsReply{toSample(*figures)};
}

void queryHistory(PerformanceMonitor& performance, const std::string& id,
                  const StatsHistoryParams& params,
                  std::function<void(RpcResult<StatsHistoryReply> reply)> onReply) {
    using std::chrono::seconds;
    using std::chrono::sys_seconds;
    const std::int64_t now =
        std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    // Far beyond any history, and far from where arithmetic with times ends.
    constexpr std::int64_t kLatest = 1LL << 40;
    const std::int64_t to = params.to.value_or(now);
    const bool possible = to > 0 && to <= kLatest;
    const std::int64_t from =
        params.from.value_or(possible ? std::max(to - kUsualSpan, std::int64_t{0}) : 0);
    if (!possible || from < 0 || from >= to)
        return onReply(rpcFailure(ErrorCode::InvalidParams, "the time that was asked for is none",
                                  "give from before to", "from", "seconds since 1970"));
    HistoryQuery query;
    query.machine = id;
    query.counters = selectCounters(performance, id, params);
    query.from = sys_seconds(seconds(from));
    query.to = sys_seconds(seconds(to));
    if (query.counters.empty())
        return onReply(rpcFailure(ErrorCode::NotFound, "there are no such counters now",
                                  "name set, instance and name of those that you want, as "
                                  "machine.stats tells them",
                                  "counters"));
    const std::size_t most = kMaximumFigures / query.counters.size();
    query.mostPoints =
        params.mostPoints.value_or(std::min(query.mostPoints, std::max<std::size_t>(most, 1)));
    if (query.mostPoints > most)
        return onReply(rpcFailure(ErrorCode::InvalidParams,
                                  "that many points of that many counters are too many",
                                  "ask for fewer points, or for some counters at a time",
                                  "mostPoints", "1 to " + std::to_string(most)));
    performance.query(std::move(query), [onReply = std::move(onReply)](
                                            const hypervisor::Result<HistoryAnswer>& answer) {
        if (!answer)
            return onReply(rpcFailure(ErrorCode::InvalidParams, answer.error().message));
        StatsHistoryReply reply;
        reply.from = answer->from.time_since_epoch().count();
        reply.stepSeconds = static_cast<std::uint32_t>(answer->step.count());
        for (const HistorySeries& series : answer->series)
            reply.series.push_back(toSeries(series));
        onReply(std::move(reply));
    });
}

}  // namespace service
