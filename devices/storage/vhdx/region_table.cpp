// SPDX-License-Identifier: GPL-3.0-or-later
#include "region_table.h"

#include <fmt/core.h>

#include <algorithm>

#include "crc32c.h"

namespace devices::storage::vhdx {

using hypervisor::failure;
using hypervisor::Result;

namespace {

std::optional<std::string> faultOf(std::span<const std::byte> table) {
    const auto header = load<RegionTableHeaderLayout>(table);
    if (header.signature != kRegionTableSignature)
        return "its signature is not \"regi\"";
    if (header.checksum != crc32cWithoutField(table, offsetof(RegionTableHeaderLayout, checksum)))
        return "its checksum does not match its content";
    if (header.entryCount > kMaximumRegions)
        return fmt::format("it has {} entries, more than {}", header.entryCount, kMaximumRegions);
    return std::nullopt;
}

constexpr std::size_t entryOffset(std::size_t index) {
    return sizeof(RegionTableHeaderLayout) + index * sizeof(RegionEntryLayout);
}

void updateChecksum(std::span<std::byte> table) {
    store(crc32cWithoutField(table, offsetof(RegionTableHeaderLayout, checksum)), table,
          offsetof(RegionTableHeaderLayout, checksum));
}

Result<RegionTable> parseRegionTable(std::span<const std::byte> table, const Header& header) {
    const auto head = load<RegionTableHeaderLayout>(table);
    RegionTable result;
    std::vector<Region> ranges{{header.logOffset, header.logLength}};
    std::vector<Guid> guids;
    bool hasBat = false;
    bool hasMetadata = false;
    for (std::size_t i = 0; i < head.entryCount; ++i) {
        const auto entry = load<RegionEntryLayout>(table, entryOffset(i));
        const Region range{entry.fileOffset, entry.length};
        if (range.offset < kHeaderSectionSize || range.offset % kAlignment != 0 ||
            range.length == 0 || range.length % kAlignment != 0 || range.offset > UINT64_MAX / 2)
            return failure(fmt::format(
                "region {} of the region table ({}) has offset {} and length {}; both must be "
                "multiples of 1 MiB beyond the header section",
                i, entry.guid.text(), range.offset, range.length));
        guids.push_back(entry.guid);
        ranges.push_back(range);
        if (entry.guid == kBatRegion) {
            hasBat = true;
            result.bat = range;
        } else if (entry.guid == kMetadataRegion) {
            hasMetadata = true;
            result.metadata = range;
        } else if ((entry.flags & kRegionRequired) != 0) {
            return failure(fmt::format(
                "it has a region {} that is not known and without which it must not be opened; "
                "open it with the program that made it",
                entry.guid.text()));
        } else {
            result.unknown.push_back(range);
        }
    }
    std::ranges::sort(guids);
    if (std::ranges::adjacent_find(guids) != guids.end())
        return failure("the region table has a region twice");
    std::ranges::sort(ranges, {}, &Region::offset);
    for (std::size_t i = 1; i < ranges.size(); ++i)
        if (ranges[i - 1].overlaps(ranges[i]))
            return failure(fmt::format("regions overlap: one at {}, {} bytes long, the next at {}",
                                       ranges[i - 1].offset, ranges[i - 1].length,
                                       ranges[i].offset));
    if (!hasBat || !hasMetadata)
        return failure(fmt::format("the region table has no {} region",
                                   hasBat ? "metadata" : "block allocation table (BAT)"));
    return result;
}

}  // namespace

Result<RegionTable> parseRegionTables(std::span<const std::byte> first,
                                      std::span<const std::byte> second, const Header& header) {
    first = first.first(kRegionTableSize);
    second = second.first(kRegionTableSize);
    const std::array<std::optional<std::string>, 2> faults{faultOf(first), faultOf(second)};
    if (faults[0] && faults[1])
        return failure(fmt::format(
            "both region tables are damaged (at offset {}: {}; at offset {}: {}); restore the file "
            "from a copy",
            kRegionTableOffsets[0], *faults[0], kRegionTableOffsets[1], *faults[1]));
    auto result = parseRegionTable(faults[0] ? second : first, header);
    if (result)
        result->faults = faults;
    return result;
}

void writeRegionTable(const Region& bat, const Region& metadata, std::span<std::byte> bytes) {
    bytes = bytes.first(kRegionTableSize);
    std::ranges::fill(bytes, std::byte{0});
    store(RegionTableHeaderLayout{kRegionTableSignature, 0, 2, 0}, bytes);
    store(RegionEntryLayout{kBatRegion, bat.offset, static_cast<std::uint32_t>(bat.length),
                            kRegionRequired},
          bytes, entryOffset(0));
    store(RegionEntryLayout{kMetadataRegion, metadata.offset,
                            static_cast<std::uint32_t>(metadata.length), kRegionRequired},
          bytes, entryOffset(1));
    updateChecksum(bytes);
}

void moveBat(std::span<std::byte> table, const Region& bat) {
    table = table.first(kRegionTableSize);
    const auto header = load<RegionTableHeaderLayout>(table);
    for (std::size_t i = 0; i < std::min(header.entryCount, kMaximumRegions); ++i) {
        auto entry = load<RegionEntryLayout>(table, entryOffset(i));
        if (entry.guid != kBatRegion)
            continue;
        entry.fileOffset = bat.offset;
        entry.length = static_cast<std::uint32_t>(bat.length);
        store(entry, table, entryOffset(i));
    }
    updateChecksum(table);
}

}  // namespace devices::storage::vhdx
