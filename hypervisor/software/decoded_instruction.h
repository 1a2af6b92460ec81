// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Zydis/Zydis.h>

#include <array>
#include <cstdint>

#include "memory_access.h"
#include "mode.h"
#include "operation.h"

namespace hypervisor::software {

/// An instruction as Zydis sees it, on its way to becoming an Operation.
struct DecodedInstruction {
    ZydisDecodedInstruction instruction;
    std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;
    Mode mode;

    [[nodiscard]] ZydisMnemonic mnemonic() const { return instruction.mnemonic; }
    /// Explicit operands are operands[0] to operands[visible() - 1].
    [[nodiscard]] unsigned visible() const { return instruction.operand_count_visible; }
    [[nodiscard]] const ZydisDecodedOperand& operand(unsigned number) const {
        return operands[number];
    }
    [[nodiscard]] bool isRegister(unsigned number) const {
        return number < visible() && operands[number].type == ZYDIS_OPERAND_TYPE_REGISTER;
    }
    [[nodiscard]] bool isMemory(unsigned number) const {
        return number < visible() && operands[number].type == ZYDIS_OPERAND_TYPE_MEMORY;
    }
    [[nodiscard]] bool isImmediate(unsigned number) const {
        return number < visible() && operands[number].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
    }
    /// Operand size in bits: 16, 32 or 64.
    [[nodiscard]] unsigned operandBits() const { return instruction.operand_width; }
    [[nodiscard]] bool is64Bit() const { return (mode & mode::kCode64) != 0; }
    [[nodiscard]] bool hasAttribute(ZydisInstructionAttributes attribute) const {
        return (instruction.attributes & attribute) != 0;
    }
};

/// Offset of a general register of any width, or the number of any other register.
[[nodiscard]] RegisterOffset generalRegister(ZydisRegister name);
[[nodiscard]] std::uint8_t registerNumber(ZydisRegister name);

/// How a memory operand can be addressed.
enum class Addressing : std::uint8_t { Simple, Full, Checked, Segmented16, Segmented32 };
[[nodiscard]] constexpr Addressing segmented(unsigned bits) {
    return bits == 16 ? Addressing::Segmented16 : Addressing::Segmented32;
}
[[nodiscard]] constexpr bool isLong(Addressing addressing) {
    return addressing == Addressing::Simple || addressing == Addressing::Full;
}

/// Puts a memory operand (also that of LEA and the bit-string instructions) into base, index,
/// scale, segment, displacement and addressBits of `operation`, and says how to address it.
Addressing encodeMemory(const DecodedInstruction& decoded, const ZydisDecodedOperand& operand,
                        Operation& operation);

/// pick() for what is never in 64-bit mode.
template <class Function>
[[nodiscard]] Handler pickShort(Addressing addressing, Function function) {
    if (addressing == Addressing::Segmented16)
        return function.template operator()<Segmented<16>>();
    if (addressing == Addressing::Segmented32)
        return function.template operator()<Segmented<32>>();
    return function.template operator()<Checked>();
}

/// The instantiation of a handler template for an addressing kind:
/// `pick(addressing, []<class A> { return &movLoad<A, std::uint32_t>; })`.
template <class Function>
[[nodiscard]] Handler pick(Addressing addressing, Function function) {
    if (addressing == Addressing::Simple)
        return function.template operator()<Simple>();
    if (addressing == Addressing::Full)
        return function.template operator()<Full>();
    return pickShort(addressing, function);
}

/// What lowering says of an instruction.
enum class Lowered : std::uint8_t {
    /// Not an instruction of this family.
    No,
    /// `operation` is complete and the next instruction follows.
    Continue,
    /// `operation` is complete and ends its block.
    EndBlock,
};

// One function for each family of instructions; lowering.cpp asks them in turn and makes #UD of
// what nobody knows. length, offset and mode-independent fields are already set.
[[nodiscard]] Lowered lowerInteger(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerControlTransfer(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerString(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerSystem(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerX87(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerVector(const DecodedInstruction& decoded, Operation& operation);

/// A handler that raises `kException` (without error code).
template <Exception kException>
void raiseException(Processor& p, const Operation* o) {
    p.raise(kException);
    return fault(p, o);
}

}  // namespace hypervisor::software
