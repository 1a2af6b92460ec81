// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include "big_endian.h"
#include "devices/storage/parallel_writes.h"
#include "dynamic_image.h"

namespace devices::storage::vhd {

Task<IoStatus> DynamicImage::flush() {
    if (readOnly())
        co_return IoStatus{};
    const std::uint64_t asked = flushesBegun_;
    const auto lock = co_await flushing_.lock();
    // One that began after we asked covers us too.
    if (flushEnded_ > asked && flushStatus_.ok())
        co_return IoStatus{};
    const std::uint64_t mine = ++flushesBegun_;
    const IoStatus status = co_await flushNow();
    flushEnded_ = mine;
    flushStatus_ = status;
    co_return status;
}

Task<void> DynamicImage::flushBehind() {
    flushingBehind_ = true;
    // What fails is tried again, and told, by the next flush that is asked for.
    static_cast<void>(co_await flush());
    flushingBehind_ = false;
}

Task<IoStatus> DynamicImage::flushNow() {
    const Snapshot snapshot = takeSnapshot();
    IoStatus status = co_await writeData(snapshot);
    if (status.ok())
        status = co_await flushFile(*file_);
    if (status.ok() && (!snapshot.bitmaps.empty() || snapshot.renewed)) {
        status = co_await writeReferences(snapshot);
        if (status.ok())
            status = co_await flushFile(*file_);
    }
    if (status.ok())
        settle(snapshot);
    else
        putBack(snapshot);
    co_return status;
}

DynamicImage::Snapshot DynamicImage::takeSnapshot() {
    Snapshot snapshot;
    for (const std::uint32_t block : std::exchange(dirty_, {})) {
        const auto bitmap = bitmaps_.find(block);
        if (!bitmap)
            continue;
        bitmap->dirty = false;
        snapshot.bitmaps.push_back({block, bitmap->fresh, bitmap->bytes});
        // All of a new block of a dynamic disk reads as zeroes, so it is all there from the first.
        if (bitmap->fresh && !differencing())
            std::ranges::fill(snapshot.bitmaps.back().bytes, std::byte{0xFF});
    }
    if (changed_ && !renewed_) {
        renewTimestamp(layout_.footers.footer);
        renewed_ = true;
        snapshot.renewed = true;
    }
    snapshot.footer = layout_.footers.footer;
    snapshot.end = layout_.end;
    return snapshot;
}

void DynamicImage::putBack(const Snapshot& snapshot) {
    for (const Snapshot::Bitmap& saved : snapshot.bitmaps) {
        const auto bitmap = bitmaps_.find(saved.block);
        if (!bitmap || bitmap->dirty)
            continue;
        bitmap->dirty = true;
        dirty_.push_back(saved.block);
    }
    if (snapshot.renewed)
        renewed_ = false;
}

void DynamicImage::settle(const Snapshot& snapshot) {
    for (const Snapshot::Bitmap& saved : snapshot.bitmaps) {
        const auto bitmap = bitmaps_.find(saved.block);
        if (!bitmap)
            continue;
        bitmap->fresh = false;
        const std::uint32_t sectors = blockSize() / kSector;
        if (BlockBitmap{.bytes = saved.bytes}.full(sectors)) {
            full_[saved.block] = true;
            bitmaps_.erase(saved.block);
        }
    }
}

// What nothing leads to yet: bitmaps of new blocks, and the footer behind them, which also makes
// the file long enough for all of the last block.
Task<IoStatus> DynamicImage::writeData(const Snapshot& snapshot) {
    ParallelWrites writes(*file_);
    for (const Snapshot::Bitmap& bitmap : snapshot.bitmaps)
        if (bitmap.fresh)
            writes.add(slotOffset(bitmap.block), bitmap.bytes);
    const auto footer = snapshot.footer.bytes();
    const bool moved = snapshot.end != footerAt_;
    if (moved || snapshot.renewed)
        writes.add(snapshot.end, footer);
    const IoStatus status = co_await writes.done();
    if (status.ok() && moved)
        footerAt_ = snapshot.end;
    co_return status;
}

Task<IoStatus> DynamicImage::writeReferences(const Snapshot& snapshot) {
    ParallelWrites writes(*file_);
    std::vector<std::uint32_t> fresh;
    for (const Snapshot::Bitmap& bitmap : snapshot.bitmaps) {
        if (bitmap.fresh)
            fresh.push_back(bitmap.block);
        else
            writes.add(slotOffset(bitmap.block), bitmap.bytes);
    }
    const auto footer = snapshot.footer.bytes();
    if (snapshot.renewed)
        writes.add(0, footer);
    IoStatus status = co_await writes.done();
    if (status.ok())
        status = co_await writeTable(fresh);
    co_return status;
}

// The sectors of the table that hold the entries of `blocks`; entries beside them as the disk has
// them, because those may not lead to their blocks yet.
Task<IoStatus> DynamicImage::writeTable(const std::vector<std::uint32_t>& blocks) {
    constexpr std::uint32_t kPerSector = kSector / 4;
    std::vector<std::uint32_t> sectors;
    for (const std::uint32_t block : blocks) {
        written_[block] = layout_.table[block];
        sectors.push_back(block / kPerSector);
    }
    std::ranges::sort(sectors);
    sectors.erase(std::ranges::unique(sectors).begin(), sectors.end());
    std::vector<std::array<std::byte, kSector>> bytes(sectors.size());
    ParallelWrites writes(*file_);
    for (std::size_t i = 0; i < sectors.size(); ++i) {
        bytes[i].fill(std::byte{0xFF});
        const std::size_t first = std::size_t{sectors[i]} * kPerSector;
        const std::size_t count = std::min<std::size_t>(kPerSector, written_.size() - first);
        for (std::size_t entry = 0; entry < count; ++entry)
            storeBigEndian(std::span(bytes[i]), entry * 4, written_[first + entry]);
        writes.add(layout_.header.tableOffset + std::uint64_t{sectors[i]} * kSector, bytes[i]);
    }
    co_return co_await writes.done();
}

}  // namespace devices::storage::vhd
