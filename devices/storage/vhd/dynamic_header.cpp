// SPDX-License-Identifier: GPL-3.0-or-later
#include "dynamic_header.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "big_endian.h"

namespace devices::storage::vhd {

namespace {

constexpr std::string_view kCookie = "cxsparse";
constexpr std::uint32_t kVersion = 0x00010000;

namespace at {
constexpr std::size_t kDataOffset = 8;
constexpr std::size_t kTableOffset = 16;
constexpr std::size_t kVersion = 24;
constexpr std::size_t kMaximumEntries = 28;
constexpr std::size_t kBlockSize = 32;
constexpr std::size_t kChecksum = 36;
constexpr std::size_t kParentIdentifier = 40;
constexpr std::size_t kParentTimestamp = 56;
constexpr std::size_t kParentName = 64;
constexpr std::size_t kParentNameUnits = 256;
constexpr std::size_t kLocators = 576;
constexpr std::size_t kLocatorLength = 24;
}  // namespace at

}  // namespace

std::optional<DynamicHeader> DynamicHeader::parse(std::span<const std::byte, kLength> bytes) {
    if (std::memcmp(bytes.data(), kCookie.data(), kCookie.size()) != 0 ||
        loadBigEndian<std::uint32_t>(bytes, at::kVersion) != kVersion ||
        loadBigEndian<std::uint32_t>(bytes, at::kChecksum) != checksum(bytes, at::kChecksum))
        return std::nullopt;
    DynamicHeader header;
    header.tableOffset = loadBigEndian<std::uint64_t>(bytes, at::kTableOffset);
    header.maximumEntries = loadBigEndian<std::uint32_t>(bytes, at::kMaximumEntries);
    header.blockSize = loadBigEndian<std::uint32_t>(bytes, at::kBlockSize);
    std::memcpy(header.parentIdentifier.data(), bytes.data() + at::kParentIdentifier,
                header.parentIdentifier.size());
    header.parentTimestamp = loadBigEndian<std::uint32_t>(bytes, at::kParentTimestamp);
    for (std::size_t i = 0; i < at::kParentNameUnits; ++i) {
        const auto unit = loadBigEndian<std::uint16_t>(bytes, at::kParentName + 2 * i);
        if (unit == 0)
            break;
        header.parentName += static_cast<char16_t>(unit);
    }
    for (std::size_t i = 0; i < kLocators; ++i) {
        const std::size_t offset = at::kLocators + i * at::kLocatorLength;
        header.locators[i] = {.platform = loadBigEndian<std::uint32_t>(bytes, offset),
                              .space = loadBigEndian<std::uint32_t>(bytes, offset + 4),
                              .length = loadBigEndian<std::uint32_t>(bytes, offset + 8),
                              .offset = loadBigEndian<std::uint64_t>(bytes, offset + 16)};
    }
    return header;
}

std::array<std::byte, DynamicHeader::kLength> DynamicHeader::bytes() const {
    std::array<std::byte, kLength> result = {};
    const std::span bytes(result);
    std::memcpy(result.data(), kCookie.data(), kCookie.size());
    storeBigEndian(bytes, at::kDataOffset, ~std::uint64_t{0});
    storeBigEndian(bytes, at::kTableOffset, tableOffset);
    storeBigEndian(bytes, at::kVersion, kVersion);
    storeBigEndian(bytes, at::kMaximumEntries, maximumEntries);
    storeBigEndian(bytes, at::kBlockSize, blockSize);
    std::memcpy(result.data() + at::kParentIdentifier, parentIdentifier.data(),
                parentIdentifier.size());
    storeBigEndian(bytes, at::kParentTimestamp, parentTimestamp);
    const std::size_t units = std::min(parentName.size(), at::kParentNameUnits - 1);
    for (std::size_t i = 0; i < units; ++i)
        storeBigEndian(bytes, at::kParentName + 2 * i, static_cast<std::uint16_t>(parentName[i]));
    for (std::size_t i = 0; i < kLocators; ++i) {
        const std::size_t offset = at::kLocators + i * at::kLocatorLength;
        storeBigEndian(bytes, offset, locators[i].platform);
        storeBigEndian(bytes, offset + 4, locators[i].space);
        storeBigEndian(bytes, offset + 8, locators[i].length);
        storeBigEndian(bytes, offset + 16, locators[i].offset);
    }
    storeBigEndian(bytes, at::kChecksum, checksum(bytes, at::kChecksum));
    return result;
}

std::uint32_t DynamicHeader::bitmapLength() const {
    const std::uint32_t bytes = (blockSize / kSector + 7) / 8;
    return (bytes + kSector - 1) / kSector * kSector;
}

std::uint64_t DynamicHeader::tableLength() const {
    return (std::uint64_t{maximumEntries} * 4 + kSector - 1) / kSector * kSector;
}

}  // namespace devices::storage::vhd
