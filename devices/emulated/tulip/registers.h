// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace devices::tulip {

// The command and status registers of the 21140A: sixteen of 32 bits, 8 bytes apart. Source:
// DIGITAL Semiconductor 21140A PCI Fast Ethernet LAN Controller, Hardware Reference Manual,
// chapter 3; Linux's drivers/net/ethernet/dec/tulip/tulip.h.

inline constexpr unsigned kRegisters = 16;
inline constexpr unsigned kRegisterStride = 8;
inline constexpr unsigned kRegisterBytes = kRegisters * kRegisterStride;

namespace csr {
inline constexpr unsigned kBusMode = 0;
inline constexpr unsigned kTransmitDemand = 1;
inline constexpr unsigned kReceiveDemand = 2;
inline constexpr unsigned kReceiveList = 3;
inline constexpr unsigned kTransmitList = 4;
inline constexpr unsigned kStatus = 5;
inline constexpr unsigned kOperationMode = 6;
inline constexpr unsigned kInterruptEnable = 7;
inline constexpr unsigned kMissedFrames = 8;
inline constexpr unsigned kRomAndManagement = 9;
inline constexpr unsigned kBootRomAddress = 10;
inline constexpr unsigned kTimer = 11;
inline constexpr unsigned kGeneralPort = 12;
inline constexpr unsigned kWatchdog = 15;
}  // namespace csr

/// CSR0. How bursts and caches are used makes no difference here.
namespace bus_mode {
inline constexpr std::uint32_t kSoftwareReset = 1U << 0;
/// Longwords between descriptors of a ring.
inline constexpr unsigned kSkipShift = 2;
inline constexpr std::uint32_t kSkipMask = 0x1F;
inline constexpr unsigned kPollingShift = 17;
inline constexpr std::uint32_t kPollingMask = 0x7;
inline constexpr std::uint32_t kBigEndianDescriptors = 1U << 20;
inline constexpr std::uint32_t kWritable = 0x01BF'FFFE;
inline constexpr std::uint32_t kOnes = 0xFE00'0000;
}  // namespace bus_mode

/// CSR5, whose lower 17 bits are CSR7's too.
namespace status {
inline constexpr std::uint32_t kTransmitInterrupt = 1U << 0;
inline constexpr std::uint32_t kTransmitStopped = 1U << 1;
inline constexpr std::uint32_t kTransmitUnavailable = 1U << 2;
inline constexpr std::uint32_t kTransmitJabber = 1U << 3;
inline constexpr std::uint32_t kTransmitUnderflow = 1U << 5;
inline constexpr std::uint32_t kReceiveInterrupt = 1U << 6;
inline constexpr std::uint32_t kReceiveUnavailable = 1U << 7;
inline constexpr std::uint32_t kReceiveStopped = 1U << 8;
inline constexpr std::uint32_t kReceiveWatchdog = 1U << 9;
inline constexpr std::uint32_t kEarlyTransmit = 1U << 10;
inline constexpr std::uint32_t kTimerExpired = 1U << 11;
inline constexpr std::uint32_t kFatalBusError = 1U << 13;
inline constexpr std::uint32_t kEarlyReceive = 1U << 14;
inline constexpr std::uint32_t kAbnormalSummary = 1U << 15;
inline constexpr std::uint32_t kNormalSummary = 1U << 16;
inline constexpr unsigned kReceiveStateShift = 17;
inline constexpr unsigned kTransmitStateShift = 20;
inline constexpr unsigned kErrorShift = 23;

inline constexpr std::uint32_t kNormal =
    kTransmitInterrupt | kTransmitUnavailable | kReceiveInterrupt | kTimerExpired | kEarlyReceive;
inline constexpr std::uint32_t kAbnormal = kTransmitStopped | kTransmitJabber | kTransmitUnderflow |
                                           kReceiveUnavailable | kReceiveStopped |
                                           kReceiveWatchdog | kEarlyTransmit | kFatalBusError;
inline constexpr std::uint32_t kSources = kNormal | kAbnormal;
inline constexpr std::uint32_t kEnables = kSources | kNormalSummary | kAbnormalSummary;
inline constexpr std::uint32_t kStatusOnes = 0xFC00'0000;
inline constexpr std::uint32_t kEnableOnes = 0xFFFE'0000;
}  // namespace status

/// CSR6. Thresholds, scramblers and collisions make no difference here.
namespace mode {
inline constexpr std::uint32_t kHashOrPerfect = 1U << 0;
inline constexpr std::uint32_t kReceive = 1U << 1;
inline constexpr std::uint32_t kHashOnly = 1U << 2;
inline constexpr std::uint32_t kInverse = 1U << 4;
inline constexpr std::uint32_t kPromiscuous = 1U << 6;
inline constexpr std::uint32_t kAllMulticast = 1U << 7;
inline constexpr std::uint32_t kInternalLoopback = 1U << 10;
inline constexpr std::uint32_t kExternalLoopback = 1U << 11;
inline constexpr std::uint32_t kLoopback = kInternalLoopback | kExternalLoopback;
inline constexpr std::uint32_t kTransmit = 1U << 13;
/// The port is the MII, not the serial one.
inline constexpr std::uint32_t kMediaIndependent = 1U << 18;
/// 10 Mb/s at the MII.
inline constexpr std::uint32_t kSlow = 1U << 22;
inline constexpr std::uint32_t kReceiveAll = 1U << 30;
/// What the last setup frame says.
inline constexpr std::uint32_t kFilter = kHashOrPerfect | kHashOnly | kInverse;
inline constexpr std::uint32_t kWritable = 0xC1FF'FFEA;
inline constexpr std::uint32_t kOnes = 0x3200'0000;
inline constexpr std::uint32_t kInitial = kPromiscuous;
}  // namespace mode

/// CSR8.
namespace missed {
inline constexpr std::uint32_t kMost = 0xFFFF;
inline constexpr std::uint32_t kOverflow = 1U << 16;
inline constexpr std::uint32_t kOnes = 0xE000'0000;
}  // namespace missed

/// CSR9.
namespace rom {
inline constexpr std::uint32_t kChipSelect = 1U << 0;
inline constexpr std::uint32_t kClock = 1U << 1;
inline constexpr std::uint32_t kDataIn = 1U << 2;
inline constexpr std::uint32_t kDataOut = 1U << 3;
inline constexpr std::uint32_t kData = 0xFF;
inline constexpr std::uint32_t kSelectSerialRom = 1U << 11;
inline constexpr std::uint32_t kManagementClock = 1U << 16;
inline constexpr std::uint32_t kManagementDataOut = 1U << 17;
/// The line is the PHY's.
inline constexpr std::uint32_t kManagementRead = 1U << 18;
inline constexpr std::uint32_t kManagementDataIn = 1U << 19;
inline constexpr std::uint32_t kWritable = 0x0007'7CF7;
inline constexpr std::uint32_t kOnes = 0xFFF0'8300;
}  // namespace rom

/// CSR11.
namespace timer {
inline constexpr std::uint32_t kValue = 0xFFFF;
inline constexpr std::uint32_t kContinuous = 1U << 16;
inline constexpr std::uint32_t kOnes = 0xFFFE'0000;
}  // namespace timer

/// CSR12.
namespace general_port {
inline constexpr std::uint32_t kPins = 0xFF;
/// What is written says which pins are outputs.
inline constexpr std::uint32_t kDirection = 1U << 8;
inline constexpr std::uint32_t kOnes = 0xFFFF'FE00;
}  // namespace general_port

inline constexpr std::uint32_t kWatchdogWritable = 0x37;

}  // namespace devices::tulip
