// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "vmbus/guid.h"

// What a guest's storvsc and the controller send each other. Linux: drivers/scsi/storvsc_drv.c.
namespace devices::synthetic {

using vmbus::operator""_guid;

inline constexpr vmbus::Guid kScsiControllerType = "ba6163d9-04a1-4d29-b605-72e2ffb1dc7f"_guid;

enum class StorageOperation : std::uint32_t {
    CompleteIo = 1,
    RemoveDevice = 2,
    ExecuteSrb = 3,
    ResetLun = 4,
    ResetAdapter = 5,
    ResetBus = 6,
    BeginInitialization = 7,
    EndInitialization = 8,
    QueryProtocolVersion = 9,
    QueryProperties = 10,
    EnumerateBus = 11,
    FibreChannelData = 12,
    CreateSubChannels = 13,
};

/// Of a packet that is no command's: NTSTATUS values.
enum class StorageStatus : std::uint32_t {
    Success = 0,
    InvalidParameter = 0xC000'000D,
    RevisionMismatch = 0xC000'0059,
    NotSupported = 0xC000'00BB,
    InvalidDeviceState = 0xC000'0184,
};

/// Every packet in either direction, whatever of its payload is used.
struct StoragePacket {
    std::uint32_t operation;
    std::uint32_t flags;
    std::uint32_t status;
    std::array<std::byte, 52> payload;
};
static_assert(sizeof(StoragePacket) == 64);
static_assert(offsetof(StoragePacket, payload) == 12);

enum class SrbStatus : std::uint8_t {
    Success = 0x01,
    Error = 0x04,
    InvalidRequest = 0x06,
    NoDevice = 0x20,
};
inline constexpr std::uint8_t kAutosenseValid = 0x80;
inline constexpr std::uint8_t kScsiGood = 0x00;
inline constexpr std::uint8_t kScsiCheckCondition = 0x02;

inline constexpr std::uint8_t kDirectionToDevice = 0;
inline constexpr std::uint8_t kDirectionFromDevice = 1;
inline constexpr std::uint8_t kDirectionNone = 2;

/// The payload of ExecuteSrb and of its answer. Linux: vmscsi_request.
struct ScsiRequest {
    std::uint16_t length;
    std::uint8_t srbStatus;
    std::uint8_t scsiStatus;
    std::uint8_t port;
    std::uint8_t path;
    std::uint8_t target;
    std::uint8_t lun;
    std::uint8_t blockLength;
    std::uint8_t senseLength;
    std::uint8_t direction;
    std::uint8_t reserved1;
    std::uint32_t dataLength;
    /// The command block, 16 bytes of it; in the answer, sense data.
    std::array<std::uint8_t, 20> blockOrSense;
    std::uint16_t reserved2;
    std::uint8_t queueTag;
    std::uint8_t queueAction;
    std::uint32_t srbFlags;
    std::uint32_t timeoutSeconds;
    std::uint32_t sortKey;
};
static_assert(sizeof(ScsiRequest) == sizeof(StoragePacket::payload));
static_assert(offsetof(ScsiRequest, dataLength) == 12);
static_assert(offsetof(ScsiRequest, blockOrSense) == 16);
static_assert(offsetof(ScsiRequest, srbFlags) == 40);

/// The payload of QueryProtocolVersion.
struct StorageVersion {
    /// Major in the upper byte.
    std::uint16_t number;
    std::uint16_t revision;
};
static_assert(sizeof(StorageVersion) == 4);
inline constexpr std::uint16_t kStorageVersions[] = {0x0602, 0x0600, 0x0501};

/// The payload of the answer to QueryProperties.
struct StorageProperties {
    std::uint32_t reserved1;
    std::uint16_t maximumSubChannels;
    std::uint16_t reserved2;
    std::uint32_t flags;
    std::uint32_t maximumTransfer;
    std::uint64_t reserved3;
};
static_assert(sizeof(StorageProperties) == 24);
static_assert(offsetof(StorageProperties, flags) == 8);
static_assert(offsetof(StorageProperties, maximumTransfer) == 12);
inline constexpr std::uint32_t kMultiChannelFlag = 1;

}  // namespace devices::synthetic
