// SPDX-License-Identifier: GPL-3.0-or-later
#include <limits>

#include "arithmetic.h"
#include "integer_lowering.h"
#include "lowering_support.h"

// MUL, IMUL, DIV, IDIV.
namespace hypervisor::software {

namespace {

constexpr RegisterOffset kRax = 0;
constexpr RegisterOffset kRdx = 2 * 8;
constexpr RegisterOffset kAh = 1;

template <class T>
inline constexpr RegisterOffset kHighHalf = sizeof(T) == 1 ? kAh : kRdx;

template <bool kSigned, class T>
[[gnu::always_inline]] inline void multiplyWide(Processor& p, T source) {
    T low = registerValue<T>(p, kRax);
    T high;
    FlagsImage flags = p.flags;
    computeWideMultiply<kSigned, T>(low, high, source, flags);
    setRegister<T>(p, kRax, low);
    setRegister<T>(p, kHighHalf<T>, high);
    p.flags = flags;
}

/// false: #DE.
template <bool kSigned, class T>
[[gnu::always_inline]] inline bool divide(Processor& p, T source) {
    if (source == 0)
        return false;
    const T low = registerValue<T>(p, kRax);
    const T high = registerValue<T>(p, kHighHalf<T>);
    T quotient;
    T remainder;
    if constexpr (!kSigned) {
        // The quotient fits exactly when the upper half is below the divisor.
        if (high >= source)
            return false;
        if constexpr (sizeof(T) == 8) {
            asm("div %[s]"
                : "=a"(quotient), "=d"(remainder)
                : [s] "r"(source), "a"(low), "d"(high)
                : "cc");
        } else {
            const std::uint64_t dividend = std::uint64_t{high} << (sizeof(T) * 8) | low;
            quotient = static_cast<T>(dividend / source);
            remainder = static_cast<T>(dividend % source);
        }
    } else {
        using Signed = std::make_signed_t<T>;
        __extension__ using Wide = std::conditional_t<sizeof(T) == 8, __int128, std::int64_t>;
        __extension__ using UnsignedWide =
            std::conditional_t<sizeof(T) == 8, unsigned __int128, std::uint64_t>;
        const auto dividend = static_cast<Wide>(
            static_cast<UnsignedWide>(static_cast<Wide>(static_cast<Signed>(high)))
                << (sizeof(T) * 8) |
            low);
        const Wide divisor = static_cast<Signed>(source);
        // The one quotient that even the wide type can't hold.
        const auto smallest = static_cast<Wide>(UnsignedWide{1} << (sizeof(Wide) * 8 - 1));
        if (dividend == smallest && divisor == -1)
            return false;
        const Wide wide = dividend / divisor;
        if (wide > std::numeric_limits<Signed>::max() || wide < std::numeric_limits<Signed>::min())
            return false;
        quotient = static_cast<T>(wide);
        remainder = static_cast<T>(dividend % divisor);
    }
    setRegister<T>(p, kRax, quotient);
    setRegister<T>(p, kHighHalf<T>, remainder);
    return true;
}

enum class Kind : std::uint8_t { Mul, Imul, Div, Idiv };

template <Kind kKind, class T>
[[gnu::always_inline]] inline void perform(Processor& p, const Operation* o, T source) {
    if constexpr (kKind == Kind::Mul || kKind == Kind::Imul) {
        multiplyWide<kKind == Kind::Imul, T>(p, source);
    } else if (!divide<kKind == Kind::Idiv, T>(p, source)) [[unlikely]] {
        p.raise(Exception::DivideError);
        return fault(p, o);
    }
    return next(p, o);
}

template <Kind kKind, class T>
void wideRegister(Processor& p, const Operation* o) {
    return perform<kKind, T>(p, o, registerValue<T>(p, o->source));
}

template <Kind kKind, class T, class A>
void wideMemory(Processor& p, const Operation* o) {
    const auto source = Memory<A, T>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &wideMemory<kKind, T, Checked>>(p, o);
    return perform<kKind, T>(p, o, *source);
}

template <Kind kKind>
Lowered lowerWide(const DecodedInstruction& d, Operation& o) {
    const unsigned bits = d.operand(0).size;
    if (d.isMemory(0)) {
        const Addressing addressing = encodeMemory(d, d.operand(0), o);
        o.handler = withSize(bits, [&]<class T>() {
            return pickFew(addressing,
                           []<class A>() -> Handler { return &wideMemory<kKind, T, A>; });
        });
    } else {
        o.source = generalRegister(d.operand(0).reg.value);
        o.handler = withSize(bits, []<class T>() -> Handler { return &wideRegister<kKind, T>; });
    }
    return Lowered::Continue;
}

/// With kImmediate the product is of source and immediate, else of destination and source.
template <class T, bool kImmediate>
void multiplyRegister(Processor& p, const Operation* o) {
    T value = kImmediate ? static_cast<T>(o->immediate) : registerValue<T>(p, o->destination);
    FlagsImage flags = p.flags;
    computeMultiply<T>(value, registerValue<T>(p, o->source), flags);
    setRegister<T>(p, o->destination, value);
    p.flags = flags;
    return next(p, o);
}

template <class T, bool kImmediate, class A>
void multiplyMemory(Processor& p, const Operation* o) {
    const auto source = Memory<A, T>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &multiplyMemory<T, kImmediate, Checked>>(p, o);
    T value = kImmediate ? static_cast<T>(o->immediate) : registerValue<T>(p, o->destination);
    FlagsImage flags = p.flags;
    computeMultiply<T>(value, *source, flags);
    setRegister<T>(p, o->destination, value);
    p.flags = flags;
    return next(p, o);
}

Lowered lowerMultiply(const DecodedInstruction& d, Operation& o) {
    const bool immediate = d.visible() == 3;
    if (immediate)
        o.immediate = d.operand(2).imm.value.u;
    const unsigned bits = d.operand(0).size;
    o.destination = generalRegister(d.operand(0).reg.value);
    if (d.isMemory(1)) {
        const Addressing addressing = encodeMemory(d, d.operand(1), o);
        o.handler = withWordSize(bits, [&]<class T>() {
            return immediate
                       ? pickFew(addressing,
                                 []<class A>() -> Handler { return &multiplyMemory<T, true, A>; })
                       : pickFew(addressing,
                                 []<class A>() -> Handler { return &multiplyMemory<T, false, A>; });
        });
    } else {
        o.source = generalRegister(d.operand(1).reg.value);
        o.handler = withWordSize(bits, [&]<class T>() -> Handler {
            return immediate ? Handler{&multiplyRegister<T, true>}
                             : Handler{&multiplyRegister<T, false>};
        });
    }
    return Lowered::Continue;
}

}  // namespace

Lowered lowerMultiplyDivide(const DecodedInstruction& d, Operation& o) {
    switch (d.mnemonic()) {
        case ZYDIS_MNEMONIC_MUL:
            return lowerWide<Kind::Mul>(d, o);
        case ZYDIS_MNEMONIC_IMUL:
            return d.visible() == 1 ? lowerWide<Kind::Imul>(d, o) : lowerMultiply(d, o);
        case ZYDIS_MNEMONIC_DIV:
            return lowerWide<Kind::Div>(d, o);
        case ZYDIS_MNEMONIC_IDIV:
            return lowerWide<Kind::Idiv>(d, o);
        default:
            return Lowered::No;
    }
}

}  // namespace hypervisor::software
