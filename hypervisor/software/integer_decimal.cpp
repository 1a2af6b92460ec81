// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>

#include "arithmetic.h"
#include "integer_lowering.h"

// DAA, DAS, AAA, AAS, AAM, AAD, SALC: outside of 64-bit mode only, where the host has them no
// more, so flags that are undefined are left as other processors leave them.
namespace hypervisor::software {

namespace {

struct Accumulator {
    std::uint8_t& al;
    std::uint8_t& ah;
    explicit Accumulator(Processor& p)
        : al(registerAt<std::uint8_t>(p, 0)), ah(registerAt<std::uint8_t>(p, 1)) {}
};

[[nodiscard]] bool has(const Processor& p, FlagsImage flag) {
    return (p.flags & flag) != 0;
}

FlagsImage resultFlags(std::uint8_t value, bool carry, bool auxiliary) {
    FlagsImage flags = 0x0200;
    if (carry)
        flags |= image::kCarry;
    if (auxiliary)
        flags |= image::kAuxiliary;
    if (value == 0)
        flags |= image::kZero;
    if ((value & 0x80) != 0)
        flags |= image::kSign;
    if (std::popcount(value) % 2 == 0)
        flags |= image::kParity;
    return flags;
}

template <bool kAdd>
void adjustPacked(Processor& p, const Operation& /*operation*/) {
    const Accumulator a(p);
    const std::uint8_t before = a.al;
    const bool carryBefore = has(p, image::kCarry);
    bool carry = false;
    bool auxiliary = false;
    unsigned value = before;
    if ((before & 0xF) > 9 || has(p, image::kAuxiliary)) {
        carry = carryBefore || (kAdd ? value + 6 > 0xFF : value < 6);
        value = kAdd ? value + 6 : value - 6;
        auxiliary = true;
    }
    if (before > 0x99 || carryBefore) {
        value = kAdd ? value + 0x60 : value - 0x60;
        carry = true;
    } else if (kAdd) {
        carry = false;
    }
    a.al = static_cast<std::uint8_t>(value);
    p.flags = resultFlags(a.al, carry, auxiliary);
}

template <bool kAdd>
void adjustUnpacked(Processor& p, const Operation& /*operation*/) {
    const Accumulator a(p);
    const bool adjust = (a.al & 0xF) > 9 || has(p, image::kAuxiliary);
    if (adjust) {
        auto& ax = registerAt<std::uint16_t>(p, 0);
        ax = static_cast<std::uint16_t>(kAdd ? ax + 0x106 : ax - 0x106);
    }
    a.al &= 0xF;
    p.flags = resultFlags(a.al, adjust, adjust);
}

void adjustMultiply(Processor& p, const Operation& o) {
    const auto base = static_cast<std::uint8_t>(o.immediate);
    if (base == 0) {
        p.raise(Exception::DivideError);
        return;
    }
    const Accumulator a(p);
    a.ah = static_cast<std::uint8_t>(a.al / base);
    a.al = static_cast<std::uint8_t>(a.al % base);
    p.flags = resultFlags(a.al, false, false);
}

void adjustDivide(Processor& p, const Operation& o) {
    const Accumulator a(p);
    a.al = static_cast<std::uint8_t>(a.al + a.ah * static_cast<std::uint8_t>(o.immediate));
    a.ah = 0;
    p.flags = resultFlags(a.al, false, false);
}

void carryToAl(Processor& p, const Operation& /*operation*/) {
    registerAt<std::uint8_t>(p, 0) = has(p, image::kCarry) ? 0xFF : 0;
}

}  // namespace

Lowered lowerDecimal(const DecodedInstruction& d, Operation& o) {
    const auto plain = [&o](Handler handler) {
        o.handler = handler;
        return Lowered::Continue;
    };
    if (d.isImmediate(0))
        o.immediate = d.operand(0).imm.value.u;
    switch (d.mnemonic()) {
        case ZYDIS_MNEMONIC_DAA:
            return plain(&plainOperation<&adjustPacked<true>>);
        case ZYDIS_MNEMONIC_DAS:
            return plain(&plainOperation<&adjustPacked<false>>);
        case ZYDIS_MNEMONIC_AAA:
            return plain(&plainOperation<&adjustUnpacked<true>>);
        case ZYDIS_MNEMONIC_AAS:
            return plain(&plainOperation<&adjustUnpacked<false>>);
        case ZYDIS_MNEMONIC_AAM:
            return plain(&plainOperation<&adjustMultiply>);
        case ZYDIS_MNEMONIC_AAD:
            return plain(&plainOperation<&adjustDivide>);
        case ZYDIS_MNEMONIC_SALC:
            return plain(&plainOperation<&carryToAl>);
        default:
            return Lowered::No;
    }
}

}  // namespace hypervisor::software
