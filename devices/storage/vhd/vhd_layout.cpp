// SPDX-License-Identifier: GPL-3.0-or-later
#include "vhd_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "big_endian.h"
#include "devices/storage/utf16.h"

namespace devices::storage::vhd {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kMinimumBlock = 4096;
constexpr std::uint32_t kMaximumBlock = std::uint32_t{256} << 20;
// 32 MiB of table: 2040 GiB in blocks of 256 KiB.
constexpr std::uint64_t kMaximumBlocks = std::uint64_t{1} << 23;
// Paths beyond are no paths.
constexpr std::uint32_t kMaximumLocator = 64 * 1024;
// Before Virtual PC 2004 footers lacked their last byte.
constexpr std::uint64_t kOldFooter = 511;

std::unexpected<hypervisor::Error> damaged(const StorageFile& file, const std::string& what) {
    return failure(
        fmt::format("cannot open {} as a VHD: {}; restore it from a backup", file.name(), what));
}

std::unexpected<hypervisor::Error> unreadable(const StorageFile& file, std::uint64_t offset,
                                              IoStatus status) {
    return failure(
        fmt::format("cannot read {} at offset {}: {}", file.name(), offset, status.text()));
}

}  // namespace

Task<Result<bool>> hasFooterCookie(StorageFile& file) {
    const std::uint64_t size = file.size();
    if (size < kOldFooter)
        co_return false;
    std::array<std::byte, 8> cookie = {};
    std::vector<std::uint64_t> offsets = {0, size - kOldFooter};
    if (size >= Footer::kLength)
        offsets.push_back(size - Footer::kLength);
    for (const std::uint64_t offset : offsets) {
        const IoStatus status = co_await readFile(file, offset, cookie);
        if (!status.ok())
            co_return unreadable(file, offset, status);
        if (Footer::hasCookie(cookie))
            co_return true;
    }
    co_return false;
}

Task<Result<Footers>> readFooters(StorageFile& file) {
    const std::uint64_t size = file.size();
    if (size < Footer::kLength)
        co_return damaged(file, fmt::format("it has {} bytes, less than a footer", size));
    std::array<std::byte, Footer::kLength> bytes = {};
    IoStatus status = co_await readFile(file, 0, bytes);
    if (!status.ok())
        co_return unreadable(file, 0, status);
    Footers footers;
    const auto beginning = Footer::parse(bytes);
    // A fixed disk has data there, which may be anything: another image, for instance.
    footers.beginningSound = beginning && beginning->type != DiskType::Fixed;

    std::optional<Footer> end;
    for (const std::uint64_t length : {std::uint64_t{Footer::kLength}, kOldFooter}) {
        bytes = {};
        footers.endOffset = size - length;
        status = co_await readFile(file, footers.endOffset,
                                   std::span(bytes).first(static_cast<std::size_t>(length)));
        if (!status.ok())
            co_return unreadable(file, footers.endOffset, status);
        end = Footer::parse(bytes);
        if (end)
            break;
    }
    footers.endSound = end.has_value();
    if (!end)
        footers.endOffset = size - Footer::kLength;
    // A fixed disk inside which a dynamic one begins is told by its end.
    if (footers.beginningSound && end && end->type == DiskType::Fixed &&
        end->currentSize == footers.endOffset)
        footers.beginningSound = false;
    if (!footers.beginningSound && !footers.endSound)
        co_return damaged(
            file, fmt::format("neither the footer at offset {} nor its copy at offset 0 is sound "
                              "(cookie, version, checksum, type)",
                              footers.endOffset));
    footers.footer = footers.beginningSound ? *beginning : *end;
    footers.different = footers.beginningSound && footers.endSound && *beginning != *end;
    const std::uint64_t diskSize = footers.footer.currentSize;
    if (diskSize == 0 || diskSize % kSector != 0 || diskSize > kMaximumSize)
        co_return damaged(file, fmt::format("the footer's current size, {}, is not a multiple of "
                                            "512 from 512 bytes to 2040 GB",
                                            diskSize));
    co_return footers;
}

std::vector<Reserved> reservedRanges(const DynamicHeader& header, const Footer& footer) {
    std::vector<Reserved> ranges = {
        {{0, Footer::kLength}, "footer copy"},
        {{footer.headerOffset, DynamicHeader::kLength}, "dynamic disk header"},
        {{header.tableOffset, header.tableLength()}, "block allocation table"}};
    if (footer.type == DiskType::Differencing)
        for (std::size_t i = 0; i < header.locators.size(); ++i)
            if (const LocatorEntry& entry = header.locators[i];
                entry.platform != 0 && entry.length > 0)
                ranges.push_back(
                    {{entry.offset, entry.length}, fmt::format("parent locator {}", i)});
    return ranges;
}

