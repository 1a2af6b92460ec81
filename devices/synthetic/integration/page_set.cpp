// SPDX-License-Identifier: GPL-3.0-or-later
#include "page_set.h"

#include <algorithm>

namespace devices::synthetic {

bool PageSet::intersects(PageRange range) const {
    const std::uint64_t end = range.first + range.count;
    for (auto at = chunks_.lower_bound(range.first / kChunk);
         at != chunks_.end() && at->first * kChunk < end; ++at) {
        const std::uint64_t start = at->first * kChunk;
        const std::uint64_t from = std::max(range.first, start) - start;
        const std::uint64_t to = std::min(end - start, kChunk);
        for (std::uint64_t page = from; page < to; ++page)
            if (at->second.test(page))
                return true;
    }
    return false;
}

void PageSet::add(PageRange range) {
    for (std::uint64_t page = range.first; page < range.first + range.count; ++page)
        chunks_[page / kChunk].set(page % kChunk);
    size_ += range.count;
}

void PageSet::remove(PageRange range) {
    for (std::uint64_t page = range.first; page < range.first + range.count; ++page) {
        const auto chunk = chunks_.find(page / kChunk);
        chunk->second.reset(page % kChunk);
        if (chunk->second.none())
            chunks_.erase(chunk);
    }
    size_ -= range.count;
}

std::vector<PageRange> PageSet::first(std::uint64_t mostPages, std::size_t mostRanges,
                                      std::uint64_t mostPagesEach) const {
    std::vector<PageRange> ranges;
    std::uint64_t left = mostPages;
    for (const auto& [index, chunk] : chunks_) {
        for (std::uint64_t bit = 0; bit < kChunk; ++bit) {
            if (!chunk.test(bit))
                continue;
            if (left == 0)
                return ranges;
            const std::uint64_t page = index * kChunk + bit;
            const bool goesOn = !ranges.empty() &&
                                ranges.back().first + ranges.back().count == page &&
                                ranges.back().count < mostPagesEach;
            if (!goesOn && ranges.size() == mostRanges)
                return ranges;
            if (goesOn)
                ++ranges.back().count;
            else
                ranges.push_back({page, 1});
            --left;
        }
    }
    return ranges;
}

}  // namespace devices::synthetic
