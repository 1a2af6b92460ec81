// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace hypervisor::software {

/// Exception vectors (Intel SDM volume 3, table 6-1).
enum class Exception : std::uint8_t {
    DivideError = 0,
    Debug = 1,
    Nmi = 2,
    Breakpoint = 3,
    Overflow = 4,
    BoundRange = 5,
    InvalidOpcode = 6,
    DeviceNotAvailable = 7,
    DoubleFault = 8,
    InvalidTss = 10,
    SegmentNotPresent = 11,
    StackFault = 12,
    GeneralProtection = 13,
    PageFault = 14,
    FloatingPoint = 16,
    AlignmentCheck = 17,
    MachineCheck = 18,
    SimdFloatingPoint = 19,
};

/// Bits of a page fault's error code.
inline constexpr std::uint32_t kPageFaultPresent = 1;
inline constexpr std::uint32_t kPageFaultWrite = 2;
inline constexpr std::uint32_t kPageFaultUser = 4;
inline constexpr std::uint32_t kPageFaultReserved = 8;
inline constexpr std::uint32_t kPageFaultFetch = 16;

/// An exception that an instruction has raised and that is not delivered yet.
struct Fault {
    Exception vector = Exception::DivideError;
    bool hasErrorCode = false;
    std::uint32_t errorCode = 0;
};

}  // namespace hypervisor::software
