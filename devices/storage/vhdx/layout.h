// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "guid.h"

/// What lies in a VHDX file, as Microsoft's [MS-VHDX] has it; section numbers are those of the
/// specification. Everything is little-endian. Structs are copied out of and into bytes.
namespace devices::storage::vhdx {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr std::uint64_t kTiB = 1024 * kGiB;

/// Everything but payload is written in whole sectors of this size.
constexpr std::size_t kMetadataSector = 4096;

constexpr std::uint64_t kMaximumDiskSize = 64 * kTiB;
constexpr std::uint32_t kMinimumBlockSize = 1 * kMiB;
constexpr std::uint32_t kMaximumBlockSize = 256 * kMiB;
/// Regions, the log and blocks begin at multiples of it, and are multiples of it long.
constexpr std::uint64_t kAlignment = kMiB;

template <class T>
[[nodiscard]] T load(std::span<const std::byte> bytes, std::size_t offset = 0) {
    T value;
    std::memcpy(&value, bytes.subspan(offset, sizeof value).data(), sizeof value);
    return value;
}

template <class T>
void store(const T& value, std::span<std::byte> bytes, std::size_t offset = 0) {
    std::memcpy(bytes.subspan(offset, sizeof value).data(), &value, sizeof value);
}

[[nodiscard]] constexpr std::uint32_t signature(const char (&text)[5]) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value |= std::uint32_t{static_cast<unsigned char>(text[i])} << (8 * i);
    return value;
}

[[nodiscard]] constexpr std::uint64_t signature(const char (&text)[9]) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
        value |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
    return value;
}

// 2.2: the header section, the first MiB.

constexpr std::uint64_t kHeaderSectionSize = kMiB;
constexpr std::uint64_t kFileIdentifierOffset = 0;
constexpr std::array<std::uint64_t, 2> kHeaderOffsets{64 * kKiB, 128 * kKiB};
constexpr std::array<std::uint64_t, 2> kRegionTableOffsets{192 * kKiB, 256 * kKiB};
constexpr std::size_t kHeaderSize = 4096;
constexpr std::size_t kRegionTableSize = 64 * kKiB;

constexpr std::uint64_t kFileSignature = signature("vhdxfile");
constexpr std::uint32_t kHeaderSignature = signature("head");
constexpr std::uint32_t kRegionTableSignature = signature("regi");

/// 2.2.1
struct FileIdentifierLayout {
    std::uint64_t signature;
    char16_t creator[256];
};
static_assert(sizeof(FileIdentifierLayout) == 520);

/// 2.2.2; the checksum is over kHeaderSize bytes.
struct HeaderLayout {
    std::uint32_t signature;
    std::uint32_t checksum;
    std::uint64_t sequenceNumber;
    Guid fileWriteGuid;
    Guid dataWriteGuid;
    Guid logGuid;
    std::uint16_t logVersion;
    std::uint16_t version;
    std::uint32_t logLength;
    std::uint64_t logOffset;
};
static_assert(sizeof(HeaderLayout) == 80 && offsetof(HeaderLayout, logGuid) == 48 &&
              offsetof(HeaderLayout, logOffset) == 72);
constexpr std::uint16_t kVersion = 1;
constexpr std::uint16_t kLogVersion = 0;

/// 2.2.3; the checksum is over kRegionTableSize bytes.
struct RegionTableHeaderLayout {
    std::uint32_t signature;
    std::uint32_t checksum;
    std::uint32_t entryCount;
    std::uint32_t reserved;
};
static_assert(sizeof(RegionTableHeaderLayout) == 16);

struct RegionEntryLayout {
    Guid guid;
    std::uint64_t fileOffset;
    std::uint32_t length;
    std::uint32_t flags;
};
static_assert(sizeof(RegionEntryLayout) == 32 && offsetof(RegionEntryLayout, fileOffset) == 16);
constexpr std::uint32_t kMaximumRegions = 2047;
constexpr std::uint32_t kRegionRequired = 1;

constexpr Guid kBatRegion = Guid::of(0x2DC27766, 0xF623, 0x4200, 0x9D64115E9BFD4A08);
constexpr Guid kMetadataRegion = Guid::of(0x8B7CA206, 0x4790, 0x4B9A, 0xB8FE575F050F886E);

// 2.3: the log.

constexpr std::uint32_t kLogEntrySignature = signature("loge");
constexpr std::uint32_t kZeroDescriptorSignature = signature("zero");
constexpr std::uint32_t kDataDescriptorSignature = signature("desc");
constexpr std::uint32_t kDataSectorSignature = signature("data");

/// 2.3.1.1; the checksum is over the whole entry.
struct LogEntryHeaderLayout {
    std::uint32_t signature;
    std::uint32_t checksum;
    std::uint32_t entryLength;
    std::uint32_t tail;
    std::uint64_t sequenceNumber;
    std::uint32_t descriptorCount;
    std::uint32_t reserved;
    Guid logGuid;
    std::uint64_t flushedFileOffset;
    std::uint64_t lastFileOffset;
};
static_assert(sizeof(LogEntryHeaderLayout) == 64 && offsetof(LogEntryHeaderLayout, logGuid) == 32);

