// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "memory_access.h"
#include "x87_host.h"

/// What handlers of x87 instructions share. In their operations `extra` is the X87Opcode, `source`
/// the number i of ST(i), and `immediate` the host's code for fast forms.
namespace hypervisor::software {

/// An earlier instruction has left an unmasked exception and this one must report it. With
/// CR0.NE clear the PC reports it by IRQ 13 from outside of the processor; no chipset of ours
/// has that wire, so that such a guest goes on as with IGNNE# asserted.
[[nodiscard]] inline bool mustReportX87Error(const Processor& p) {
    return p.x87.errorPending() && (p.cr0 & cr0::kNumericError) != 0;
}

/// The same as a check at the start of instructions that are plain functions, MMX included:
/// false after #MF.
[[nodiscard]] inline bool x87Ready(Processor& p) {
    return !mustReportX87Error(p) || p.raise(Exception::FloatingPoint);
}

/// Whether fast forms apply: no error pending and every exception masked.
[[nodiscard, gnu::always_inline]] inline bool x87Simple(const Processor& p) {
    return (p.x87.control & x87_status::kExceptions) == x87_status::kExceptions &&
           !p.x87.errorPending();
}

[[gnu::always_inline]] inline void recordX87Instruction(Processor& p, const Operation& o) {
    p.x87.instructionPointer = p.registers[kBlockStart / 8] + o.offset;
}

/// Takes exception flags and the condition codes in `conditions` from a host's status word.
[[gnu::always_inline]] inline void mergeX87Status(Processor& p, std::uint16_t hostStatus,
                                                  unsigned conditions) {
    p.x87.status = static_cast<std::uint16_t>(
        (p.x87.status & ~conditions) | (hostStatus & (conditions | x87_status::kExceptions)));
}

/// Any instruction without memory operand, whatever its stack faults and exceptions.
void x87Register(Processor& p, const Operation& o);

/// Any instruction that reads `size` bytes of memory, or writes them.
void x87Load(Processor& p, const Operation& o, unsigned size);
void x87Store(Processor& p, const Operation& o, unsigned size);

template <unsigned kSize>
void x87Load(Processor& p, const Operation& o) {
    x87Load(p, o, kSize);
}
template <unsigned kSize>
void x87Store(Processor& p, const Operation& o) {
    x87Store(p, o, kSize);
}

inline constexpr Handler kX87Register = &plainOperation<&x87Register>;
template <unsigned kSize>
inline constexpr Handler kX87Load = &plainOperation<&x87Load<kSize>>;
template <unsigned kSize>
inline constexpr Handler kX87Store = &plainOperation<&x87Store<kSize>>;

}  // namespace hypervisor::software
