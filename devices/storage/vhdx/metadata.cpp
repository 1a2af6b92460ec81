// SPDX-License-Identifier: GPL-3.0-or-later
#include "metadata.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace devices::storage::vhdx {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::array kKnownItems{kFileParameters,    kVirtualDiskSize,    kVirtualDiskId,
                                 kLogicalSectorSize, kPhysicalSectorSize, kParentLocator};
constexpr std::size_t kMaximumUserItems = 1024;

bool isKnown(const MetadataItem& item) {
    return (item.flags & kMetadataIsUser) == 0 &&
           std::ranges::find(kKnownItems, item.id) != kKnownItems.end();
}

template <class T>
Result<T> valueOf(std::span<const MetadataItemContent> contents, const Guid& id,
                  std::string_view name) {
    for (const MetadataItemContent& content : contents) {
        if (content.item.id != id)
            continue;
        if (content.bytes.size() < sizeof(T))
            return failure(fmt::format("its {} has {} bytes instead of {}", name,
                                       content.bytes.size(), sizeof(T)));
        return load<T>(content.bytes);
    }
    return failure(fmt::format("its metadata lacks the {}", name));
}

bool isSectorSize(std::uint32_t size) {
    return size == 512 || size == 4096;
}

}  // namespace

Result<std::vector<MetadataItem>> parseMetadataTable(std::span<const std::byte> table,
                                                     std::uint64_t regionLength) {
    table = table.first(kMetadataTableSize);
    const auto header = load<MetadataTableHeaderLayout>(table);
    if (header.signature != kMetadataSignature)
        return failure("the metadata region does not begin with \"metadata\"");
    if (header.entryCount > kMaximumMetadataEntries)
        return failure(fmt::format("the metadata table has {} entries, more than {}",
                                   header.entryCount, kMaximumMetadataEntries));
    std::vector<MetadataItem> items;
    std::set<std::pair<Guid, bool>> ids;
    std::size_t userItems = 0;
    for (std::size_t i = 0; i < header.entryCount; ++i) {
        const auto entry =
            load<MetadataEntryLayout>(table, sizeof header + i * sizeof(MetadataEntryLayout));
        const MetadataItem item{i, entry.itemId, entry.offset, entry.length, entry.flags};
        const bool isUser = (item.flags & kMetadataIsUser) != 0;
        const bool placed = item.length == 0 ? item.offset == 0
                                             : item.offset >= kMetadataTableSize &&
                                                   item.length <= kMaximumMetadataItem &&
                                                   item.offset <= regionLength &&
                                                   item.length <= regionLength - item.offset;
        if (!placed)
            return failure(fmt::format(
                "metadata item {} ({}) is at {} with {} bytes, which is not within its region of "
                "{} bytes",
                i, item.id.text(), item.offset, item.length, regionLength));
        if (!ids.emplace(item.id, isUser).second)
            return failure(fmt::format("metadata item {} is there twice", item.id.text()));
        userItems += isUser ? 1 : 0;
        if ((item.flags & kMetadataIsRequired) != 0 && !isKnown(item))
            return failure(fmt::format(
                "it has a metadata item {} that is not known and without which it must not be "
                "opened; open it with the program that made it",
                item.id.text()));
        items.push_back(item);
    }
    if (userItems > kMaximumUserItems)
        return failure(fmt::format("the metadata table has {} user items, more than {}", userItems,
                                   kMaximumUserItems));
    std::vector<MetadataItem> sorted = items;
    std::ranges::sort(sorted, {}, &MetadataItem::offset);
    for (std::size_t i = 1; i < sorted.size(); ++i)
        if (sorted[i].offset - sorted[i - 1].offset < sorted[i - 1].length)
            return failure(fmt::format("metadata items {} and {} overlap", sorted[i - 1].id.text(),
                                       sorted[i].id.text()));
    return items;
}

const MetadataItem* findSystemItem(std::span<const MetadataItem> items, const Guid& id) {
    const auto found = std::ranges::find_if(items, [&](const MetadataItem& item) {
        return item.id == id && (item.flags & kMetadataIsUser) == 0;
    });
    return found == items.end() ? nullptr : &*found;
}

