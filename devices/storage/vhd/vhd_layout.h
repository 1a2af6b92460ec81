// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "devices/storage/image.h"
#include "dynamic_header.h"
#include "footer.h"
#include "hypervisor/error.h"

namespace devices::storage::vhd {

/// The footers of a file, of which one good one is enough.
struct Footers {
    /// The one that counts: the copy at the beginning if there is one, else that at the end.
    Footer footer;
    bool beginningSound = false;
    bool endSound = false;
    /// Both are sound, but say different things: the writer was interrupted.
    bool different = false;
    /// Where the one at the end was found, or ought to be.
    std::uint64_t endOffset = 0;
};

/// Reads the footers. Fails if neither is sound or the size in it is none.
Task<hypervisor::Result<Footers>> readFooters(StorageFile& file);

/// A footer's cookie at either end.
Task<hypervisor::Result<bool>> hasFooterCookie(StorageFile& file);

/// The metadata of a dynamic or differencing disk.
struct DynamicLayout {
    Footers footers;
    DynamicHeader header;
    /// As many entries as the disk has blocks: sectors in the file, or kUnused.
    std::vector<std::uint32_t> table;
    /// Behind everything that the metadata refers to, whole sectors: where the footer belongs.
    std::uint64_t end = 0;
    std::vector<ParentPath> parentPaths;
};

/// Reads and checks footers, header, block allocation table and parent locators, in that each
/// table entry lies in the file and behind what precedes the blocks. Overlapping blocks are left to
/// the check.
Task<hypervisor::Result<DynamicLayout>> readDynamicLayout(StorageFile& file);

/// A part of the file that holds metadata other than bitmaps.
struct Reserved {
    FileRange range;
    std::string name;
};
[[nodiscard]] std::vector<Reserved> reservedRanges(const DynamicHeader& header,
                                                   const Footer& footer);

[[nodiscard]] constexpr std::uint64_t blockCount(std::uint64_t size, std::uint32_t blockSize) {
    return (size + blockSize - 1) / blockSize;
}

/// Paths as locators and their data, for a differencing disk; data goes to `offset` and on.
struct LocatorData {
    std::array<LocatorEntry, DynamicHeader::kLocators> entries = {};
    std::vector<std::byte> bytes;
};
[[nodiscard]] hypervisor::Result<LocatorData> encodeLocators(const std::vector<ParentPath>& paths,
                                                             std::uint64_t offset);

/// The file name in a path with either separator, in UTF-16; empty if it is not UTF-8.
[[nodiscard]] std::u16string parentFileName(const std::vector<ParentPath>& paths);

}  // namespace devices::storage::vhd
