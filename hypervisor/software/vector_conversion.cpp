// SPDX-License-Identifier: GPL-3.0-or-later
#include "vector_handler.h"

/// Conversions between number formats in XMM registers and to and from general registers.
namespace hypervisor::software {

namespace {

#define UNARY(mnemonic, type, tininess)                                 \
    floatForms<[](Vector source) {                                      \
        Vector result;                                                  \
        asm volatile(#mnemonic " %1, %0" : "=x"(result) : "x"(source)); \
        return result;                                                  \
    },                                                                  \
               type>(ZYDIS_MNEMONIC_##mnemonic, Tininess::tininess)
#define BINARY(mnemonic, type, tininess)                      \
    floatForms<[](Vector a, Vector b) {                       \
        asm volatile(#mnemonic " %1, %0" : "+x"(a) : "x"(b)); \
        return a;                                             \
    },                                                        \
               type>(ZYDIS_MNEMONIC_##mnemonic, Tininess::tininess)

constexpr MnemonicTable kForms{std::array{
    UNARY(CVTDQ2PS, Vector, None),
    UNARY(CVTDQ2PD, double, None),
    UNARY(CVTPS2DQ, Vector, None),
    UNARY(CVTTPS2DQ, Vector, None),
    UNARY(CVTPD2DQ, Vector, None),
    UNARY(CVTTPD2DQ, Vector, None),
    UNARY(CVTPS2PD, double, None),
    UNARY(CVTPD2PS, Vector, FourFloats),
    BINARY(CVTSS2SD, float, None),
    BINARY(CVTSD2SS, double, OneFloat),
}};

#undef UNARY
#undef BINARY

/// From a general register or memory integer of type T into the low element.
template <auto kFunction, class T, Exceptions kExceptions>
[[gnu::always_inline]] inline void fromInteger(Processor& p, const Operation* o, T source) {
    if constexpr (kExceptions == Exceptions::Unmasked)
        beginUnmasked(p);
    const Vector result = kFunction(vectorAt(p, o->destination), source);
    if constexpr (kExceptions == Exceptions::Unmasked)
        if (endUnmasked(p, false))
            return fault(p, o);
    vectorAt(p, o->destination) = result;
    return next(p, o);
}

template <auto kFunction, class T, Exceptions kExceptions = Exceptions::Masked>
void fromIntegerRegister(Processor& p, const Operation* o) {
    return fromInteger<kFunction, T, kExceptions>(p, o, registerValue<T>(p, o->source));
}

template <class A, auto kFunction, class T, Exceptions kExceptions = Exceptions::Masked>
void fromIntegerMemory(Processor& p, const Operation* o) {
    const auto source = Memory<A, T>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &fromIntegerMemory<Checked, kFunction, T, kExceptions>>(p, o);
    return fromInteger<kFunction, T, kExceptions>(p, o, *source);
}

template <auto kFunction, class T>
consteval VectorForms fromIntegerForms() {
    return {
        .registers = &fromIntegerRegister<kFunction, T>,
        .memory = {&fromIntegerMemory<Simple, kFunction, T>, &fromIntegerMemory<Full, kFunction, T>,
                   &fromIntegerMemory<Checked, kFunction, T>},
        .unmaskedRegisters = &fromIntegerRegister<kFunction, T, Exceptions::Unmasked>,
        .unmaskedMemory = &fromIntegerMemory<Checked, kFunction, T, Exceptions::Unmasked>};
}

/// From the low element or a memory scalar of type S to a general register of type T.
template <auto kFunction, class T, Exceptions kExceptions>
[[gnu::always_inline]] inline void toInteger(Processor& p, const Operation* o, Vector source) {
    if constexpr (kExceptions == Exceptions::Unmasked)
        beginUnmasked(p);
    const T result = kFunction(source);
    if constexpr (kExceptions == Exceptions::Unmasked)
        if (endUnmasked(p, false))
            return fault(p, o);
    setRegister<T>(p, o->destination, result);
    return next(p, o);
}

template <auto kFunction, class T, Exceptions kExceptions = Exceptions::Masked>
void toIntegerRegister(Processor& p, const Operation* o) {
    return toInteger<kFunction, T, kExceptions>(p, o, vectorAt(p, o->source));
}

template <class A, auto kFunction, class T, class S, Exceptions kExceptions = Exceptions::Masked>
void toIntegerMemory(Processor& p, const Operation* o) {
    const auto source = Memory<A, S>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &toIntegerMemory<Checked, kFunction, T, S, kExceptions>>(p, o);
    return toInteger<kFunction, T, kExceptions>(p, o, lowElement(*source));
}

template <auto kFunction, class T, class S>
consteval VectorForms toIntegerForms() {
    return {.registers = &toIntegerRegister<kFunction, T>,
            .memory = {&toIntegerMemory<Simple, kFunction, T, S>,
                       &toIntegerMemory<Full, kFunction, T, S>,
                       &toIntegerMemory<Checked, kFunction, T, S>},
            .unmaskedRegisters = &toIntegerRegister<kFunction, T, Exceptions::Unmasked>,
            .unmaskedMemory = &toIntegerMemory<Checked, kFunction, T, S, Exceptions::Unmasked>};
}

/// The forms for 32-bit and for 64-bit integers.
struct IntegerForms {
    ZydisMnemonic mnemonic{};
    VectorForms doubleword;
    VectorForms quadword;
};

#define FROM_INTEGER_OF(mnemonic, suffix, type)                           \
    fromIntegerForms<[](Vector a, type source) {                          \
        asm volatile(#mnemonic suffix " %1, %0" : "+x"(a) : "r"(source)); \
        return a;                                                         \
    },                                                                    \
                     type>()
#define FROM_INTEGER(mnemonic)                                                    \
    IntegerForms {                                                                \
        ZYDIS_MNEMONIC_##mnemonic, FROM_INTEGER_OF(mnemonic, "l", std::uint32_t), \
            FROM_INTEGER_OF(mnemonic, "q", std::uint64_t)                         \
    }
#define TO_INTEGER_OF(mnemonic, type, scalar)                           \
    toIntegerForms<[](Vector source) {                                  \
        type result;                                                    \
        asm volatile(#mnemonic " %1, %0" : "=r"(result) : "x"(source)); \
        return result;                                                  \
    },                                                                  \
                   type, scalar>()
#define TO_INTEGER(mnemonic, scalar)                                               \
    IntegerForms {                                                                 \
        ZYDIS_MNEMONIC_##mnemonic, TO_INTEGER_OF(mnemonic, std::uint32_t, scalar), \
            TO_INTEGER_OF(mnemonic, std::uint64_t, scalar)                         \
    }

constexpr MnemonicTable kFromInteger{std::array{
    FROM_INTEGER(CVTSI2SD),
    FROM_INTEGER(CVTSI2SS),
}};
constexpr MnemonicTable kToInteger{std::array{
    TO_INTEGER(CVTSD2SI, double),
    TO_INTEGER(CVTTSD2SI, double),
    TO_INTEGER(CVTSS2SI, float),
    TO_INTEGER(CVTTSS2SI, float),
}};

#undef FROM_INTEGER_OF
#undef FROM_INTEGER
#undef TO_INTEGER_OF
#undef TO_INTEGER

}  // namespace

Lowered lowerVectorConversion(const DecodedInstruction& decoded, Operation& operation) {
    if (const VectorForms* forms = kForms.find(decoded.mnemonic()))
        return lowerForms(*forms, decoded, operation);
    if (const IntegerForms* forms = kFromInteger.find(decoded.mnemonic()))
        return lowerForms(decoded.operand(1).size == 64 ? forms->quadword : forms->doubleword,
                          decoded, operation);
    if (const IntegerForms* forms = kToInteger.find(decoded.mnemonic())) {
        operation.destination = registerOperand(decoded, 0);
        return lowerSource(decoded.operand(0).size == 64 ? forms->quadword : forms->doubleword,
                           decoded, operation);
    }
    return Lowered::No;
}

}  // namespace hypervisor::software
