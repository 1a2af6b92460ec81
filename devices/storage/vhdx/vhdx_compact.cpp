// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cerrno>

#include "vhdx_image.h"

namespace devices::storage::vhdx {

using hypervisor::Result;

namespace {

constexpr std::uint64_t kPiece = kMiB;

bool isZero(std::span<const std::byte> bytes) {
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

/// True if all of `region` is zero.
Task<std::expected<bool, IoStatus>> readsAsZero(StorageFile& file, const Region& region, Job& job) {
    std::vector<std::byte> piece;
    for (std::uint64_t at = region.offset; at < region.end();) {
        const FileRange data = file.nextData(at);
        if (data.length == 0 || data.offset >= region.end())
            break;
        if (job.cancelled())
            co_return std::unexpected(IoStatus{ECANCELED});
        at = std::max(at, data.offset);
        piece.resize(static_cast<std::size_t>(std::min(kPiece, region.end() - at)));
        const IoStatus status = co_await readFile(file, at, piece);
        if (!status.ok())
            co_return std::unexpected(status);
        if (!isZero(piece))
            co_return false;
        at += piece.size();
    }
    co_return true;
}

/// Copies `from` to `to`, which reads as zeroes; holes stay holes.
Task<IoStatus> copyData(StorageFile& file, const Region& from, std::uint64_t to, Job& job) {
    std::vector<std::byte> piece;
    for (std::uint64_t at = from.offset; at < from.end();) {
        const FileRange data = file.nextData(at);
        if (data.length == 0 || data.offset >= from.end())
            break;
        if (job.cancelled())
            co_return IoStatus{ECANCELED};
        at = std::max(at, data.offset / kMetadataSector * kMetadataSector);
        piece.resize(static_cast<std::size_t>(std::min(kPiece, from.end() - at)));
        IoStatus status = co_await readFile(file, at, piece);
        if (status.ok())
            status = co_await writeFile(file, to + (at - from.offset), piece);
        if (!status.ok())
            co_return status;
        at += piece.size();
    }
    co_return IoStatus{};
}

}  // namespace

// Gives up the blocks that hold nothing but zeroes, and those of a differencing disk that hold
// nothing of their own.
Task<IoStatus> VhdxImage::dropZeroBlocks(Job& job, std::uint64_t total) {
    for (std::uint64_t block = 0; block < table_.payloadBlocks(); ++block) {
        if (job.cancelled())
            co_return IoStatus{ECANCELED};
        job.report(block, total);
        const auto before = co_await entry(table_.payloadIndex(block));
        if (!before)
            co_return before.error();
        if (!before->isPresent())
            continue;
        const Part part = partAt(block * table_.blockSize(), table_.blockSize(), 0);
        std::optional<BlockState> after;
        if (before->state() == BlockState::kFullyPresent) {
            const auto zero =
                co_await readsAsZero(*file_, {before->fileOffset(), part.length}, job);
            if (!zero)
                co_return zero.error();
            if (*zero)
                after = BlockState::kZero;
        } else {
            const auto run = co_await presentRun(part, 0);
            if (!run)
                co_return run.error();
            if (!run->present && run->count << table_.sectorShift() == part.length)
                after = BlockState::kNotPresent;
        }
        if (!after)
            continue;
        const IoStatus status = co_await freeBlock(part, *after);
        if (!status.ok())
            co_return status;
    }
    co_return IoStatus{};
}

// Moves the blocks at the file's end to free places before them. Each is copied, then its entry
// changes through the log, then its old place is free: at any time one of the two is whole.
Task<IoStatus> VhdxImage::moveBlocksDown(Job& job, std::uint64_t total) {
    struct Placed {
        std::uint64_t fileOffset;
        std::uint64_t index;
    };
    std::vector<Placed> blocks;
    for (std::uint64_t index = 0; index < table_.entries(); ++index) {
        const auto placed = co_await entry(index);
        if (!placed)
            co_return placed.error();
        if (table_.isBitmapIndex(index)
                ? parameters_.parent && placed->state() == BlockState::kFullyPresent
                : placed->isPresent())
            blocks.push_back({placed->fileOffset(), index});
    }
    std::ranges::sort(blocks, std::ranges::greater{}, &Placed::fileOffset);
    std::uint64_t done = total - total / 2;
    for (const Placed& placed : blocks) {
        if (job.cancelled())
            co_return IoStatus{ECANCELED};
        job.report(std::min(done++, total), total);
        const bool isBitmap = table_.isBitmapIndex(placed.index);
        const Region from{placed.fileOffset, isBitmap ? kBitmapBlockSize : table_.blockSize()};
        const auto to = space_.allocateBelow(from.length, from.offset);
        if (!to)
            continue;
        IoStatus status = co_await punchFile(*file_, *to, from.length);
        if (status.ok())
            status = co_await copyData(*file_, from, *to, job);
        if (status.ok())
            status = co_await makeRoom();
        if (status.ok())
            status = co_await journal_.load(sectorOfEntry(placed.index));
        if (!status.ok()) {
            space_.release({*to, from.length});
            co_return status;
        }
        if (isBitmap)
            journal_.forget(from);
        setEntry(placed.index, BatEntry::of(findEntry(placed.index)->state(), *to),
                 ChangeOrder::AfterData);
        space_.free(from);
    }
    co_return IoStatus{};
}

Task<Result<void>> VhdxImage::compact(Job& job) {
    if (readOnly())
        co_return std::unexpected(
            errorAbout(*file_, "can't compact it: it is opened for reading only"));
    if (parameters_.leaveBlocksAllocated)
        co_return Result<void>{};
    const std::uint64_t total = table_.payloadBlocks() + presentBlocks_;
    IoStatus status = co_await journal_.begin(Visibility::FileOnly);
    if (status.ok())
        status = co_await dropZeroBlocks(job, total);
    // Places that are left become free for further blocks: until nothing moves any more.
    for (std::uint64_t end = UINT64_MAX; status.ok() && space_.end() < end;) {
        // Copies are made from the file, so everything must be there.
        status = co_await journal_.quiesce();
        co_await reclaim();
        space_.trimEnd();
        end = space_.end();
        if (status.ok())
            status = co_await journal_.begin(Visibility::FileOnly);
        if (status.ok())
            status = co_await moveBlocksDown(job, total);
        if (status.ok())
            status = co_await commit();
        space_.trimEnd();
    }
    const bool cancelled = status.error == ECANCELED;
    if (cancelled)
        status = {};
    if (status.ok())
        status = co_await journal_.quiesce();
    if (status.ok()) {
        co_await reclaim();
        // With an empty log nothing speaks of what is cut off.
        status = co_await trimFile();
    }
    if (status.ok())
        status = co_await flushFile(*file_);
    if (status.ok() && cancelled)
        status = {ECANCELED};
    if (!status.ok())
        co_return std::unexpected(failed("compact it", status));
    job.report(total, total);
    co_return Result<void>{};
}

}  // namespace devices::storage::vhdx
