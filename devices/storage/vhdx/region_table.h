// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "header.h"
#include "hypervisor/error.h"
#include "layout.h"

namespace devices::storage::vhdx {

/// A stretch of the file with one purpose, in bytes.
struct Region {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    [[nodiscard]] std::uint64_t end() const { return offset + length; }
    [[nodiscard]] bool overlaps(const Region& other) const {
        return offset < other.end() && other.offset < end();
    }
    bool operator==(const Region&) const = default;
};

/// The region table ([MS-VHDX] 2.2.3): where the BAT and the metadata are.
struct RegionTable {
    Region bat;
    Region metadata;
    /// Regions that are not known and not required: left where they are.
    std::vector<Region> unknown;
    /// Why a copy is not valid; a file with one good copy opens, a check reports it.
    std::array<std::optional<std::string>, 2> faults;
};

/// Two spans of kRegionTableSize bytes. All regions are aligned, beyond the header section, and
/// overlap neither each other nor the log; nothing is said about the file's end.
[[nodiscard]] hypervisor::Result<RegionTable> parseRegionTables(std::span<const std::byte> first,
                                                                std::span<const std::byte> second,
                                                                const Header& header);

/// A table of the two known regions in `bytes` (kRegionTableSize).
void writeRegionTable(const Region& bat, const Region& metadata, std::span<std::byte> bytes);

/// The same table with the BAT moved; what else is in it stays.
void moveBat(std::span<std::byte> table, const Region& bat);

}  // namespace devices::storage::vhdx
