// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace devices::ide {

/// What is written to the command register; only what drives here answer. ATA8-ACS, ATA/ATAPI-7,
/// and ATA/ATAPI-4 for what is obsolete.
enum class AtaCommand : std::uint8_t {
    Nop = 0x00,
    DataSetManagement = 0x06,
    Recalibrate = 0x10,
    ReadSectors = 0x20,
    ReadSectorsOnce = 0x21,
    ReadSectorsExt = 0x24,
    ReadDmaExt = 0x25,
    ReadNativeMaxExt = 0x27,
    ReadMultipleExt = 0x29,
    WriteSectors = 0x30,
    WriteSectorsOnce = 0x31,
    WriteSectorsExt = 0x34,
    WriteDmaExt = 0x35,
    WriteMultipleExt = 0x39,
    WriteDmaFuaExt = 0x3D,
    Verify = 0x40,
    VerifyOnce = 0x41,
    VerifyExt = 0x42,
    Seek = 0x70,
    SetGeometry = 0x91,
    Packet = 0xA0,
    IdentifyPacket = 0xA1,
    ReadMultiple = 0xC4,
    WriteMultiple = 0xC5,
    SetMultiple = 0xC6,
    ReadDma = 0xC8,
    ReadDmaOnce = 0xC9,
    WriteDma = 0xCA,
    WriteDmaOnce = 0xCB,
    WriteMultipleFuaExt = 0xCE,
    StandbyImmediate = 0xE0,
    IdleImmediate = 0xE1,
    Standby = 0xE2,
    Idle = 0xE3,
    CheckPower = 0xE5,
    Sleep = 0xE6,
    FlushCache = 0xE7,
    FlushCacheExt = 0xEA,
    Identify = 0xEC,
    SetFeatures = 0xEF,
    ReadNativeMax = 0xF8,
};

/// The feature register of SetFeatures.
enum class Feature : std::uint8_t {
    EnableWriteCache = 0x02,
    TransferMode = 0x03,
    DisableLookAhead = 0x55,
    KeepSettings = 0x66,
    DisableWriteCache = 0x82,
    EnableLookAhead = 0xAA,
    RevertToDefaults = 0xCC,
};

}  // namespace devices::ide
