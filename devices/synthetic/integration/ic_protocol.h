// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// What integration components and their drivers say to each other. Linux: include/linux/hyperv.h,
/// include/uapi/linux/hyperv.h, drivers/hv/hv_util.c and its neighbours.
namespace devices::synthetic::ic {

/// In front of every message of a channel in pipe mode.
struct PipeHeader {
    std::uint32_t type;
    /// Of what follows.
    std::uint32_t size;
};
static_assert(sizeof(PipeHeader) == 8);
inline constexpr std::uint32_t kPipeData = 1;

struct Version {
    std::uint16_t major;
    std::uint16_t minor;
    friend auto operator<=>(const Version&, const Version&) = default;
};
static_assert(sizeof(Version) == 4);

enum class MessageType : std::uint16_t {
    Negotiate = 0,
    Heartbeat = 1,
    KeyValueExchange = 2,
    Shutdown = 3,
    TimeSynchronization = 4,
    VolumeShadowCopy = 5,
    FileCopy = 7,
};

struct Header {
    Version framework;
    std::uint16_t type;
    Version message;
    std::uint16_t size;
    std::uint32_t status;
    std::uint8_t transaction;
    std::uint8_t flags;
    std::uint16_t reserved;
};
static_assert(sizeof(Header) == 20);
static_assert(offsetof(Header, status) == 12);
static_assert(offsetof(Header, flags) == 17);

inline constexpr std::uint8_t kTransactionFlag = 1;
inline constexpr std::uint8_t kRequestFlag = 2;
inline constexpr std::uint8_t kResponseFlag = 4;

/// In front of the versions: first those of the framework, then those of the messages.
struct Negotiate {
    std::uint16_t frameworkCount;
    std::uint16_t messageCount;
    std::uint32_t reserved;
};
static_assert(sizeof(Negotiate) == 8);

// Header::status, HRESULTs.
inline constexpr std::uint32_t kOk = 0;
inline constexpr std::uint32_t kFail = 0x8000'4005;
inline constexpr std::uint32_t kNotSupported = 0x8007'0032;
inline constexpr std::uint32_t kExists = 0x8007'0050;
inline constexpr std::uint32_t kInvalidArgument = 0x8007'0057;
inline constexpr std::uint32_t kDiskFull = 0x8007'0070;
inline constexpr std::uint32_t kNoMoreItems = 0x8007'0103;
inline constexpr std::uint32_t kNotConnected = 0x8007'048F;
inline constexpr std::uint32_t kGuidNotFound = 0x8004'1002;

struct Heartbeat {
    /// The guest answers with the next one.
    std::uint64_t sequence;
    std::uint32_t applicationState;
    std::array<std::uint32_t, 7> reserved;
};
static_assert(sizeof(Heartbeat) == 40);

struct Shutdown {
    std::uint32_t reason;
    std::uint32_t timeoutSeconds;
    std::uint32_t flags;
    std::array<std::uint16_t, 1024> text;
};
static_assert(sizeof(Shutdown) == 2060);
inline constexpr std::uint32_t kShutdownForce = 1;
inline constexpr std::uint32_t kShutdownRestart = 2;
inline constexpr std::uint32_t kShutdownHibernate = 4;

/// From version 4.0 on.
struct TimeReference {
    /// In 100 ns since 1601-01-01 00:00 UTC.
    std::uint64_t hostTime;
    /// What the guest's reference counter said at that time.
    std::uint64_t referenceTime;
    std::uint8_t flags;
    std::uint8_t leapFlags;
    std::uint8_t stratum;
    std::array<std::uint8_t, 5> reserved;
};
static_assert(sizeof(TimeReference) == 24);
static_assert(offsetof(TimeReference, flags) == 16);

/// Before version 4.0.
struct [[gnu::packed]] TimeOfHost {
    std::uint64_t hostTime;
    std::uint64_t guestTime;
    std::uint64_t roundTrip;
    std::uint8_t flags;
};
static_assert(sizeof(TimeOfHost) == 25);
inline constexpr std::uint8_t kTimeSync = 1;
inline constexpr std::uint8_t kTimeSample = 2;

enum class KeyValueOperation : std::uint8_t {
    Get = 0,
    Set = 1,
    Delete = 2,
    Enumerate = 3,
    GetAddresses = 4,
    SetAddresses = 5,
};

struct KeyValueHeader {
    std::uint8_t operation;
    std::uint8_t pool;
    std::uint16_t reserved;
};

inline constexpr std::uint32_t kValueText = 1;
inline constexpr std::uint32_t kValue32 = 4;
inline constexpr std::uint32_t kValue64 = 8;

/// Sizes in bytes, with the terminating zero.
struct KeyValueRecord {
    std::uint32_t type;
    std::uint32_t keySize;
    std::uint32_t valueSize;
    std::array<std::uint16_t, 256> key;
    std::array<std::uint16_t, 1024> value;
};
static_assert(sizeof(KeyValueRecord) == 2572);

struct KeyValueAccess {
    KeyValueHeader header;
    KeyValueRecord record;
};
static_assert(sizeof(KeyValueAccess) == 2576);

struct KeyValueDelete {
    KeyValueHeader header;
    std::uint32_t keySize;
    std::array<std::uint16_t, 256> key;
};
static_assert(sizeof(KeyValueDelete) == 520);

struct KeyValueEnumerate {
    KeyValueHeader header;
    std::uint32_t index;
    KeyValueRecord record;
};
static_assert(sizeof(KeyValueEnumerate) == 2580);

/// Lists are separated by semicolons. There is no padding behind the pool here.
struct KeyValueAddresses {
    std::uint8_t operation;
    std::uint8_t pool;
    std::array<std::uint16_t, 128> adapter;
    std::uint8_t family;
    std::uint8_t dhcp;
    std::array<std::uint16_t, 1024> addresses;
    std::array<std::uint16_t, 1024> netmasks;
    std::array<std::uint16_t, 512> gateways;
    std::array<std::uint16_t, 1024> nameServers;
};
static_assert(sizeof(KeyValueAddresses) == 7428);
static_assert(offsetof(KeyValueAddresses, adapter) == 2);
static_assert(offsetof(KeyValueAddresses, family) == 258);
static_assert(offsetof(KeyValueAddresses, nameServers) == 5380);

enum class ShadowCopyOperation : std::uint8_t {
    HotBackup = 2,
    Freeze = 5,
    Thaw = 6,
};

struct ShadowCopy {
    std::uint8_t operation;
    std::array<std::uint8_t, 7> reserved;
    std::uint32_t flags;
};
static_assert(sizeof(ShadowCopy) == 12);

enum class FileCopyOperation : std::uint32_t {
    Start = 0,
    Write = 1,
    Complete = 2,
    Cancel = 3,
};

struct FileCopyHeader {
    std::uint32_t operation;
    /// Two GUIDs that nobody looks at.
    std::array<std::uint8_t, 32> services;
};
static_assert(sizeof(FileCopyHeader) == 36);

struct FileCopyStart {
    FileCopyHeader header;
    std::array<std::uint16_t, 260> name;
    std::array<std::uint16_t, 260> folder;
    std::uint32_t flags;
    std::uint64_t size;
};
static_assert(sizeof(FileCopyStart) == 1088);
static_assert(offsetof(FileCopyStart, size) == 1080);
inline constexpr std::uint32_t kFileOverwrite = 1;
inline constexpr std::uint32_t kFileCreateFolder = 2;

inline constexpr std::size_t kFileCopyPiece = 6144;
struct [[gnu::packed]] FileCopyWrite {
    FileCopyHeader header;
    std::uint32_t reserved;
    std::uint64_t offset;
    std::uint32_t size;
    std::array<std::byte, kFileCopyPiece> data;
};
static_assert(sizeof(FileCopyWrite) == 6196);
static_assert(offsetof(FileCopyWrite, data) == 52);

}  // namespace devices::synthetic::ic
