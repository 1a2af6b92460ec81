// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "big_endian.h"
#include "devices/storage/zero_content.h"
#include "dynamic_image.h"

namespace devices::storage::vhd {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::size_t kCopy = std::size_t{1} << 20;
// Moves whose table entries are written together.
constexpr std::size_t kBatch = 256;

}  // namespace

// The footer at `end`, and nothing behind it.
Task<IoStatus> DynamicImage::writeEnd(std::uint64_t end) {
    const auto bytes = layout_.footers.footer.bytes();
    IoStatus status = co_await writeFile(*file_, end, bytes);
    if (status.ok())
        status = co_await flushFile(*file_);
    if (status.ok() && file_->size() != end + Footer::kLength) {
        status = co_await resizeFile(*file_, end + Footer::kLength);
        if (status.ok())
            status = co_await flushFile(*file_);
    }
    if (status.ok())
        footerAt_ = end;
    co_return status;
}

// A header of two sectors can be torn. So a new one, with what it refers to behind it, is written
// to a free place, and the footer copy, which is one sector, then leads to it and not to the old.
Task<IoStatus> DynamicImage::replaceHeader(std::uint64_t place, DynamicHeader header, Footer footer,
                                           std::vector<std::byte> behind) {
    footer.headerOffset = place;
    const std::uint64_t placeEnd =
        (place + DynamicHeader::kLength + behind.size() + kSector - 1) / kSector * kSector;
    const std::uint64_t end = std::max(layout_.end, placeEnd);
    const auto bytes = header.bytes();
    const auto footerBytes = footer.bytes();
    IoStatus status = co_await writeFile(*file_, footer.headerOffset, bytes);
    if (status.ok() && !behind.empty())
        status = co_await writeFile(*file_, footer.headerOffset + bytes.size(), behind);
    if (status.ok())
        status = co_await writeFile(*file_, end, footerBytes);
    if (status.ok())
        status = co_await flushFile(*file_);
    if (status.ok())
        status = co_await writeFile(*file_, 0, footerBytes);
    if (status.ok())
        status = co_await flushFile(*file_);
    if (!status.ok())
        co_return status;
    layout_.header = std::move(header);
    layout_.footers.footer = footer;
    layout_.end = end;
    co_return co_await writeEnd(end);
}

Task<Result<void>> DynamicImage::resize(std::uint64_t newSize, Job&) {
    if (newSize % kSector != 0 || newSize > kMaximumSize || newSize < size())
        co_return failure(
            fmt::format("cannot resize {} to {} bytes: a VHD can only grow, to a "
                        "multiple of 512 bytes up to 2040 GB",
                        file_->name(), newSize));
    IoStatus status = co_await flush();
    if (status.ok() && newSize != size())
        status = co_await growTable(newSize);
    if (!status.ok())
        co_return failure("cannot resize " + file_->name() + ": " + status.text());
    co_return Result<void>();
}

Task<IoStatus> DynamicImage::growTable(std::uint64_t newSize) {
    Footer footer = layout_.footers.footer;
    setSize(footer, newSize);
    renewTimestamp(footer);
    const std::uint64_t blocks = blockCount(newSize, blockSize());
    std::vector<std::uint32_t> table = layout_.table;
    table.resize(static_cast<std::size_t>(blocks), kUnused);
    DynamicHeader header = layout_.header;
    header.maximumEntries = static_cast<std::uint32_t>(blocks);
    header.tableOffset = layout_.end + DynamicHeader::kLength;
    std::vector<std::byte> bytes(static_cast<std::size_t>(header.tableLength()), std::byte{0xFF});
    for (std::size_t i = 0; i < table.size(); ++i)
        storeBigEndian(std::span(bytes), i * 4, table[i]);
    const IoStatus status = co_await replaceHeader(layout_.end, header, footer, std::move(bytes));
    if (!status.ok())
        co_return status;
    layout_.table = table;
    written_ = std::move(table);
    full_.resize(layout_.table.size());
    co_return status;
}

Task<Result<void>> DynamicImage::reconnect(const DiskImage& newParent,
                                           std::vector<ParentPath> paths) {
    if (!differencing())
        co_return co_await DiskImage::reconnect(newParent, std::move(paths));
    const auto stamp = parentIdentity(newParent);
    if (!stamp)
        co_return failure("cannot reconnect " + file_->name() + ": " + stamp.error().message);
    if (newParent.size() > size())
        co_return failure(fmt::format("cannot reconnect {}: the parent {} is larger than it",
                                      file_->name(), newParent.file().name()));
    IoStatus status = co_await flush();
    DynamicHeader header = layout_.header;
    header.parentIdentifier = stamp->identifier;
    header.parentTimestamp = stamp->timestamp;
    header.parentName = parentFileName(paths);
    auto locators = encodeLocators(paths, layout_.end + DynamicHeader::kLength);
    if (!locators)
        co_return failure("cannot reconnect " + file_->name() + ": " + locators.error().message);
    header.locators = locators->entries;
    // Whoever made it, the parent's timestamp is now of our kind.
    Footer footer = layout_.footers.footer;
    footer.creatorVersion = makeFooter(DiskType::Differencing, size()).creatorVersion;
    if (status.ok())
        status = co_await replaceHeader(layout_.end, header, footer, std::move(locators->bytes));
    if (!status.ok())
        co_return failure("cannot reconnect " + file_->name() + ": " + status.text());
    layout_.parentPaths = std::move(paths);
    co_return Result<void>();
}

