// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

/// Bits of RFLAGS, CR0, CR4 and EFER (Intel SDM volume 3, section 2.3 and 2.5; volume 4).
namespace hypervisor::software {

namespace rflags {
inline constexpr std::uint64_t kCarry = 1U << 0;
inline constexpr std::uint64_t kFixed = 1U << 1;
inline constexpr std::uint64_t kParity = 1U << 2;
inline constexpr std::uint64_t kAuxiliary = 1U << 4;
inline constexpr std::uint64_t kZero = 1U << 6;
inline constexpr std::uint64_t kSign = 1U << 7;
inline constexpr std::uint64_t kTrap = 1U << 8;
inline constexpr std::uint64_t kInterrupt = 1U << 9;
inline constexpr std::uint64_t kDirection = 1U << 10;
inline constexpr std::uint64_t kOverflow = 1U << 11;
inline constexpr std::uint64_t kIopl = 3U << 12;
inline constexpr std::uint64_t kNestedTask = 1U << 14;
inline constexpr std::uint64_t kResume = 1U << 16;
inline constexpr std::uint64_t kVirtual8086 = 1U << 17;
inline constexpr std::uint64_t kAlignmentCheck = 1U << 18;
inline constexpr std::uint64_t kVirtualInterrupt = 1U << 19;
inline constexpr std::uint64_t kVirtualInterruptPending = 1U << 20;
inline constexpr std::uint64_t kId = 1U << 21;
inline constexpr std::uint64_t kArithmetic =
    kCarry | kParity | kAuxiliary | kZero | kSign | kOverflow;
/// Every bit that software can change.
inline constexpr std::uint64_t kWritable = kArithmetic | kTrap | kInterrupt | kDirection | kIopl |
                                           kNestedTask | kResume | kVirtual8086 | kAlignmentCheck |
                                           kVirtualInterrupt | kVirtualInterruptPending | kId;
}  // namespace rflags

namespace cr0 {
inline constexpr std::uint64_t kProtection = 1U << 0;
inline constexpr std::uint64_t kMonitorCoprocessor = 1U << 1;
inline constexpr std::uint64_t kEmulation = 1U << 2;
inline constexpr std::uint64_t kTaskSwitched = 1U << 3;
inline constexpr std::uint64_t kExtensionType = 1U << 4;
inline constexpr std::uint64_t kNumericError = 1U << 5;
inline constexpr std::uint64_t kWriteProtect = 1U << 16;
inline constexpr std::uint64_t kAlignmentMask = 1U << 18;
inline constexpr std::uint64_t kNotWriteThrough = 1U << 29;
inline constexpr std::uint64_t kCacheDisable = 1U << 30;
inline constexpr std::uint64_t kPaging = 1U << 31;
}  // namespace cr0

namespace cr4 {
inline constexpr std::uint64_t kVme = 1U << 0;
inline constexpr std::uint64_t kPvi = 1U << 1;
inline constexpr std::uint64_t kTimeStampDisable = 1U << 2;
inline constexpr std::uint64_t kDebuggingExtensions = 1U << 3;
inline constexpr std::uint64_t kPageSizeExtensions = 1U << 4;
inline constexpr std::uint64_t kPhysicalAddressExtension = 1U << 5;
inline constexpr std::uint64_t kMachineCheck = 1U << 6;
inline constexpr std::uint64_t kGlobalPages = 1U << 7;
inline constexpr std::uint64_t kPerformanceCounter = 1U << 8;
inline constexpr std::uint64_t kOsFxsr = 1U << 9;
inline constexpr std::uint64_t kOsSimdExceptions = 1U << 10;
inline constexpr std::uint64_t kUmip = 1U << 11;
inline constexpr std::uint64_t kFsGsBase = 1U << 16;
inline constexpr std::uint64_t kPcid = 1U << 17;
inline constexpr std::uint64_t kOsXsave = 1U << 18;
inline constexpr std::uint64_t kSmep = 1U << 20;
inline constexpr std::uint64_t kSmap = 1U << 21;
}  // namespace cr4

namespace efer {
inline constexpr std::uint64_t kSyscall = 1U << 0;
inline constexpr std::uint64_t kLongModeEnable = 1U << 8;
inline constexpr std::uint64_t kLongModeActive = 1U << 10;
inline constexpr std::uint64_t kNoExecute = 1U << 11;
}  // namespace efer

}  // namespace hypervisor::software