/// 2.3.1.2
struct ZeroDescriptorLayout {
    std::uint32_t signature;
    std::uint32_t reserved;
    std::uint64_t zeroLength;
    std::uint64_t fileOffset;
    std::uint64_t sequenceNumber;
};
static_assert(sizeof(ZeroDescriptorLayout) == 32);

/// 2.3.1.3: the sector's first eight and last four bytes stand here.
struct DataDescriptorLayout {
    std::uint32_t signature;
    std::uint32_t trailingBytes;
    std::uint64_t leadingBytes;
    std::uint64_t fileOffset;
    std::uint64_t sequenceNumber;
};
static_assert(sizeof(DataDescriptorLayout) == 32);
constexpr std::size_t kDescriptorSize = 32;

/// 2.3.1.4
struct DataSectorLayout {
    std::uint32_t signature;
    std::uint32_t sequenceHigh;
    std::byte data[4084];
    std::uint32_t sequenceLow;
};
static_assert(sizeof(DataSectorLayout) == kMetadataSector &&
              offsetof(DataSectorLayout, sequenceLow) == 4092);

// 2.5: the block allocation table (BAT).

constexpr std::size_t kBatEntrySize = 8;
constexpr std::uint64_t kBatStateMask = 7;
constexpr unsigned kBatOffsetShift = 20;
/// Bits 3 to 19 are reserved.
constexpr std::uint64_t kBatReservedMask = (std::uint64_t{1} << kBatOffsetShift) - 8;

/// 2.5.1.1 and 2.5.1.2; a sector bitmap block knows kNotPresent and kFullyPresent only.
enum class BlockState : std::uint8_t {
    kNotPresent = 0,
    kUndefined = 1,
    kZero = 2,
    kUnmapped = 3,
    kFullyPresent = 6,
    kPartiallyPresent = 7,
};

constexpr std::uint64_t kBitmapBlockSize = kMiB;

// 2.6: the metadata region.

constexpr std::uint64_t kMetadataSignature = signature("metadata");
constexpr std::size_t kMetadataTableSize = 64 * kKiB;

/// 2.6.1.1
struct MetadataTableHeaderLayout {
    std::uint64_t signature;
    std::uint16_t reserved;
    std::uint16_t entryCount;
    std::uint32_t reserved2[5];
};
static_assert(sizeof(MetadataTableHeaderLayout) == 32);

/// 2.6.1.2
struct MetadataEntryLayout {
    Guid itemId;
    std::uint32_t offset;
    std::uint32_t length;
    std::uint32_t flags;
    std::uint32_t reserved;
};
static_assert(sizeof(MetadataEntryLayout) == 32);
constexpr std::uint16_t kMaximumMetadataEntries = 2047;
constexpr std::uint32_t kMaximumMetadataItem = kMiB;
constexpr std::uint32_t kMetadataIsUser = 1;
constexpr std::uint32_t kMetadataIsVirtualDisk = 2;
constexpr std::uint32_t kMetadataIsRequired = 4;

/// 2.6.2.1
struct FileParametersLayout {
    std::uint32_t blockSize;
    std::uint32_t flags;
};
static_assert(sizeof(FileParametersLayout) == 8);
constexpr std::uint32_t kLeaveBlocksAllocated = 1;
constexpr std::uint32_t kHasParent = 2;

constexpr Guid kFileParameters = Guid::of(0xCAA16737, 0xFA36, 0x4D43, 0xB3B633F0AA44E76B);
constexpr Guid kVirtualDiskSize = Guid::of(0x2FA54224, 0xCD1B, 0x4876, 0xB2115DBED83BF4B8);
constexpr Guid kVirtualDiskId = Guid::of(0xBECA12AB, 0xB2E6, 0x4523, 0x93EFC309E000C746);
constexpr Guid kLogicalSectorSize = Guid::of(0x8141BF1D, 0xA96F, 0x4709, 0xBA47F233A8FAAB5F);
constexpr Guid kPhysicalSectorSize = Guid::of(0xCDA348C7, 0x445D, 0x4471, 0x9CC9E9885251C556);
constexpr Guid kParentLocator = Guid::of(0xA8D35F2D, 0xB30B, 0x454D, 0xABF7D3D84834AB0C);

/// 2.6.2.6.1
struct ParentLocatorHeaderLayout {
    Guid type;
    std::uint16_t reserved;
    std::uint16_t keyValueCount;
};
static_assert(sizeof(ParentLocatorHeaderLayout) == 20);

/// 2.6.2.6.2: offsets are from the locator's begin, lengths in bytes of UTF-16.
struct ParentLocatorEntryLayout {
    std::uint32_t keyOffset;
    std::uint32_t valueOffset;
    std::uint16_t keyLength;
    std::uint16_t valueLength;
};
static_assert(sizeof(ParentLocatorEntryLayout) == 12);

/// 2.6.2.6.3: the only type of locator that is specified, a VHDX as parent.
constexpr Guid kVhdxParentLocator = Guid::of(0xB04AEFB7, 0xD19E, 0x4A81, 0xB78925B8E9445913);

}  // namespace devices::storage::vhdx
