// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

/// What host and guest say to each other of memory. Linux: drivers/hv/hv_balloon.c.
namespace devices::synthetic::dynamic_memory {

enum class MessageType : std::uint16_t {
    VersionRequest = 1,
    VersionResponse = 2,
    Capabilities = 3,
    CapabilitiesResponse = 4,
    Status = 5,
    BalloonRequest = 6,
    BalloonResponse = 7,
    UnballoonRequest = 8,
    UnballoonResponse = 9,
    HotAddRequest = 10,
    HotAddResponse = 11,
    Information = 12,
};

struct Header {
    std::uint16_t type;
    /// Of the whole message.
    std::uint16_t size;
    std::uint32_t transaction;
};
static_assert(sizeof(Header) == 8);

/// What the guest takes at most, and what it sends at most.
inline constexpr std::size_t kMostBytes = 4096;

struct VersionRequest {
    Header header;
    /// Major in the upper half.
    std::uint32_t version;
    std::uint32_t isLastAttempt;
};
static_assert(sizeof(VersionRequest) == 16);
inline constexpr std::uint32_t kVersion1 = 0x1'0000;
inline constexpr std::uint32_t kVersion2 = 0x2'0000;

/// To version and capabilities.
struct Response {
    Header header;
    std::uint64_t isAccepted;
};
static_assert(sizeof(Response) == 16);

struct Capabilities {
    Header header;
    std::uint64_t bits;
    std::uint64_t leastPages;
    std::uint64_t lastPage;
};
static_assert(sizeof(Capabilities) == 32);
inline constexpr std::uint64_t kCanBalloon = 1;
inline constexpr std::uint64_t kCanHotAdd = 2;
/// Of hot-added memory: 2 to the power of this, in MiB.
[[nodiscard]] constexpr unsigned alignmentShift(std::uint64_t bits) {
    return static_cast<unsigned>(bits >> 2 & 15);
}

struct Status {
    Header header;
    std::uint64_t availablePages;
    std::uint64_t committedPages;
    std::uint64_t pageFilePages;
    std::uint64_t freePages;
    std::uint32_t pageFileWrites;
    std::uint32_t cacheDifference;
};
static_assert(sizeof(Status) == 48);

struct BalloonRequest {
    Header header;
    std::uint32_t pages;
    std::uint32_t reserved;
};
static_assert(sizeof(BalloonRequest) == 16);

/// Ranges follow. `rangesAndMore`: bit 0, more responses come; above, the count of ranges.
struct BalloonResponse {
    Header header;
    std::uint32_t reserved;
    std::uint32_t rangesAndMore;
};
static_assert(sizeof(BalloonResponse) == 16);

/// Ranges follow.
struct UnballoonRequest {
    Header header;
    std::uint32_t more;
    std::uint32_t rangeCount;
};
static_assert(sizeof(UnballoonRequest) == 16);

/// A region may follow: what of the address space the driver is to prepare.
struct HotAddRequest {
    Header header;
    std::uint64_t range;
};
static_assert(sizeof(HotAddRequest) == 16);

struct HotAddResponse {
    Header header;
    std::uint32_t pages;
    /// 0: it may work later.
    std::uint32_t result;
};
static_assert(sizeof(HotAddResponse) == 16);

struct Information {
    Header header;
    std::uint32_t reserved;
    std::uint32_t size;
    std::uint32_t kind;
    std::uint32_t dataSize;
    std::uint64_t mostPages;
};
static_assert(sizeof(Information) == 32);
inline constexpr std::uint32_t kMostPagesInformation = 0;

// A range of pages is one number: the first frame's below, the count in the upper 24 bits.
inline constexpr unsigned kRangeShift = 40;
inline constexpr std::uint64_t kMostPagesInRange = (std::uint64_t{1} << 24) - 1;
[[nodiscard]] constexpr std::uint64_t packRange(std::uint64_t first, std::uint64_t count) {
    return count << kRangeShift | first;
}
[[nodiscard]] constexpr std::uint64_t firstOf(std::uint64_t range) {
    return range & ((std::uint64_t{1} << kRangeShift) - 1);
}
[[nodiscard]] constexpr std::uint64_t countOf(std::uint64_t range) {
    return range >> kRangeShift;
}

}  // namespace devices::synthetic::dynamic_memory
