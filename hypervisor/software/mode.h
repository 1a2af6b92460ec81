// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace hypervisor::software {

/// The part of a VP's state that code is decoded for, as a bit set: two VP states with equal
/// modes run the same operations for the same bytes. Recomputed by Processor::updateMode().
using Mode = std::uint32_t;

namespace mode {
inline constexpr Mode kCode32 = 1U << 0;
inline constexpr Mode kCode64 = 1U << 1;
/// The stack segment's B bit; meaningless with kCode64.
inline constexpr Mode kStack32 = 1U << 2;
inline constexpr Mode kUser = 1U << 3;
inline constexpr Mode kVirtual8086 = 1U << 4;
inline constexpr Mode kProtected = 1U << 5;
inline constexpr Mode kLongModeActive = 1U << 6;
/// CR0.EM, CR0.TS, CR0.MP, CR4.OSFXSR, CR4.OSXSAVE: which floating point instructions trap.
inline constexpr Mode kEmulateFpu = 1U << 7;
inline constexpr Mode kTaskSwitched = 1U << 8;
inline constexpr Mode kMonitorCoprocessor = 1U << 9;
inline constexpr Mode kOsFxsr = 1U << 10;
inline constexpr Mode kOsXsave = 1U << 11;
/// Some SSE exception is unmasked in MXCSR: handlers must look after each operation.
inline constexpr Mode kSimdUnmasked = 1U << 12;
/// Blocks hold one instruction: single step, breakpoints, interrupt shadow.
inline constexpr Mode kSingle = 1U << 13;
/// Outside of 64-bit mode: data can be read and written in all of the segment with this number
/// (SegmentName), as far as offsets reach that the mode's code makes by default.
constexpr Mode openSegment(unsigned number) {
    return Mode{1} << (14 + number);
}
inline constexpr Mode kOpenSegments = 0x3FU << 14;
/// In open segments offsets of 32 bits reach as well.
inline constexpr Mode kOpenTo32Bits = 1U << 20;
}  // namespace mode

}  // namespace hypervisor::software
