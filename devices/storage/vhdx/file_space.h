// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "layout.h"
#include "region_table.h"

namespace devices::storage::vhdx {

/// Which stretches of the file are in use, in whole MiB, and the way of a freed one back into use:
/// freed in memory; with the freeing in a log entry that is being written; durable, so that no
/// power cut brings the old owner back; and free, once nothing in flight can still touch it.
class FileSpace {
  public:
    /// `used` in any order, without overlaps; everything between them, up to `fileSize`, is free
    /// and holds who knows what.
    FileSpace(std::vector<Region> used, std::uint64_t fileSize);

    struct Allocation {
        std::uint64_t offset = 0;
        /// Was in use, or lay in the file before it was opened: not known to read as zeroes.
        bool reused = false;
    };
    /// `length` in whole MiB. Lowest free stretch that fits, else behind the last one.
    [[nodiscard]] Allocation allocate(std::uint64_t length);
    /// Only from free stretches that end at or below `limit`.
    [[nodiscard]] std::optional<std::uint64_t> allocateBelow(std::uint64_t length,
                                                             std::uint64_t limit);
    /// Behind everything.
    [[nodiscard]] std::uint64_t append(std::uint64_t length);

    /// All that is in use or on its way to be free ends at or before it.
    [[nodiscard]] std::uint64_t end() const { return end_; }

    void free(const Region& region) { freed_.push_back(region); }
    void logBegins();
    void logEnds(bool durable);
    /// The durable ones, which are the caller's until release().
    [[nodiscard]] std::vector<Region> takeDurable() { return std::exchange(durable_, {}); }
    [[nodiscard]] bool hasDurable() const { return !durable_.empty(); }
    void release(const Region& region);
    /// Free stretches at the end are the file's no more.
    void trimEnd();

  private:
    // By offset; neighbours are joined.
    std::map<std::uint64_t, std::uint64_t> free_;
    std::uint64_t end_ = 0;
    std::vector<Region> freed_;
    std::vector<Region> logging_;
    std::vector<Region> durable_;
};

}  // namespace devices::storage::vhdx
