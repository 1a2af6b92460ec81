// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "footer.h"

namespace devices::storage::vhd {

/// "Parent Locator" entry.
struct LocatorEntry {
    // Relative and absolute Windows path in UTF-16, little-endian; a file URL in UTF-8.
    static constexpr std::uint32_t kWindowsRelative = 0x57327275;
    static constexpr std::uint32_t kWindowsAbsolute = 0x57326B75;
    static constexpr std::uint32_t kMacintoshUrl = 0x4D616358;

    std::uint32_t platform = 0;
    /// Room, in bytes; some writers count sectors.
    std::uint32_t space = 0;
    std::uint32_t length = 0;
    std::uint64_t offset = 0;
};

/// "Dynamic Disk Header Format".
struct DynamicHeader {
    static constexpr std::size_t kLength = 1024;
    static constexpr std::size_t kLocators = 8;

    std::uint64_t tableOffset = 0;
    std::uint32_t maximumEntries = 0;
    std::uint32_t blockSize = 0;
    Identifier parentIdentifier = {};
    std::uint32_t parentTimestamp = 0;
    /// The parent's file name. Behind it zeroes; at most 255 units are written.
    std::u16string parentName;
    std::array<LocatorEntry, kLocators> locators = {};

    /// None if the cookie, the version or the checksum is wrong.
    [[nodiscard]] static std::optional<DynamicHeader> parse(
        std::span<const std::byte, kLength> bytes);
    /// What changes when only tableOffset and maximumEntries do lies in the first sector.
    [[nodiscard]] std::array<std::byte, kLength> bytes() const;

    /// Of the sector bitmap before each block, whole sectors.
    [[nodiscard]] std::uint32_t bitmapLength() const;
    /// Of bitmap and block together.
    [[nodiscard]] std::uint64_t slotLength() const {
        return std::uint64_t{bitmapLength()} + blockSize;
    }
    [[nodiscard]] std::uint64_t tableLength() const;
};

inline constexpr std::uint32_t kUnused = 0xFFFFFFFF;
/// As the parent's timestamp in a child that is being merged: the parent may have been written to.
inline constexpr std::uint32_t kAnyTimestamp = 0;

}  // namespace devices::storage::vhd
