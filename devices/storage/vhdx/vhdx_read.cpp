// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cerrno>

#include "devices/storage/scatter.h"
#include "vhdx_image.h"

namespace devices::storage::vhdx {

using hypervisor::Result;

Task<IoStatus> VhdxImage::readPart(const DiskRequest& request, Part part) {
    const auto block = co_await entry(table_.payloadIndex(part.block));
    if (!block)
        co_return block.error();
    switch (block->state()) {
        case BlockState::kFullyPresent: {
            if (!isSound(*block, table_.blockSize()))
                co_return IoStatus{EBADMSG};
            const std::vector<iovec> buffers =
                slice(request.buffers, part.offsetInRequest, part.length);
            co_return co_await readFile(*file_, block->fileOffset() + part.offsetInBlock,
                                        part.length, buffers);
        }
        case BlockState::kPartiallyPresent:
            if (!parameters_.parent || !isSound(*block, table_.blockSize()))
                co_return IoStatus{EBADMSG};
            co_return co_await readPartial(request, part);
        case BlockState::kNotPresent:
            if (parameters_.parent)
                co_return co_await readParent(request, part);
            [[fallthrough]];
        case BlockState::kUndefined:
        case BlockState::kZero:
        case BlockState::kUnmapped:
            zeroFill(request.buffers, part.offsetInRequest, part.length);
            co_return IoStatus{};
    }
    co_return IoStatus{EBADMSG};
}

Task<IoStatus> VhdxImage::readPartial(const DiskRequest& request, Part part) {
    const std::uint64_t sectors = part.length >> table_.sectorShift();
    for (std::uint64_t sector = 0; sector < sectors;) {
        const auto run = co_await presentRun(part, sector);
        if (!run)
            co_return run.error();
        Part piece = part;
        piece.offsetInBlock += sector << table_.sectorShift();
        piece.offsetInRequest += sector << table_.sectorShift();
        piece.length = run->count << table_.sectorShift();
        IoStatus status;
        if (run->present) {
            const auto block = co_await entry(table_.payloadIndex(part.block));
            if (!block)
                co_return block.error();
            // Trimmed meanwhile: it reads as zeroes then.
            if (block->isPresent()) {
                const std::vector<iovec> buffers =
                    slice(request.buffers, piece.offsetInRequest, piece.length);
                status = co_await readFile(*file_, block->fileOffset() + piece.offsetInBlock,
                                           piece.length, buffers);
            } else {
                zeroFill(request.buffers, piece.offsetInRequest, piece.length);
            }
        } else {
            status = co_await readParent(request, piece);
        }
        if (!status.ok())
            co_return status;
        sector += run->count;
    }
    co_return IoStatus{};
}

Task<IoStatus> VhdxImage::readParent(const DiskRequest& request, Part part) {
    if (!parent_)
        co_return IoStatus{EBADMSG};
    const std::uint64_t offset = diskOffset(part);
    const std::uint64_t inParent =
        std::clamp(parent_->size(), offset, offset + part.length) - offset;
    // A disk that has been expanded since reads as zeroes behind its parent's end.
    zeroFill(request.buffers, part.offsetInRequest + inParent, part.length - inParent);
    if (inParent == 0)
        co_return IoStatus{};
    const std::vector<iovec> buffers = slice(request.buffers, part.offsetInRequest, inParent);
    co_return co_await readDisk(*parent_, offset, inParent, buffers);
}

Task<Result<Extent>> VhdxImage::extentAt(std::uint64_t offset, std::uint64_t limit) {
    // So that a huge empty disk does not hold up the engine's thread.
    constexpr int kMaximumPieces = 4096;
    limit = std::min(limit, parameters_.size - std::min(offset, parameters_.size));
    std::optional<Extent> extent;
    for (int pieces = 0; pieces < kMaximumPieces; ++pieces) {
        const std::uint64_t done = extent ? extent->length : 0;
        if (done == limit)
            break;
        const Part part = partAt(offset + done, limit - done, 0);
        const auto block = co_await entry(table_.payloadIndex(part.block));
        if (!block)
            co_return std::unexpected(failed("read its BAT", block.error()));
        Extent piece{part.length, Extent::Content::Zero};
        if (block->state() == BlockState::kPartiallyPresent) {
            const auto run = co_await presentRun(part, 0);
            if (!run)
                co_return std::unexpected(failed("read a sector bitmap", run.error()));
            piece.length = run->count << table_.sectorShift();
            piece.content = run->present ? Extent::Content::Data : Extent::Content::Parent;
        } else if (block->state() == BlockState::kFullyPresent) {
            piece.content = Extent::Content::Data;
        } else if (block->state() == BlockState::kNotPresent && parameters_.parent) {
            piece.content = Extent::Content::Parent;
        }
        if (extent && extent->content != piece.content)
            break;
        piece.length += done;
        extent = piece;
    }
    co_return extent.value_or(Extent{});
}

}  // namespace devices::storage::vhdx
