// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "block_table.h"
#include "devices/storage/storage_file.h"
#include "devices/storage/task.h"
#include "header.h"
#include "hypervisor/error.h"
#include "metadata.h"
#include "region_table.h"

namespace devices::storage::vhdx {

/// A file beyond this is refused: four times the largest disk.
constexpr std::uint64_t kMaximumFileSize = 256 * kTiB;

/// Everything about a file but its BAT and blocks, checked.
struct FileLayout {
    HeaderPair headers;
    RegionTable regions;
    std::vector<MetadataItem> items;
    DiskParameters parameters;
    /// From the file identifier; "" if it is not text.
    std::string creator;

    /// Log and regions: what is in use besides blocks.
    [[nodiscard]] std::vector<Region> structures() const;
};

/// Identifier and headers only: what can be read before a log is replayed.
Task<hypervisor::Result<HeaderPair>> readHeaders(StorageFile& file);

/// The rest, of a file whose log is empty or overlaid.
Task<hypervisor::Result<FileLayout>> readLayout(StorageFile& file);

/// `message` about `file`, as an error.
[[nodiscard]] hypervisor::Error errorAbout(const StorageFile& file, const std::string& message);

}  // namespace devices::storage::vhdx
