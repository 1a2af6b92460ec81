// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cerrno>

#include "devices/storage/scatter.h"
#include "vhdx_image.h"

namespace devices::storage::vhdx {

namespace {

// A file grows by this much at a time, without taking room on the host, so that new blocks seldom
// change its size.
constexpr std::uint64_t kGrowth = 128 * kMiB;

}  // namespace

Task<IoStatus> VhdxImage::growFile(std::uint64_t end) {
    if (end <= file_->size())
        co_return IoStatus{};
    const IoStatus ahead = co_await resizeFile(*file_, end + kGrowth);
    if (!ahead.noSpace())
        co_return ahead;
    co_return co_await resizeFile(*file_, end);
}

// Space that reads as zeroes. Its zeroes may have to be durable first: `order` is set then.
Task<std::expected<std::uint64_t, IoStatus>> VhdxImage::takeSpace(std::uint64_t length,
                                                                  ChangeOrder& order) {
    const FileSpace::Allocation space = space_.allocate(length);
    IoStatus status = co_await growFile(space.offset + length);
    if (status.ok() && space.reused) {
        order = ChangeOrder::AfterData;
        status = co_await punchFile(*file_, space.offset, length);
    }
    if (!status.ok()) {
        space_.release({space.offset, length});
        co_return std::unexpected(status);
    }
    co_return space.offset;
}

Task<IoStatus> VhdxImage::allocateBlock(std::uint64_t block) {
    const auto lock = co_await allocating_.lock();
    const std::uint64_t index = table_.payloadIndex(block);
    const auto before = co_await entry(index);
    if (!before)
        co_return before.error();
    if (before->isPresent())
        co_return IoStatus{};

    const bool fromParent = parameters_.parent && before->state() == BlockState::kNotPresent;
    if (fromParent) {
        const std::uint64_t bitmapIndex = table_.bitmapIndex(table_.chunkOf(block));
        auto bitmap = co_await entry(bitmapIndex);
        if (!bitmap)
            co_return bitmap.error();
        if (bitmap->state() != BlockState::kFullyPresent) {
            ChangeOrder order = ChangeOrder::Free;
            const auto offset = co_await takeSpace(kBitmapBlockSize, order);
            if (!offset)
                co_return offset.error();
            const IoStatus status = co_await readyToChange(sectorOfEntry(bitmapIndex));
            if (!status.ok()) {
                space_.release({*offset, kBitmapBlockSize});
                co_return status;
            }
            bitmap = BatEntry::of(BlockState::kFullyPresent, *offset);
            setEntry(bitmapIndex, *bitmap, order);
        } else if (!isSound(*bitmap, kBitmapBlockSize)) {
            co_return IoStatus{EBADMSG};
        }
        // While the block was not present its bits meant nothing.
        const IoStatus cleared =
            co_await setBits(bitmap->fileOffset(), table_.bitmapBit(block * table_.blockSize()),
                             table_.sectorsPerBlock(), false, ChangeOrder::Free);
        if (!cleared.ok())
            co_return cleared;
    }

    ChangeOrder order = ChangeOrder::Free;
    std::uint64_t offset = before->fileOffset();
    const bool kept =
        (before->state() == BlockState::kUnmapped || before->state() == BlockState::kUndefined) &&
        offset != 0;
    IoStatus status;
    if (kept) {
        // It has kept its place in the file, with its old content.
        order = ChangeOrder::AfterData;
        status = co_await zeroFile(*file_, offset, table_.blockSize());
        if (!status.ok())
            co_return status;
    } else {
        const auto taken = co_await takeSpace(table_.blockSize(), order);
        if (!taken)
            co_return taken.error();
        offset = *taken;
    }
    status = co_await readyToChange(sectorOfEntry(index));
    if (!status.ok()) {
        if (!kept)
            space_.release({offset, table_.blockSize()});
        co_return status;
    }
    setEntry(index,
             BatEntry::of(fromParent ? BlockState::kPartiallyPresent : BlockState::kFullyPresent,
                          offset),
             order);
    ++presentBlocks_;
    co_return IoStatus{};
}

Task<IoStatus> VhdxImage::writePart(const DiskRequest& request, Part part) {
    for (;;) {
        const auto block = co_await entry(table_.payloadIndex(part.block));
        if (!block)
            co_return block.error();
        if (!block->isPresent()) {
            const IoStatus status = co_await allocateBlock(part.block);
            if (!status.ok())
                co_return status;
            continue;
        }
        if (!isSound(*block, table_.blockSize()))
            co_return IoStatus{EBADMSG};
        const std::vector<iovec> buffers =
            slice(request.buffers, part.offsetInRequest, part.length);
        const IoStatus status = co_await writeFile(*file_, block->fileOffset() + part.offsetInBlock,
                                                   part.length, buffers);
        if (!status.ok() || block->state() == BlockState::kFullyPresent)
            co_return status;
        co_return co_await markPresent(part);
    }
}

Task<IoStatus> VhdxImage::zeroPart(const DiskRequest& request, Part part) {
    auto block = co_await entry(table_.payloadIndex(part.block));
    if (!block)
        co_return block.error();
    const bool mayFree = request.mayUnmap && !parameters_.leaveBlocksAllocated;
    switch (block->state()) {
        case BlockState::kNotPresent:
            if (!parameters_.parent)
                co_return IoStatus{};
            if (part.whole)
                co_return co_await freeBlock(part, BlockState::kZero);
            break;
        case BlockState::kZero:
        case BlockState::kUnmapped:
        case BlockState::kUndefined:
            co_return IoStatus{};
        default:
            if (part.whole && mayFree)
                co_return co_await freeBlock(part, BlockState::kZero);
            break;
    }
    if (!block->isPresent()) {
        const IoStatus status = co_await allocateBlock(part.block);
        if (!status.ok())
            co_return status;
        block = co_await entry(table_.payloadIndex(part.block));
        if (!block)
            co_return block.error();
    }
    if (!block->isPresent())
        co_return IoStatus{};
    if (!isSound(*block, table_.blockSize()))
        co_return IoStatus{EBADMSG};
    const std::uint64_t offset = block->fileOffset() + part.offsetInBlock;
    IoStatus status;
    if (mayFree)
        status = co_await punchFile(*file_, offset, part.length);
    else
        status = co_await zeroFile(*file_, offset, part.length);
    if (!status.ok() || block->state() == BlockState::kFullyPresent)
        co_return status;
    co_return co_await markPresent(part);
}

Task<IoStatus> VhdxImage::unmapPart(Part part) {
    if (parameters_.leaveBlocksAllocated)
        co_return IoStatus{};
    const auto block = co_await entry(table_.payloadIndex(part.block));
    if (!block)
        co_return block.error();
    const bool fromParent =
        parameters_.parent.has_value() && block->state() == BlockState::kNotPresent;
    if (part.whole && (block->isPresent() || fromParent))
        co_return co_await freeBlock(part, BlockState::kUnmapped);
    // In a part of a block only sectors of this file have room to give back; a hint may be
    // ignored for the others.
    if (block->state() != BlockState::kFullyPresent || !isSound(*block, table_.blockSize()))
        co_return IoStatus{};
    co_return co_await punchFile(*file_, block->fileOffset() + part.offsetInBlock, part.length);
}

Task<IoStatus> VhdxImage::freeBlock(const Part& part, BlockState state) {
    const std::uint64_t index = table_.payloadIndex(part.block);
    const auto lock = co_await allocating_.lock();
    const IoStatus status = co_await readyToChange(sectorOfEntry(index));
    if (!status.ok())
        co_return status;
    const BatEntry before = *findEntry(index);
    setEntry(index, BatEntry::of(state), ChangeOrder::Free);
    if (before.isPresent()) {
        space_.free({before.fileOffset(), table_.blockSize()});
        --presentBlocks_;
    }
    co_return IoStatus{};
}

}  // namespace devices::storage::vhdx
