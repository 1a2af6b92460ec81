// SPDX-License-Identifier: GPL-3.0-or-later
#include "footer.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <random>

#include "big_endian.h"

namespace devices::storage::vhd {

namespace {

constexpr std::string_view kCookie = "conectix";
constexpr std::uint32_t kVersion = 0x00010000;
// "VR", then the version of what we write.
constexpr std::uint32_t kVireoVersion = 0x56520001;
constexpr std::array<char, 4> kCreator = {'w', 'i', 'n', ' '};
constexpr std::array<char, 4> kSystem = {'W', 'i', '2', 'k'};
// 2000-01-01 00:00 UTC in Unix time.
constexpr std::time_t kEpoch = 946684800;

namespace at {
constexpr std::size_t kFeatures = 8;
constexpr std::size_t kVersion = 12;
constexpr std::size_t kHeaderOffset = 16;
constexpr std::size_t kTimestamp = 24;
constexpr std::size_t kCreator = 28;
constexpr std::size_t kCreatorVersion = 32;
constexpr std::size_t kCreatorSystem = 36;
constexpr std::size_t kOriginalSize = 40;
constexpr std::size_t kCurrentSize = 48;
constexpr std::size_t kGeometry = 56;
constexpr std::size_t kType = 60;
constexpr std::size_t kChecksum = 64;
constexpr std::size_t kIdentifier = 68;
constexpr std::size_t kSavedState = 84;
}  // namespace at

std::uint32_t now() {
    return static_cast<std::uint32_t>(std::time(nullptr) - kEpoch);
}

}  // namespace

std::uint32_t checksum(std::span<const std::byte> bytes, std::size_t field) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        if (i < field || i >= field + 4)
            sum += std::to_integer<std::uint32_t>(bytes[i]);
    return ~sum;
}

bool Footer::hasCookie(std::span<const std::byte> bytes) {
    return bytes.size() >= kCookie.size() &&
           std::memcmp(bytes.data(), kCookie.data(), kCookie.size()) == 0;
}

std::optional<Footer> Footer::parse(std::span<const std::byte, kLength> bytes) {
    if (!hasCookie(bytes) || loadBigEndian<std::uint32_t>(bytes, at::kVersion) != kVersion ||
        loadBigEndian<std::uint32_t>(bytes, at::kChecksum) != checksum(bytes, at::kChecksum))
        return std::nullopt;
    const auto type = loadBigEndian<std::uint32_t>(bytes, at::kType);
    if (type < static_cast<std::uint32_t>(DiskType::Fixed) ||
        type > static_cast<std::uint32_t>(DiskType::Differencing))
        return std::nullopt;
    Footer footer;
    footer.features = loadBigEndian<std::uint32_t>(bytes, at::kFeatures);
    footer.headerOffset = loadBigEndian<std::uint64_t>(bytes, at::kHeaderOffset);
    footer.timestamp = loadBigEndian<std::uint32_t>(bytes, at::kTimestamp);
    std::memcpy(footer.creator.data(), bytes.data() + at::kCreator, footer.creator.size());
    footer.creatorVersion = loadBigEndian<std::uint32_t>(bytes, at::kCreatorVersion);
    std::memcpy(footer.creatorSystem.data(), bytes.data() + at::kCreatorSystem,
                footer.creatorSystem.size());
    footer.originalSize = loadBigEndian<std::uint64_t>(bytes, at::kOriginalSize);
    footer.currentSize = loadBigEndian<std::uint64_t>(bytes, at::kCurrentSize);
    footer.geometry = loadBigEndian<std::uint32_t>(bytes, at::kGeometry);
    footer.type = static_cast<DiskType>(type);
    std::memcpy(footer.identifier.data(), bytes.data() + at::kIdentifier, footer.identifier.size());
    footer.savedState = std::to_integer<std::uint8_t>(bytes[at::kSavedState]);
    return footer;
}

