// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "block.h"

namespace hypervisor::software {

class Processor;

/// The decoded code of one VP, keyed by physical address and mode. Blocks live in one arena that
/// is emptied as a whole when it is full. Used on the VP's thread only.
class BlockCache {
  public:
    BlockCache();
    ~BlockCache();
    BlockCache(const BlockCache&) = delete;
    BlockCache& operator=(const BlockCache&) = delete;

    [[nodiscard]] Block* find(Gpa physical, Mode mode) const {
        for (Block* block = buckets_[bucket(physical, mode)]; block != nullptr;
             block = block->nextInBucket)
            if (block->physical == physical && block->mode == mode)
                return block;
        return nullptr;
    }

    /// Keeps a copy of `block` with `operations`. Everything that was found before may be gone
    /// after this; `emptied()` counts how often that has happened.
    Block* insert(const Block& block, std::span<const Operation> operations);
    [[nodiscard]] std::uint64_t emptied() const { return emptied_; }

    /// Drops all blocks with bytes in this page. One of them may be running: every operation of
    /// it leaves, with RIP at itself.
    void dropPage(Gpa page);
    void clear();

    /// Makes every operation leave the block before it is executed.
    static void disarm(std::span<Operation> operations);

    /// The block at a virtual address, if it was reached there in the present context. Targets of
    /// returns and indirect jumps are looked up here.
    [[nodiscard, gnu::always_inline]] Block*& recent(std::uint64_t address) {
        return recent_[(address ^ (address >> 12)) % kRecent];
    }

  private:
    static constexpr std::size_t kArena = 8 * 1024 * 1024;
    static constexpr std::size_t kBuckets = 1U << 15;
    static constexpr std::size_t kRecent = 4096;

    [[nodiscard]] static std::size_t bucket(Gpa physical, Mode mode) {
        const std::uint64_t key = (physical ^ (std::uint64_t{mode} << 40)) * 0x9E37'79B9'7F4A'7C15;
        return key >> 49;
    }
    void unlink(Block* block);

    std::byte* arena_;
    std::size_t used_ = 0;
    std::uint64_t emptied_ = 0;
    std::vector<Block*> buckets_;
    std::unordered_map<Gpa, Block*> pages_;
    /// Stands in `recent_` for none: never at the address that is looked for.
    Block nothing_{};
    std::array<Block*, kRecent> recent_;
};

}  // namespace hypervisor::software
