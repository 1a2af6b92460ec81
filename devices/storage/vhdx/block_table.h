// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>

#include "layout.h"
#include "metadata.h"

namespace devices::storage::vhdx {

/// One entry of the BAT.
struct BatEntry {
    std::uint64_t raw = 0;

    [[nodiscard]] static constexpr BatEntry of(BlockState state, std::uint64_t fileOffset = 0) {
        return {fileOffset | static_cast<std::uint64_t>(state)};
    }
    [[nodiscard]] constexpr BlockState state() const {
        return static_cast<BlockState>(raw & kBatStateMask);
    }
    /// In bytes: the field counts MiB and lies at a MiB's bit.
    [[nodiscard]] constexpr std::uint64_t fileOffset() const {
        return raw >> kBatOffsetShift << kBatOffsetShift;
    }
    /// The block's content is in the file.
    [[nodiscard]] constexpr bool isPresent() const {
        return state() == BlockState::kFullyPresent || state() == BlockState::kPartiallyPresent;
    }
    bool operator==(const BatEntry&) const = default;
};

/// Where entries for blocks are in the BAT ([MS-VHDX] 2.5): each chunk's payload blocks, then its
/// sector bitmap block.
class BlockTable {
  public:
    BlockTable() = default;
    /// The parameters must have passed checkParameters().
    explicit BlockTable(const DiskParameters& parameters)
        : BlockTable(parameters, parameters.size) {}

    /// For the same disk at another size.
    BlockTable(const DiskParameters& parameters, std::uint64_t size)
        : blockShift_(static_cast<unsigned>(std::countr_zero(parameters.blockSize))),
          sectorShift_(static_cast<unsigned>(std::countr_zero(parameters.logicalSectorSize))),
          chunkShift_(kChunkSectorsShift + sectorShift_ - blockShift_),
          payloadBlocks_((size + parameters.blockSize - 1) >> blockShift_),
          hasParent_(parameters.parent.has_value()) {}

    [[nodiscard]] std::uint64_t blockSize() const { return std::uint64_t{1} << blockShift_; }
    [[nodiscard]] std::uint64_t blockOf(std::uint64_t diskOffset) const {
        return diskOffset >> blockShift_;
    }
    [[nodiscard]] std::uint64_t offsetInBlock(std::uint64_t diskOffset) const {
        return diskOffset & (blockSize() - 1);
    }
    [[nodiscard]] std::uint64_t chunkRatio() const { return std::uint64_t{1} << chunkShift_; }
    [[nodiscard]] std::uint64_t chunkOf(std::uint64_t block) const { return block >> chunkShift_; }
    [[nodiscard]] std::uint64_t payloadBlocks() const { return payloadBlocks_; }
    [[nodiscard]] std::uint64_t chunks() const {
        return (payloadBlocks_ + chunkRatio() - 1) >> chunkShift_;
    }

    [[nodiscard]] std::uint64_t payloadIndex(std::uint64_t block) const {
        return block + (block >> chunkShift_);
    }
    [[nodiscard]] std::uint64_t bitmapIndex(std::uint64_t chunk) const {
        return (chunk + 1) * (chunkRatio() + 1) - 1;
    }
    [[nodiscard]] bool isBitmapIndex(std::uint64_t index) const {
        return index % (chunkRatio() + 1) == chunkRatio();
    }
    /// The block, or for a bitmap index the chunk, that entry `index` is of.
    [[nodiscard]] std::uint64_t blockOfIndex(std::uint64_t index) const {
        const std::uint64_t chunk = index / (chunkRatio() + 1);
        return isBitmapIndex(index) ? chunk : index - chunk;
    }

    [[nodiscard]] std::uint64_t entries() const {
        return hasParent_ ? chunks() * (chunkRatio() + 1)
                          : payloadBlocks_ + ((payloadBlocks_ - 1) >> chunkShift_);
    }
    [[nodiscard]] std::uint64_t bytes() const { return entries() * kBatEntrySize; }

    /// Position of the disk's sector at `diskOffset` within its chunk's bitmap.
    [[nodiscard]] std::uint64_t bitmapBit(std::uint64_t diskOffset) const {
        return (diskOffset >> sectorShift_) & ((std::uint64_t{1} << kChunkSectorsShift) - 1);
    }
    [[nodiscard]] unsigned sectorShift() const { return sectorShift_; }
    [[nodiscard]] std::uint64_t sectorsPerBlock() const { return blockSize() >> sectorShift_; }

  private:
    /// A bitmap block has a bit for each of 2^23 sectors.
    static constexpr unsigned kChunkSectorsShift = 23;

    unsigned blockShift_ = 0;
    unsigned sectorShift_ = 0;
    unsigned chunkShift_ = 0;
    std::uint64_t payloadBlocks_ = 0;
    bool hasParent_ = false;
};

}  // namespace devices::storage::vhdx
