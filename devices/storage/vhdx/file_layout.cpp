// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_layout.h"

#include <fmt/core.h>

#include <array>

#include "devices/storage/utf16.h"

namespace devices::storage::vhdx {

using hypervisor::Error;
using hypervisor::Result;

namespace {

// All that is used of the header section lies before this.
constexpr std::size_t kHeaderPart = kRegionTableOffsets[1] + kRegionTableSize;

std::unexpected<Error> refused(const StorageFile& file, const std::string& message) {
    return std::unexpected(errorAbout(file, message));
}

Task<Result<std::vector<std::byte>>> readPart(StorageFile& file, std::uint64_t offset,
                                              std::size_t length, std::string_view what) {
    std::vector<std::byte> bytes(length);
    const IoStatus status = co_await readFile(file, offset, bytes);
    if (!status.ok())
        co_return refused(file, fmt::format("can't read {} at offset {}: {}", what, offset,
                                            status.error == ENODATA
                                                ? "the file ends before, it has been cut off; "
                                                  "restore it from a copy"
                                                : status.text()));
    co_return bytes;
}

std::string creatorOf(std::span<const std::byte> headerPart) {
    const auto identifier = load<FileIdentifierLayout>(headerPart);
    const std::u16string_view text(identifier.creator, std::size(identifier.creator));
    const auto creator = utf8FromUtf16(text.substr(0, text.find(u'\0')));
    return creator.value_or("");
}

}  // namespace

Error errorAbout(const StorageFile& file, const std::string& message) {
    return Error{fmt::format("{}: {}", file.name(), message)};
}

std::vector<Region> FileLayout::structures() const {
    std::vector<Region> all = regions.unknown;
    all.push_back(regions.bat);
    all.push_back(regions.metadata);
    all.push_back({headers.current.logOffset, headers.current.logLength});
    return all;
}

Task<Result<HeaderPair>> readHeaders(StorageFile& file) {
    if (file.size() > kMaximumFileSize)
        co_return refused(
            file, fmt::format("the file has {} bytes, more than any VHDX needs", file.size()));
    std::array<std::byte, sizeof(std::uint64_t)> identifier{};
    if (file.size() >= identifier.size()) {
        const IoStatus status = co_await readFile(file, kFileIdentifierOffset, identifier);
        if (!status.ok())
            co_return refused(file, "can't read the file identifier: " + status.text());
    }
    if (const auto checked = checkFileIdentifier(identifier); !checked)
        co_return refused(file, checked.error().message);
    const auto part = co_await readPart(file, 0, kHeaderPart, "the headers");
    if (!part)
        co_return std::unexpected(part.error());
    const std::span<const std::byte> bytes(*part);
    auto headers = parseHeaders(bytes.subspan(kHeaderOffsets[0], kHeaderSize),
                                bytes.subspan(kHeaderOffsets[1], kHeaderSize));
    if (!headers)
        co_return refused(file, headers.error().message);
    const Header& current = headers->current;
    if (current.logOffset + current.logLength > file.size())
        co_return refused(
            file, fmt::format("the log at offset {} with {} bytes reaches beyond the file's end at "
                              "{}; the file has been cut off, restore it from a copy",
                              current.logOffset, current.logLength, file.size()));
    co_return std::move(*headers);
}

Task<Result<FileLayout>> readLayout(StorageFile& file) {
    auto headers = co_await readHeaders(file);
    if (!headers)
        co_return std::unexpected(headers.error());
    FileLayout layout;
    layout.headers = std::move(*headers);

    const auto part = co_await readPart(file, 0, kHeaderPart, "the region tables");
    if (!part)
        co_return std::unexpected(part.error());
    const std::span<const std::byte> bytes(*part);
    layout.creator = creatorOf(bytes);
    auto regions = parseRegionTables(bytes.subspan(kRegionTableOffsets[0], kRegionTableSize),
                                     bytes.subspan(kRegionTableOffsets[1], kRegionTableSize),
                                     layout.headers.current);
    if (!regions)
        co_return refused(file, regions.error().message);
    layout.regions = std::move(*regions);

    const Region& metadata = layout.regions.metadata;
    const auto table =
        co_await readPart(file, metadata.offset, kMetadataTableSize, "the metadata table");
    if (!table)
        co_return std::unexpected(table.error());
    auto items = parseMetadataTable(*table, metadata.length);
    if (!items)
        co_return refused(file, items.error().message);
    layout.items = std::move(*items);

    std::vector<MetadataItemContent> contents;
    for (const Guid& id : {kFileParameters, kVirtualDiskSize, kVirtualDiskId, kLogicalSectorSize,
                           kPhysicalSectorSize, kParentLocator}) {
        const MetadataItem* item = findSystemItem(layout.items, id);
        if (item == nullptr)
            continue;
        MetadataItemContent content{*item, {}};
        if (item->length != 0) {
            auto read = co_await readPart(file, metadata.offset + item->offset, item->length,
                                          "a metadata item");
            if (!read)
                co_return std::unexpected(read.error());
            content.bytes = std::move(*read);
        }
        contents.push_back(std::move(content));
    }
    auto parameters = parseMetadataItems(contents);
    if (!parameters)
        co_return refused(file, parameters.error().message);
    layout.parameters = std::move(*parameters);

    const std::uint64_t batBytes = BlockTable(layout.parameters).bytes();
    if (batBytes > layout.regions.bat.length)
        co_return refused(
            file, fmt::format("the block allocation table needs {} bytes for a disk of {} bytes, "
                              "and its region has {}",
                              batBytes, layout.parameters.size, layout.regions.bat.length));
    if (layout.regions.bat.end() > file.size())
        co_return refused(
            file, fmt::format("the block allocation table at offset {} with {} bytes reaches "
                              "beyond the file's end at {}; the file has been cut off, restore it "
                              "from a copy",
                              layout.regions.bat.offset, layout.regions.bat.length, file.size()));
    co_return layout;
}

}  // namespace devices::storage::vhdx
