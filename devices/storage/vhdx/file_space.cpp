// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_space.h"

#include <algorithm>
#include <iterator>

namespace devices::storage::vhdx {

namespace {

constexpr std::uint64_t roundUp(std::uint64_t offset) {
    return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

FileSpace::FileSpace(std::vector<Region> used, std::uint64_t fileSize) {
    std::ranges::sort(used, {}, &Region::offset);
    std::uint64_t at = kHeaderSectionSize;
    for (const Region& region : used) {
        if (region.offset > at)
            free_.emplace(at, region.offset - at);
        at = std::max(at, roundUp(region.end()));
    }
    end_ = at;
    // A file that ends within a MiB goes on there; the rest of that MiB was never written.
    if (roundUp(fileSize) > at) {
        free_.emplace(at, roundUp(fileSize) - at);
        end_ = roundUp(fileSize);
    }
}

std::optional<std::uint64_t> FileSpace::allocateBelow(std::uint64_t length, std::uint64_t limit) {
    for (auto it = free_.begin(); it != free_.end(); ++it) {
        const auto [offset, available] = *it;
        if (offset > limit || length > limit - offset)
            break;
        if (available < length)
            continue;
        free_.erase(it);
        if (available > length)
            free_.emplace(offset + length, available - length);
        return offset;
    }
    return std::nullopt;
}

FileSpace::Allocation FileSpace::allocate(std::uint64_t length) {
    if (const auto offset = allocateBelow(length, end_))
        return {*offset, true};
    return {append(length), false};
}

std::uint64_t FileSpace::append(std::uint64_t length) {
    const std::uint64_t offset = end_;
    end_ += length;
    return offset;
}

void FileSpace::logBegins() {
    logging_.insert(logging_.end(), freed_.begin(), freed_.end());
    freed_.clear();
}

void FileSpace::logEnds(bool durable) {
    auto& target = durable ? durable_ : freed_;
    target.insert(target.end(), logging_.begin(), logging_.end());
    logging_.clear();
}

void FileSpace::release(const Region& region) {
    auto [it, inserted] = free_.emplace(region.offset, region.length);
    const auto next = std::next(it);
    if (next != free_.end() && it->first + it->second == next->first) {
        it->second += next->second;
        free_.erase(next);
    }
    if (it == free_.begin())
        return;
    const auto previous = std::prev(it);
    if (previous->first + previous->second == it->first) {
        previous->second += it->second;
        free_.erase(it);
    }
}

void FileSpace::trimEnd() {
    while (!free_.empty() && free_.rbegin()->first + free_.rbegin()->second == end_) {
        end_ = free_.rbegin()->first;
        free_.erase(std::prev(free_.end()));
    }
}

}  // namespace devices::storage::vhdx
