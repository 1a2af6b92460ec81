// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace devices::synthetic::nvsp {

// The messages between a network adapter's driver and its provider. Linux:
// drivers/net/hyperv/hyperv_net.h.

enum class Version : std::uint32_t {
    None = 0,
    V1 = 2,
    V2 = 0x0003'0002,
    V4 = 0x0004'0000,
    V5 = 0x0005'0000,
    V6 = 0x0006'0000,
    V61 = 0x0006'0001,
};

enum class MessageType : std::uint32_t {
    Init = 1,
    InitComplete = 2,
    SendNdisVersion = 100,
    SendReceiveBuffer = 101,
    SendReceiveBufferComplete = 102,
    RevokeReceiveBuffer = 103,
    SendSendBuffer = 104,
    SendSendBufferComplete = 105,
    RevokeSendBuffer = 106,
    SendRndisPacket = 107,
    SendRndisPacketComplete = 108,
    SendNdisConfig = 125,
    SwitchDataPath = 129,
    SubChannel = 133,
    SendIndirectionTable = 134,
};

enum class Status : std::uint32_t {
    None = 0,
    Success = 1,
    Failure = 2,
    InvalidRndisPacket = 5,
};

/// Of any message; Linux sends them all this long and takes answers of this length for any.
inline constexpr std::size_t kMessageSize = 40;
using MessageBytes = std::array<std::byte, kMessageSize>;

struct Init {
    std::uint32_t type;
    std::uint32_t leastVersion;
    std::uint32_t mostVersion;
};
static_assert(offsetof(Init, mostVersion) == 8);

struct InitComplete {
    std::uint32_t type;
    std::uint32_t version;
    std::uint32_t mostMdlChain;
    std::uint32_t status;
};
static_assert(offsetof(InitComplete, status) == 12);

struct NdisConfig {
    std::uint32_t type;
    /// With the Ethernet header.
    std::uint32_t frameSize;
    std::uint32_t reserved;
    std::uint32_t capabilitiesLow;
    std::uint32_t capabilitiesHigh;
};
static_assert(offsetof(NdisConfig, capabilitiesLow) == 12);
inline constexpr std::uint32_t kVlanCapability = 1 << 3;

/// SendReceiveBuffer and SendSendBuffer.
struct SendBuffer {
    std::uint32_t type;
    std::uint32_t gpadl;
    std::uint16_t id;
    std::uint16_t reserved;
};
static_assert(offsetof(SendBuffer, id) == 8);
inline constexpr std::uint16_t kReceiveBufferId = 0xCAFE;

struct ReceiveBufferComplete {
    std::uint32_t type;
    std::uint32_t status;
    std::uint32_t sectionCount;
    std::uint32_t offset;
    std::uint32_t subAllocationSize;
    std::uint32_t subAllocationCount;
    std::uint32_t endOffset;
};
static_assert(sizeof(ReceiveBufferComplete) == 28);

struct SendBufferComplete {
    std::uint32_t type;
    std::uint32_t status;
    std::uint32_t sectionSize;
};
static_assert(sizeof(SendBufferComplete) == 12);

struct RndisPacket {
    std::uint32_t type;
    std::uint32_t channelType;
    std::uint32_t sectionIndex;
    std::uint32_t sectionSize;
};
static_assert(sizeof(RndisPacket) == 16);
inline constexpr std::uint32_t kDataChannel = 0;
inline constexpr std::uint32_t kControlChannel = 1;
inline constexpr std::uint32_t kNoSection = 0xFFFF'FFFF;

struct RndisPacketComplete {
    std::uint32_t type;
    std::uint32_t status;
};
static_assert(sizeof(RndisPacketComplete) == 8);

/// Request and answer.
struct SubChannel {
    std::uint32_t type;
    /// Of the request: kAllocateSubChannels. Of the answer: a Status.
    std::uint32_t operation;
    std::uint32_t count;
};
static_assert(sizeof(SubChannel) == 12);
inline constexpr std::uint32_t kAllocateSubChannels = 1;

/// Which queue the guest should send on, by its hash of the connection.
struct IndirectionTable {
    static constexpr std::uint32_t kEntries = 16;
    std::uint32_t type;
    std::uint32_t count;
    /// From the message's start on; where every Linux finds the table, whatever it thinks of the
    /// offset.
    std::uint32_t offset;
    std::array<std::uint32_t, 7> reserved;
    std::array<std::uint32_t, kEntries> queues;
};
static_assert(offsetof(IndirectionTable, queues) == 40);

}  // namespace devices::synthetic::nvsp
