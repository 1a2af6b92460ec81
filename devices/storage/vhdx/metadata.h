// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hypervisor/error.h"
#include "layout.h"
#include "parent_locator.h"

namespace devices::storage::vhdx {

/// What the metadata region says of the disk ([MS-VHDX] 2.6.2). All values are valid in
/// themselves and with each other.
struct DiskParameters {
    std::uint32_t blockSize = 0;
    bool leaveBlocksAllocated = false;
    std::uint64_t size = 0;
    Guid diskId;
    std::uint32_t logicalSectorSize = 0;
    std::uint32_t physicalSectorSize = 0;
    /// Set: a differencing disk.
    std::optional<ParentLocator> parent;
};

/// One item of the region and where its entry is.
struct MetadataItem {
    std::size_t index = 0;
    Guid id;
    /// From the region's begin.
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    std::uint32_t flags = 0;
};

/// The items of a metadata table (kMetadataTableSize bytes) in a region of `regionLength` bytes:
/// they lie within it, apart from each other, and every required one is known.
[[nodiscard]] hypervisor::Result<std::vector<MetadataItem>> parseMetadataTable(
    std::span<const std::byte> table, std::uint64_t regionLength);

/// The item of this specification with that id, if present.
[[nodiscard]] const MetadataItem* findSystemItem(std::span<const MetadataItem> items,
                                                 const Guid& id);

struct MetadataItemContent {
    MetadataItem item;
    std::vector<std::byte> bytes;
};

/// From the known items' contents.
[[nodiscard]] hypervisor::Result<DiskParameters> parseMetadataItems(
    std::span<const MetadataItemContent> contents);

/// Why a disk can't have these parameters, or nothing.
[[nodiscard]] hypervisor::Result<void> checkParameters(const DiskParameters& parameters);

/// Where a rewritten item goes: the offset of `length` bytes of the region that no item uses and
/// that begin with a metadata sector.
[[nodiscard]] std::optional<std::uint32_t> roomInRegion(std::span<const MetadataItem> items,
                                                        std::uint32_t length,
                                                        std::uint64_t regionLength);

/// A new region's table and items, from the region's begin; zeros follow.
[[nodiscard]] hypervisor::Result<std::vector<std::byte>> writeMetadata(
    const DiskParameters& parameters);

}  // namespace devices::storage::vhdx