Task<Result<void>> DynamicImage::expectParentWrite() {
    if (!differencing())
        co_return co_await DiskImage::expectParentWrite();
    IoStatus status = co_await flush();
    DynamicHeader header = layout_.header;
    header.parentTimestamp = kAnyTimestamp;
    if (status.ok())
        status = co_await replaceHeader(layout_.end, header, layout_.footers.footer, {});
    if (!status.ok())
        co_return failure("cannot prepare " + file_->name() + " for merging: " + status.text());
    co_return Result<void>();
}

Task<Result<void>> DynamicImage::compact(Job& job) {
    IoStatus status = co_await flush();
    if (!status.ok())
        co_return failure("cannot compact " + file_->name() + ": " + status.text());
    auto dropped = co_await dropEmptyBlocks(job);
    if (!dropped)
        co_return dropped;
    auto moved = co_await moveBlocksDown(job);
    if (!moved)
        co_return moved;
    status = co_await moveMetadataDown();
    layout_.end = blocksEnd();
    for (const Reserved& reserved : reservedRanges(layout_.header, layout_.footers.footer))
        layout_.end = std::max(layout_.end, reserved.range.offset + reserved.range.length);
    layout_.end = (layout_.end + kSector - 1) / kSector * kSector;
    if (status.ok())
        status = co_await writeEnd(layout_.end);
    if (!status.ok())
        co_return failure("cannot compact " + file_->name() + ": " + status.text());
    co_return Result<void>();
}

std::uint64_t DynamicImage::blocksEnd() const {
    std::uint64_t end = 0;
    for (std::uint32_t block = 0; block < layout_.table.size(); ++block)
        if (layout_.table[block] != kUnused)
            end = std::max(end, slotOffset(block) + layout_.header.slotLength());
    return end;
}

// Growing and reconnecting leave header, table and locators behind blocks that are gone now: all
// of them to right behind the blocks that are left, if there is room before where they are.
Task<IoStatus> DynamicImage::moveMetadataDown() {
    std::uint64_t place = std::max<std::uint64_t>(blocksEnd(), Footer::kLength);
    std::uint64_t lowest = layout_.footers.footer.headerOffset;
    for (const Reserved& reserved : reservedRanges(layout_.header, layout_.footers.footer)) {
        // What lies before the blocks stays there.
        const std::uint64_t end = reserved.range.offset + reserved.range.length;
        if (reserved.range.offset >= place)
            lowest = std::min(lowest, reserved.range.offset);
        else
            place = std::max(place, (end + kSector - 1) / kSector * kSector);
    }
    DynamicHeader header = layout_.header;
    // Entries beyond the disk's end, of which a file can claim billions, do not move.
    header.maximumEntries = static_cast<std::uint32_t>(layout_.table.size());
    header.tableOffset = place + DynamicHeader::kLength;
    std::vector<std::byte> behind(static_cast<std::size_t>(header.tableLength()), std::byte{0xFF});
    for (std::size_t i = 0; i < layout_.table.size(); ++i)
        storeBigEndian(std::span(behind), i * 4, layout_.table[i]);
    if (differencing()) {
        for (LocatorEntry& entry : header.locators) {
            if (entry.platform == 0 || entry.length == 0)
                continue;
            std::vector<std::byte> bytes(entry.length);
            const IoStatus status = co_await readFile(*file_, entry.offset, bytes);
            if (!status.ok())
                co_return status;
            entry.offset = place + DynamicHeader::kLength + behind.size();
            behind.insert(behind.end(), bytes.begin(), bytes.end());
            behind.resize((behind.size() + kSector - 1) / kSector * kSector);
        }
    }
    if (layout_.footers.footer.headerOffset < place ||
        place + DynamicHeader::kLength + behind.size() > lowest)
        co_return IoStatus{};
    co_return co_await replaceHeader(place, header, layout_.footers.footer, std::move(behind));
}

// Whether dropping a block would change nothing that can be read.
Task<Result<bool>> DynamicImage::holdsNothing(std::uint32_t block, Job& job) {
    std::shared_ptr<BlockBitmap> bitmap;
    IoStatus status = co_await bitmapOf(block, bitmap);
    if (!status.ok())
        co_return failure(fmt::format("cannot read the sector bitmap of block {} of {}: {}", block,
                                      file_->name(), status.text()));
    if (differencing())
        co_return bitmap != nullptr && bitmap->empty();
    const std::uint64_t begin = slotOffset(block) + layout_.header.bitmapLength();
    const std::uint64_t end = begin + blockSize();
    std::vector<std::byte> buffer(std::min<std::size_t>(kCopy, blockSize()));
    for (std::uint64_t offset = begin; offset < end;) {
        const FileRange data = file_->nextData(offset);
        if (data.length == 0 || data.offset >= end)
            break;
        if (job.cancelled())
            co_return cancelledJob("compacting " + file_->name());
        offset = std::max(offset, data.offset / kSector * kSector);
        const auto piece = std::span(buffer).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - offset)));
        status = co_await readFile(*file_, offset, piece);
        if (!status.ok())
            co_return failure(fmt::format("cannot read {} at offset {}: {}", file_->name(), offset,
                                          status.text()));
        for (std::size_t at = 0; at < piece.size(); at += kSector) {
            const auto sector = static_cast<std::uint32_t>((offset + at - begin) / kSector);
            if ((!bitmap || bitmap->has(sector)) && !isZero(piece.subspan(at, kSector)))
                co_return false;
        }
        offset += piece.size();
    }
    co_return true;
}

