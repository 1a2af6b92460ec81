// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "processor.h"

/// Debug exceptions (Intel SDM volume 3, chapter 18). Blocks hold one instruction while
/// mode::kSingle is set; around each of them the run loop calls checkCodeBreakpoint() and, when
/// the instruction has not faulted, finishInstruction().
namespace hypervisor::software {

namespace dr6 {
inline constexpr std::uint64_t kBreakpoints = 0xF;
inline constexpr std::uint64_t kRegisterAccess = 1U << 13;
inline constexpr std::uint64_t kSingleStep = 1U << 14;
inline constexpr std::uint64_t kTaskSwitch = 1U << 15;
inline constexpr std::uint64_t kWritable = kBreakpoints | (7U << 13);
inline constexpr std::uint64_t kFixed = 0xFFFF'0FF0;
}  // namespace dr6

namespace dr7 {
inline constexpr std::uint64_t kEnables = 0xFF;
inline constexpr std::uint64_t kLocalEnables = 0x55;
inline constexpr std::uint64_t kGeneralDetect = 1U << 13;
inline constexpr std::uint64_t kWritable = 0xFFFF'23FF;
inline constexpr std::uint64_t kFixed = 0x400;

/// What breakpoint `n` waits for.
enum class Kind : std::uint8_t { Execute = 0, Write = 1, InputOutput = 2, ReadWrite = 3 };
[[nodiscard]] inline bool enabled(std::uint64_t value, unsigned n) {
    return (value >> (2 * n) & 3) != 0;
}
[[nodiscard]] inline Kind kind(std::uint64_t value, unsigned n) {
    return static_cast<Kind>(value >> (16 + 4 * n) & 3);
}
[[nodiscard]] inline unsigned length(std::uint64_t value, unsigned n) {
    constexpr unsigned kLengths[4] = {1, 2, 8, 4};
    return kLengths[value >> (18 + 4 * n) & 3];
}
}  // namespace dr7

/// Whether some breakpoint on data is enabled, so that every access must be looked at.
[[nodiscard]] bool watchesData(const Processor& p);

/// Raises #DB for the conditions `bits` (DR6). Always false, as Processor::raise().
bool raiseDebug(Processor& p, std::uint64_t bits);

/// Before an instruction at p.rip: false when a breakpoint on it has raised #DB. Also notes
/// whether the instruction is single-stepped, and uses up the resume flag.
[[nodiscard]] bool checkCodeBreakpoint(Processor& p);

/// Notes breakpoints on port accesses.
void checkPortBreakpoints(Processor& p, std::uint16_t port, unsigned size);

/// After an instruction that has not faulted: delivers the debug trap that is due, if one is.
void finishInstruction(Processor& p);

}  // namespace hypervisor::software
