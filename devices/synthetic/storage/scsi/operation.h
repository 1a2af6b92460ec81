// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace devices::scsi {

/// The first byte of a command descriptor block. SPC-4, SBC-3, MMC-6.
enum class Operation : std::uint8_t {
    TestUnitReady = 0x00,
    RequestSense = 0x03,
    Read6 = 0x08,
    Write6 = 0x0A,
    Inquiry = 0x12,
    ModeSelect6 = 0x15,
    ModeSense6 = 0x1A,
    StartStopUnit = 0x1B,
    PreventAllowMediumRemoval = 0x1E,
    ReadCapacity10 = 0x25,
    Read10 = 0x28,
    Write10 = 0x2A,
    Seek10 = 0x2B,
    Verify10 = 0x2F,
    SynchronizeCache10 = 0x35,
    WriteSame10 = 0x41,
    Unmap = 0x42,
    ReadToc = 0x43,
    GetConfiguration = 0x46,
    GetEventStatusNotification = 0x4A,
    LogSense = 0x4D,
    ReadDiscInformation = 0x51,
    ReadTrackInformation = 0x52,
    ModeSelect10 = 0x55,
    ModeSense10 = 0x5A,
    Read16 = 0x88,
    Write16 = 0x8A,
    Verify16 = 0x8F,
    SynchronizeCache16 = 0x91,
    WriteSame16 = 0x93,
    ServiceActionIn16 = 0x9E,
    ReportLuns = 0xA0,
    MaintenanceIn = 0xA3,
    Read12 = 0xA8,
    Write12 = 0xAA,
    Verify12 = 0xAF,
    SetCdSpeed = 0xBB,
    MechanismStatus = 0xBD,
};

/// The lower five bits of byte 1 of ServiceActionIn16 and MaintenanceIn.
inline constexpr std::uint8_t kReadCapacity16Action = 0x10;
inline constexpr std::uint8_t kReportSupportedOperationCodesAction = 0x0C;

/// How many bytes a command block that begins with `operation` has; 0 for groups without a fixed
/// length, of which nothing here is.
[[nodiscard]] constexpr std::size_t blockLength(std::uint8_t operation) {
    constexpr std::size_t kLengths[] = {6, 10, 10, 0, 16, 12, 0, 0};
    return kLengths[operation >> 5];
}

}  // namespace devices::scsi