Task<Result<void>> DynamicImage::dropEmptyBlocks(Job& job) {
    std::vector<std::uint32_t> empty;
    for (std::uint32_t block = 0; block < layout_.table.size(); ++block) {
        if (job.cancelled())
            co_return cancelledJob("compacting " + file_->name());
        if (layout_.table[block] == kUnused)
            continue;
        auto nothing = co_await holdsNothing(block, job);
        if (!nothing)
            co_return std::unexpected(nothing.error());
        if (*nothing)
            empty.push_back(block);
        // Half of the way; the other is moving.
        job.report(block / 2, layout_.table.size());
    }
    for (const std::uint32_t block : empty) {
        layout_.table[block] = kUnused;
        full_[block] = false;
        bitmaps_.erase(block);
    }
    IoStatus status = co_await writeTable(empty);
    if (status.ok())
        status = co_await flushFile(*file_);
    if (!status.ok())
        co_return failure("cannot compact " + file_->name() +
                          ": writing the block allocation table: " + status.text());
    co_return Result<void>();
}

// The last blocks into the first gaps.
std::vector<DynamicImage::Move> DynamicImage::planMoves() const {
    std::vector<FileRange> used;
    for (const Reserved& reserved : reservedRanges(layout_.header, layout_.footers.footer))
        used.push_back(reserved.range);
    std::vector<std::uint32_t> blocks;
    const std::uint64_t slot = layout_.header.slotLength();
    for (std::uint32_t block = 0; block < layout_.table.size(); ++block) {
        if (layout_.table[block] == kUnused)
            continue;
        blocks.push_back(block);
        used.push_back({slotOffset(block), slot});
    }
    std::ranges::sort(used, {}, &FileRange::offset);
    std::ranges::sort(blocks, {}, [this](std::uint32_t block) { return layout_.table[block]; });
    std::vector<Move> moves;
    std::uint64_t free = 0;
    for (const FileRange& next : used) {
        for (std::uint64_t place = alignedSlot(free);
             place + slot <= next.offset && !blocks.empty() && moves.size() < kBatch;
             place = alignedSlot(place + slot)) {
            if (slotOffset(blocks.back()) <= place)
                return moves;
            moves.push_back({blocks.back(), place});
            blocks.pop_back();
        }
        free = std::max(free, next.offset + next.length);
    }
    return moves;
}

Task<IoStatus> DynamicImage::copySlot(std::uint64_t from, std::uint64_t to, Job& job) {
    const std::uint64_t length = layout_.header.slotLength();
    std::vector<std::byte> buffer(kCopy);
    IoStatus status;
    for (std::uint64_t done = 0; done < length && status.ok();) {
        if (job.cancelled())
            co_return IoStatus{ECANCELED};
        const auto piece = std::span(buffer).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), length - done)));
        status = co_await readFile(*file_, from + done, piece);
        if (status.ok())
            status = co_await writeFile(*file_, to + done, piece);
        done += piece.size();
    }
    co_return status;
}

Task<Result<void>> DynamicImage::moveBlocksDown(Job& job) {
    std::uint64_t moved = 0;
    for (;;) {
        const std::vector<Move> moves = planMoves();
        std::vector<std::uint32_t> blocks;
        IoStatus status;
        for (const Move& move : moves) {
            if (job.cancelled() || !status.ok())
                break;
            status = co_await copySlot(slotOffset(move.block), move.to, job);
            if (status.error == ECANCELED) {
                // Those before it are whole.
                status = {};
                break;
            }
            blocks.push_back(move.block);
            job.report((layout_.table.size() + ++moved) / 2, layout_.table.size());
        }
        if (status.ok())
            status = co_await flushFile(*file_);
        if (status.ok()) {
            for (std::size_t i = 0; i < blocks.size(); ++i)
                layout_.table[blocks[i]] = static_cast<std::uint32_t>(moves[i].to / kSector);
            status = co_await writeTable(blocks);
        }
        if (status.ok())
            status = co_await flushFile(*file_);
        if (!status.ok())
            co_return failure("cannot compact " + file_->name() +
                              ": moving a block: " + status.text());
        if (job.cancelled())
            co_return cancelledJob("compacting " + file_->name());
        if (blocks.empty())
            break;
    }
    job.report(layout_.table.size(), layout_.table.size());
    co_return Result<void>();
}

}  // namespace devices::storage::vhd
