// SPDX-License-Identifier: GPL-3.0-or-later
#include "history_assembly.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace service {

namespace {

using namespace std::chrono_literals;
using std::chrono::sys_seconds;

constexpr std::uint8_t kNobody = kHistoryLevels.size();
// Points of all counters together.
constexpr std::size_t kMostValues = 500'000;
constexpr std::size_t kLeastPoints = 2;

}  // namespace

hypervisor::Result<HistoryPlan> HistoryPlan::create(
    const HistoryQuery& query, sys_seconds now,
    const std::array<sys_seconds, kHistoryLevels.size()>& available) {
    if (query.counters.empty() || query.counters.size() > HistoryQuery::kMostCounters)
        return hypervisor::failure(
            "history is asked for 1 to " + std::to_string(HistoryQuery::kMostCounters) +
            " counters at a time, not " + std::to_string(query.counters.size()));
    if (query.mostPoints < kLeastPoints || query.mostPoints > HistoryQuery::kMostPoints)
        return hypervisor::failure("history is asked for 2 to " +
                                   std::to_string(HistoryQuery::kMostPoints) +
                                   " points at a time, not " + std::to_string(query.mostPoints));
    if (query.from >= query.to)
        return hypervisor::failure("history is asked for a time that ends before it begins");
    // There is nothing beyond, and so no number that is too great either.
    const sys_seconds earliest = now - kHistoryLevels.back().age - windowLength(2);
    const sys_seconds from = std::clamp(query.from, earliest, now);
    const sys_seconds to = std::clamp(query.to, from + 1s, now + 1min);
    const std::size_t most =
        std::max(std::min(query.mostPoints, kMostValues / query.counters.size()), kLeastPoints);

    HistoryPlan plan;
    const auto setStep = [&](std::chrono::seconds step) {
        plan.step = step;
        plan.from = from - from.time_since_epoch() % step;
        plan.points = static_cast<std::size_t>((to - plan.from + step - 1s) / step);
        return plan.points <= most;
    };
    for (;; ++plan.level) {
        const HistoryLevel& level = kHistoryLevels[plan.level];
        const bool has = from >= now - level.age && from >= available[plan.level];
        const bool fits = setStep(level.step);
        if (has && fits)
            return plan;
        if (plan.level + 1 < kHistoryLevels.size())
            continue;
        // Both ends may be in the middle of a step.
        const std::chrono::seconds inner = level.step * static_cast<std::int64_t>(most - 1);
        if (!fits)
            static_cast<void>(setStep(level.step * ((to - from + inner - 1s) / inner)));
        return plan;
    }
}

HistoryAssembly::HistoryAssembly(const HistoryQuery& query, const HistoryPlan& plan)
    : plan_(plan), owners_(plan.points, kNobody) {
    for (const CounterName& counter : query.counters)
        series_.push_back({counter, std::vector<double>(plan.points),
                           std::vector<std::uint32_t>(plan.points),
                           std::vector<ValueCode>(plan.points, kNoValue)});
}

const std::vector<std::optional<std::size_t>>& HistoryAssembly::placesIn(
    const std::shared_ptr<const CounterLayout>& layout) {
    if (layout == layout_)
        return places_;
    layout_ = layout;
    places_.clear();
    for (const Series& series : series_) {
        const auto found = std::ranges::find(*layout, series.counter);
        places_.push_back(found == layout->end()
                              ? std::nullopt
                              : std::optional(static_cast<std::size_t>(found - layout->begin())));
    }
    return places_;
}

void HistoryAssembly::add(const HistoryChunk& chunk) {
    const auto& places = placesIn(chunk.layout);
    const auto level = static_cast<std::uint8_t>(chunk.level);
    const auto step = kHistoryLevels.at(chunk.level).step;
    for (std::size_t point = 0; point < chunk.points; ++point) {
        const sys_seconds time = chunk.start + step * static_cast<std::int64_t>(point);
        if (time < plan_.from || time >= plan_.to())
            continue;
        const auto at = static_cast<std::size_t>((time - plan_.from) / plan_.step);
        if (owners_[at] != kNobody && owners_[at] != level)
            continue;
        for (std::size_t index = 0; index < series_.size(); ++index) {
            if (!places[index])
                continue;
            const ValueCode average = chunk.average(*places[index], point);
            if (average == kNoValue)
                continue;
            Series& series = series_[index];
            series.sums[at] += decodeValue(average);
            ++series.counts[at];
            series.maxima[at] = std::max(series.maxima[at], chunk.maximum(*places[index], point));
            owners_[at] = level;
        }
    }
}

HistoryAnswer HistoryAssembly::take() {
    HistoryAnswer answer{plan_.from, plan_.step, {}};
    for (Series& series : series_) {
        HistorySeries& to = answer.series.emplace_back();
        to.counter = std::move(series.counter);
        for (std::size_t point = 0; point < plan_.points; ++point) {
            to.averages.push_back(static_cast<float>(
                series.counts[point] == 0 ? Figures::kNone
                                          : series.sums[point] / series.counts[point]));
            to.maxima.push_back(static_cast<float>(decodeValue(series.maxima[point])));
        }
    }
    return answer;
}

}  // namespace service
