// SPDX-License-Identifier: GPL-3.0-or-later
#include "history_compaction.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "counter_layouts.h"
#include "history_query.h"

namespace service {

namespace {

struct Accumulator {
    double sum = 0;
    std::uint32_t count = 0;
    ValueCode maximum = kNoValue;
};

/// The counters of all chunks, each once, in the order of their appearance.
std::shared_ptr<const CounterLayout> joinLayouts(std::span<const HistoryChunk> chunks) {
    const bool same = std::ranges::all_of(chunks, [&chunks](const HistoryChunk& chunk) {
        return chunk.layout == chunks.front().layout || *chunk.layout == *chunks.front().layout;
    });
    if (same)
        return chunks.front().layout;
    CounterLayout joined;
    std::map<CounterName, bool> known;
    for (const HistoryChunk& chunk : chunks)
        for (const CounterName& counter : *chunk.layout)
            if (known.emplace(counter, true).second && joined.size() < CounterLayouts::kMostKept)
                joined.push_back(counter);
    return std::make_shared<const CounterLayout>(std::move(joined));
}

/// For each counter of `from` its place in `to`, or none.
std::vector<std::optional<std::size_t>> placesOf(const CounterLayout& from,
                                                 const CounterLayout& to) {
    std::map<CounterName, std::size_t> places;
    for (std::size_t place = 0; place < to.size(); ++place)
        places.emplace(to[place], place);
    std::vector<std::optional<std::size_t>> result;
    for (const CounterName& counter : from) {
        const auto found = places.find(counter);
        result.push_back(found == places.end() ? std::nullopt : std::optional(found->second));
    }
    return result;
}

}  // namespace

std::optional<HistoryChunk> compact(std::span<const HistoryChunk> finer, std::size_t level,
                                    std::chrono::sys_seconds start) {
    if (finer.empty())
        return std::nullopt;
    HistoryChunk chunk;
    chunk.level = level;
    chunk.start = start;
    chunk.points = mostPoints(level);
    chunk.layout = joinLayouts(finer);
    std::vector<Accumulator> sums(chunk.layout->size() * chunk.points);
    const auto finerStep = kHistoryLevels.at(level - 1).step;
    bool any = false;
    for (const HistoryChunk& one : finer) {
        std::vector<std::optional<std::size_t>> places;
        if (one.layout != chunk.layout)
            places = placesOf(*one.layout, *chunk.layout);
        for (std::size_t counter = 0; counter < one.layout->size(); ++counter) {
            const auto place = places.empty() ? std::optional(counter) : places[counter];
            if (!place)
                continue;
            for (std::size_t point = 0; point < one.points; ++point) {
                const auto time = one.start + finerStep * static_cast<std::int64_t>(point) - start;
                const auto at = time / kHistoryLevels.at(level).step;
                const ValueCode average = one.average(counter, point);
                if (time.count() < 0 || at >= static_cast<long>(chunk.points) ||
                    average == kNoValue)
                    continue;
                Accumulator& sum = sums[*place * chunk.points + static_cast<std::size_t>(at)];
                sum.sum += decodeValue(average);
                ++sum.count;
                // Codes are ordered as what they mean.
                sum.maximum = std::max(sum.maximum, one.maximum(counter, point));
                any = true;
            }
        }
    }
    if (!any)
        return std::nullopt;
    for (const Accumulator& sum : sums) {
        chunk.averages.push_back(sum.count == 0 ? kNoValue : encodeValue(sum.sum / sum.count));
        chunk.maxima.push_back(sum.maximum);
    }
    return chunk;
}

}  // namespace service
