// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace devices::floppy {

/// What the first byte of a command asks for: 82077AA data sheet, 5.0.
enum class Operation : std::uint8_t {
    ReadTrack = 0x02,
    Specify = 0x03,
    SenseDriveStatus = 0x04,
    Write = 0x05,
    Read = 0x06,
    Recalibrate = 0x07,
    SenseInterrupt = 0x08,
    WriteDeleted = 0x09,
    ReadId = 0x0A,
    ReadDeleted = 0x0C,
    FormatTrack = 0x0D,
    DumpRegisters = 0x0E,
    Seek = 0x0F,
    Version = 0x10,
    Perpendicular = 0x12,
    Configure = 0x13,
    Lock = 0x14,
    Verify = 0x16,
    RelativeSeek = 0x8F,
    /// What the chip does not know; SCAN commands too.
    Invalid = 0x00,
};

/// A command as its first byte has it.
struct CommandCode {
    Operation operation = Operation::Invalid;
    /// Bytes that follow.
    std::size_t parameters = 0;
    [[nodiscard]] static CommandCode of(std::uint8_t first);
};

inline constexpr std::size_t kMostParameters = 8;
inline constexpr std::size_t kMostResults = 10;

// Of the first byte of a command about data, and of LOCK.
inline constexpr std::uint8_t kMultiTrack = 0x80;
inline constexpr std::uint8_t kDoubleDensity = 0x40;
inline constexpr std::uint8_t kSkip = 0x20;
inline constexpr std::uint8_t kLock = 0x80;
/// Of RELATIVE SEEK: inwards.
inline constexpr std::uint8_t kInwards = 0x40;

// Of the byte behind it.
inline constexpr std::uint8_t kDriveSelect = 0x03;
inline constexpr std::uint8_t kHeadSelect = 0x04;
/// VERIFY: the last parameter counts sectors.
inline constexpr std::uint8_t kEnableCount = 0x80;

/// Digital output register: the gate of the chip's interrupt and DMA request.
inline constexpr std::uint8_t kInterruptsAndDma = 0x08;

// Main status register. Bits 0 to 3: drives whose seek has not been asked about.
inline constexpr std::uint8_t kReady = 0x80;
inline constexpr std::uint8_t kToGuest = 0x40;
inline constexpr std::uint8_t kMovedByGuest = 0x20;
inline constexpr std::uint8_t kBusy = 0x10;

// Status register 0; the drive and its head are in the lower bits.
inline constexpr std::uint8_t kAbnormal = 0x40;
inline constexpr std::uint8_t kInvalidCommand = 0x80;
inline constexpr std::uint8_t kPolled = 0xC0;
inline constexpr std::uint8_t kSeekEnd = 0x20;
inline constexpr std::uint8_t kEquipmentCheck = 0x10;

// Status register 1.
inline constexpr std::uint8_t kEndOfCylinder = 0x80;
inline constexpr std::uint8_t kDataError = 0x20;
inline constexpr std::uint8_t kOverrun = 0x10;
inline constexpr std::uint8_t kNoData = 0x04;
inline constexpr std::uint8_t kNotWritable = 0x02;
inline constexpr std::uint8_t kMissingAddressMark = 0x01;

// Status register 2.
inline constexpr std::uint8_t kControlMark = 0x40;
inline constexpr std::uint8_t kDataErrorInData = 0x20;
inline constexpr std::uint8_t kWrongCylinder = 0x10;

// Status register 3.
inline constexpr std::uint8_t kWriteProtected = 0x40;
inline constexpr std::uint8_t kTrackZero = 0x10;
/// Bits that are always set.
inline constexpr std::uint8_t kStatus3 = 0x28;

}  // namespace devices::floppy
