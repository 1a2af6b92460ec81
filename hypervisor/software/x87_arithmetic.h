// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "x87_operation.h"

/// Fast forms of x87 arithmetic and comparisons; `immediate` is the host's code, made for ST(0)
/// and ST(1). What they can't do goes to the general form.
namespace hypervisor::software {

/// Which operand of a register form takes the result.
enum class X87Target : std::uint8_t { Top, Other };

template <X87Target kTarget, unsigned kPops, unsigned kConditions>
[[gnu::noinline]] void x87BinaryOnHost(Processor& p, const Operation& o) {
    X87State::Value& top = p.x87.st(0);
    X87State::Value& other = p.x87.st(o.source);
    const auto* instruction = reinterpret_cast<const void*>(o.immediate);
    const std::uint16_t status = kTarget == X87Target::Top
                                     ? hostOperation(instruction, p.x87.control, top, other)
                                     : hostOperation(instruction, p.x87.control, other, top);
    mergeX87Status(p, status, kConditions);
    for (unsigned i = 0; i < kPops; ++i)
        p.x87.pop();
    recordX87Instruction(p, o);
}

/// ST(0) and ST(i). Comparisons leave both as they are.
template <X87Target kTarget, unsigned kPops, unsigned kConditions>
void x87Binary(Processor& p, const Operation* o) {
    if (!x87Simple(p) || !p.x87.isValid(0) || !p.x87.isValid(o->source)) [[unlikely]]
        return kX87Register(p, o);
    x87BinaryOnHost<kTarget, kPops, kConditions>(p, *o);
    return next(p, o);
}

[[gnu::noinline]] inline void x87UnaryOnHost(Processor& p, const Operation& o) {
    mergeX87Status(p,
                   hostOperation(reinterpret_cast<const void*>(o.immediate), p.x87.control,
                                 p.x87.st(0), X87State::Value{}),
                   x87_status::kC1);
    recordX87Instruction(p, o);
}

/// ST(0) alone: FSQRT, FRNDINT.
inline void x87Unary(Processor& p, const Operation* o) {
    if (!x87Simple(p) || !p.x87.isValid(0)) [[unlikely]]
        return kX87Register(p, o);
    x87UnaryOnHost(p, *o);
    return next(p, o);
}

template <bool kPop, unsigned kConditions>
[[gnu::noinline]] void x87BinaryMemoryOnHost(Processor& p, const Operation& o,
                                             std::uint64_t operand) {
    mergeX87Status(p,
                   hostOperationFrom(reinterpret_cast<const void*>(o.immediate), p.x87.control,
                                     p.x87.st(0), operand),
                   kConditions);
    if constexpr (kPop)
        p.x87.pop();
    recordX87Instruction(p, o);
}

/// ST(0) and a memory operand of the size of T.
template <class A, class T, bool kPop, unsigned kConditions>
void x87BinaryMemory(Processor& p, const Operation* o) {
    if (!x87Simple(p) || !p.x87.isValid(0)) [[unlikely]]
        return kX87Load<sizeof(T)>(p, o);
    const auto operand = Memory<A, T>::load(p, *o);
    if (!operand) [[unlikely]]
        return miss<A, kX87Load<sizeof(T)>>(p, o);
    x87BinaryMemoryOnHost<kPop, kConditions>(p, *o, *operand);
    return next(p, o);
}

template <bool kPop>
[[gnu::noinline]] void x87CompareFlagsOnHost(Processor& p, const Operation& o) {
    const std::uint16_t status = hostOperation(reinterpret_cast<const void*>(o.immediate),
                                               p.x87.control, p.x87.st(0), p.x87.st(o.source));
    mergeX87Status(p, status, 0);
    // C0, C2 and C3 stand where CF, PF and ZF do; OF, SF and AF are cleared.
    using namespace x87_status;
    p.flags = static_cast<std::uint16_t>(0x0200 | (status & (kC0 | kC2 | kC3)));
    if constexpr (kPop)
        p.x87.pop();
    recordX87Instruction(p, o);
}

/// FCOMI and FUCOMI; the host's code is FCOM or FUCOM.
template <bool kPop>
void x87CompareFlags(Processor& p, const Operation* o) {
    if (!x87Simple(p) || !p.x87.isValid(0) || !p.x87.isValid(o->source)) [[unlikely]]
        return kX87Register(p, o);
    x87CompareFlagsOnHost<kPop>(p, *o);
    return next(p, o);
}

}  // namespace hypervisor::software
