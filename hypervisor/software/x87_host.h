// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "x87_state.h"

/// x87 instructions executed by the host's x87 unit, so that results and flags are the
/// processor's own. The host's unit is left as FNINIT leaves it, which is what compiled code
/// expects, though not its status word's condition codes and its pointers, which nobody reads.
namespace hypervisor::software {

/// An x87 instruction as the last-opcode register has it: the low three bits of the first byte
/// and the ModRM byte. Where ModRM says memory, only its opcode part matters here.
using X87Opcode = std::uint16_t;

/// Host code for an instruction of any D8 to DF encoding: the instruction with its memory
/// operand, if any, at RDI, and a return.
[[nodiscard]] const void* hostInstruction(X87Opcode opcode);

/// Executes an instruction on the whole state: stack faults and unmasked exceptions come out as
/// on the host. `flags` as in Processor::flags. Not for instructions that load or store the
/// control word or the environment. A pending error, which the guest has chosen to ignore
/// (CR0.NE is 0), is kept from the host, whose own would trap.
void executeOnHost(X87State& state, std::uint16_t& flags, X87Opcode opcode, void* operand);

inline constexpr std::uint16_t kHostControlWord = 0x037F;

/// The three forms below serve what is common: every exception masked, no stack fault, nothing
/// pushed or popped. They return the host's status word. The red zone below the stack pointer
/// belongs to the compiler, so calls step over it.

/// An instruction on ST(0) and ST(1).
[[gnu::always_inline]] inline std::uint16_t hostOperation(const void* instruction,
                                                          std::uint16_t control,
                                                          X87State::Value& st0,
                                                          const X87State::Value& st1) {
    std::uint16_t status;
    asm volatile(
        "fldt %[st1]\n\t"
        "fldt %[st0]\n\t"
        "fldcw %[control]\n\t"
        "lea -128(%%rsp), %%rsp\n\t"
        "call *%[instruction]\n\t"
        "lea 128(%%rsp), %%rsp\n\t"
        "fnstsw %[status]\n\t"
        "testb $0x3F, %b[status]\n\t"
        "jz 1f\n\t"
        "fnclex\n"
        "1:\n\t"
        "fldcw %[clean]\n\t"
        "fstpt %[st0]\n\t"
        "fstp %%st(0)"
        : [status] "=&a"(status), [st0] "+m"(st0)
        : [st1] "m"(st1), [control] "m"(control), [clean] "m"(kHostControlWord),
          [instruction] "r"(instruction)
        : "cc", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
    return status;
}

/// An instruction on ST(0) and a memory operand that it reads.
[[gnu::always_inline]] inline std::uint16_t hostOperationFrom(const void* instruction,
                                                              std::uint16_t control,
                                                              X87State::Value& st0,
                                                              const std::uint64_t& operand) {
    std::uint16_t status;
    asm volatile(
        "fldt %[st0]\n\t"
        "fldcw %[control]\n\t"
        "lea -128(%%rsp), %%rsp\n\t"
        "call *%[instruction]\n\t"
        "lea 128(%%rsp), %%rsp\n\t"
        "fnstsw %[status]\n\t"
        "testb $0x3F, %b[status]\n\t"
        "jz 1f\n\t"
        "fnclex\n"
        "1:\n\t"
        "fldcw %[clean]\n\t"
        "fstpt %[st0]"
        : [status] "=&a"(status), [st0] "+m"(st0)
        : "D"(&operand), "m"(operand), [control] "m"(control), [clean] "m"(kHostControlWord),
          [instruction] "r"(instruction)
        : "cc", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
    return status;
}

/// An instruction that stores ST(0) to a memory operand and pops it.
[[gnu::always_inline]] inline std::uint16_t hostOperationTo(const void* instruction,
                                                            std::uint16_t control,
                                                            const X87State::Value& st0,
                                                            std::uint64_t& operand) {
    std::uint16_t status;
    asm volatile(
        "fldt %[st0]\n\t"
        "fldcw %[control]\n\t"
        "lea -128(%%rsp), %%rsp\n\t"
        "call *%[instruction]\n\t"
        "lea 128(%%rsp), %%rsp\n\t"
        "fnstsw %[status]\n\t"
        "testb $0x3F, %b[status]\n\t"
        "jz 1f\n\t"
        "fnclex\n"
        "1:\n\t"
        "fldcw %[clean]"
        : [status] "=&a"(status), "+m"(operand)
        : "D"(&operand), [st0] "m"(st0), [control] "m"(control), [clean] "m"(kHostControlWord),
          [instruction] "r"(instruction)
        : "cc", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
    return status;
}

/// An instruction that pushes what it finds in memory; conversion is exact.
[[gnu::always_inline]] inline std::uint16_t hostPush(const void* instruction, X87State::Value& st0,
                                                     const std::uint64_t& operand) {
    std::uint16_t status;
    asm volatile(
        "lea -128(%%rsp), %%rsp\n\t"
        "call *%[instruction]\n\t"
        "lea 128(%%rsp), %%rsp\n\t"
        "fnstsw %[status]\n\t"
        "testb $0x3F, %b[status]\n\t"
        "jz 1f\n\t"
        "fnclex\n"
        "1:\n\t"
        "fstpt %[st0]"
        : [status] "=&a"(status), [st0] "=m"(st0)
        : "D"(&operand), "m"(operand), [instruction] "r"(instruction)
        : "cc", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
    return status;
}

}  // namespace hypervisor::software
