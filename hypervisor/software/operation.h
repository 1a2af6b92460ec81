// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace hypervisor::software {

class Processor;
struct Operation;

/// Executes one operation and goes on to the next one, see execution.h.
using Handler = void (*)(Processor&, const Operation*);

/// Byte offsets into Processor::registers: the general registers are at 8 * number, AH, CH, DH
/// and BH one byte further, and two that no instruction can name follow.
using RegisterOffset = std::uint8_t;
/// The virtual address at which the running block starts. RIP-relative operands use it as base.
inline constexpr RegisterOffset kBlockStart = 16 * 8;
/// Always zero: stands in for an absent base or index.
inline constexpr RegisterOffset kZero = 17 * 8;
inline constexpr unsigned kRegisterSlots = 18;

/// In Operation::scale: the displacement does not fit and is `immediate`; there is no index.
inline constexpr std::uint8_t kWideDisplacement = 4;

/// One decoded, specialised instruction: what an interpreter calls and what a translator would
/// consume. Owned by a block of one VP's cache, changed only on that VP's thread.
struct Operation {
    Handler handler;
    std::uint64_t immediate;
    std::int32_t displacement;
    RegisterOffset base;
    RegisterOffset index;
    /// Left shift of the index, 0 to 3, or kWideDisplacement.
    std::uint8_t scale;
    /// Number of the segment register (SegmentName) of the memory operand.
    std::uint8_t segment;
    /// Register operands: a RegisterOffset for general registers, the plain number for others.
    std::uint8_t destination;
    std::uint8_t source;
    /// Length of the instruction in bytes.
    std::uint8_t length;
    /// Width of address computations in bits: 16, 32 or 64.
    std::uint8_t addressBits;
    /// Bytes from the start of the block to the start of this instruction.
    std::uint16_t offset;
    /// What it means is up to the handler.
    std::uint16_t extra;
};
static_assert(sizeof(Operation) == 32);

}  // namespace hypervisor::software
