// SPDX-License-Identifier: GPL-3.0-or-later
#include "vector_handler.h"

/// Floating point arithmetic and comparison on XMM registers.
namespace hypervisor::software {

namespace {

using Doublewords [[gnu::vector_size(16)]] = int;
using Floats [[gnu::vector_size(16)]] = float;
using Doubles [[gnu::vector_size(16)]] = double;

// Volatile, for the flags that each instruction leaves in MXCSR are a result too.
#define BINARY(mnemonic)                                      \
    [](Vector a, Vector b) {                                  \
        asm volatile(#mnemonic " %1, %0" : "+x"(a) : "x"(b)); \
        return a;                                             \
    }
#define UNARY(mnemonic)                                                 \
    [](Vector source) {                                                 \
        Vector result;                                                  \
        asm volatile(#mnemonic " %1, %0" : "=x"(result) : "x"(source)); \
        return result;                                                  \
    }

/// A comparison, its predicate in the immediate.
#define COMPARE(mnemonic)                                                 \
    [](Vector a, Vector b, std::uint8_t predicate) {                      \
        switch (predicate & 7) {                                          \
            case 0:                                                       \
                asm volatile(#mnemonic " $0, %1, %0" : "+x"(a) : "x"(b)); \
                break;                                                    \
            case 1:                                                       \
                asm volatile(#mnemonic " $1, %1, %0" : "+x"(a) : "x"(b)); \
                break;                                                    \
            case 2:                                                       \
                asm volatile(#mnemonic " $2, %1, %0" : "+x"(a) : "x"(b)); \
                break;                                                    \
            case 3:                                                       \
                asm volatile(#mnemonic " $3, %1, %0" : "+x"(a) : "x"(b)); \
                break;                                                    \
            case 4:                                                       \
                asm volatile(#mnemonic " $4, %1, %0" : "+x"(a) : "x"(b)); \
                break;                                                    \
            case 5:                                                       \
                asm volatile(#mnemonic " $5, %1, %0" : "+x"(a) : "x"(b)); \
                break;                                                    \
            case 6:                                                       \
                asm volatile(#mnemonic " $6, %1, %0" : "+x"(a) : "x"(b)); \
                break;                                                    \
            default:                                                      \
                asm volatile(#mnemonic " $7, %1, %0" : "+x"(a) : "x"(b)); \
                break;                                                    \
        }                                                                 \
        return a;                                                         \
    }

/// A rounding, its mode in the immediate: bits 1 to 0 say how unless bit 2 leaves that to MXCSR,
/// bit 3 keeps the precision exception away.
#define ROUND(mnemonic)                                                    \
    [](Vector a, Vector b, std::uint8_t how) {                             \
        switch ((how & 4) != 0 ? how & 12 : how & 11) {                    \
            case 0:                                                        \
                asm volatile(#mnemonic " $0, %1, %0" : "+x"(a) : "x"(b));  \
                break;                                                     \
            case 1:                                                        \
                asm volatile(#mnemonic " $1, %1, %0" : "+x"(a) : "x"(b));  \
                break;                                                     \
            case 2:                                                        \
                asm volatile(#mnemonic " $2, %1, %0" : "+x"(a) : "x"(b));  \
                break;                                                     \
            case 3:                                                        \
                asm volatile(#mnemonic " $3, %1, %0" : "+x"(a) : "x"(b));  \
                break;                                                     \
            case 4:                                                        \
                asm volatile(#mnemonic " $4, %1, %0" : "+x"(a) : "x"(b));  \
                break;                                                     \
            case 8:                                                        \
                asm volatile(#mnemonic " $8, %1, %0" : "+x"(a) : "x"(b));  \
                break;                                                     \
            case 9:                                                        \
                asm volatile(#mnemonic " $9, %1, %0" : "+x"(a) : "x"(b));  \
                break;                                                     \
            case 10:                                                       \
                asm volatile(#mnemonic " $10, %1, %0" : "+x"(a) : "x"(b)); \
                break;                                                     \
            case 11:                                                       \
                asm volatile(#mnemonic " $11, %1, %0" : "+x"(a) : "x"(b)); \
                break;                                                     \
            default:                                                       \
                asm volatile(#mnemonic " $12, %1, %0" : "+x"(a) : "x"(b)); \
                break;                                                     \
        }                                                                  \
        return a;                                                          \
    }

/// The elements whose bits are set in the low half of a byte.
template <class Elements>
Vector chosen(unsigned bits) {
    if constexpr (sizeof(Elements{}[0]) == sizeof(float)) {
        constexpr Doublewords kBits{1, 2, 4, 8};
        return reinterpret_cast<Vector>((kBits & static_cast<int>(bits)) == kBits);
    } else {
        constexpr Vector kBits{1, 2};
        return reinterpret_cast<Vector>((kBits & static_cast<int>(bits)) == kBits);
    }
}

/// Whether a product, a sum of two or the sum of all is tiny.
bool hasTinyStep(Floats a, Floats b) {
    const Floats products = a * b;
    const Floats pairs = products + __builtin_shuffle(products, Doublewords{1, 0, 3, 2});
    const Floats sum = pairs + __builtin_shuffle(pairs, Doublewords{2, 3, 0, 1});
    for (const Floats& step : {products, pairs, sum})
        if (anyTiny(reinterpret_cast<Vector>(step), Tininess::FourFloats))
            return true;
    return false;
}
bool hasTinyStep(Doubles a, Doubles b) {
    const Doubles products = a * b;
    const Doubles sum = products + __builtin_shuffle(products, Vector{1, 0});
    return anyTiny(reinterpret_cast<Vector>(products), Tininess::TwoDoubles) ||
           anyTiny(reinterpret_cast<Vector>(sum), Tininess::TwoDoubles);
}

/// A dot product: the high half of the immediate chooses the factors, the low half where the sum
/// goes. Factors that don't count are zero, so that they raise no exception.
#define DOT_PRODUCT(mnemonic, Elements)                                     \
    [](Vector a, Vector b, std::uint8_t immediate) {                        \
        const Vector from = chosen<Elements>(immediate >> 4U);              \
        a &= from;                                                          \
        asm volatile(#mnemonic " $0xFF, %1, %0" : "+x"(a) : "x"(b & from)); \
        return a & chosen<Elements>(immediate);                             \
    }

template <auto kProduct, class Elements>
constexpr auto kStepwise = [](Vector a, Vector b, std::uint8_t immediate) {
    const Vector from = chosen<Elements>(immediate >> 4U);
    return Stepwise{kProduct(a, b, immediate), hasTinyStep(reinterpret_cast<Elements>(a & from),
                                                           reinterpret_cast<Elements>(b & from))};
};
constexpr auto kDotProductOfFloats = DOT_PRODUCT(DPPS, Floats);
constexpr auto kDotProductOfDoubles = DOT_PRODUCT(DPPD, Doubles);

#define SCALAR(mnemonic, type, tininess) \
    floatForms<BINARY(mnemonic), type>(ZYDIS_MNEMONIC_##mnemonic, Tininess::tininess)
#define PACKED(mnemonic, tininess) SCALAR(mnemonic, Vector, tininess)
#define FORMS(shape, mnemonic, type) \
    floatForms<shape(mnemonic), type>(ZYDIS_MNEMONIC_##mnemonic, Tininess::None)

constexpr MnemonicTable kForms{std::array{
    SCALAR(ADDSD, double, OneDouble),
    SCALAR(SUBSD, double, OneDouble),
    SCALAR(MULSD, double, OneDouble),
    SCALAR(DIVSD, double, OneDouble),
    SCALAR(MINSD, double, None),
    SCALAR(MAXSD, double, None),
    SCALAR(SQRTSD, double, None),
    SCALAR(ADDSS, float, OneFloat),
    SCALAR(SUBSS, float, OneFloat),
    SCALAR(MULSS, float, OneFloat),
    SCALAR(DIVSS, float, OneFloat),
    SCALAR(MINSS, float, None),
    SCALAR(MAXSS, float, None),
    SCALAR(SQRTSS, float, None),
    PACKED(ADDPD, TwoDoubles),
    PACKED(SUBPD, TwoDoubles),
    PACKED(MULPD, TwoDoubles),
    PACKED(DIVPD, TwoDoubles),
    PACKED(MINPD, None),
    PACKED(MAXPD, None),
    PACKED(ADDPS, FourFloats),
    PACKED(SUBPS, FourFloats),
    PACKED(MULPS, FourFloats),
    PACKED(DIVPS, FourFloats),
    PACKED(MINPS, None),
    PACKED(MAXPS, None),
    PACKED(ADDSUBPD, TwoDoubles),
    PACKED(HADDPD, TwoDoubles),
    PACKED(HSUBPD, TwoDoubles),
    PACKED(ADDSUBPS, FourFloats),
    PACKED(HADDPS, FourFloats),
    PACKED(HSUBPS, FourFloats),
    FORMS(UNARY, SQRTPD, Vector),
    FORMS(UNARY, SQRTPS, Vector),
    FORMS(COMPARE, CMPSD, double),
    FORMS(COMPARE, CMPSS, float),
    FORMS(COMPARE, CMPPD, Vector),
    FORMS(COMPARE, CMPPS, Vector),
    FORMS(ROUND, ROUNDSD, double),
    FORMS(ROUND, ROUNDSS, float),
    FORMS(ROUND, ROUNDPD, Vector),
    FORMS(ROUND, ROUNDPS, Vector),
    floatForms<kDotProductOfFloats, Vector, kStepwise<kDotProductOfFloats, Floats>>(
        ZYDIS_MNEMONIC_DPPS, Tininess::None),
    floatForms<kDotProductOfDoubles, Vector, kStepwise<kDotProductOfDoubles, Doubles>>(
        ZYDIS_MNEMONIC_DPPD, Tininess::None),
    // Approximations raise no exceptions.
    rareForms<UNARY(RCPPS)>(ZYDIS_MNEMONIC_RCPPS),
    rareForms<UNARY(RSQRTPS)>(ZYDIS_MNEMONIC_RSQRTPS),
    rareForms<BINARY(RCPSS), float>(ZYDIS_MNEMONIC_RCPSS),
    rareForms<BINARY(RSQRTSS), float>(ZYDIS_MNEMONIC_RSQRTSS),
}};

#undef BINARY
#undef UNARY
#undef COMPARE
#undef ROUND
#undef DOT_PRODUCT
#undef SCALAR
#undef PACKED
#undef FORMS

/// Comparisons whose result is in the flags: `kFunction` gives them as Processor::flags.
template <auto kFunction, Exceptions kExceptions>
[[gnu::always_inline]] inline void compareFlags(Processor& p, const Operation* o, Vector source) {
    if constexpr (kExceptions == Exceptions::Unmasked)
        beginUnmasked(p);
    const std::uint16_t flags = kFunction(vectorAt(p, o->destination), source);
    if constexpr (kExceptions == Exceptions::Unmasked)
        if (endUnmasked(p, false))
            return fault(p, o);
    p.flags = flags;
    return next(p, o);
}

template <auto kFunction, Exceptions kExceptions = Exceptions::Masked>
void compareRegisters(Processor& p, const Operation* o) {
    return compareFlags<kFunction, kExceptions>(p, o, vectorAt(p, o->source));
}

template <class A, class T, auto kFunction, Exceptions kExceptions = Exceptions::Masked>
void compareMemory(Processor& p, const Operation* o) {
    const auto source = Memory<A, T>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &compareMemory<Checked, T, kFunction, kExceptions>>(p, o);
    return compareFlags<kFunction, kExceptions>(p, o, lowElement(*source));
}

template <auto kFunction, class T>
consteval VectorForms compareForms(ZydisMnemonic mnemonic) {
    return {.mnemonic = mnemonic,
            .registers = &compareRegisters<kFunction>,
            .memory = {&compareMemory<Simple, T, kFunction>, &compareMemory<Full, T, kFunction>,
                       &compareMemory<Checked, T, kFunction>},
            .unmaskedRegisters = &compareRegisters<kFunction, Exceptions::Unmasked>,
            .unmaskedMemory = &compareMemory<Checked, T, kFunction, Exceptions::Unmasked>};
}

// The flags that LAHF does not see, OF above all, are cleared by the comparison.
#define COMPARE_FLAGS(mnemonic, type)                  \
    compareForms<[](Vector a, Vector b) {              \
        std::uint16_t flags;                           \
        asm volatile("xorl %%eax, %%eax\n\t" #mnemonic \
                     " %2, %1\n\t"                     \
                     "lahf"                            \
                     : "=&a"(flags)                    \
                     : "x"(a), "x"(b)                  \
                     : "cc");                          \
        return flags;                                  \
    },                                                 \
                 type>(ZYDIS_MNEMONIC_##mnemonic)

constexpr MnemonicTable kComparisons{std::array{
    COMPARE_FLAGS(COMISS, float),
    COMPARE_FLAGS(COMISD, double),
    COMPARE_FLAGS(UCOMISS, float),
    COMPARE_FLAGS(UCOMISD, double),
}};

#undef COMPARE_FLAGS

}  // namespace

Lowered lowerVectorFloat(const DecodedInstruction& decoded, Operation& operation) {
    if (const VectorForms* forms = kForms.find(decoded.mnemonic()))
        return lowerForms(*forms, decoded, operation);
    if (const VectorForms* forms = kComparisons.find(decoded.mnemonic()))
        return lowerForms(*forms, decoded, operation);
    return Lowered::No;
}

}  // namespace hypervisor::software
