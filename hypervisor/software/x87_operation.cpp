// SPDX-License-Identifier: GPL-3.0-or-later
#include "x87_operation.h"

#include <array>
#include <cassert>

namespace hypervisor::software {

namespace {

/// BCD operands are the longest.
constexpr unsigned kLongestOperand = 10;

void commit(Processor& p, const Operation& o, const X87State& state) {
    p.x87 = state;
    recordX87Instruction(p, o);
    if (state.errorPending()) {
        p.x87.opcode = o.extra;
        if ((o.extra & 0xFF) < 0xC0)
            p.x87.dataPointer = p.effectiveAddress(o);
    }
}

/// An unmasked exception other than inexact result keeps the result from memory.
bool isStored(const X87State& state) {
    return !state.errorPending() ||
           (state.status & ~state.control & x87_status::kExceptions) == x87_status::kPrecision;
}

}  // namespace

void x87Register(Processor& p, const Operation& o) {
    if (!x87Ready(p))
        return;
    X87State state = p.x87;
    executeOnHost(state, p.flags, o.extra, nullptr);
    commit(p, o, state);
}

void x87Load(Processor& p, const Operation& o, unsigned size) {
    assert(size <= kLongestOperand);
    if (!x87Ready(p))
        return;
    std::array<std::byte, 16> operand{};
    const auto address = p.operandAddress(o, size, Access::Read);
    if (!address || !p.readLinear(*address, operand.data(), size))
        return;
    X87State state = p.x87;
    executeOnHost(state, p.flags, o.extra, operand.data());
    commit(p, o, state);
}

void x87Store(Processor& p, const Operation& o, unsigned size) {
    assert(size <= kLongestOperand);
    if (!x87Ready(p))
        return;
    std::array<std::byte, 16> operand{};
    X87State state = p.x87;
    executeOnHost(state, p.flags, o.extra, operand.data());
    if (isStored(state)) {
        const auto address = p.operandAddress(o, size, Access::Write);
        if (!address || !p.writeLinear(*address, operand.data(), size))
            return;
    }
    commit(p, o, state);
}

}  // namespace hypervisor::software
