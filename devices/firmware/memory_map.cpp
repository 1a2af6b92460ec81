// SPDX-License-Identifier: GPL-3.0-or-later
#include "memory_map.h"

#include <algorithm>

namespace devices {

using hypervisor::Gpa;
using hypervisor::GuestMemory;

Gpa lowMemoryEnd(const GuestMemory& memory) {
    return std::min<std::uint64_t>(memory.size(), hypervisor::kLowRamEnd);
}

std::vector<MemoryRange> memoryMap(const GuestMemory& memory) {
    std::vector<MemoryRange> map{
        {0, kConventionalMemoryEnd, MemoryRangeType::Memory},
        {kConventionalMemoryEnd, 0xA'0000 - kConventionalMemoryEnd, MemoryRangeType::Reserved},
        {kFirmwareAreaStart, kExtendedMemoryStart - kFirmwareAreaStart, MemoryRangeType::Reserved},
    };
    for (const auto& region : memory.regions()) {
        const Gpa start = std::max(region.start, kExtendedMemoryStart);
        const Gpa end = region.start + region.size;
        if (start < end)
            map.push_back({start, end - start, MemoryRangeType::Memory});
    }
    return map;
}

void writeBiosDataArea(const GuestMemory& memory) {
    constexpr auto kExtendedAreaSegment = static_cast<std::uint16_t>(kConventionalMemoryEnd >> 4);
    constexpr auto kConventionalKib = static_cast<std::uint16_t>(kConventionalMemoryEnd >> 10);
    // RAM of less than 1 MiB can't be created, so these can't miss it.
    static_cast<void>(memory.write(0x40E, kExtendedAreaSegment));
    static_cast<void>(memory.write(0x413, kConventionalKib));
}

}  // namespace devices
