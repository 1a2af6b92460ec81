// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace hypervisor::software {

inline constexpr std::uint64_t kPageMask = ~std::uint64_t{0xFFF};

/// One page that data accesses reach without a walk. A tag is the page's virtual address, or
/// kNoTag. Pages of devices never get in; pages that hold decoded code have no write tag.
struct TlbEntry {
    /// Has no bit of a page and none of an alignment that a look-up asks for with the page.
    static constexpr std::uint64_t kNoTag = 0x800;

    std::uint64_t readTag = kNoTag;
    std::uint64_t writeTag = kNoTag;
    /// Host address minus virtual address.
    std::uint64_t addend = 0;
    /// Guest physical address of the page.
    std::uint64_t physical = 0;
};
static_assert(sizeof(TlbEntry) == 32);

/// Direct-mapped; one for each kind of access right, see Processor.
struct Tlb {
    static constexpr std::size_t kEntries = 1024;
    std::array<TlbEntry, kEntries> entries;

    [[nodiscard]] static std::size_t slot(std::uint64_t address) {
        return (address >> 12) & (kEntries - 1);
    }
    [[nodiscard]] TlbEntry& at(std::uint64_t address) { return entries[slot(address)]; }
    void clear() { entries.fill(TlbEntry{}); }
};

/// Translations of pages that code was fetched from.
struct FetchTlbEntry {
    std::uint64_t tag = TlbEntry::kNoTag;
    std::uint64_t physical = 0;
};

}  // namespace hypervisor::software
