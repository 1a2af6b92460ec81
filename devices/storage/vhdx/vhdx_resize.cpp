// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include "devices/storage/allocation.h"
#include "vhdx_image.h"

namespace devices::storage::vhdx {

using hypervisor::Result;

namespace {

constexpr std::uint64_t kCopyPiece = kMiB;

std::uint64_t roundUp(std::uint64_t value, std::uint64_t to) {
    return (value + to - 1) / to * to;
}

}  // namespace

Task<IoStatus> VhdxImage::loadRange(const Region& region) {
    for (std::uint64_t at = region.offset / kMetadataSector * kMetadataSector; at < region.end();
         at += kMetadataSector) {
        const IoStatus status = co_await journal_.load(at);
        if (!status.ok())
            co_return status;
    }
    co_return IoStatus{};
}

// Entries from `firstBlock` on as a disk of the size of `newTable` has them when they are new.
Task<IoStatus> VhdxImage::clearEntries(std::uint64_t firstBlock, const BlockTable& newTable) {
    const std::uint64_t first = table_.payloadIndex(firstBlock);
    const std::uint64_t end = std::max(newTable.entries(), table_.entries());
    for (std::uint64_t index = first; index < end;) {
        const std::uint64_t sector = sectorOfEntry(index);
        const std::uint64_t sectorEnd =
            std::min(end, (sector - bat_.offset + kMetadataSector) / kBatEntrySize);
        // What the host knows to be a hole is zero.
        const FileRange data = file_->nextData(sector);
        if (journal_.find(sector) == nullptr &&
            (data.length == 0 || data.offset >= sector + kMetadataSector)) {
            const std::uint64_t next = data.length == 0 ? bat_.end() : data.offset;
            index = std::max(sectorEnd, std::min(end, (next - bat_.offset) / kBatEntrySize));
            continue;
        }
        IoStatus status = co_await makeRoom();
        if (status.ok())
            status = co_await journal_.load(sector);
        if (!status.ok())
            co_return status;
        for (; index < sectorEnd; ++index) {
            // A bitmap block that stays in use has its entry behind those of its chunk's blocks.
            if (table_.isBitmapIndex(index) && index < table_.entries() &&
                parameters_.parent.has_value())
                continue;
            if (findEntry(index)->raw != 0)
                setEntry(index, BatEntry{}, ChangeOrder::Free);
        }
    }
    co_return IoStatus{};
}

// The blocks by which a fixed disk grows. They are beyond the disk's end until its size says so.
Task<IoStatus> VhdxImage::appendFixedBlocks(const BlockTable& newTable, Job& job) {
    const std::uint64_t first = table_.payloadBlocks();
    if (newTable.payloadBlocks() <= first)
        co_return IoStatus{};
    const std::uint64_t before = file_->size();
    const std::uint64_t length = (newTable.payloadBlocks() - first) * table_.blockSize();
    const Region added{space_.append(length), length};
    IoStatus status = co_await allocateWithProgress(*file_, {added.offset, length}, job);
    if (!status.ok()) {
        space_.release(added);
        space_.trimEnd();
        // Its own failure changes nothing for who is told of the first.
        static_cast<void>(co_await resizeFile(*file_, before));
        co_return status;
    }
    for (std::uint64_t block = first; block < newTable.payloadBlocks(); ++block) {
        const std::uint64_t index = newTable.payloadIndex(block);
        status = co_await readyToChange(sectorOfEntry(index));
        if (!status.ok())
            co_return status;
        setEntry(index,
                 BatEntry::of(BlockState::kFullyPresent,
                              added.offset + (block - first) * table_.blockSize()),
                 ChangeOrder::AfterData);
        ++presentBlocks_;
    }
    co_return status;
}

// To a place where it has room for a disk of `size`.
Task<Result<void>> VhdxImage::growTable(std::uint64_t size) {
    const BlockTable newTable(parameters_, size);
    const std::uint64_t length = roundUp(newTable.bytes(), kAlignment);
    IoStatus status = co_await journal_.quiesce();
    if (status.ok())
        status = co_await journal_.begin(Visibility::Disk);
    if (!status.ok())
        co_return std::unexpected(failed("move its block allocation table", status));
    ChangeOrder order = ChangeOrder::AfterData;
    const auto offset = co_await takeSpace(length, order);
    if (!offset)
        co_return std::unexpected(failed("move its block allocation table", offset.error()));

    const Region moved{*offset, length};
    const std::uint64_t used = roundUp(table_.bytes(), kMetadataSector);
    std::vector<std::byte> piece;
    for (std::uint64_t at = 0; at < used && status.ok();) {
        piece.resize(static_cast<std::size_t>(std::min(kCopyPiece, used - at)));
        status = co_await readFile(*file_, bat_.offset + at, piece);
        if (status.ok())
            status = co_await writeFile(*file_, moved.offset + at, piece);
        at += piece.size();
    }
    piece.resize(kRegionTableSize);
    // Both copies become what the valid one is with the BAT elsewhere.
    for (const std::uint64_t table : kRegionTableOffsets) {
        if (status.ok())
            status = co_await readFile(*file_, table, piece);
        RegionTable parsed;
        if (const auto result = parseRegionTables(piece, piece, journal_.header()); result)
            break;
    }
    moveBat(piece, moved);
    for (const std::uint64_t table : kRegionTableOffsets)
        if (status.ok())
            status = co_await loadRange({table, kRegionTableSize});
    if (!status.ok()) {
        space_.release(moved);
        co_return std::unexpected(failed("move its block allocation table", status));
    }
    for (const std::uint64_t table : kRegionTableOffsets)
        for (std::size_t at = 0; at < piece.size(); at += kMetadataSector) {
            const auto sector = std::span(piece).subspan(at, kMetadataSector);
            if (!std::ranges::equal(sector, *journal_.find(table + at)))
                journal_.write(table + at, sector, ChangeOrder::AfterData);
        }
    const Region old = std::exchange(bat_, moved);
    space_.free(old);
    status = co_await journal_.commit();
    if (!status.ok())
        co_return std::unexpected(failed("move its block allocation table", status));
    journal_.forget(old);
    co_await reclaim();
    co_return Result<void>{};
}

Task<Result<void>> VhdxImage::resize(std::uint64_t size, Job& job) {
    const auto refused = [this](const std::string& message) {
        return std::unexpected(errorAbout(*file_, "can't change its size: " + message));
    };
    DiskParameters wanted = parameters_;
    wanted.size = size;
    if (const auto checked = checkParameters(wanted); !checked)
        co_return refused(checked.error().message);
    if (size == parameters_.size)
        co_return Result<void>{};
    if (readOnly())
        co_return refused("it is opened for reading only");
    const MetadataItem* item = findSystemItem(items_, kVirtualDiskSize);
    const BlockTable newTable(wanted);
    const std::uint64_t firstCut = newTable.payloadBlocks();

    if (size < parameters_.size) {
        if (parameters_.parent)
            co_return refused("a differencing disk can't become smaller");
        if (parameters_.leaveBlocksAllocated)
            co_return refused("a fixed disk can't become smaller; convert it");
        for (std::uint64_t block = firstCut; block < table_.payloadBlocks(); ++block) {
            const auto cut = co_await entry(table_.payloadIndex(block));
            if (!cut)
                co_return std::unexpected(failed("read its BAT", cut.error()));
            if (cut->isPresent())
                co_return refused(
                    fmt::format("the block at {} holds data", block * table_.blockSize()));
        }
        const std::uint64_t within = table_.offsetInBlock(size);
        const auto last = co_await entry(table_.payloadIndex(table_.blockOf(size)));
        if (!last)
            co_return std::unexpected(failed("read its BAT", last.error()));
        if (within != 0 && last->isPresent())
            co_return refused(fmt::format(
                "the block that would be cut in two at {} holds data; a size that is a multiple of "
                "{} avoids that",
                size, table_.blockSize()));
    }

    IoStatus status = co_await journal_.begin(Visibility::Disk);
    if (status.ok())
        status = co_await commit();
    if (!status.ok())
        co_return std::unexpected(failed("change its size", status));
    if (newTable.bytes() > bat_.length) {
        auto grown = co_await growTable(size);
        if (!grown)
            co_return grown;
    }
    if (size > parameters_.size) {
        // What lies behind the old end in the last block was never the disk's.
        const std::uint64_t within = table_.offsetInBlock(parameters_.size);
        const std::uint64_t block = table_.blockOf(parameters_.size);
        if (within != 0) {
            const auto last = co_await entry(table_.payloadIndex(block));
            if (!last)
                co_return std::unexpected(failed("read its BAT", last.error()));
            if (last->isPresent())
                status = co_await zeroFile(*file_, last->fileOffset() + within,
                                           table_.blockSize() - within);
            if (status.ok() && last->state() == BlockState::kPartiallyPresent) {
                const auto bitmap = co_await entry(table_.bitmapIndex(table_.chunkOf(block)));
                if (!bitmap)
                    co_return std::unexpected(failed("read its BAT", bitmap.error()));
                status = co_await setBits(bitmap->fileOffset(), table_.bitmapBit(parameters_.size),
                                          (table_.blockSize() - within) >> table_.sectorShift(),
                                          false, ChangeOrder::AfterData);
            }
        }
    }
    if (status.ok())
        status = co_await clearEntries(std::min(firstCut, table_.payloadBlocks()), newTable);
    if (status.ok() && parameters_.leaveBlocksAllocated)
        status = co_await appendFixedBlocks(newTable, job);
    const Region field{metadata_.offset + item->offset, sizeof size};
    // The entries first, then the size that makes them count.
    if (status.ok())
        status = co_await commit();
    if (status.ok())
        status = co_await loadRange(field);
    if (status.ok()) {
        journal_.write(field.offset, std::as_bytes(std::span(&size, 1)), ChangeOrder::AfterData);
        parameters_.size = size;
        table_ = newTable;
        status = co_await commit();
    }
    if (!status.ok())
        co_return std::unexpected(failed("change its size", status));
    co_return Result<void>{};
}

}  // namespace devices::storage::vhdx
