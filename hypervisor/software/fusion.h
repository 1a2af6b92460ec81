// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "operation.h"

/// Arithmetic and the conditional jump behind it as one operation: it does the arithmetic and
/// then what the jump, still in its place as the next operation, would do.
namespace hypervisor::software {

/// What Operation::extra says of arithmetic that has fused forms. Each group of four is for
/// operands of 8, 16, 32 and 64 bits.
enum class Fusible : std::uint16_t {
    kNone,
    kCompareRegister8,
    kCompareImmediate8 = kCompareRegister8 + 4,
    kCompareRegisterMemory8 = kCompareImmediate8 + 4,
    kCompareMemoryImmediate8 = kCompareRegisterMemory8 + 4,
    kCompareMemoryRegister8 = kCompareMemoryImmediate8 + 4,
    kTestRegister8 = kCompareMemoryRegister8 + 4,
    kTestImmediate8 = kTestRegister8 + 4,
    kTestMemoryImmediate8 = kTestImmediate8 + 4,
    kSubtractImmediate32 = kTestMemoryImmediate8 + 4,
    kSubtractImmediate64,
    kAddImmediate32,
    kAddImmediate64,
    kAndImmediate32,
    kCount,
};

/// Ways to go on after arithmetic: the condition code of a jump, with kJumpWithinPage where the
/// target is in the block's page; or no jump.
inline constexpr unsigned kJumpWithinPage = 16;
inline constexpr unsigned kNoJump = 32;

/// The handler that does both, or nullptr.
[[nodiscard]] Handler fused(Fusible form, unsigned conditionCode, bool withinPage);

}  // namespace hypervisor::software
