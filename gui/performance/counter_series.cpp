// SPDX-License-Identifier: GPL-3.0-or-later
#include "counter_series.h"

#include <algorithm>

namespace gui {

namespace {

/// Samples come late now and then; only a longer silence is a gap.
constexpr std::int64_t isGapAfter(std::int64_t step) {
    return step * 5 / 2;
}

/// The service keeps history some seconds behind, and more so when it has much to do.
constexpr std::int64_t kHistoryBehind = 6'000;

bool isBefore(const CounterPoint& point, std::int64_t time) {
    return point.time < time;
}

}  // namespace

CounterSeries::CounterSeries(std::int64_t step, std::size_t mostPoints)
    : step_(step), most_(std::max<std::size_t>(mostPoints, 2)) {}

std::optional<std::int64_t> CounterSeries::append(std::int64_t time, std::optional<double> value) {
    // A second's samples keep their own times; coarser points are the mean of their step.
    const bool averaged = step_ > 1'000;
    const std::int64_t at = averaged ? time - time % step_ : time;
    const double figure = value.value_or(CounterPoint::kGap);
    if (!points_.empty() && at <= points_.back().time) {
        CounterPoint& last = points_.back();
        if (!averaged || at < last.time || CounterPoint{at, figure}.isGap())
            return std::nullopt;
        last.value = last.isGap()
                         ? figure
                         : last.value + (figure - last.value) / static_cast<double>(inLast_ + 1);
        ++inLast_;
        return at;
    }
    if (live_ && !firstLive_)
        firstLive_ = at;
    std::int64_t changed = at;
    const std::int64_t silence = std::max(historyBehind_.value_or(0), isGapAfter(step_));
    historyBehind_.reset();
    if (!points_.empty() && !points_.back().isGap() && at - points_.back().time > silence) {
        changed = points_.back().time + step_;
        push({changed, CounterPoint::kGap});
    }
    // One gap says as much as many.
    if (CounterPoint{at, figure}.isGap() && (points_.empty() || points_.back().isGap()))
        return changed == at ? std::nullopt : std::optional(changed);
    push({at, figure});
    inLast_ = 1;
    return changed;
}

void CounterSeries::beginLive() {
    live_ = true;
    firstLive_.reset();
}

void CounterSeries::mergeHistory(std::span<const CounterPoint> history, std::int64_t historyStep) {
    if (history.empty())
        return;
    const auto newer = firstLive_
                           ? std::lower_bound(points_.begin(), points_.end(), *firstLive_, isBefore)
                           : points_.end();
    std::vector<CounterPoint> merged;
    merged.reserve(history.size() + static_cast<std::size_t>(points_.end() - newer) + 1);
    for (const CounterPoint& point : history) {
        if (newer != points_.end() && point.time >= newer->time)
            break;
        if (point.isGap() && (merged.empty() || merged.back().isGap()))
            continue;
        merged.push_back(point);
    }
    // History ends some time ago: a gap at its end says nothing.
    if (!merged.empty() && merged.back().isGap())
        merged.pop_back();
    const std::int64_t behind = std::max(kHistoryBehind, isGapAfter(historyStep));
    if (newer == points_.end())
        historyBehind_ = behind;
    else if (!merged.empty() && !newer->isGap() && newer->time - merged.back().time > behind)
        merged.push_back({merged.back().time + step_, CounterPoint::kGap});
    merged.insert(merged.end(), newer, points_.end());
    points_ = std::move(merged);
    bound();
}

std::span<const CounterPoint> CounterSeries::points() const {
    const std::size_t count = std::min(points_.size(), most_);
    return std::span(points_).last(count);
}

std::span<const CounterPoint> CounterSeries::pointsFrom(std::int64_t time) const {
    const auto all = points();
    const auto first = std::lower_bound(all.begin(), all.end(), time, isBefore);
    return all.last(static_cast<std::size_t>(all.end() - first));
}

std::optional<double> CounterSeries::exactly(std::int64_t time) const {
    const auto from = pointsFrom(time);
    if (from.empty() || from.front().time != time || from.front().isGap())
        return std::nullopt;
    return from.front().value;
}

std::optional<double> CounterSeries::near(std::int64_t time) const {
    const auto all = points();
    if (all.empty() || time < all.front().time - step_ ||
        time > all.back().time + isGapAfter(step_))
        return std::nullopt;
    auto nearest = std::lower_bound(all.begin(), all.end(), time, isBefore);
    if (nearest == all.end() ||
        (nearest != all.begin() && time - std::prev(nearest)->time < nearest->time - time))
        --nearest;
    return nearest->isGap() ? std::nullopt : std::optional(nearest->value);
}

std::optional<double> CounterSeries::newest() const {
    if (points_.empty() || points_.back().isGap())
        return std::nullopt;
    return points_.back().value;
}

bool CounterSeries::hasFigures() const {
    return std::any_of(points_.rbegin(), points_.rend(),
                       [](const CounterPoint& point) { return !point.isGap(); });
}

CounterSeries CounterSeries::withMost(std::size_t mostPoints) const {
    CounterSeries other = *this;
    other.most_ = std::max<std::size_t>(mostPoints, 2);
    other.bound();
    return other;
}

void CounterSeries::push(CounterPoint point) {
    points_.push_back(point);
    bound();
}

void CounterSeries::bound() {
    if (points_.size() < 2 * most_)
        return;
    points_.erase(points_.begin(), points_.end() - static_cast<std::ptrdiff_t>(most_));
}

}  // namespace gui
