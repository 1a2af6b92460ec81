// SPDX-License-Identifier: GPL-3.0-or-later
#include "load_layout.h"

#include <algorithm>

#include "memory_map.h"

namespace devices {

using hypervisor::Gpa;

namespace {

// The interrupt vector table and the BIOS data area, which guests and loaders leave alone.
constexpr Gpa kFirstFree = 0x1000;

}  // namespace

std::vector<LoadLayout::Range> LoadLayout::freeRanges() const {
    std::vector<Range> free;
    for (const MemoryRange& range : memoryMap(memory_))
        if (range.type == MemoryRangeType::Memory)
            free.push_back({std::max(range.start, kFirstFree), range.start + range.size});
    for (const Range& taken : taken_) {
        std::vector<Range> left;
        for (const Range& range : free) {
            if (range.start < std::min(range.end, taken.start))
                left.push_back({range.start, std::min(range.end, taken.start)});
            if (std::max(range.start, taken.end) < range.end)
                left.push_back({std::max(range.start, taken.end), range.end});
        }
        free = std::move(left);
    }
    return free;
}

bool LoadLayout::take(Gpa start, std::uint64_t size) {
    for (const Range& range : freeRanges())
        if (start >= range.start && start <= range.end && size <= range.end - start) {
            taken_.push_back({start, start + size});
            return true;
        }
    return size == 0;
}

std::optional<Gpa> LoadLayout::takeLowest(std::uint64_t size, std::uint64_t alignment, Gpa from,
                                          Gpa to) {
    for (const Range& range : freeRanges()) {
        const Gpa end = std::min(range.end, to);
        const Gpa start = (std::max(range.start, from) + alignment - 1) & ~(alignment - 1);
        if (start <= end && size <= end - start) {
            taken_.push_back({start, start + size});
            return start;
        }
    }
    return std::nullopt;
}

std::optional<Gpa> LoadLayout::takeHighest(std::uint64_t size, std::uint64_t alignment, Gpa from,
                                           Gpa to) {
    const auto free = freeRanges();
    for (auto range = free.rbegin(); range != free.rend(); ++range) {
        const Gpa begin = std::max(range->start, from);
        const Gpa end = std::min(range->end, to);
        if (begin > end || size > end - begin)
            continue;
        const Gpa start = (end - size) & ~(alignment - 1);
        if (start >= begin) {
            taken_.push_back({start, start + size});
            return start;
        }
    }
    return std::nullopt;
}

Gpa LoadLayout::end() const {
    Gpa end = 0;
    for (const Range& range : taken_)
        end = std::max(end, range.end);
    return end;
}

}  // namespace devices
