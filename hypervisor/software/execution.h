// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "processor.h"

/// How handlers follow one another. A handler does its work and returns what next(), fault() or
/// one of the transfers in control_transfer.h returns. Optimised builds thread: each of these is
/// a tail call. Others, where the compiler makes no tail calls, come back to the run loop after
/// each operation.
namespace hypervisor::software {

#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
inline constexpr bool kThreaded = true;
#else
inline constexpr bool kThreaded = false;
#endif

[[gnu::always_inline]] inline void enter(Processor& p, const Operation* operation) {
    if constexpr (kThreaded)
        return operation->handler(p, operation);
    else
        p.resume = operation;
}

/// Goes on with the operation behind this one.
[[gnu::always_inline]] inline void next(Processor& p, const Operation* operation) {
    return enter(p, operation + 1);
}

/// Back to the run loop with RIP at this instruction: it has raised p.fault and changed nothing.
inline void fault(Processor& p, const Operation* operation) {
    p.rip = p.registers[kBlockStart / 8] + operation->offset;
    if (!p.in64BitMode())
        p.rip &= 0xFFFF'FFFF;
}

/// Raises #GP(0), out of the way of a handler that otherwise calls nothing.
[[gnu::noinline, gnu::cold]] inline void faultGeneralProtection(Processor& p,
                                                                const Operation* operation) {
    p.raise(Exception::GeneralProtection, 0);
    return fault(p, operation);
}

/// Back to the run loop with RIP behind this instruction.
inline void leave(Processor& p, const Operation* operation) {
    p.rip = p.registers[kBlockStart / 8] + operation->offset + operation->length;
    if (!p.in64BitMode())
        p.rip &= (p.mode & mode::kCode32) != 0 ? 0xFFFF'FFFF : 0xFFFF;
}

/// An instruction that is written as a plain function: called with p.rip behind it, ends its
/// block. When it raises a fault, RIP goes back to its start, unless the function is done with
/// the instruction itself (a trap such as INT n): it then delivers the event on its own.
template <auto kFunction>
void systemOperation(Processor& p, const Operation* operation) {
    leave(p, operation);
    kFunction(p, *operation);
    if (p.faulted)
        fault(p, operation);
}

/// The same, going on in the block: for what changes neither control flow nor mode.
template <auto kFunction>
void plainOperation(Processor& p, const Operation* operation) {
    kFunction(p, *operation);
    if (p.faulted) [[unlikely]]
        return fault(p, operation);
    return next(p, operation);
}

}  // namespace hypervisor::software
