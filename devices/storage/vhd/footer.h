// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace devices::storage::vhd {

// Microsoft's Virtual Hard Disk Image Format Specification 1.0. All numbers are big-endian.

inline constexpr std::uint32_t kSector = 512;
inline constexpr std::uint64_t kMaximumSize = std::uint64_t{2040} << 30;

using Identifier = std::array<std::byte, 16>;

enum class DiskType : std::uint32_t { Fixed = 2, Dynamic = 3, Differencing = 4 };

/// "Hard Disk Footer Format": the last 512 bytes of the file and, but for fixed disks, the first.
struct Footer {
    static constexpr std::size_t kLength = 512;
    static constexpr std::uint64_t kNoHeader = ~std::uint64_t{0};

    std::uint32_t features = 2;
    std::uint64_t headerOffset = kNoHeader;
    /// Seconds since 2000-01-01 00:00 UTC.
    std::uint32_t timestamp = 0;
    std::array<char, 4> creator = {};
    std::uint32_t creatorVersion = 0;
    std::array<char, 4> creatorSystem = {};
    std::uint64_t originalSize = 0;
    std::uint64_t currentSize = 0;
    std::uint32_t geometry = 0;
    DiskType type = DiskType::Fixed;
    Identifier identifier = {};
    std::uint8_t savedState = 0;

    /// None if the cookie, the version, the checksum or the type is wrong.
    [[nodiscard]] static std::optional<Footer> parse(std::span<const std::byte, kLength> bytes);
    [[nodiscard]] static bool hasCookie(std::span<const std::byte> bytes);
    [[nodiscard]] std::array<std::byte, kLength> bytes() const;

    friend bool operator==(const Footer&, const Footer&) = default;
};

/// A new footer of ours with the present time and a random identifier.
[[nodiscard]] Footer makeFooter(DiskType type, std::uint64_t size);
/// Whether Vireo made the image. Its creator field says "win ", as that of Hyper-V's, because other
/// programs compute the size from the geometry otherwise; the version tells.
[[nodiscard]] bool madeByVireo(const Footer& footer);
/// Sets size and geometry.
void setSize(Footer& footer, std::uint64_t size);
/// The present time, and in any case another one than before.
void renewTimestamp(Footer& footer);

/// "CHS Calculation" of the specification, as the footer has it: cylinders in 16 bits, heads and
/// sectors per track in 8 each.
[[nodiscard]] std::uint32_t geometryFor(std::uint64_t size);

/// One's complement of the sum of all bytes but the four at `field`.
[[nodiscard]] std::uint32_t checksum(std::span<const std::byte> bytes, std::size_t field);

/// "8-4-4-4-12" hexadecimal digits.
[[nodiscard]] std::string text(const Identifier& identifier);

}  // namespace devices::storage::vhd
