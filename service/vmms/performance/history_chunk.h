// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "figures.h"
#include "value_code.h"

namespace service {

/// A piece of one machine's history at one level: some points in a row of all counters that it had
/// then.
struct HistoryChunk {
    /// Into kHistoryLevels.
    std::size_t level = 0;
    std::chrono::sys_seconds start;
    std::size_t points = 0;
    std::shared_ptr<const CounterLayout> layout;
    /// `points` values for each counter, one counter after the other. At level 0 the maxima are
    /// the averages and not there twice.
    std::vector<ValueCode> averages;
    std::vector<ValueCode> maxima;

    [[nodiscard]] ValueCode average(std::size_t counter, std::size_t point) const {
        return averages[counter * points + point];
    }
    [[nodiscard]] ValueCode maximum(std::size_t counter, std::size_t point) const {
        return maxima.empty() ? average(counter, point) : maxima[counter * points + point];
    }
};

/// How many points the chunks of a level have at most: ten seconds' worth, five minutes', an
/// hour's. A chunk does not reach beyond a multiple of that time.
[[nodiscard]] std::size_t mostPoints(std::size_t level);
/// The same as time.
[[nodiscard]] std::chrono::seconds windowLength(std::size_t level);
/// The last multiple of the level's window that is not after `time`.
[[nodiscard]] std::chrono::sys_seconds windowStart(std::size_t level,
                                                   std::chrono::sys_seconds time);

/// The values as bytes for storing; constant counters take little.
[[nodiscard]] std::vector<std::byte> packValues(const HistoryChunk& chunk);
/// Sets `points`, `averages` and `maxima` of a chunk whose level and layout are known; false when
/// `bytes` do not fit those.
[[nodiscard]] bool unpackValues(std::span<const std::byte> bytes, HistoryChunk& chunk);

}  // namespace service
