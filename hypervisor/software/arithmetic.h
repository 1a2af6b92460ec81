// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <cstdint>

/// The arithmetic of general registers, done by the host's own instructions. Each function takes
/// and delivers the arithmetic flags in the form of Processor::flags, which LAHF and SETO produce
/// in two instructions: results and flags, undefined ones included, are those of the host.
namespace hypervisor::software {

using FlagsImage = std::uint16_t;

namespace image {
inline constexpr FlagsImage kOverflow = 1U << 0;
inline constexpr FlagsImage kCarry = 1U << 8;
inline constexpr FlagsImage kParity = 1U << 10;
inline constexpr FlagsImage kAuxiliary = 1U << 12;
inline constexpr FlagsImage kZero = 1U << 14;
inline constexpr FlagsImage kSign = 1U << 15;
}  // namespace image

enum class Alu : std::uint8_t { Add, Or, Adc, Sbb, And, Sub, Xor, Cmp, Test };

[[nodiscard]] constexpr bool writesResult(Alu kind) {
    return kind != Alu::Cmp && kind != Alu::Test;
}

/// a = a op b.
template <Alu kKind, std::unsigned_integral T>
[[gnu::always_inline]] inline void compute(T& a, T b, FlagsImage& flags) {
    FlagsImage f;
    if constexpr (kKind == Alu::Add)
        asm("add %[b], %[a]\n\tlahf\n\tseto %%al" : [a] "+r"(a), "=a"(f) : [b] "r"(b) : "cc");
    else if constexpr (kKind == Alu::Or)
        asm("or %[b], %[a]\n\tlahf\n\tseto %%al" : [a] "+r"(a), "=a"(f) : [b] "r"(b) : "cc");
    else if constexpr (kKind == Alu::Adc)
        asm("btl $8, %k[in]\n\tadc %[b], %[a]\n\tlahf\n\tseto %%al"
            : [a] "+&r"(a), "=a"(f)
            : [b] "r"(b), [in] "r"(flags)
            : "cc");
    else if constexpr (kKind == Alu::Sbb)
        asm("btl $8, %k[in]\n\tsbb %[b], %[a]\n\tlahf\n\tseto %%al"
            : [a] "+&r"(a), "=a"(f)
            : [b] "r"(b), [in] "r"(flags)
            : "cc");
    else if constexpr (kKind == Alu::And)
        asm("and %[b], %[a]\n\tlahf\n\tseto %%al" : [a] "+r"(a), "=a"(f) : [b] "r"(b) : "cc");
    else if constexpr (kKind == Alu::Sub)
        asm("sub %[b], %[a]\n\tlahf\n\tseto %%al" : [a] "+r"(a), "=a"(f) : [b] "r"(b) : "cc");
    else if constexpr (kKind == Alu::Xor)
        asm("xor %[b], %[a]\n\tlahf\n\tseto %%al" : [a] "+r"(a), "=a"(f) : [b] "r"(b) : "cc");
    else if constexpr (kKind == Alu::Cmp)
        asm("cmp %[b], %[a]\n\tlahf\n\tseto %%al" : "=a"(f) : [a] "r"(a), [b] "r"(b) : "cc");
    else
        asm("test %[b], %[a]\n\tlahf\n\tseto %%al" : "=a"(f) : [a] "r"(a), [b] "r"(b) : "cc");
    flags = f;
}

/// *memory = *memory op b, atomically for all processors.
template <Alu kKind, std::unsigned_integral T>
[[gnu::always_inline]] inline void computeLocked(T* memory, T b, FlagsImage& flags) {
    FlagsImage f;
    if constexpr (kKind == Alu::Add)
        asm volatile("lock add %[b], %[m]\n\tlahf\n\tseto %%al"
                     : [m] "+m"(*memory), "=&a"(f)
                     : [b] "r"(b)
                     : "cc", "memory");
    else if constexpr (kKind == Alu::Or)
        asm volatile("lock or %[b], %[m]\n\tlahf\n\tseto %%al"
                     : [m] "+m"(*memory), "=&a"(f)
                     : [b] "r"(b)
                     : "cc", "memory");
    else if constexpr (kKind == Alu::Adc)
        asm volatile("btl $8, %k[in]\n\tlock adc %[b], %[m]\n\tlahf\n\tseto %%al"
                     : [m] "+m"(*memory), "=&a"(f)
                     : [b] "r"(b), [in] "r"(flags)
                     : "cc", "memory");
    else if constexpr (kKind == Alu::Sbb)
        asm volatile("btl $8, %k[in]\n\tlock sbb %[b], %[m]\n\tlahf\n\tseto %%al"
                     : [m] "+m"(*memory), "=&a"(f)
                     : [b] "r"(b), [in] "r"(flags)
                     : "cc", "memory");
    else if constexpr (kKind == Alu::And)
        asm volatile("lock and %[b], %[m]\n\tlahf\n\tseto %%al"
                     : [m] "+m"(*memory), "=&a"(f)
                     : [b] "r"(b)
                     : "cc", "memory");
    else if constexpr (kKind == Alu::Sub)
        asm volatile("lock sub %[b], %[m]\n\tlahf\n\tseto %%al"
                     : [m] "+m"(*memory), "=&a"(f)
                     : [b] "r"(b)
                     : "cc", "memory");
    else
        asm volatile("lock xor %[b], %[m]\n\tlahf\n\tseto %%al"
                     : [m] "+m"(*memory), "=&a"(f)
                     : [b] "r"(b)
                     : "cc", "memory");
    flags = f;
}

enum class Unary : std::uint8_t { Inc, Dec, Neg, Not };

template <Unary kKind, std::unsigned_integral T>
[[gnu::always_inline]] inline void computeUnary(T& a, FlagsImage& flags) {
    FlagsImage f;
    if constexpr (kKind == Unary::Inc)
        asm("btl $8, %k[in]\n\tinc %[a]\n\tlahf\n\tseto %%al"
            : [a] "+&r"(a), "=a"(f)
            : [in] "r"(flags)
            : "cc");
    else if constexpr (kKind == Unary::Dec)
        asm("btl $8, %k[in]\n\tdec %[a]\n\tlahf\n\tseto %%al"
            : [a] "+&r"(a), "=a"(f)
            : [in] "r"(flags)
            : "cc");
    else if constexpr (kKind == Unary::Neg)
        asm("neg %[a]\n\tlahf\n\tseto %%al" : [a] "+r"(a), "=a"(f) : : "cc");
    if constexpr (kKind == Unary::Not)
        a = static_cast<T>(~a);
    else
        flags = f;
}

template <Unary kKind, std::unsigned_integral T>
[[gnu::always_inline]] inline void computeUnaryLocked(T* memory, FlagsImage& flags) {
    if constexpr (kKind == Unary::Not) {
        __atomic_fetch_xor(memory, static_cast<T>(~T{0}), __ATOMIC_SEQ_CST);
    } else if constexpr (kKind == Unary::Neg) {
        // Guest operands have any alignment, which a plain load must not.
        T seen;
        asm volatile("mov %[m], %[v]" : [v] "=r"(seen) : [m] "m"(*memory));
        T wanted;
        FlagsImage f;
        do {
            wanted = seen;
            computeUnary<Unary::Neg>(wanted, f);
        } while (!__atomic_compare_exchange_n(memory, &seen, wanted, false, __ATOMIC_SEQ_CST,
                                              __ATOMIC_SEQ_CST));
        flags = f;
    } else {
        const FlagsImage carry = flags & image::kCarry;
        computeLocked<kKind == Unary::Inc ? Alu::Add : Alu::Sub, T>(memory, T{1}, flags);
        flags = static_cast<FlagsImage>((flags & ~image::kCarry) | carry);
    }
}

enum class Shift : std::uint8_t { Rol, Ror, Rcl, Rcr, Shl, Shr, Sal, Sar };

/// a = a shifted by count, which is masked as the processor does; a zero count leaves the flags.
template <Shift kKind, std::unsigned_integral T>
[[gnu::always_inline]] inline void computeShift(T& a, std::uint8_t count, FlagsImage& flags) {
    count &= sizeof(T) == 8 ? 63 : 31;
    if (count == 0)
        return;
    FlagsImage f = flags;
    if constexpr (kKind == Shift::Rol)
        asm("sahf\n\trol %%cl, %[a]\n\tlahf\n\tseto %%al"
            : [a] "+r"(a), "+a"(f)
            : "c"(count)
            : "cc");
    else if constexpr (kKind == Shift::Ror)
        asm("sahf\n\tror %%cl, %[a]\n\tlahf\n\tseto %%al"
            : [a] "+r"(a), "+a"(f)
            : "c"(count)
            : "cc");
    else if constexpr (kKind == Shift::Rcl)
        asm("sahf\n\trcl %%cl, %[a]\n\tlahf\n\tseto %%al"
            : [a] "+r"(a), "+a"(f)
            : "c"(count)
            : "cc");
    else if constexpr (kKind == Shift::Rcr)
        asm("sahf\n\trcr %%cl, %[a]\n\tlahf\n\tseto %%al"
            : [a] "+r"(a), "+a"(f)
            : "c"(count)
            : "cc");
    else if constexpr (kKind == Shift::Shl || kKind == Shift::Sal)
        asm("shl %%cl, %[a]\n\tlahf\n\tseto %%al" : [a] "+r"(a), "=a"(f) : "c"(count) : "cc");
    else if constexpr (kKind == Shift::Shr)
        asm("shr %%cl, %[a]\n\tlahf\n\tseto %%al" : [a] "+r"(a), "=a"(f) : "c"(count) : "cc");
    else
        asm("sar %%cl, %[a]\n\tlahf\n\tseto %%al" : [a] "+r"(a), "=a"(f) : "c"(count) : "cc");
    flags = f;
}

/// SHLD (kLeft) and SHRD.
template <bool kLeft, std::unsigned_integral T>
[[gnu::always_inline]] inline void computeDoubleShift(T& a, T b, std::uint8_t count,
                                                      FlagsImage& flags) {
    count &= sizeof(T) == 8 ? 63 : 31;
    if (count == 0)
        return;
    FlagsImage f = flags;
    if constexpr (kLeft)
        asm("sahf\n\tshld %%cl, %[b], %[a]\n\tlahf\n\tseto %%al"
            : [a] "+&r"(a), "+a"(f)
            : [b] "r"(b), "c"(count)
            : "cc");
    else
        asm("sahf\n\tshrd %%cl, %[b], %[a]\n\tlahf\n\tseto %%al"
            : [a] "+&r"(a), "+a"(f)
            : [b] "r"(b), "c"(count)
            : "cc");
    flags = f;
}

/// The signed product's lower half (IMUL with two or three operands).
template <std::unsigned_integral T>
[[gnu::always_inline]] inline void computeMultiply(T& a, T b, FlagsImage& flags) {
    FlagsImage f = flags;
    asm("sahf\n\timul %[b], %[a]\n\tlahf\n\tseto %%al" : [a] "+&r"(a), "+a"(f) : [b] "r"(b) : "cc");
    flags = f;
}

/// high:low = low * b (MUL and, with kSigned, IMUL).
template <bool kSigned, std::unsigned_integral T>
[[gnu::always_inline]] inline void computeWideMultiply(T& low, T& high, T b, FlagsImage& flags) {
    FlagsImage f;
    if constexpr (sizeof(T) == 1) {
        std::uint16_t product = low;
        if constexpr (kSigned)
            asm("imul %[b]\n\tmov %%eax, %%ecx\n\tlahf\n\tseto %%al\n\txchg %%eax, %%ecx"
                : "+&a"(product), "=&c"(f)
                : [b] "q"(b)
                : "cc");
        else
            asm("mul %[b]\n\tmov %%eax, %%ecx\n\tlahf\n\tseto %%al\n\txchg %%eax, %%ecx"
                : "+&a"(product), "=&c"(f)
                : [b] "q"(b)
                : "cc");
        low = static_cast<T>(product);
        high = static_cast<T>(product >> 8);
        flags = f;
    } else {
        T top;
        if constexpr (kSigned)
            asm("imul %[b]\n\tmov %%rax, %%rcx\n\tlahf\n\tseto %%al\n\txchg %%rax, %%rcx"
                : "+&a"(low), "=&d"(top), "=&c"(f)
                : [b] "r"(b)
                : "cc");
        else
            asm("mul %[b]\n\tmov %%rax, %%rcx\n\tlahf\n\tseto %%al\n\txchg %%rax, %%rcx"
                : "+&a"(low), "=&d"(top), "=&c"(f)
                : [b] "r"(b)
                : "cc");
        high = top;
        flags = f;
    }
}

// Conditions, numbered as in the encodings of Jcc, SETcc and CMOVcc.

template <unsigned kCode>
[[gnu::always_inline]] inline bool condition(FlagsImage flags) {
    bool result;
    constexpr unsigned kPair = kCode >> 1;
    if constexpr (kPair == 0)
        result = (flags & image::kOverflow) != 0;
    else if constexpr (kPair == 1)
        result = (flags & image::kCarry) != 0;
    else if constexpr (kPair == 2)
        result = (flags & image::kZero) != 0;
    else if constexpr (kPair == 3)
        result = (flags & (image::kCarry | image::kZero)) != 0;
    else if constexpr (kPair == 4)
        result = (flags & image::kSign) != 0;
    else if constexpr (kPair == 5)
        result = (flags & image::kParity) != 0;
    else if constexpr (kPair == 6)
        result = ((flags >> 15 ^ flags) & 1) != 0;
    else
        result = ((flags >> 15 ^ flags) & 1) != 0 || (flags & image::kZero) != 0;
    return (kCode & 1) != 0 ? !result : result;
}

}  // namespace hypervisor::software
