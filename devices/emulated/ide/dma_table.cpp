// SPDX-License-Identifier: GPL-3.0-or-later
#include "dma_table.h"

#include <algorithm>
#include <cstddef>

namespace devices::ide {

namespace {

constexpr std::uint32_t kBoundary = 0x1'0000;

struct Entry {
    std::uint32_t address;
    /// 0: 64 KiB.
    std::uint16_t bytes;
    std::uint16_t flags;
};
static_assert(sizeof(Entry) == 8);
static_assert(offsetof(Entry, bytes) == 4);
constexpr std::uint16_t kLast = 0x8000;

void append(DmaMemory& found, hypervisor::Gpa gpa, std::byte* host, std::uint64_t length) {
    found.ranges.emplace_back(gpa, length);
    if (!found.buffers.empty()) {
        iovec& last = found.buffers.back();
        if (static_cast<std::byte*>(last.iov_base) + last.iov_len == host) {
            last.iov_len += length;
            return;
        }
    }
    found.buffers.push_back({host, length});
}

}  // namespace

std::optional<DmaMemory> readDmaTable(const hypervisor::GuestMemory& memory, std::uint32_t table,
                                      std::uint64_t bytes) {
    DmaMemory found;
    const std::uint32_t entries =
        (kBoundary - table % kBoundary) / static_cast<std::uint32_t>(sizeof(Entry));
    for (std::uint32_t i = 0; i < entries; ++i) {
        const auto entry =
            memory.read<Entry>(hypervisor::Gpa{table} + std::uint64_t{i} * sizeof(Entry));
        if (!entry)
            return std::nullopt;
        const std::uint32_t length = entry->bytes == 0 ? kBoundary : entry->bytes;
        if (entry->address % 2 != 0 || length % 2 != 0 ||
            entry->address % kBoundary + length > kBoundary)
            return std::nullopt;
        const std::uint64_t used = std::min<std::uint64_t>(length, bytes);
        std::byte* const host = memory.at(entry->address, length);
        if (host == nullptr)
            return std::nullopt;
        if (used != 0)
            append(found, entry->address, host, used);
        bytes -= used;
        const bool last = (entry->flags & kLast) != 0;
        if (bytes == 0) {
            found.goesOn = used < length || !last;
            return found;
        }
        if (last)
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace devices::ide
