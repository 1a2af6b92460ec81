// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sector bitmaps of a differencing disk: which sectors of a partially present block are its own.
#include <algorithm>
#include <bit>

#include "vhdx_image.h"

namespace devices::storage::vhdx {

namespace {

constexpr std::uint64_t kBitsPerSector = kMetadataSector * 8;

constexpr std::uint64_t sectorOfBit(std::uint64_t bitmapOffset, std::uint64_t bit) {
    return bitmapOffset + bit / kBitsPerSector * kMetadataSector;
}

bool bitAt(const MetadataSector& bitmap, std::uint64_t bit) {
    return (std::to_integer<unsigned>(bitmap[static_cast<std::size_t>(bit / 8)]) >> (bit % 8) &
            1) != 0;
}

void assignBit(MetadataSector& bitmap, std::uint64_t bit, bool value) {
    std::byte& byte = bitmap[static_cast<std::size_t>(bit / 8)];
    const auto mask = std::byte{static_cast<unsigned char>(1U << (bit % 8))};
    byte = value ? byte | mask : byte & ~mask;
}

}  // namespace

VhdxImage::Run VhdxImage::runAt(const MetadataSector& bitmap, std::uint64_t bit,
                                std::uint64_t count) {
    const std::uint64_t first = bit % kBitsPerSector;
    const std::uint64_t end = std::min(first + count, kBitsPerSector);
    Run run{0, bitAt(bitmap, first)};
    std::uint64_t at = first;
    while (at < end) {
        if (at % 64 == 0 && end - at >= 64) {
            const auto word = load<std::uint64_t>(bitmap, static_cast<std::size_t>(at / 8));
            const std::uint64_t same = run.present ? ~word : word;
            if (same == 0) {
                at += 64;
                continue;
            }
            at += static_cast<unsigned>(std::countr_zero(same));
            break;
        }
        if (bitAt(bitmap, at) != run.present)
            break;
        ++at;
    }
    run.count = at - first;
    return run;
}

VhdxImage::Presence VhdxImage::presence(std::uint64_t bitmapOffset, std::uint64_t bit,
                                        std::uint64_t count) {
    std::optional<bool> all;
    while (count != 0) {
        const MetadataSector* sector = journal_.find(sectorOfBit(bitmapOffset, bit));
        if (sector == nullptr)
            return Presence::NotLoaded;
        const Run run = runAt(*sector, bit, count);
        if (all && *all != run.present)
            return Presence::Mixed;
        all = run.present;
        bit += run.count;
        count -= run.count;
    }
    return all.value_or(false) ? Presence::All : Presence::None;
}

Task<IoStatus> VhdxImage::setBits(std::uint64_t bitmapOffset, std::uint64_t bit,
                                  std::uint64_t count, bool present, ChangeOrder order) {
    while (count != 0) {
        const std::uint64_t offset = sectorOfBit(bitmapOffset, bit);
        const IoStatus status = co_await readyToChange(offset);
        if (!status.ok())
            co_return status;
        MetadataSector& sector = *journal_.find(offset);
        const std::uint64_t first = bit % kBitsPerSector;
        const std::uint64_t end = std::min(first + count, kBitsPerSector);
        const Run run = runAt(sector, first, end - first);
        if (run.present != present || run.count != end - first) {
            for (std::uint64_t at = first; at < end;) {
                if (at % 8 == 0 && end - at >= 8) {
                    sector[static_cast<std::size_t>(at / 8)] =
                        present ? std::byte{0xff} : std::byte{0};
                    at += 8;
                } else {
                    assignBit(sector, at++, present);
                }
            }
            journal_.changed(offset, order);
        }
        bit += end - first;
        count -= end - first;
    }
    co_return IoStatus{};
}

Task<std::expected<VhdxImage::Run, IoStatus>> VhdxImage::presentRun(const Part& part,
                                                                    std::uint64_t sector) {
    const auto bitmap = co_await entry(table_.bitmapIndex(table_.chunkOf(part.block)));
    if (!bitmap)
        co_return std::unexpected(bitmap.error());
    if (bitmap->state() != BlockState::kFullyPresent || !isSound(*bitmap, kBitmapBlockSize))
        co_return std::unexpected(IoStatus{EBADMSG});
    const std::uint64_t bit = table_.bitmapBit(diskOffset(part)) + sector;
    const std::uint64_t offset = sectorOfBit(bitmap->fileOffset(), bit);
    const IoStatus status = co_await journal_.load(offset);
    if (!status.ok())
        co_return std::unexpected(status);
    co_return runAt(*journal_.find(offset), bit, (part.length >> table_.sectorShift()) - sector);
}

Task<IoStatus> VhdxImage::markPresent(const Part& part) {
    const std::uint64_t index = table_.payloadIndex(part.block);
    const auto block = co_await entry(index);
    if (!block)
        co_return block.error();
    // Fully present already, or trimmed while the data was on its way.
    if (block->state() != BlockState::kPartiallyPresent)
        co_return IoStatus{};
    const auto bitmap = co_await entry(table_.bitmapIndex(table_.chunkOf(part.block)));
    if (!bitmap)
        co_return bitmap.error();
    if (bitmap->state() != BlockState::kFullyPresent || !isSound(*bitmap, kBitmapBlockSize))
        co_return IoStatus{EBADMSG};
    IoStatus status =
        co_await setBits(bitmap->fileOffset(), table_.bitmapBit(diskOffset(part)),
                         part.length >> table_.sectorShift(), true, ChangeOrder::AfterData);
    if (status.ok())
        status = co_await readyToChange(sectorOfEntry(index));
    if (!status.ok())
        co_return status;
    const BatEntry now = *findEntry(index);
    const std::uint64_t begin = part.block * table_.blockSize();
    const std::uint64_t sectors =
        std::min(table_.blockSize(), parameters_.size - begin) >> table_.sectorShift();
    if (now == *block &&
        presence(bitmap->fileOffset(), table_.bitmapBit(begin), sectors) == Presence::All)
        setEntry(index, BatEntry::of(BlockState::kFullyPresent, block->fileOffset()),
                 ChangeOrder::AfterData);
    co_return IoStatus{};
}

}  // namespace devices::storage::vhdx
