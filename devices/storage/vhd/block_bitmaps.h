// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace devices::storage::vhd {

/// Which sectors of a block it holds itself: the sector bitmap in front of it. The first sector is
/// the highest bit.
struct BlockBitmap {
    std::vector<std::byte> bytes;
    /// Nothing on the disk leads to the block yet.
    bool fresh = false;
    /// Differs from what the disk has, and stands in the list of those that do.
    bool dirty = false;

    [[nodiscard]] bool has(std::uint32_t sector) const {
        return (bytes[sector / 8] & (std::byte{0x80} >> (sector % 8))) != std::byte{0};
    }
    /// True if one of them was missing.
    bool set(std::uint32_t first, std::uint32_t count);
    /// How many sectors from `first` on, up to `last`, are as `first` is.
    [[nodiscard]] std::uint32_t run(std::uint32_t first, std::uint32_t last) const;
    [[nodiscard]] bool full(std::uint32_t sectors) const;
    [[nodiscard]] bool empty() const;
};

/// The bitmaps in memory, as many as are being changed and some more. Whoever waits for I/O while
/// using one holds it, so that it is not dropped.
class BlockBitmaps {
  public:
    [[nodiscard]] std::shared_ptr<BlockBitmap> find(std::uint32_t block) const;
    /// Keeps the one that is there already, if there is one.
    std::shared_ptr<BlockBitmap> insert(std::uint32_t block, std::shared_ptr<BlockBitmap> bitmap);
    void erase(std::uint32_t block) { bitmaps_.erase(block); }
    void clear() { bitmaps_.clear(); }

  private:
    void makeRoom();

    std::unordered_map<std::uint32_t, std::shared_ptr<BlockBitmap>> bitmaps_;
};

}  // namespace devices::storage::vhd
