// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "x87_operation.h"

/// Fast forms of x87 loads, stores and exchanges. What they can't do goes to the general form.
namespace hypervisor::software {

[[gnu::noinline]] inline void x87PushOnHost(Processor& p, const Operation& o,
                                            std::uint64_t operand) {
    const std::uint16_t status =
        hostPush(reinterpret_cast<const void*>(o.immediate), p.x87.push(), operand);
    mergeX87Status(p, status, x87_status::kC1);
    recordX87Instruction(p, o);
}

/// FLD and FILD from an operand of the size of T.
template <class A, class T>
void x87Push(Processor& p, const Operation* o) {
    if (!x87Simple(p) || p.x87.isValid(7)) [[unlikely]]
        return kX87Load<sizeof(T)>(p, o);
    const auto operand = Memory<A, T>::load(p, *o);
    if (!operand) [[unlikely]]
        return miss<A, kX87Load<sizeof(T)>>(p, o);
    x87PushOnHost(p, *o, *operand);
    return next(p, o);
}

struct X87Stored {
    std::uint64_t value;
    std::uint16_t status;
};

template <class T>
[[gnu::noinline]] X87Stored x87StoreOnHost(Processor& p, const Operation& o) {
    std::uint64_t value = 0;
    const std::uint16_t status = hostOperationTo(reinterpret_cast<const void*>(o.immediate),
                                                 p.x87.control, p.x87.st(0), value);
    return {value, status};
}

/// FST, FIST and FISTTP to an operand of the size of T; the host's code is the form that pops.
template <class A, class T, bool kPop>
void x87StoreTop(Processor& p, const Operation* o) {
    if (!x87Simple(p) || !p.x87.isValid(0)) [[unlikely]]
        return kX87Store<sizeof(T)>(p, o);
    const X87Stored stored = x87StoreOnHost<T>(p, *o);
    if (!Memory<A, T>::store(p, *o, static_cast<T>(stored.value))) [[unlikely]]
        return miss<A, kX87Store<sizeof(T)>>(p, o);
    mergeX87Status(p, stored.status, x87_status::kC1);
    if constexpr (kPop)
        p.x87.pop();
    recordX87Instruction(p, *o);
    return next(p, o);
}

struct [[gnu::packed, gnu::may_alias]] X87ExtendedReal {
    std::uint64_t mantissa;
    std::uint16_t exponent;
};

/// FLD m80: a copy.
template <class A>
void x87PushExtended(Processor& p, const Operation* o) {
    if (!x87Simple(p) || p.x87.isValid(7)) [[unlikely]]
        return kX87Load<10>(p, o);
    const void* from;
    if constexpr (std::is_same_v<A, Checked>)
        from = loadChecked<X87ExtendedReal>(p, *o);
    else
        from = readableFast<X87ExtendedReal>(*p.tlb,
                                             A::template address<sizeof(X87ExtendedReal)>(p, *o));
    if (from == nullptr) [[unlikely]]
        return miss<A, kX87Load<10>>(p, o);
    const auto* operand = static_cast<const X87ExtendedReal*>(from);
    p.x87.push() = {operand->mantissa, operand->exponent};
    p.x87.status = static_cast<std::uint16_t>(p.x87.status & ~x87_status::kC1);
    recordX87Instruction(p, *o);
    return next(p, o);
}

/// FSTP m80: a copy. Only for 64-bit addressing; elsewhere the general form does.
template <class A>
void x87StoreExtended(Processor& p, const Operation* o) {
    if (!x87Simple(p) || !p.x87.isValid(0)) [[unlikely]]
        return kX87Store<10>(p, o);
    auto* to =
        writableFast<X87ExtendedReal>(*p.tlb, A::template address<sizeof(X87ExtendedReal)>(p, *o));
    if (to == nullptr) [[unlikely]]
        return startAgain<kX87Store<10>>(p, o);
    to->mantissa = p.x87.st(0).mantissa;
    to->exponent = p.x87.st(0).exponent;
    p.x87.pop();
    p.x87.status = static_cast<std::uint16_t>(p.x87.status & ~x87_status::kC1);
    recordX87Instruction(p, *o);
    return next(p, o);
}

// Register to register

enum class X87Transfer : std::uint8_t { Push, Exchange, Pop };

/// FLD ST(i), FXCH, FSTP ST(i).
template <X87Transfer kTransfer>
void x87Move(Processor& p, const Operation* o) {
    X87State& x87 = p.x87;
    const bool possible = x87.isValid(o->source) &&
                          (kTransfer == X87Transfer::Push ? !x87.isValid(7) : x87.isValid(0));
    if (!x87Simple(p) || !possible) [[unlikely]]
        return kX87Register(p, o);
    if constexpr (kTransfer == X87Transfer::Push) {
        const X87State::Value value = x87.st(o->source);
        x87.push() = value;
    } else if constexpr (kTransfer == X87Transfer::Exchange) {
        std::swap(x87.st(0), x87.st(o->source));
    } else {
        x87.st(o->source) = x87.st(0);
        x87.pop();
    }
    x87.status = static_cast<std::uint16_t>(x87.status & ~x87_status::kC1);
    recordX87Instruction(p, *o);
    return next(p, o);
}

/// FCHS and FABS: the sign alone changes, of NaNs and empty encodings too.
template <bool kChange>
void x87Sign(Processor& p, const Operation* o) {
    if (!x87Simple(p) || !p.x87.isValid(0)) [[unlikely]]
        return kX87Register(p, o);
    std::uint16_t& exponent = p.x87.st(0).exponent;
    exponent = static_cast<std::uint16_t>(kChange ? exponent ^ 0x8000 : exponent & 0x7FFF);
    p.x87.status = static_cast<std::uint16_t>(p.x87.status & ~x87_status::kC1);
    recordX87Instruction(p, *o);
    return next(p, o);
}

}  // namespace hypervisor::software
