// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_creation.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include "block_table.h"
#include "devices/storage/allocation.h"
#include "file_layout.h"
#include "region_table.h"

namespace devices::storage::vhdx {

using hypervisor::Result;

namespace {

constexpr std::uint32_t kLogLength = kMiB;
constexpr std::uint64_t kMetadataLength = kMiB;
constexpr std::uint32_t kDefaultBlockSize = 32 * kMiB;
/// Small enough that cloning a machine copies little, and Hyper-V's choice too.
constexpr std::uint32_t kDefaultDifferencingBlockSize = 2 * kMiB;

constexpr std::uint64_t roundUp(std::uint64_t value) {
    return (value + kAlignment - 1) / kAlignment * kAlignment;
}

Result<DiskParameters> parametersFor(const ImageCreateOptions& options) {
    DiskParameters parameters;
    parameters.blockSize = options.blockSize;
    if (parameters.blockSize == 0)
        parameters.blockSize = options.kind == ImageKind::Differencing
                                   ? kDefaultDifferencingBlockSize
                                   : kDefaultBlockSize;
    parameters.leaveBlocksAllocated = options.kind == ImageKind::Fixed;
    parameters.size = options.size;
    parameters.diskId = Guid::random();
    parameters.logicalSectorSize = options.logicalSectorSize;
    parameters.physicalSectorSize = options.physicalSectorSize;
    if (options.kind == ImageKind::Differencing) {
        if (options.parent == nullptr || options.parentPaths.empty())
            return hypervisor::failure("a differencing disk needs a parent");
        const ImageDescription parent = options.parent->describe();
        const auto linkage = Guid::fromText(parent.contentIdentifier);
        const auto id = Guid::fromText(parent.identifier);
        if (parent.format != ImageFormat::Vhdx || !linkage || !id)
            return hypervisor::failure(
                fmt::format("its parent {} must be a VHDX file; convert it first",
                            options.parent->file().name()));
        if (parameters.size == 0)
            parameters.size = parent.size;
        if (parameters.size < parent.size)
            return hypervisor::failure(
                fmt::format("it would have {} bytes and its parent has {}; it can't be smaller",
                            parameters.size, parent.size));
        parameters.diskId = *id;
        parameters.logicalSectorSize = parent.logicalSectorSize;
        parameters.physicalSectorSize = parent.physicalSectorSize;
        ParentLocator locator;
        locator.linkage = *linkage;
        setPaths(locator, options.parentPaths);
        parameters.parent = std::move(locator);
    }
    const auto checked = checkParameters(parameters);
    if (!checked)
        return std::unexpected(checked.error());
    return parameters;
}

// Entries of a fixed disk: its blocks one after the other.
Task<IoStatus> writeFixedTable(StorageFile& file, const BlockTable& table, std::uint64_t batOffset,
                               std::uint64_t firstBlock) {
    constexpr std::uint64_t kEntriesPerPiece = kMiB / kBatEntrySize;
    std::vector<std::byte> piece;
    for (std::uint64_t index = 0; index < table.entries();) {
        const std::uint64_t count = std::min(kEntriesPerPiece, table.entries() - index);
        piece.assign(static_cast<std::size_t>(count * kBatEntrySize), std::byte{0});
        for (std::uint64_t i = 0; i < count; ++i) {
            if (table.isBitmapIndex(index + i))
                continue;
            const std::uint64_t offset =
                firstBlock + table.blockOfIndex(index + i) * table.blockSize();
            store(BatEntry::of(BlockState::kFullyPresent, offset).raw, piece,
                  static_cast<std::size_t>(i * kBatEntrySize));
        }
        const IoStatus status = co_await writeFile(file, batOffset + index * kBatEntrySize, piece);
        if (!status.ok())
            co_return status;
        index += count;
    }
    co_return IoStatus{};
}

Task<IoStatus> writeStructures(StorageFile& file, const DiskParameters& parameters,
                               std::span<const std::byte> metadata, Job& job) {
    const BlockTable table(parameters);
    const Region log{kHeaderSectionSize, kLogLength};
    const Region metadataRegion{log.end(), kMetadataLength};
    const Region bat{metadataRegion.end(), roundUp(table.bytes())};
    const bool fixed = parameters.leaveBlocksAllocated;
    const std::uint64_t end = bat.end() + (fixed ? table.payloadBlocks() * table.blockSize() : 0);

    IoStatus status = co_await resizeFile(file, end);
    // So that a full host does not stand in the way of what the log must record.
    if (status.ok())
        status = co_await allocateWithProgress(
            file, {log.offset, (fixed ? end : metadataRegion.end()) - log.offset}, job);
    if (status.ok() && fixed)
        status = co_await writeFixedTable(file, table, bat.offset, bat.end());
    if (status.ok())
        status = co_await writeFile(file, metadataRegion.offset, metadata);

    std::vector<std::byte> bytes(kRegionTableSize);
    writeRegionTable(bat, metadataRegion, bytes);
    for (const std::uint64_t offset : kRegionTableOffsets)
        if (status.ok())
            status = co_await writeFile(file, offset, bytes);
    Header header{0, Guid::random(), Guid::random(), Guid{}, log.offset, kLogLength};
    bytes.resize(kHeaderSize);
    for (const std::uint64_t offset : kHeaderOffsets) {
        ++header.sequenceNumber;
        writeHeader(header, bytes);
        if (status.ok())
            status = co_await writeFile(file, offset, bytes);
    }
    bytes.assign(kMetadataSector, std::byte{0});
    writeFileIdentifier(bytes, "Vireo");
    if (status.ok())
        status = co_await writeFile(file, kFileIdentifierOffset, bytes);
    if (status.ok())
        status = co_await flushFile(file);
    co_return status;
}

}  // namespace

void setPaths(ParentLocator& locator, const std::vector<ParentPath>& paths) {
    locator.relativePath.clear();
    locator.volumePath.clear();
    locator.absolutePath.clear();
    for (const ParentPath& path : paths) {
        std::string text = path.path;
        std::ranges::replace(text, '/', '\\');
        switch (path.kind) {
            case ParentPath::Kind::Relative:
                locator.relativePath = std::move(text);
                break;
            case ParentPath::Kind::Volume:
                locator.volumePath = std::move(text);
                break;
            case ParentPath::Kind::Absolute:
                locator.absolutePath = std::move(text);
                break;
        }
    }
}

Task<Result<void>> createFile(StorageFile& file, const ImageCreateOptions& options, Job& job) {
    const auto refused = [&file](const std::string& message) {
        return std::unexpected(errorAbout(file, "can't create it: " + message));
    };
    const auto parameters = parametersFor(options);
    if (!parameters)
        co_return refused(parameters.error().message);
    const auto metadata = writeMetadata(*parameters);
    if (!metadata)
        co_return refused(metadata.error().message);
    if (metadata->size() > kMetadataLength)
        co_return refused("the parent's paths are too long for the metadata region");
    const IoStatus status = co_await writeStructures(file, *parameters, *metadata, job);
    if (!status.ok())
        co_return refused(status.text());
    co_return Result<void>{};
}

}  // namespace devices::storage::vhdx
