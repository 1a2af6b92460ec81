// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "block_table.h"
#include "devices/storage/storage_file.h"
#include "devices/storage/task.h"
#include "file_layout.h"
#include "region_table.h"

namespace devices::storage::vhdx {

/// Which MiB of a file are in use, a bit each.
class UsedSpace {
  public:
    /// `fileSize` at most kMaximumFileSize: 32 MiB of memory.
    explicit UsedSpace(std::uint64_t fileSize)
        : used_(static_cast<std::size_t>((fileSize + kAlignment - 1) / kAlignment)) {}

    enum class Outcome : std::uint8_t { Taken, Overlaps, BeyondEnd };
    /// Marks all of `region` or, if some of it is beyond the end or in use, nothing.
    Outcome take(const Region& region);
    /// Joined, by offset.
    [[nodiscard]] std::vector<Region> regions() const;

  private:
    std::vector<bool> used_;
};

/// What is wrong with an entry: its index and why.
struct BatFault {
    std::uint64_t index = 0;
    std::string text;
};

struct BatScan {
    std::vector<Region> used;
    std::uint64_t presentBlocks = 0;
    std::uint64_t bitmapBlocks = 0;
    /// Entries for sector bitmaps of a disk without a parent that are not empty.
    std::uint64_t strayBitmapEntries = 0;
    /// The first one.
    std::optional<BatFault> fault;
    /// The first sectors of the table as read, up to kKeptSectors.
    std::vector<std::pair<std::uint64_t, std::vector<std::byte>>> sectors;
    static constexpr std::size_t kKeptSectors = 1024;
};

/// Reads the whole table, without its holes. `onFault` hears of every fault.
Task<hypervisor::Result<BatScan>> scanBat(StorageFile& file, const FileLayout& layout,
                                          const std::function<void(const BatFault&)>& onFault);

}  // namespace devices::storage::vhdx
