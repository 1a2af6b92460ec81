// SPDX-License-Identifier: GPL-3.0-or-later
#include "block_bitmaps.h"

#include <algorithm>

#include "devices/storage/zero_content.h"

namespace devices::storage::vhd {

bool BlockBitmap::set(std::uint32_t first, std::uint32_t count) {
    bool changed = false;
    for (std::uint32_t sector = first; sector < first + count; ++sector) {
        std::byte& byte = bytes[sector / 8];
        if (sector % 8 == 0 && first + count - sector >= 8) {
            changed |= byte != std::byte{0xFF};
            byte = std::byte{0xFF};
            sector += 7;
            continue;
        }
        const std::byte bit = std::byte{0x80} >> (sector % 8);
        changed |= (byte & bit) == std::byte{0};
        byte |= bit;
    }
    return changed;
}

std::uint32_t BlockBitmap::run(std::uint32_t first, std::uint32_t last) const {
    const bool present = has(first);
    const std::byte same = present ? std::byte{0xFF} : std::byte{0};
    std::uint32_t sector = first + 1;
    while (sector < last) {
        if (sector % 8 == 0 && last - sector >= 8 && bytes[sector / 8] == same) {
            sector += 8;
            continue;
        }
        if (has(sector) != present)
            break;
        ++sector;
    }
    return sector - first;
}

bool BlockBitmap::full(std::uint32_t sectors) const {
    return has(0) && run(0, sectors) == sectors;
}

bool BlockBitmap::empty() const {
    return isZero(bytes);
}

std::shared_ptr<BlockBitmap> BlockBitmaps::find(std::uint32_t block) const {
    const auto found = bitmaps_.find(block);
    return found == bitmaps_.end() ? nullptr : found->second;
}

std::shared_ptr<BlockBitmap> BlockBitmaps::insert(std::uint32_t block,
                                                  std::shared_ptr<BlockBitmap> bitmap) {
    makeRoom();
    return bitmaps_.try_emplace(block, std::move(bitmap)).first->second;
}

void BlockBitmaps::makeRoom() {
    // 4 MiB of them with blocks of 2 MiB, for 16 GiB of disk.
    constexpr std::size_t kKept = 8192;
    if (bitmaps_.size() < kKept)
        return;
    std::erase_if(bitmaps_, [](const auto& entry) {
        return entry.second.use_count() == 1 && !entry.second->dirty;
    });
}

}  // namespace devices::storage::vhd
