// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "figures.h"

namespace service {

/// How finely history is kept and for how long: a second for an hour, ten for a day, a minute for
/// a month.
struct HistoryLevel {
    std::chrono::seconds step;
    std::chrono::seconds age;
};
inline constexpr std::array<HistoryLevel, 3> kHistoryLevels{
    HistoryLevel{std::chrono::seconds(1), std::chrono::hours(1)},
    HistoryLevel{std::chrono::seconds(10), std::chrono::hours(24)},
    HistoryLevel{std::chrono::seconds(60), std::chrono::days(31)}};

/// For a graph: some counters of one machine, or of the host, over a time.
struct HistoryQuery {
    static constexpr std::size_t kMostCounters = 256;
    static constexpr std::size_t kMostPoints = 20'000;

    /// Empty for the host.
    std::string machine;
    std::vector<CounterName> counters;
    std::chrono::sys_seconds from;
    /// Not included.
    std::chrono::sys_seconds to;
    /// No more than so many points a counter, at least 2: the finest level that has them all is
    /// taken, and several of its steps make a point if even the coarsest has more.
    std::size_t mostPoints = 4'000;
};

/// Points of one counter, one for each step from the answer's `from`; Figures::kNone where nothing
/// was counted.
struct HistorySeries {
    CounterName counter;
    std::vector<float> averages;
    std::vector<float> maxima;
};

struct HistoryAnswer {
    std::chrono::sys_seconds from;
    std::chrono::seconds step;
    std::vector<HistorySeries> series;
};

}  // namespace service