std::array<std::byte, Footer::kLength> Footer::bytes() const {
    std::array<std::byte, kLength> result = {};
    const std::span bytes(result);
    std::memcpy(result.data(), kCookie.data(), kCookie.size());
    storeBigEndian(bytes, at::kFeatures, features);
    storeBigEndian(bytes, at::kVersion, kVersion);
    storeBigEndian(bytes, at::kHeaderOffset, headerOffset);
    storeBigEndian(bytes, at::kTimestamp, timestamp);
    std::memcpy(result.data() + at::kCreator, creator.data(), creator.size());
    storeBigEndian(bytes, at::kCreatorVersion, creatorVersion);
    std::memcpy(result.data() + at::kCreatorSystem, creatorSystem.data(), creatorSystem.size());
    storeBigEndian(bytes, at::kOriginalSize, originalSize);
    storeBigEndian(bytes, at::kCurrentSize, currentSize);
    storeBigEndian(bytes, at::kGeometry, geometry);
    storeBigEndian(bytes, at::kType, static_cast<std::uint32_t>(type));
    std::memcpy(result.data() + at::kIdentifier, identifier.data(), identifier.size());
    result[at::kSavedState] = std::byte{savedState};
    storeBigEndian(bytes, at::kChecksum, checksum(bytes, at::kChecksum));
    return result;
}

Footer makeFooter(DiskType type, std::uint64_t size) {
    Footer footer;
    footer.timestamp = now();
    footer.creator = kCreator;
    footer.creatorVersion = kVireoVersion;
    footer.creatorSystem = kSystem;
    footer.type = type;
    if (type != DiskType::Fixed)
        footer.headerOffset = Footer::kLength;
    setSize(footer, size);
    footer.originalSize = size;
    // Version 4 of RFC 4122.
    if (::getrandom(footer.identifier.data(), footer.identifier.size(), 0) !=
        static_cast<ssize_t>(footer.identifier.size())) {
        std::random_device random;
        for (std::byte& byte : footer.identifier)
            byte = static_cast<std::byte>(random() & 0xFF);
    }
    footer.identifier[6] = (footer.identifier[6] & std::byte{0x0F}) | std::byte{0x40};
    footer.identifier[8] = (footer.identifier[8] & std::byte{0x3F}) | std::byte{0x80};
    return footer;
}

bool madeByVireo(const Footer& footer) {
    return footer.creatorVersion == kVireoVersion;
}

void setSize(Footer& footer, std::uint64_t size) {
    footer.currentSize = size;
    footer.geometry = geometryFor(size);
}

void renewTimestamp(Footer& footer) {
    footer.timestamp = std::max(now(), footer.timestamp + 1);
}

std::uint32_t geometryFor(std::uint64_t size) {
    constexpr std::uint64_t kMaximumCylinders = 65535;
    constexpr std::uint64_t kMaximumHeads = 16;
    const std::uint64_t sectors = std::min(size / kSector, kMaximumCylinders * kMaximumHeads * 255);
    std::uint64_t perTrack = 17;
    std::uint64_t heads = kMaximumHeads;
    std::uint64_t tracks = 0;
    if (sectors >= kMaximumCylinders * kMaximumHeads * 63) {
        perTrack = 255;
        tracks = sectors / perTrack;
    } else {
        constexpr std::uint64_t kOldCylinders = 1024;
        tracks = sectors / perTrack;
        heads = std::max<std::uint64_t>((tracks + kOldCylinders - 1) / kOldCylinders, 4);
        if (tracks >= heads * kOldCylinders || heads > kMaximumHeads) {
            perTrack = 31;
            heads = kMaximumHeads;
            tracks = sectors / perTrack;
        }
        if (tracks >= heads * kOldCylinders) {
            perTrack = 63;
            heads = kMaximumHeads;
            tracks = sectors / perTrack;
        }
    }
    return static_cast<std::uint32_t>((tracks / heads) << 16 | heads << 8 | perTrack);
}

std::string text(const Identifier& identifier) {
    std::string result;
    for (std::size_t i = 0; i < identifier.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            result += '-';
        result += fmt::format("{:02x}", std::to_integer<unsigned>(identifier[i]));
    }
    return result;
}

}  // namespace devices::storage::vhd
