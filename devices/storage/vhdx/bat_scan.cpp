// SPDX-License-Identifier: GPL-3.0-or-later
#include "bat_scan.h"

#include <fmt/core.h>

#include <algorithm>

namespace devices::storage::vhdx {

using hypervisor::Result;

namespace {

constexpr std::uint64_t kPiece = 256 * kKiB;

/// One entry after the other: which space each takes, and what is wrong with it.
class EntryJudge {
  public:
    EntryJudge(const FileLayout& layout, std::uint64_t fileSize, BatScan& scan)
        : table_(layout.parameters),
          hasParent_(layout.parameters.parent.has_value()),
          fileSize_(fileSize),
          space_(fileSize),
          scan_(scan) {
        space_.take({0, kHeaderSectionSize});
        for (const Region& region : layout.structures())
            space_.take(region);
    }

    [[nodiscard]] std::optional<std::string> judge(std::uint64_t index, BatEntry entry) {
        if (table_.isBitmapIndex(index)) {
            // Without a parent they mean nothing, and some writers leave anything in them.
            if (!hasParent_) {
                scan_.strayBitmapEntries += entry.raw != 0 ? 1 : 0;
                return std::nullopt;
            }
            if (entry.state() == BlockState::kNotPresent)
                return partialChunk_ == table_.blockOfIndex(index)
                           ? std::optional<std::string>(
                                 "its sector bitmap is not there, and a block of its chunk is "
                                 "partially present")
                           : std::nullopt;
            if (entry.state() != BlockState::kFullyPresent)
                return unknownState(entry);
            ++scan_.bitmapBlocks;
            return take(entry, kBitmapBlockSize);
        }
        switch (entry.state()) {
            case BlockState::kNotPresent:
            case BlockState::kZero:
                return std::nullopt;
            case BlockState::kUndefined:
            case BlockState::kUnmapped:
                return entry.fileOffset() == 0 ? std::nullopt : take(entry, table_.blockSize());
            case BlockState::kPartiallyPresent:
                if (!hasParent_)
                    return "its block is partially present, and the disk has no parent";
                partialChunk_ = table_.chunkOf(table_.blockOfIndex(index));
                [[fallthrough]];
            case BlockState::kFullyPresent:
                ++scan_.presentBlocks;
                return take(entry, table_.blockSize());
        }
        return unknownState(entry);
    }

    /// An empty entry there may be wrong.
    [[nodiscard]] bool mustBePresent(std::uint64_t index) const {
        return partialChunk_ && index == table_.bitmapIndex(*partialChunk_);
    }

    [[nodiscard]] std::vector<Region> used() const { return space_.regions(); }

  private:
    static std::string unknownState(BatEntry entry) {
        return fmt::format("its state {} is not known", static_cast<unsigned>(entry.state()));
    }

    std::optional<std::string> take(BatEntry entry, std::uint64_t length) {
        switch (space_.take({entry.fileOffset(), length})) {
            case UsedSpace::Outcome::Taken:
                break;
            case UsedSpace::Outcome::Overlaps:
                return fmt::format("its block at {} with {} bytes overlaps another structure",
                                   entry.fileOffset(), length);
            case UsedSpace::Outcome::BeyondEnd:
                return fmt::format(
                    "its block at {} with {} bytes reaches beyond the file's end at {}",
                    entry.fileOffset(), length, fileSize_);
        }
        return std::nullopt;
    }

    BlockTable table_;
    bool hasParent_;
    std::uint64_t fileSize_;
    UsedSpace space_;
    BatScan& scan_;
    // The last chunk with a partially present block.
    std::optional<std::uint64_t> partialChunk_;
};

}  // namespace

UsedSpace::Outcome UsedSpace::take(const Region& region) {
    const std::uint64_t first = region.offset / kAlignment;
    const std::uint64_t count = (region.length + kAlignment - 1) / kAlignment;
    if (first > used_.size() || count > used_.size() - first)
        return Outcome::BeyondEnd;
    const auto begin = used_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    if (std::find(begin, end, true) != end)
        return Outcome::Overlaps;
    std::fill(begin, end, true);
    return Outcome::Taken;
}

std::vector<Region> UsedSpace::regions() const {
    std::vector<Region> regions;
    for (auto at = std::find(used_.begin(), used_.end(), true); at != used_.end();) {
        const auto end = std::find(at, used_.end(), false);
        regions.push_back({static_cast<std::uint64_t>(at - used_.begin()) * kAlignment,
                           static_cast<std::uint64_t>(end - at) * kAlignment});
        at = std::find(end, used_.end(), true);
    }
    return regions;
}

Task<Result<BatScan>> scanBat(StorageFile& file, const FileLayout& layout,
                              const std::function<void(const BatFault&)>& onFault) {
    const Region& bat = layout.regions.bat;
    const std::uint64_t end = bat.offset + BlockTable(layout.parameters).bytes();
    BatScan scan;
    EntryJudge judge(layout, file.size(), scan);
    std::vector<std::byte> piece;
    for (std::uint64_t at = bat.offset; at < end;) {
        const FileRange data = file.nextData(at);
        if (data.length == 0 || data.offset >= end)
            break;
        at = std::max(at, data.offset / kMetadataSector * kMetadataSector);
        // The region ends with a whole MiB, so whole sectors can be read.
        const std::uint64_t length =
            std::min(kPiece, (end - at + kMetadataSector - 1) / kMetadataSector * kMetadataSector);
        piece.resize(static_cast<std::size_t>(length));
        const IoStatus status = co_await readFile(file, at, piece);
        if (!status.ok())
            co_return std::unexpected(errorAbout(
                file, fmt::format("can't read the block allocation table at offset {}: {}", at,
                                  status.text())));
        for (std::size_t offset = 0; offset < piece.size() && at + offset < end;
             offset += kBatEntrySize) {
            const BatEntry entry{load<std::uint64_t>(piece, offset)};
            const std::uint64_t index = (at + offset - bat.offset) / kBatEntrySize;
            if (entry.raw == 0 && !judge.mustBePresent(index))
                continue;
            if (auto text = judge.judge(index, entry)) {
                BatFault fault{index, std::move(*text)};
                if (onFault)
                    onFault(fault);
                if (!scan.fault)
                    scan.fault = std::move(fault);
            }
        }
        for (std::size_t offset = 0;
             offset < piece.size() && scan.sectors.size() < BatScan::kKeptSectors;
             offset += kMetadataSector) {
            const auto sector = std::span(piece).subspan(offset, kMetadataSector);
            scan.sectors.emplace_back(at + offset,
                                      std::vector<std::byte>(sector.begin(), sector.end()));
        }
        at += length;
    }
    scan.used = judge.used();
    co_return scan;
}

}  // namespace devices::storage::vhdx
