// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "channel.h"
#include "guid.h"

/// What guest and host say to each other of channels: SynIC messages of type kChannelMessageType.
/// Linux: include/linux/hyperv.h, vmbus_channel_*.
namespace vmbus {

inline constexpr std::uint32_t kChannelMessageType = 1;
/// Payload of a SynIC message.
inline constexpr std::size_t kMostMessageBytes = 240;
/// Where guests expect messages and events, if they don't name another.
inline constexpr unsigned kMessageSint = 2;
/// What guests post messages to; from version 5.0 on to the second.
inline constexpr std::uint32_t kMessageConnection = 1;
inline constexpr std::uint32_t kMessageConnection5 = 4;
/// With the relid in the lower bits: what guests signal a channel's event to.
inline constexpr std::uint32_t kEventConnection = 0x2000;

/// Protocol versions, major in the upper half, each with what it brought.
inline constexpr std::uint32_t kVersion2_4 = 0x2'0004;  // dedicated interrupts, sub-channels
inline constexpr std::uint32_t kVersion3_0 = 0x3'0000;  // contact again after UNLOAD
inline constexpr std::uint32_t kVersion4_0 = 0x4'0000;  // sockets: TlConnect
inline constexpr std::uint32_t kVersion4_1 = 0x4'0001;  // ModifyChannel, TlConnectResult
inline constexpr std::uint32_t kVersion5_0 = 0x5'0000;  // SINT and message connection are named
inline constexpr std::uint32_t kVersion5_1 = 0x5'0001;
inline constexpr std::uint32_t kVersion5_2 = 0x5'0002;
inline constexpr std::uint32_t kVersion5_3 = 0x5'0003;  // ModifyChannelResponse

/// Older ones want interrupts and target VPs that channels here don't have.
inline constexpr std::array kVersions{kVersion2_4, kVersion3_0, kVersion4_0, kVersion4_1,
                                      kVersion5_0, kVersion5_1, kVersion5_2, kVersion5_3};

enum class MessageType : std::uint32_t {
    OfferChannel = 1,
    RescindOffer = 2,
    RequestOffers = 3,
    AllOffersDelivered = 4,
    OpenChannel = 5,
    OpenChannelResult = 6,
    CloseChannel = 7,
    GpadlHeader = 8,
    GpadlBody = 9,
    GpadlCreated = 10,
    GpadlTeardown = 11,
    GpadlTorndown = 12,
    RelidReleased = 13,
    InitiateContact = 14,
    VersionResponse = 15,
    Unload = 16,
    UnloadResponse = 17,
    TlConnect = 21,
    ModifyChannel = 22,
    TlConnectResult = 23,
    ModifyChannelResponse = 24,
};

/// Status values of answers: 0, or an NTSTATUS, of which guests only see that it is not 0.
inline constexpr std::uint32_t kSuccess = 0;
inline constexpr std::uint32_t kUnsuccessful = 0xC000'0001;
inline constexpr std::uint32_t kInvalidParameter = 0xC000'000D;
inline constexpr std::uint32_t kInsufficientResources = 0xC000'009A;
inline constexpr std::uint32_t kConnectionRefused = 0xC000'0236;

struct MessageHeader {
    MessageType type;
    std::uint32_t padding;
};
static_assert(sizeof(MessageHeader) == 8);

/// REQUESTOFFERS, ALLOFFERS_DELIVERED, UNLOAD, UNLOAD_RESPONSE.
struct BareMessage {
    MessageHeader header;
};

/// Flags of an offer that every one has: there is a device to be found behind it.
inline constexpr std::uint16_t kEnumerateDeviceFlag = 1;
inline constexpr std::uint8_t kNoMonitor = 0xFF;

struct OfferChannelMessage {
    MessageHeader header;
    Guid type;
    Guid instance;
    std::array<std::uint32_t, 4> reserved1;
    std::uint16_t flags;
    std::uint16_t mmioMegabytes;
    UserData userData;
    std::uint16_t subChannelIndex;
    std::uint16_t reserved2;
    std::uint32_t relid;
    std::uint8_t monitorId;
    std::uint8_t monitorAllocated;
    std::uint16_t dedicatedInterrupt;
    std::uint32_t connectionId;
};
static_assert(sizeof(OfferChannelMessage) == 196);
static_assert(offsetof(OfferChannelMessage, flags) == 56);
static_assert(offsetof(OfferChannelMessage, userData) == 60);
static_assert(offsetof(OfferChannelMessage, subChannelIndex) == 180);
static_assert(offsetof(OfferChannelMessage, relid) == 184);
static_assert(offsetof(OfferChannelMessage, monitorId) == 188);
static_assert(offsetof(OfferChannelMessage, dedicatedInterrupt) == 190);
static_assert(offsetof(OfferChannelMessage, connectionId) == 192);

/// RESCIND_CHANNELOFFER, CLOSECHANNEL, RELID_RELEASED.
struct RelidMessage {
    MessageHeader header;
    std::uint32_t relid;
};
static_assert(sizeof(RelidMessage) == 12);

struct OpenChannelMessage {
    MessageHeader header;
    std::uint32_t relid;
    /// Comes back in the answer.
    std::uint32_t openId;
    std::uint32_t ringGpadl;
    std::uint32_t targetVp;
    /// Where in the ring GPADL the ring to the guest begins, in pages.
    std::uint32_t hostToGuestPage;
    UserData userData;
};
static_assert(sizeof(OpenChannelMessage) == 148);
static_assert(offsetof(OpenChannelMessage, userData) == 28);

struct OpenChannelResultMessage {
    MessageHeader header;
    std::uint32_t relid;
    std::uint32_t openId;
    std::uint32_t status;
};
static_assert(sizeof(OpenChannelResultMessage) == 20);

/// Behind it the begin of the ranges, each a GpaRangeHeader and its page frame numbers.
struct GpadlHeaderMessage {
    MessageHeader header;
    std::uint32_t relid;
    std::uint32_t gpadl;
    /// Of all ranges, of which later messages bring the rest.
    std::uint16_t rangeBytes;
    std::uint16_t rangeCount;
};
static_assert(sizeof(GpadlHeaderMessage) == 20);

/// Behind it the next part of the ranges.
struct GpadlBodyMessage {
    MessageHeader header;
    /// Linux leaves it 0.
    std::uint32_t number;
    std::uint32_t gpadl;
};
static_assert(sizeof(GpadlBodyMessage) == 16);

struct GpadlCreatedMessage {
    MessageHeader header;
    std::uint32_t relid;
    std::uint32_t gpadl;
    std::uint32_t status;
};
static_assert(sizeof(GpadlCreatedMessage) == 20);

struct GpadlTeardownMessage {
    MessageHeader header;
    std::uint32_t relid;
    std::uint32_t gpadl;
};
static_assert(sizeof(GpadlTeardownMessage) == 16);

struct GpadlTorndownMessage {
    MessageHeader header;
    std::uint32_t gpadl;
};
static_assert(sizeof(GpadlTorndownMessage) == 12);

struct InitiateContactMessage {
    MessageHeader header;
    std::uint32_t version;
    std::uint32_t targetVp;
    /// Below 5.0 the interrupt page's address; from then on the SINT in bits 0 to 7, the virtual
    /// trust level in bits 8 to 15.
    std::uint64_t interruptPageOrSint;
    /// Monitor pages: what signals them is never offered.
    std::uint64_t parentToChildPage;
    std::uint64_t childToParentPage;
};
static_assert(sizeof(InitiateContactMessage) == 40);
static_assert(offsetof(InitiateContactMessage, interruptPageOrSint) == 16);

struct VersionResponseMessage {
    MessageHeader header;
    std::uint8_t supported;
    std::uint8_t connectionState;
    std::uint16_t reserved;
    /// From 5.0 on: what to post messages to.
    std::uint32_t messageConnection;
};
static_assert(sizeof(VersionResponseMessage) == 16);
static_assert(offsetof(VersionResponseMessage, messageConnection) == 12);

/// A longer one, from 5.2 on, ends with the silo, which has no meaning here.
struct TlConnectMessage {
    MessageHeader header;
    Guid endpoint;
    Guid service;
};
static_assert(sizeof(TlConnectMessage) == 40);

struct TlConnectResultMessage {
    MessageHeader header;
    Guid endpoint;
    Guid service;
    std::uint32_t status;
};
static_assert(sizeof(TlConnectResultMessage) == 44);

struct ModifyChannelMessage {
    MessageHeader header;
    std::uint32_t relid;
    std::uint32_t targetVp;
};
static_assert(sizeof(ModifyChannelMessage) == 16);

struct ModifyChannelResponseMessage {
    MessageHeader header;
    std::uint32_t relid;
    std::uint32_t status;
};
static_assert(sizeof(ModifyChannelResponseMessage) == 16);

}  // namespace vmbus
