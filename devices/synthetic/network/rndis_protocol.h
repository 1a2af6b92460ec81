// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace devices::synthetic::rndis {

// Remote NDIS inside the messages of nvsp_protocol.h. Linux: include/linux/rndis.h and
// drivers/net/hyperv/hyperv_net.h. Offsets in a body count from behind the header.

enum class MessageType : std::uint32_t {
    Packet = 0x1,
    Initialize = 0x2,
    Halt = 0x3,
    Query = 0x4,
    Set = 0x5,
    Reset = 0x6,
    Indicate = 0x7,
    KeepAlive = 0x8,
};
inline constexpr std::uint32_t kComplete = 0x8000'0000;

enum class Status : std::uint32_t {
    Success = 0,
    NotSupported = 0xC000'00BB,
    InvalidData = 0xC001'0015,
    MediaConnect = 0x4001'000B,
    MediaDisconnect = 0x4001'000C,
};

struct Header {
    std::uint32_t type;
    /// Of the whole message.
    std::uint32_t length;
};
static_assert(sizeof(Header) == 8);

struct Packet {
    Header header;
    std::uint32_t dataOffset;
    std::uint32_t dataLength;
    std::uint32_t outOfBandOffset;
    std::uint32_t outOfBandLength;
    std::uint32_t outOfBandCount;
    std::uint32_t packetInfoOffset;
    std::uint32_t packetInfoLength;
    std::uint32_t reserved[2];
};
static_assert(sizeof(Packet) == 44);

/// In front of each piece of per-packet information.
struct PacketInfo {
    /// With this header.
    std::uint32_t size;
    /// Bit 31: between driver and provider only.
    std::uint32_t type;
    /// Of the data, from here on.
    std::uint32_t offset;
};
static_assert(sizeof(PacketInfo) == 12);
inline constexpr std::uint32_t kInternalInfo = 0x8000'0000;

enum class PacketInfoType : std::uint32_t {
    Checksum = 0,
    LargeSend = 2,
    Vlan = 6,
    HashValue = 8,
};

// Checksum, of what is sent.
inline constexpr std::uint32_t kTransmitTcp = 1 << 2;
inline constexpr std::uint32_t kTransmitUdp = 1 << 3;
inline constexpr std::uint32_t kTransmitIpv4Header = 1 << 4;
// Checksum, of what is received.
inline constexpr std::uint32_t kReceivedTcpGood = 1 << 3;
inline constexpr std::uint32_t kReceivedUdpGood = 1 << 4;
inline constexpr std::uint32_t kReceivedIpv4HeaderGood = 1 << 5;
// LargeSend.
inline constexpr std::uint32_t kSegmentSizeMask = 0xF'FFFF;

struct Initialize {
    Header header;
    std::uint32_t requestId;
    std::uint32_t major;
    std::uint32_t minor;
    std::uint32_t mostTransfer;
};
static_assert(sizeof(Initialize) == 24);

struct InitializeComplete {
    Header header;
    std::uint32_t requestId;
    std::uint32_t status;
    std::uint32_t major;
    std::uint32_t minor;
    std::uint32_t deviceFlags;
    std::uint32_t medium;
    std::uint32_t mostPacketsPerMessage;
    std::uint32_t mostTransfer;
    /// As a power of two.
    std::uint32_t alignment;
    std::uint32_t addressFamilyOffset;
    std::uint32_t addressFamilySize;
};
static_assert(sizeof(InitializeComplete) == 52);

/// Query and Set.
struct Request {
    Header header;
    std::uint32_t requestId;
    std::uint32_t oid;
    std::uint32_t infoLength;
    std::uint32_t infoOffset;
    std::uint32_t reserved;
};
static_assert(sizeof(Request) == 28);

struct QueryComplete {
    Header header;
    std::uint32_t requestId;
    std::uint32_t status;
    std::uint32_t infoLength;
    std::uint32_t infoOffset;
};
static_assert(sizeof(QueryComplete) == 24);

/// Set, KeepAlive; and, with the status in requestId and `status` 0 for "addresses are as they
/// were", Reset.
struct SetComplete {
    Header header;
    std::uint32_t requestId;
    std::uint32_t status;
};
static_assert(sizeof(SetComplete) == 16);

struct Indicate {
    Header header;
    std::uint32_t status;
    std::uint32_t bufferLength;
    std::uint32_t bufferOffset;
};
static_assert(sizeof(Indicate) == 20);

enum class Oid : std::uint32_t {
    SupportedList = 0x0001'0101,
    HardwareStatus = 0x0001'0102,
    MediaSupported = 0x0001'0103,
    MediaInUse = 0x0001'0104,
    MostLookahead = 0x0001'0105,
    MostFrameSize = 0x0001'0106,
    LinkSpeed = 0x0001'0107,
    TransmitBlockSize = 0x0001'010A,
    ReceiveBlockSize = 0x0001'010B,
    VendorId = 0x0001'010C,
    VendorDescription = 0x0001'010D,
    PacketFilter = 0x0001'010E,
    Lookahead = 0x0001'010F,
    DriverVersion = 0x0001'0110,
    MostTotalSize = 0x0001'0111,
    MacOptions = 0x0001'0113,
    MediaConnectStatus = 0x0001'0114,
    MostSendPackets = 0x0001'0115,
    ReceiveScaleCapabilities = 0x0001'0203,
    ReceiveScaleParameters = 0x0001'0204,
    ConfigurationParameter = 0x0001'021B,
    SentFrames = 0x0002'0101,
    ReceivedFrames = 0x0002'0102,
    SendErrors = 0x0002'0103,
    ReceiveErrors = 0x0002'0104,
    ReceivedWithoutBuffer = 0x0002'0105,
    FriendlyName = 0x0002'0216,
    PermanentAddress = 0x0101'0101,
    CurrentAddress = 0x0101'0102,
    MulticastList = 0x0101'0103,
    MostMulticast = 0x0101'0104,
    OffloadParameters = 0xFC01'020C,
    OffloadCapabilities = 0xFC01'020D,
};

