// SPDX-License-Identifier: GPL-3.0-or-later
#include "block_cache.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "execution.h"

namespace hypervisor::software {

namespace {

/// Stands in every operation of a dropped block.
void leaveBefore(Processor& p, const Operation* operation) {
    return fault(p, operation);
}

}  // namespace

BlockCache::BlockCache() : buckets_(kBuckets, nullptr) {
    // Touched page by page as it fills, so that a small guest costs little.
    void* arena = ::mmap(nullptr, kArena, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena == MAP_FAILED)
        throw std::bad_alloc();
    arena_ = static_cast<std::byte*>(arena);
    nothing_.virtualStart = ~std::uint64_t{0};
    recent_.fill(&nothing_);
}

BlockCache::~BlockCache() {
    ::munmap(arena_, kArena);
}

Block* BlockCache::insert(const Block& block, std::span<const Operation> operations) {
    const std::size_t size = sizeof(Block) + operations.size_bytes();
    if (size > kArena - used_)
        clear();
    auto* kept = new (arena_ + used_) Block(block);
    used_ += size;
    std::memcpy(static_cast<void*>(kept->operations()), operations.data(), operations.size_bytes());

    Block*& head = buckets_[bucket(block.physical, block.mode)];
    kept->nextInBucket = head;
    head = kept;
    Block*& pageHead = pages_[block.physical & ~(kPageSize - 1)];
    kept->nextInPage = pageHead;
    pageHead = kept;
    kept->nextInSecondPage = nullptr;
    if (block.secondPage != Block::kNoPage) {
        Block*& secondHead = pages_[block.secondPage];
        kept->nextInSecondPage = secondHead;
        secondHead = kept;
    }
    return kept;
}

void BlockCache::unlink(Block* block) {
    Block** place = &buckets_[bucket(block->physical, block->mode)];
    while (*place != nullptr && *place != block)
        place = &(*place)->nextInBucket;
    if (*place == block)
        *place = block->nextInBucket;
}

void BlockCache::disarm(std::span<Operation> operations) {
    for (Operation& operation : operations)
        operation.handler = &leaveBefore;
}

void BlockCache::dropPage(Gpa page) {
    const auto found = pages_.find(page);
    if (found == pages_.end())
        return;
    Block* block = found->second;
    pages_.erase(found);
    while (block != nullptr) {
        const bool isSecond = block->secondPage == page;
        Block* following = isSecond ? block->nextInSecondPage : block->nextInPage;
        unlink(block);
        disarm(block->all());
        block->virtualStart = ~std::uint64_t{0};
        block->context = 0;
        if (block->secondPage != Block::kNoPage) {
            // It stays in the other page's chain: dropping it twice does no harm there, being
            // found would, and it has left its bucket.
            block->mode = ~Mode{0};
        }
        block = following;
    }
}

void BlockCache::clear() {
    std::ranges::fill(buckets_, nullptr);
    recent_.fill(&nothing_);
    pages_.clear();
    used_ = 0;
    ++emptied_;
}

}  // namespace hypervisor::software