Result<DiskParameters> parseMetadataItems(std::span<const MetadataItemContent> contents) {
    const auto file = valueOf<FileParametersLayout>(contents, kFileParameters, "file parameters");
    if (!file)
        return std::unexpected(file.error());
    const auto size = valueOf<std::uint64_t>(contents, kVirtualDiskSize, "virtual disk size");
    if (!size)
        return std::unexpected(size.error());
    const auto id = valueOf<Guid>(contents, kVirtualDiskId, "virtual disk ID");
    if (!id)
        return std::unexpected(id.error());
    const auto logical =
        valueOf<std::uint32_t>(contents, kLogicalSectorSize, "logical sector size");
    if (!logical)
        return std::unexpected(logical.error());
    const auto physical =
        valueOf<std::uint32_t>(contents, kPhysicalSectorSize, "physical sector size");
    if (!physical)
        return std::unexpected(physical.error());

    DiskParameters parameters;
    parameters.blockSize = file->blockSize;
    parameters.leaveBlocksAllocated = (file->flags & kLeaveBlocksAllocated) != 0;
    parameters.size = *size;
    parameters.diskId = *id;
    parameters.logicalSectorSize = *logical;
    parameters.physicalSectorSize = *physical;
    if ((file->flags & kHasParent) != 0) {
        parameters.leaveBlocksAllocated = false;
        const auto found = std::ranges::find(contents, kParentLocator,
                                             [](const auto& content) { return content.item.id; });
        if (found == contents.end())
            return failure("it is a differencing disk and has no parent locator");
        auto locator = parseParentLocator(found->bytes);
        if (!locator)
            return std::unexpected(locator.error());
        parameters.parent = std::move(*locator);
    }
    const auto checked = checkParameters(parameters);
    if (!checked)
        return std::unexpected(checked.error());
    return parameters;
}

Result<void> checkParameters(const DiskParameters& parameters) {
    if (parameters.blockSize < kMinimumBlockSize || parameters.blockSize > kMaximumBlockSize ||
        !std::has_single_bit(parameters.blockSize))
        return failure(
            fmt::format("the block size is {} bytes; it must be a power of two from 1 to 256 MiB",
                        parameters.blockSize));
    if (!isSectorSize(parameters.logicalSectorSize))
        return failure(fmt::format("the logical sector size is {}; it must be 512 or 4096",
                                   parameters.logicalSectorSize));
    if (!isSectorSize(parameters.physicalSectorSize))
        return failure(fmt::format("the physical sector size is {}; it must be 512 or 4096",
                                   parameters.physicalSectorSize));
    if (parameters.size == 0 || parameters.size > kMaximumDiskSize ||
        parameters.size % parameters.logicalSectorSize != 0)
        return failure(fmt::format(
            "the size is {} bytes; it must be a multiple of the logical sector size, {}, and at "
            "most 64 TB",
            parameters.size, parameters.logicalSectorSize));
    return {};
}

std::optional<std::uint32_t> roomInRegion(std::span<const MetadataItem> items, std::uint32_t length,
                                          std::uint64_t regionLength) {
    std::vector<MetadataItem> sorted(items.begin(), items.end());
    std::ranges::sort(sorted, {}, &MetadataItem::offset);
    std::uint64_t begin = kMetadataTableSize;
    for (const MetadataItem& item : sorted) {
        if (item.offset >= begin && item.offset - begin >= length)
            break;
        const std::uint64_t end = std::uint64_t{item.offset} + item.length;
        begin = std::max(begin, (end + kMetadataSector - 1) / kMetadataSector * kMetadataSector);
    }
    if (begin > regionLength || length > regionLength - begin)
        return std::nullopt;
    return static_cast<std::uint32_t>(begin);
}

Result<std::vector<std::byte>> writeMetadata(const DiskParameters& parameters) {
    const auto checked = checkParameters(parameters);
    if (!checked)
        return std::unexpected(checked.error());
    std::vector<std::byte> bytes(kMetadataTableSize);
    std::uint16_t count = 0;
    const auto add = [&](const Guid& id, std::uint32_t flags, std::span<const std::byte> content) {
        const MetadataEntryLayout entry{id, static_cast<std::uint32_t>(bytes.size()),
                                        static_cast<std::uint32_t>(content.size()), flags, 0};
        store(entry, bytes,
              sizeof(MetadataTableHeaderLayout) + count * sizeof(MetadataEntryLayout));
        bytes.insert(bytes.end(), content.begin(), content.end());
        ++count;
    };
    const auto addValue = [&](const Guid& id, std::uint32_t flags, const auto& value) {
        add(id, flags, std::as_bytes(std::span(&value, 1)));
    };
    const FileParametersLayout file{
        parameters.blockSize,
        (parameters.leaveBlocksAllocated && !parameters.parent ? kLeaveBlocksAllocated : 0) |
            (parameters.parent ? kHasParent : 0)};
    addValue(kFileParameters, kMetadataIsRequired, file);
    constexpr std::uint32_t kOfDisk = kMetadataIsVirtualDisk | kMetadataIsRequired;
    addValue(kVirtualDiskSize, kOfDisk, parameters.size);
    addValue(kVirtualDiskId, kOfDisk, parameters.diskId);
    addValue(kLogicalSectorSize, kOfDisk, parameters.logicalSectorSize);
    addValue(kPhysicalSectorSize, kOfDisk, parameters.physicalSectorSize);
    if (parameters.parent) {
        const auto locator = writeParentLocator(*parameters.parent);
        if (!locator)
            return std::unexpected(locator.error());
        bytes.resize((bytes.size() + kMetadataSector - 1) / kMetadataSector * kMetadataSector);
        add(kParentLocator, kMetadataIsRequired, *locator);
    }
    store(MetadataTableHeaderLayout{kMetadataSignature, 0, count, {}}, bytes);
    return bytes;
}

}  // namespace devices::storage::vhdx
