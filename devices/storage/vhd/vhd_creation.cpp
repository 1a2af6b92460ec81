// SPDX-License-Identifier: GPL-3.0-or-later
#include "vhd_creation.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "devices/storage/allocation.h"
#include "fixed_image.h"
#include "vhd_layout.h"

namespace devices::storage::vhd {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kDefaultBlock = std::uint32_t{2} << 20;
constexpr std::uint32_t kSmallestBlock = std::uint32_t{512} << 10;
constexpr std::uint32_t kLargestBlock = std::uint32_t{256} << 20;
// Where the table begins: behind footer copy and header, on a page.
constexpr std::uint64_t kTableOffset = 4096;

std::unexpected<hypervisor::Error> refused(const StorageFile& file, const std::string& why) {
    return failure("cannot create " + file.name() + ": " + why);
}

Result<void> checkOptions(const StorageFile& file, const ImageCreateOptions& options,
                          std::uint64_t size, std::uint32_t blockSize) {
    if (size == 0 || size % kSector != 0 || size > kMaximumSize)
        return refused(file, fmt::format("a VHD holds a multiple of 512 bytes up to 2040 GB, not "
                                         "{} bytes; use VHDX for larger disks",
                                         size));
    if (options.logicalSectorSize != kSector)
        return refused(file, fmt::format("a VHD has sectors of 512 bytes, not {}; use VHDX",
                                         options.logicalSectorSize));
    if (!std::has_single_bit(blockSize) || blockSize < kSmallestBlock || blockSize > kLargestBlock)
        return refused(file, fmt::format("the block size, {}, is not a power of two from 512 KiB "
                                         "to 256 MiB",
                                         blockSize));
    return {};
}

// What lies before the blocks, and the footer.
struct Beginning {
    std::vector<std::byte> bytes;
    Footer footer;
};

Result<Beginning> layOut(const StorageFile& file, const ImageCreateOptions& options,
                         std::uint64_t size, std::uint32_t blockSize) {
    Beginning beginning;
    const bool differencing = options.kind == ImageKind::Differencing;
    beginning.footer = makeFooter(differencing ? DiskType::Differencing : DiskType::Dynamic, size);
    DynamicHeader header;
    header.tableOffset = kTableOffset;
    header.maximumEntries = static_cast<std::uint32_t>(blockCount(size, blockSize));
    header.blockSize = blockSize;
    const std::uint64_t tableEnd = kTableOffset + header.tableLength();
    LocatorData locators;
    if (differencing) {
        const auto identity = parentIdentity(*options.parent);
        if (!identity)
            return refused(file, identity.error().message);
        header.parentIdentifier = identity->identifier;
        header.parentTimestamp = identity->timestamp;
        header.parentName = parentFileName(options.parentPaths);
        auto encoded = encodeLocators(options.parentPaths, tableEnd);
        if (!encoded)
            return refused(file, encoded.error().message);
        locators = std::move(*encoded);
        header.locators = locators.entries;
    }
    beginning.bytes.resize(static_cast<std::size_t>(tableEnd) + locators.bytes.size());
    const auto put = [&](std::uint64_t offset, std::span<const std::byte> bytes) {
        std::ranges::copy(bytes, beginning.bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    };
    put(0, beginning.footer.bytes());
    put(beginning.footer.headerOffset, header.bytes());
    std::fill_n(beginning.bytes.begin() + static_cast<std::ptrdiff_t>(kTableOffset),
                header.tableLength(), std::byte{0xFF});
    put(tableEnd, locators.bytes);
    return beginning;
}

}  // namespace

Task<Result<void>> createImage(StorageFile& file, const ImageCreateOptions& options, Job& job) {
    std::uint64_t size = options.size;
    if (options.kind == ImageKind::Differencing) {
        if (options.parent == nullptr)
            co_return refused(file, "a differencing disk needs a parent");
        if (size == 0)
            size = options.parent->size();
        if (size < options.parent->size())
            co_return refused(file, "a differencing disk can't be smaller than its parent");
    }
    const std::uint32_t blockSize = options.blockSize == 0 ? kDefaultBlock : options.blockSize;
    if (auto sound = checkOptions(file, options, size, blockSize); !sound)
        co_return std::unexpected(sound.error());

    IoStatus status;
    if (options.kind == ImageKind::Fixed) {
        status = co_await allocateWithProgress(file, {0, size}, job);
        const auto footer = makeFooter(DiskType::Fixed, size).bytes();
        if (status.ok())
            status = co_await writeFile(file, size, footer);
    } else {
        const auto beginning = layOut(file, options, size, blockSize);
        if (!beginning)
            co_return std::unexpected(beginning.error());
        status = co_await writeFile(file, 0, beginning->bytes);
        const auto footer = beginning->footer.bytes();
        if (status.ok())
            status = co_await writeFile(file, beginning->bytes.size(), footer);
    }
    if (status.ok())
        status = co_await flushFile(file);
    if (!status.ok())
        co_return refused(file, status.text());
    co_return Result<void>();
}

}  // namespace devices::storage::vhd
