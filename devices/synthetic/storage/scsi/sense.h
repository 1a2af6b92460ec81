// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "devices/storage/io_status.h"

namespace devices::scsi {

enum class SenseKey : std::uint8_t {
    NoSense = 0x0,
    NotReady = 0x2,
    MediumError = 0x3,
    HardwareError = 0x4,
    IllegalRequest = 0x5,
    UnitAttention = 0x6,
    DataProtect = 0x7,
    AbortedCommand = 0xB,
    Miscompare = 0xE,
};

/// Additional sense code and its qualifier, the code in the upper byte.
enum class SenseCode : std::uint16_t {
    None = 0x0000,
    WriteError = 0x0C00,
    UnrecoveredReadError = 0x1100,
    ParameterListLengthError = 0x1A00,
    MiscompareDuringVerify = 0x1D00,
    InvalidOperationCode = 0x2000,
    BlockAddressOutOfRange = 0x2100,
    InvalidFieldInBlock = 0x2400,
    LogicalUnitNotSupported = 0x2500,
    InvalidFieldInParameterList = 0x2600,
    WriteProtected = 0x2700,
    SpaceAllocationFailed = 0x2707,
    MediumMayHaveChanged = 0x2800,
    PowerOn = 0x2900,
    BusReset = 0x2902,
    ModeParametersChanged = 0x2A01,
    CapacityChanged = 0x2A09,
    SavingParametersNotSupported = 0x3900,
    MediumNotPresent = 0x3A00,
    MediumNotPresentTrayOpen = 0x3A02,
    InternalTargetFailure = 0x4400,
    MediumRemovalPrevented = 0x5302,
    IllegalModeForThisTrack = 0x6400,
};

/// Why a command ended with CHECK CONDITION, or what REQUEST SENSE tells. SPC-4, 4.5.
struct Sense {
    SenseKey key = SenseKey::NoSense;
    SenseCode code = SenseCode::None;
    /// A logical block; told where it fits into the fixed format's four bytes.
    std::optional<std::uint64_t> information;
    /// The byte of the command block or parameter list that is wrong.
    std::optional<std::uint16_t> wrongByte;

    static constexpr std::size_t kSize = 18;
    /// The fixed format, response code 70h.
    [[nodiscard]] std::array<std::uint8_t, kSize> fixedFormat() const;

    [[nodiscard]] static Sense invalidField(std::uint16_t byte) {
        return {SenseKey::IllegalRequest, SenseCode::InvalidFieldInBlock, {}, byte};
    }
    [[nodiscard]] static Sense invalidParameter(std::uint16_t byte) {
        return {SenseKey::IllegalRequest, SenseCode::InvalidFieldInParameterList, {}, byte};
    }
    [[nodiscard]] static Sense illegalRequest(SenseCode code) {
        return {SenseKey::IllegalRequest, code, {}, {}};
    }
    [[nodiscard]] static Sense outOfRange(std::uint64_t block) {
        return {SenseKey::IllegalRequest, SenseCode::BlockAddressOutOfRange, block, {}};
    }
    [[nodiscard]] static Sense writeProtected() {
        return {SenseKey::DataProtect, SenseCode::WriteProtected, {}, {}};
    }
    [[nodiscard]] static Sense notReady(SenseCode code) {
        return {SenseKey::NotReady, code, {}, {}};
    }
    [[nodiscard]] static Sense unitAttention(SenseCode code) {
        return {SenseKey::UnitAttention, code, {}, {}};
    }
};

enum class Transfer : bool { FromMedium, ToMedium };

/// What a disk's failed operation on the blocks from `block` on is to the initiator.
[[nodiscard]] Sense senseOf(devices::storage::IoStatus status, Transfer transfer,
                            std::uint64_t block);

}  // namespace devices::scsi