namespace {

std::string pathFromUtf16(std::span<const std::byte> bytes) {
    std::u16string units;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        const auto unit = static_cast<char16_t>(std::to_integer<unsigned>(bytes[i]) |
                                                std::to_integer<unsigned>(bytes[i + 1]) << 8);
        if (unit == 0)
            break;
        units += unit;
    }
    return utf8FromUtf16(units).value_or("");
}

std::string pathFromUrl(std::span<const std::byte> bytes) {
    std::string url(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    url = url.substr(0, url.find('\0'));
    for (const std::string_view scheme : {"file://localhost", "file://"})
        if (url.starts_with(scheme))
            return url.substr(scheme.size());
    return "";
}

Task<Result<void>> readLocators(StorageFile& file, DynamicLayout& layout) {
    for (std::size_t i = 0; i < layout.header.locators.size(); ++i) {
        const LocatorEntry& entry = layout.header.locators[i];
        const bool relative = entry.platform == LocatorEntry::kWindowsRelative;
        const bool url = entry.platform == LocatorEntry::kMacintoshUrl;
        const bool understood = relative || url || entry.platform == LocatorEntry::kWindowsAbsolute;
        // Those of other systems are not read, but they are moved with the rest.
        if (entry.platform == 0 || (!understood && entry.length == 0))
            continue;
        if (entry.length == 0 || entry.length > kMaximumLocator || entry.offset > file.size() ||
            entry.length > file.size() - entry.offset)
            co_return damaged(file, fmt::format("parent locator {} (offset {}, length {}) does not "
                                                "lie in the file",
                                                i, entry.offset, entry.length));
        if (!understood)
            continue;
        std::vector<std::byte> bytes(entry.length);
        const IoStatus status = co_await readFile(file, entry.offset, bytes);
        if (!status.ok())
            co_return unreadable(file, entry.offset, status);
        std::string path = url ? pathFromUrl(bytes) : pathFromUtf16(bytes);
        if (!path.empty())
            layout.parentPaths.push_back(
                {relative ? ParentPath::Kind::Relative : ParentPath::Kind::Absolute,
                 std::move(path)});
    }
    // What moved together is more likely right than where it once was.
    std::ranges::stable_sort(layout.parentPaths, {}, &ParentPath::kind);
    // The bare name beside the child, for images whose locators say nothing useful.
    if (auto name = utf8FromUtf16(layout.header.parentName); name && !name->empty())
        layout.parentPaths.push_back({ParentPath::Kind::Relative, std::move(*name)});
    co_return Result<void>();
}

Result<void> checkHeader(const StorageFile& file, const DynamicLayout& layout) {
    const DynamicHeader& header = layout.header;
    const std::uint64_t size = layout.footers.footer.currentSize;
    if (!std::has_single_bit(header.blockSize) || header.blockSize < kMinimumBlock ||
        header.blockSize > kMaximumBlock)
        return damaged(file, fmt::format("the block size, {}, is not a power of two from 4 KiB to "
                                         "256 MiB",
                                         header.blockSize));
    const std::uint64_t blocks = blockCount(size, header.blockSize);
    if (blocks > kMaximumBlocks)
        return failure(fmt::format(
            "cannot open {}: {} blocks of {} bytes are more than the {} that Vireo supports; "
            "convert it with larger blocks where it was made",
            file.name(), blocks, header.blockSize, kMaximumBlocks));
    if (blocks > header.maximumEntries)
        return damaged(file, fmt::format("the block allocation table has {} entries, the disk {} "
                                         "blocks",
                                         header.maximumEntries, blocks));
    // All entries that it claims, or the disk's end would be taken to lie behind them.
    if (header.tableOffset % kSector != 0 || header.tableOffset > file.size() ||
        std::uint64_t{header.maximumEntries} * 4 > file.size() - header.tableOffset)
        return damaged(file, fmt::format("the block allocation table (offset {}, {} entries) does "
                                         "not lie in the file, which has {} bytes",
                                         header.tableOffset, header.maximumEntries, file.size()));
    return {};
}

// Overlaps of the metadata with itself, and each block's place; sets layout.end.
Result<void> checkPlaces(const StorageFile& file, DynamicLayout& layout) {
    const std::vector<Reserved> reserved = reservedRanges(layout.header, layout.footers.footer);
    for (std::size_t i = 0; i < reserved.size(); ++i) {
        const FileRange& range = reserved[i].range;
        for (std::size_t j = 0; j < i; ++j) {
            const FileRange& other = reserved[j].range;
            if (range.offset < other.offset + other.length &&
                other.offset < range.offset + range.length)
                return damaged(file,
                               fmt::format("its {} and {} overlap at offset {}", reserved[j].name,
                                           reserved[i].name, std::max(range.offset, other.offset)));
        }
        layout.end = std::max(layout.end, range.offset + range.length);
    }
    const std::uint64_t slot = layout.header.slotLength();
    for (std::size_t i = 0; i < layout.table.size(); ++i) {
        if (layout.table[i] == kUnused)
            continue;
        const std::uint64_t begin = std::uint64_t{layout.table[i]} * kSector;
        if (begin > file.size() || slot > file.size() - begin)
            return damaged(file,
                           fmt::format("entry {} of the block allocation table, at offset {}, "
                                       "leads to offset {}, where no whole block is left: "
                                       "the file may be cut off",
                                       i, layout.header.tableOffset + i * 4, begin));
        for (const Reserved& other : reserved)
            if (begin < other.range.offset + other.range.length &&
                other.range.offset < begin + slot)
                return damaged(
                    file, fmt::format("entry {} of the block allocation table, at "
                                      "offset {}, leads to offset {}, into the {}",
                                      i, layout.header.tableOffset + i * 4, begin, other.name));
        layout.end = std::max(layout.end, begin + slot);
    }
    layout.end = (layout.end + kSector - 1) / kSector * kSector;
    return {};
}

}  // namespace