// Packet filter.
inline constexpr std::uint32_t kDirected = 0x01;
inline constexpr std::uint32_t kMulticast = 0x02;
inline constexpr std::uint32_t kAllMulticast = 0x04;
inline constexpr std::uint32_t kBroadcast = 0x08;
inline constexpr std::uint32_t kPromiscuous = 0x20;

/// In front of NDIS structures.
struct ObjectHeader {
    std::uint8_t type;
    std::uint8_t revision;
    std::uint16_t size;
};
static_assert(sizeof(ObjectHeader) == 4);
inline constexpr std::uint8_t kScaleCapabilitiesType = 0x88;
inline constexpr std::uint8_t kScaleParametersType = 0x89;
inline constexpr std::uint8_t kOffloadType = 0xA7;

/// NDIS_OFFLOAD; shorter in its earlier revisions.
struct Offload {
    ObjectHeader header;
    std::uint32_t ipv4TransmitEncapsulation;
    std::uint32_t ipv4TransmitChecksum;
    std::uint32_t ipv4ReceiveEncapsulation;
    std::uint32_t ipv4ReceiveChecksum;
    std::uint32_t ipv6TransmitEncapsulation;
    std::uint32_t ipv6TransmitChecksum;
    std::uint32_t ipv6ReceiveEncapsulation;
    std::uint32_t ipv6ReceiveChecksum;
    std::uint32_t largeSend1[4];
    std::uint32_t ipsec[7];
    std::uint32_t largeSend4Encapsulation;
    std::uint32_t largeSend4MostSize;
    std::uint32_t largeSend4LeastSegments;
    std::uint32_t largeSend6Encapsulation;
    std::uint32_t largeSend6MostSize;
    std::uint32_t largeSend6LeastSegments;
    std::uint32_t largeSend6Options;
    std::uint8_t rest[52];
};
static_assert(offsetof(Offload, largeSend4Encapsulation) == 80);
static_assert(offsetof(Offload, largeSend6Options) == 104);
static_assert(sizeof(Offload) == 160);
/// Of revisions 1 to 3.
inline constexpr std::uint16_t kOffloadSizes[] = {112, 144, 156};

inline constexpr std::uint32_t kEthernetEncapsulation = 2;
inline constexpr std::uint32_t kChecksumIpOptions = 0x1;
inline constexpr std::uint32_t kChecksumTcpOptions = 0x4;
inline constexpr std::uint32_t kChecksumTcp = 0x10;
inline constexpr std::uint32_t kChecksumUdp = 0x40;
inline constexpr std::uint32_t kChecksumIpv4Header = 0x100;

/// NDIS_OFFLOAD_PARAMETERS, as far as it is looked at. Each: 0 leave as is, 1 off, 2 transmit,
/// 3 receive, 4 both.
struct OffloadParameters {
    ObjectHeader header;
    std::uint8_t ipv4Checksum;
    std::uint8_t tcp4Checksum;
    std::uint8_t udp4Checksum;
    std::uint8_t tcp6Checksum;
    std::uint8_t udp6Checksum;
};
static_assert(offsetof(OffloadParameters, udp6Checksum) == 8);

struct ScaleCapabilities {
    ObjectHeader header;
    std::uint32_t flags;
    std::uint32_t interruptMessages;
    std::uint32_t receiveQueues;
    std::uint16_t tableEntries;
};
/// Linux takes no more than that, without the structure's padding.
inline constexpr std::size_t kScaleCapabilitiesSize = 18;
static_assert(offsetof(ScaleCapabilities, tableEntries) + 2 == kScaleCapabilitiesSize);

inline constexpr std::uint32_t kScalesByToeplitz = 0x1;
inline constexpr std::uint32_t kScalesTcpIpv4 = 0x100;
inline constexpr std::uint32_t kScalesTcpIpv6 = 0x200;

struct ScaleParameters {
    ObjectHeader header;
    std::uint16_t flags;
    std::uint16_t baseProcessor;
    std::uint32_t hashInfo;
    /// In bytes, of 4-byte entries.
    std::uint16_t tableSize;
    std::uint32_t tableOffset;
    std::uint16_t keySize;
    std::uint32_t keyOffset;
    std::uint32_t processorMasks[3];
};
static_assert(offsetof(ScaleParameters, tableOffset) == 16);
static_assert(offsetof(ScaleParameters, keyOffset) == 24);
static_assert(sizeof(ScaleParameters) == 40);
inline constexpr std::uint16_t kHashInfoUnchanged = 0x2;
inline constexpr std::uint16_t kTableUnchanged = 0x4;
inline constexpr std::uint16_t kKeyUnchanged = 0x8;
inline constexpr std::uint16_t kScaleDisabled = 0x10;
inline constexpr std::uint32_t kToeplitz = 0x1;
inline constexpr std::uint32_t kHashIpv4 = 0x100;
inline constexpr std::uint32_t kHashTcpIpv4 = 0x200;
inline constexpr std::uint32_t kHashIpv6 = 0x400;
inline constexpr std::uint32_t kHashTcpIpv6 = 0x1000;

/// In front of a ConfigurationParameter's name and value.
struct ConfigurationParameter {
    std::uint32_t nameOffset;
    std::uint32_t nameLength;
    std::uint32_t type;
    std::uint32_t valueOffset;
    std::uint32_t valueLength;
};
static_assert(sizeof(ConfigurationParameter) == 20);
inline constexpr std::uint32_t kTextParameter = 2;

}  // namespace devices::synthetic::rndis
