// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vmbus {

/// The first page of a ring: who shares it writes with atomic operations only. Linux:
/// include/linux/hyperv.h, hv_ring_buffer.
struct RingControl {
    /// Offsets into the data area, multiples of 8.
    std::uint32_t writeIndex;
    std::uint32_t readIndex;
    /// Not 0: who reads this ring wants no interrupts.
    std::uint32_t interruptMask;
    /// Not 0: who writes waits for that many free bytes.
    std::uint32_t pendingSendSize;
    std::array<std::uint32_t, 12> reserved1;
    /// Bit 0: pendingSendSize is obeyed.
    std::uint32_t featureBits;
};
static_assert(offsetof(RingControl, interruptMask) == 8);
static_assert(offsetof(RingControl, pendingSendSize) == 12);
static_assert(offsetof(RingControl, featureBits) == 64);

inline constexpr std::uint32_t kPendingSendSizeFeature = 1;

/// Indices, packets and their parts are multiples of it.
inline constexpr std::uint32_t kRingUnit = 8;

enum class PacketType : std::uint16_t {
    InBand = 6,
    TransferPages = 7,
    GpaDirect = 9,
    Completion = 0xB,
};

/// In front of every packet. Linux: vmpacket_descriptor.
struct PacketDescriptor {
    std::uint16_t type;
    /// Where the payload begins and the packet ends, in units of 8 bytes from the descriptor on.
    std::uint16_t payloadOffset8;
    std::uint16_t length8;
    std::uint16_t flags;
    std::uint64_t transactionId;
};
static_assert(sizeof(PacketDescriptor) == 16);

inline constexpr std::uint16_t kCompletionRequested = 1;
/// Behind every packet: the write index before it, in the upper half.
inline constexpr std::size_t kPacketTrailer = 8;

/// Of a GPA-direct packet, behind its descriptor. Linux: vmdata_gpa_direct.
struct GpaDirectHeader {
    std::uint32_t reserved;
    std::uint32_t rangeCount;
};
static_assert(sizeof(GpaDirectHeader) == 8);

/// In front of each range's page frame numbers. Linux: gpa_range.
struct GpaRangeHeader {
    std::uint32_t byteCount;
    std::uint32_t byteOffset;
};
static_assert(sizeof(GpaRangeHeader) == 8);

/// Of a transfer-page packet, behind its descriptor. Linux: vmtransfer_page_packet_header.
struct TransferPagesHeader {
    std::uint16_t setId;
    std::uint8_t senderOwnsSet;
    std::uint8_t reserved;
    std::uint32_t rangeCount;
};
static_assert(sizeof(TransferPagesHeader) == 8);

struct TransferPagesRange {
    std::uint32_t byteCount;
    std::uint32_t byteOffset;
};
static_assert(sizeof(TransferPagesRange) == 8);

}  // namespace vmbus
