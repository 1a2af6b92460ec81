// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace devices::synthetic {

/// Guest page frames, `count` from `first` on.
struct PageRange {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    friend bool operator==(const PageRange&, const PageRange&) = default;
};

/// A set of page frames that takes at most some hundred bytes for each 2 MiB that it touches,
/// however scattered the pages are.
class PageSet {
  public:
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] bool intersects(PageRange range) const;
    /// No page of it may be in the set already.
    void add(PageRange range);
    /// Every page of it must be in the set.
    void remove(PageRange range);
    /// The first pages of the set, at most so many in at most so many ranges.
    [[nodiscard]] std::vector<PageRange> first(std::uint64_t mostPages, std::size_t mostRanges,
                                               std::uint64_t mostPagesEach) const;

  private:
    static constexpr std::uint64_t kChunk = 512;
    using Chunk = std::bitset<kChunk>;

    std::map<std::uint64_t, Chunk> chunks_;
    std::uint64_t size_ = 0;
};

}  // namespace devices::synthetic