Task<Result<DynamicLayout>> readDynamicLayout(StorageFile& file) {
    auto footers = co_await readFooters(file);
    if (!footers)
        co_return std::unexpected(footers.error());
    DynamicLayout layout;
    layout.footers = *footers;
    const std::uint64_t headerOffset = layout.footers.footer.headerOffset;
    if (headerOffset > file.size() || DynamicHeader::kLength > file.size() - headerOffset ||
        headerOffset % kSector != 0)
        co_return damaged(file, fmt::format("the dynamic disk header, at offset {}, does not lie "
                                            "in the file",
                                            headerOffset));
    std::array<std::byte, DynamicHeader::kLength> bytes = {};
    IoStatus status = co_await readFile(file, headerOffset, bytes);
    if (!status.ok())
        co_return unreadable(file, headerOffset, status);
    const auto header = DynamicHeader::parse(bytes);
    if (!header)
        co_return damaged(file, fmt::format("the dynamic disk header at offset {} has a wrong "
                                            "cookie, version or checksum",
                                            headerOffset));
    layout.header = *header;
    if (auto sound = checkHeader(file, layout); !sound)
        co_return std::unexpected(sound.error());

    const std::uint64_t blocks =
        blockCount(layout.footers.footer.currentSize, layout.header.blockSize);
    std::vector<std::byte> table(static_cast<std::size_t>(blocks) * 4);
    status = co_await readFile(file, layout.header.tableOffset, table);
    if (!status.ok())
        co_return unreadable(file, layout.header.tableOffset, status);
    layout.table.resize(static_cast<std::size_t>(blocks));
    for (std::size_t i = 0; i < layout.table.size(); ++i)
        layout.table[i] = loadBigEndian<std::uint32_t>(table, i * 4);
    if (layout.footers.footer.type == DiskType::Differencing) {
        auto located = co_await readLocators(file, layout);
        if (!located)
            co_return std::unexpected(located.error());
    }
    if (auto sound = checkPlaces(file, layout); !sound)
        co_return std::unexpected(sound.error());
    co_return layout;
}

Result<LocatorData> encodeLocators(const std::vector<ParentPath>& paths, std::uint64_t offset) {
    LocatorData data;
    std::size_t used = 0;
    for (const ParentPath& path : paths) {
        if (path.kind == ParentPath::Kind::Volume)
            continue;
        const auto units = utf16FromUtf8(path.path);
        if (!units)
            return failure("the path \"" + path.path +
                           "\" cannot be written into a disk image: it is not valid UTF-8");
        if (used == data.entries.size() || units->size() * 2 > kMaximumLocator)
            return failure("the path \"" + path.path +
                           "\" cannot be written into a disk image: there is no room for it");
        const std::size_t length = units->size() * 2;
        const std::size_t space = (length + kSector - 1) / kSector * kSector;
        data.entries[used++] = {.platform = path.kind == ParentPath::Kind::Relative
                                                ? LocatorEntry::kWindowsRelative
                                                : LocatorEntry::kWindowsAbsolute,
                                .space = static_cast<std::uint32_t>(space),
                                .length = static_cast<std::uint32_t>(length),
                                .offset = offset + data.bytes.size()};
        const std::size_t begin = data.bytes.size();
        data.bytes.resize(begin + space);
        for (std::size_t i = 0; i < units->size(); ++i) {
            data.bytes[begin + 2 * i] = static_cast<std::byte>((*units)[i] & 0xFF);
            data.bytes[begin + 2 * i + 1] = static_cast<std::byte>((*units)[i] >> 8);
        }
    }
    return data;
}

std::u16string parentFileName(const std::vector<ParentPath>& paths) {
    if (paths.empty())
        return {};
    const std::string& path = paths.front().path;
    const std::size_t separator = path.find_last_of("/\\");
    return utf16FromUtf8(separator == std::string::npos ? path : path.substr(separator + 1))
        .value_or(std::u16string());
}

}  // namespace devices::storage::vhd
