// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace devices::tulip {

/// One descriptor of either list, as it is in guest memory. Source: the 21140A's manual, chapter 4.
struct Descriptor {
    std::uint32_t status;
    std::uint32_t control;
    std::uint32_t buffer1;
    /// A second buffer, or where the next descriptor is.
    std::uint32_t buffer2;

    [[nodiscard]] std::uint32_t size1() const { return control & 0x7FF; }
    [[nodiscard]] std::uint32_t size2() const { return isChained() ? 0 : control >> 11 & 0x7FF; }
    [[nodiscard]] bool isOwned() const { return (status & kOwn) != 0; }
    [[nodiscard]] bool isChained() const { return (control & kChained) != 0; }
    [[nodiscard]] bool endsRing() const { return (control & kEndOfRing) != 0; }

    /// It is the adapter's.
    static constexpr std::uint32_t kOwn = 1U << 31;
    static constexpr std::uint32_t kEndOfRing = 1U << 25;
    static constexpr std::uint32_t kChained = 1U << 24;
};
static_assert(sizeof(Descriptor) == 16);
static_assert(offsetof(Descriptor, control) == 4);
static_assert(offsetof(Descriptor, buffer1) == 8);
static_assert(offsetof(Descriptor, buffer2) == 12);

/// Of a transmit descriptor's status.
namespace transmit_status {
inline constexpr std::uint32_t kErrors = 1U << 15;
inline constexpr std::uint32_t kJabber = 1U << 14;
/// What a setup frame's descriptor ends with.
inline constexpr std::uint32_t kSetup = 0x7FFF'FFFF;
}  // namespace transmit_status

/// Of a transmit descriptor's control word.
namespace transmit_control {
inline constexpr std::uint32_t kInterrupt = 1U << 31;
inline constexpr std::uint32_t kLast = 1U << 30;
inline constexpr std::uint32_t kFirst = 1U << 29;
inline constexpr std::uint32_t kFilterHigh = 1U << 28;
inline constexpr std::uint32_t kSetup = 1U << 27;
/// The frame has its checksum at its end.
inline constexpr std::uint32_t kHasChecksum = 1U << 26;
inline constexpr std::uint32_t kNoPadding = 1U << 23;
inline constexpr std::uint32_t kFilterLow = 1U << 22;
}  // namespace transmit_control

/// Of a receive descriptor's status.
namespace receive_status {
inline constexpr std::uint32_t kFilterFailed = 1U << 30;
inline constexpr unsigned kLengthShift = 16;
inline constexpr std::uint32_t kErrors = 1U << 15;
inline constexpr std::uint32_t kTruncated = 1U << 14;
inline constexpr unsigned kDataTypeShift = 12;
inline constexpr std::uint32_t kMulticast = 1U << 10;
inline constexpr std::uint32_t kFirst = 1U << 9;
inline constexpr std::uint32_t kLast = 1U << 8;
inline constexpr std::uint32_t kTooLong = 1U << 7;
/// Of Ethernet II, not of IEEE 802.3.
inline constexpr std::uint32_t kHasType = 1U << 5;
}  // namespace receive_status

}  // namespace devices::tulip
