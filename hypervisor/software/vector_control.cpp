// SPDX-License-Identifier: GPL-3.0-or-later
#include "mxcsr.h"
#include "vector_handler.h"

/// LDMXCSR and STMXCSR.
namespace hypervisor::software {

namespace {

/// Goes back to the run loop only when code has to be decoded anew.
void loadMxcsr(Processor& p, const Operation* o) {
    const auto source = Memory<Checked, std::uint32_t>::load(p, *o);
    if (!source)
        return fault(p, o);
    const std::uint32_t value = *source;
    if ((value & ~mxcsr::kWritable) != 0) {
        p.raise(Exception::GeneralProtection, 0);
        return fault(p, o);
    }
    // RIP is of the old mode's code: leave() must come first.
    leave(p, o);
    if (replaceMxcsr(p, value))
        return;
    return next(p, o);
}

void storeMxcsr(Processor& p, const Operation* o) {
    if (!Memory<Checked, std::uint32_t>::store(p, *o, currentMxcsr(p)))
        return fault(p, o);
    return next(p, o);
}

}  // namespace

Lowered lowerVectorControl(const DecodedInstruction& decoded, Operation& operation) {
    const bool loads = decoded.mnemonic() == ZYDIS_MNEMONIC_LDMXCSR;
    if (!loads && decoded.mnemonic() != ZYDIS_MNEMONIC_STMXCSR)
        return Lowered::No;
    encodeMemory(decoded, decoded.operand(0), operation);
    operation.handler = loads ? &loadMxcsr : &storeMxcsr;
    return Lowered::Continue;
}

}  // namespace hypervisor::software
