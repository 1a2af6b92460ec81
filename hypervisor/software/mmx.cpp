// SPDX-License-Identifier: GPL-3.0-or-later
#include "vector_handler.h"
#include "vector_instruction.h"
#include "x87_operation.h"

/// MMX instructions, with what SSE to SSSE3 added to them. An MMX register is the mantissa of an
/// x87 register. The host's MMX is left alone, since it would disturb the host's x87 unit: the
/// XMM instruction of the same name does the work on values in the low half of a vector.
namespace hypervisor::software {

namespace {

/// What the x87 unit sees of an MMX instruction, once it can't fault any more.
void markUsed(X87State& x87) {
    x87.top = 0;
    x87.valid = 0xFF;
}

Vector mmxValue(const Processor& p, unsigned number) {
    return widen(p.x87.registers[number].mantissa);
}

void setMmx(Processor& p, unsigned number, std::uint64_t value) {
    markUsed(p.x87);
    p.x87.registers[number].mantissa = value;
    p.x87.registers[number].exponent = 0xFFFF;
}

template <auto kFunction>
Vector computeMmx(Processor& p, const Operation& o, Vector source) {
    using Function = decltype(kFunction);
    const auto immediate = static_cast<std::uint8_t>(o.extra);
    if constexpr (std::is_invocable_v<Function, Vector>)
        return kFunction(source);
    else if constexpr (std::is_invocable_v<Function, Vector, std::uint8_t>)
        return kFunction(source, immediate);
    else if constexpr (std::is_invocable_v<Function, Vector, Vector>)
        return kFunction(mmxValue(p, o.destination), source);
    else
        return kFunction(mmxValue(p, o.destination), source, immediate);
}

template <auto kFunction>
void mmxRegisters(Processor& p, const Operation& o) {
    if (x87Ready(p))
        setMmx(p, o.destination, lowHalf(computeMmx<kFunction>(p, o, mmxValue(p, o.source))));
}

template <class T, auto kFunction>
void mmxMemory(Processor& p, const Operation& o) {
    if (!x87Ready(p))
        return;
    if (const auto source = Memory<Checked, T>::load(p, o))
        setMmx(p, o.destination, lowHalf(computeMmx<kFunction>(p, o, widen(*source))));
}

template <auto kFunction>
void mmxImmediate(Processor& p, const Operation& o) {
    if (x87Ready(p))
        setMmx(p, o.destination,
               lowHalf(kFunction(mmxValue(p, o.destination), widen(o.immediate))));
}

struct MmxForms {
    ZydisMnemonic mnemonic{};
    Handler registers = nullptr;
    Handler memory = nullptr;
    Handler immediate = nullptr;
};

template <auto kFunction, class T = std::uint64_t>
consteval MmxForms mmxForms(ZydisMnemonic mnemonic) {
    return {mnemonic, &plainOperation<mmxRegisters<kFunction>>,
            &plainOperation<mmxMemory<T, kFunction>>};
}
template <auto kFunction>
consteval MmxForms mmxShiftForms(ZydisMnemonic mnemonic) {
    MmxForms forms = mmxForms<kFunction>(mnemonic);
    forms.immediate = &plainOperation<mmxImmediate<kFunction>>;
    return forms;
}

constexpr auto kShuffleBytes = [](Vector a, Vector b) {
    b &= Vector{static_cast<long long>(0x8787'8787'8787'8787), 0};
    asm("pshufb %1, %0" : "+x"(a) : "x"(b));
    return a;
};
constexpr auto kShuffleWords = [](Vector source, std::uint8_t immediate) {
    std::uint64_t result = 0;
    for (unsigned i = 0; i < 4; i++) {
        const unsigned from = immediate >> (2 * i) & 3;
        result |= (lowHalf(source) >> (16 * from) & 0xFFFF) << (16 * i);
    }
    return widen(result);
};
constexpr auto kAlign = [](Vector a, Vector b, std::uint8_t immediate) {
    const std::uint64_t high = lowHalf(a);
    const std::uint64_t low = lowHalf(b);
    if (immediate >= 16)
        return Vector{};
    if (immediate >= 8)
        return widen(high >> (8 * (immediate - 8)));
    return immediate == 0 ? b : widen(low >> (8 * immediate) | high << (64 - 8 * immediate));
};
constexpr auto kMove = [](Vector source) { return source; };

#define SAME(mnemonic) mmxForms<VIREO_BINARY(mnemonic)>(ZYDIS_MNEMONIC_##mnemonic)
#define SAME_UNARY(mnemonic) mmxForms<VIREO_UNARY(mnemonic)>(ZYDIS_MNEMONIC_##mnemonic)
#define SHIFT(mnemonic) mmxShiftForms<VIREO_BINARY(mnemonic)>(ZYDIS_MNEMONIC_##mnemonic)
/// The memory operand has only the 32 bits that count.
#define UNPACK_LOW(mnemonic) \
    mmxForms<VIREO_BINARY(mnemonic), std::uint32_t>(ZYDIS_MNEMONIC_##mnemonic)
/// The result is the high half of what unpacking the low halves gives.
#define UNPACK_HIGH(mnemonic, low)              \
    mmxForms<[](Vector a, Vector b) {           \
        asm(#low " %1, %0" : "+x"(a) : "x"(b)); \
        return Vector{a[1], 0};                 \
    }>(ZYDIS_MNEMONIC_##mnemonic)
/// The low half of the result comes from the first operand, the high half from the second.
#define HALVES(mnemonic)                       \
    mmxForms<[](Vector a, Vector b) {          \
        Vector both{a[0], b[0]};               \
        asm(#mnemonic " %0, %0" : "+x"(both)); \
        return both;                           \
    }>(ZYDIS_MNEMONIC_##mnemonic)

constexpr MnemonicTable kForms{std::array{
    SAME(PAND),
    SAME(PANDN),
    SAME(POR),
    SAME(PXOR),
    SAME(PADDB),
    SAME(PADDW),
    SAME(PADDD),
    SAME(PADDQ),
    SAME(PADDSB),
    SAME(PADDSW),
    SAME(PADDUSB),
    SAME(PADDUSW),
    SAME(PSUBB),
    SAME(PSUBW),
    SAME(PSUBD),
    SAME(PSUBQ),
    SAME(PSUBSB),
    SAME(PSUBSW),
    SAME(PSUBUSB),
    SAME(PSUBUSW),
    SAME(PMULLW),
    SAME(PMULHW),
    SAME(PMULHUW),
    SAME(PMULHRSW),
    SAME(PMULUDQ),
    SAME(PMADDWD),
    SAME(PMADDUBSW),
    SAME(PSADBW),
    SAME(PAVGB),
    SAME(PAVGW),
    SAME(PMINUB),
    SAME(PMINSW),
    SAME(PMAXUB),
    SAME(PMAXSW),
    SAME(PCMPEQB),
    SAME(PCMPEQW),
    SAME(PCMPEQD),
    SAME(PCMPGTB),
    SAME(PCMPGTW),
    SAME(PCMPGTD),
    SAME(PSIGNB),
    SAME(PSIGNW),
    SAME(PSIGND),
    SAME_UNARY(PABSB),
    SAME_UNARY(PABSW),
    SAME_UNARY(PABSD),
    SHIFT(PSLLW),
    SHIFT(PSLLD),
    SHIFT(PSLLQ),
    SHIFT(PSRLW),
    SHIFT(PSRLD),
    SHIFT(PSRLQ),
    SHIFT(PSRAW),
    SHIFT(PSRAD),
    UNPACK_LOW(PUNPCKLBW),
    UNPACK_LOW(PUNPCKLWD),
    UNPACK_LOW(PUNPCKLDQ),
    UNPACK_HIGH(PUNPCKHBW, PUNPCKLBW),
    UNPACK_HIGH(PUNPCKHWD, PUNPCKLWD),
    UNPACK_HIGH(PUNPCKHDQ, PUNPCKLDQ),
    HALVES(PACKSSWB),
    HALVES(PACKSSDW),
    HALVES(PACKUSWB),
    HALVES(PHADDW),
    HALVES(PHADDD),
    HALVES(PHADDSW),
    HALVES(PHSUBW),
    HALVES(PHSUBD),
    HALVES(PHSUBSW),
    mmxForms<kShuffleBytes>(ZYDIS_MNEMONIC_PSHUFB),
    mmxForms<kShuffleWords>(ZYDIS_MNEMONIC_PSHUFW),
    mmxForms<kAlign>(ZYDIS_MNEMONIC_PALIGNR),
    mmxForms<kMove>(ZYDIS_MNEMONIC_MOVQ),
    mmxForms<kMove, std::uint32_t>(ZYDIS_MNEMONIC_MOVD),
}};

#undef SAME
#undef SAME_UNARY
#undef SHIFT
#undef UNPACK_LOW
#undef UNPACK_HIGH
#undef HALVES

// Moves between MMX registers and elsewhere.

template <class T>
void storeMmx(Processor& p, const Operation& o) {
    if (!x87Ready(p))
        return;
    // TOP is reset even if the store faults.
    p.x87.top = 0;
    if (Memory<Checked, T>::store(p, o, static_cast<T>(p.x87.registers[o.source].mantissa)))
        markUsed(p.x87);
}
template <class T>
void fromGeneral(Processor& p, const Operation& o) {
    if (x87Ready(p))
        setMmx(p, o.destination, registerValue<T>(p, o.source));
}
template <class T>
void toGeneral(Processor& p, const Operation& o) {
    if (!x87Ready(p))
        return;
    markUsed(p.x87);
    setRegister<T>(p, o.destination, static_cast<T>(p.x87.registers[o.source].mantissa));
}
void fromXmm(Processor& p, const Operation& o) {
    if (x87Ready(p))
        setMmx(p, o.destination, lowHalf(vectorAt(p, o.source)));
}
void toXmm(Processor& p, const Operation& o) {
    if (!x87Ready(p))
        return;
    markUsed(p.x87);
    vectorAt(p, o.destination) = mmxValue(p, o.source);
}
/// PMOVMSKB.
void signs(Processor& p, const Operation& o) {
    if (!x87Ready(p))
        return;
    markUsed(p.x87);
    std::uint32_t result;
    asm("pmovmskb %1, %0" : "=r"(result) : "x"(mmxValue(p, o.source)));
    setRegister<std::uint32_t>(p, o.destination, result);
}
/// PEXTRW and PINSRW, the element's number in `extra`.
void extractWord(Processor& p, const Operation& o) {
    if (!x87Ready(p))
        return;
    markUsed(p.x87);
    setRegister<std::uint32_t>(
        p, o.destination,
        static_cast<std::uint16_t>(p.x87.registers[o.source].mantissa >> (16 * o.extra)));
}
void insertWord(Processor& p, const Operation& o, std::uint16_t word) {
    const unsigned shift = 16 * o.extra;
    setMmx(p, o.destination,
           (p.x87.registers[o.destination].mantissa & ~(std::uint64_t{0xFFFF} << shift)) |
               std::uint64_t{word} << shift);
}
void insertWordRegister(Processor& p, const Operation& o) {
    if (x87Ready(p))
        insertWord(p, o, registerValue<std::uint16_t>(p, o.source));
}
void insertWordMemory(Processor& p, const Operation& o) {
    if (!x87Ready(p))
        return;
    if (const auto source = Memory<Checked, std::uint16_t>::load(p, o))
        insertWord(p, o, *source);
}
/// MASKMOVQ: writes the chosen bytes, none if one of them can't be written.
void storeChosenBytes(Processor& p, const Operation& o) {
    if (!x87Ready(p))
        return;
    // Even if the store faults.
    markUsed(p.x87);
    const std::uint64_t value = p.x87.registers[o.destination].mantissa;
    const std::uint64_t mask = p.x87.registers[o.source].mantissa & 0x8080'8080'8080'8080;
    if (mask != 0) {
        const unsigned first = static_cast<unsigned>(std::countr_zero(mask)) / 8;
        const unsigned last = 7 - static_cast<unsigned>(std::countl_zero(mask)) / 8;
        const auto linear = p.operandAddress(o, sizeof value, Access::Write);
        if (!linear || !p.translate(*linear + first, Access::Write, Privilege::Current) ||
            !p.translate(*linear + last, Access::Write, Privilege::Current))
            return;
        for (unsigned i = first; i <= last; i++) {
            const auto byte = static_cast<std::uint8_t>(value >> (8 * i));
            if ((mask >> (8 * i) & 0x80) != 0 && !p.write(*linear + i, byte))
                return;
        }
    }
}
/// EMMS. It leaves TOP as all MMX instructions do.
void empty(Processor& p, const Operation&) {
    if (!x87Ready(p))
        return;
    p.x87.top = 0;
    p.x87.valid = 0;
}

// Conversions between MMX and XMM registers. Rare enough to ask for exceptions while running.

void beginConversion(Processor& p) {
    if ((p.mode & mode::kSimdUnmasked) != 0)
        beginUnmasked(p);
}
bool endConversion(Processor& p) {
    return (p.mode & mode::kSimdUnmasked) == 0 || !endUnmasked(p, false);
}

/// `source` has two integers in its low half.
template <auto kFunction>
void convertToXmm(Processor& p, const Operation& o, Vector source) {
    beginConversion(p);
    const Vector result = kFunction(vectorAt(p, o.destination), source);
    if (endConversion(p))
        vectorAt(p, o.destination) = result;
}
template <auto kFunction>
void convertToXmmRegister(Processor& p, const Operation& o) {
    if (!x87Ready(p))
        return;
    markUsed(p.x87);
    convertToXmm<kFunction>(p, o, mmxValue(p, o.source));
}
/// An operand in memory leaves the x87 unit alone.
template <auto kFunction>
void convertToXmmMemory(Processor& p, const Operation& o) {
    if (const auto source = Memory<Checked, std::uint64_t>::load(p, o))
        convertToXmm<kFunction>(p, o, widen(*source));
}
template <auto kFunction>
consteval MmxForms toXmmForms(ZydisMnemonic mnemonic) {
    return {mnemonic, &plainOperation<convertToXmmRegister<kFunction>>,
            &plainOperation<convertToXmmMemory<kFunction>>};
}

template <auto kFunction>
void convertToMmx(Processor& p, const Operation& o, Vector source) {
    // Even if the conversion raises #XM.
    markUsed(p.x87);
    beginConversion(p);
    const Vector result = kFunction(source);
    if (endConversion(p))
        setMmx(p, o.destination, lowHalf(result));
}
template <class T, auto kFunction>
void convertToMmxRegister(Processor& p, const Operation& o) {
    if (x87Ready(p))
        convertToMmx<kFunction>(p, o, widen(elementAt<T>(p, o.source, 0)));
}
template <class T, auto kFunction>
void convertToMmxMemory(Processor& p, const Operation& o) {
    if (!x87Ready(p))
        return;
    if (const auto source = SourceMemory<Checked, T>::load(p, o))
        convertToMmx<kFunction>(p, o, widen(*source));
}
template <class T, auto kFunction>
consteval MmxForms toMmxForms(ZydisMnemonic mnemonic) {
    return {mnemonic, &plainOperation<convertToMmxRegister<T, kFunction>>,
            &plainOperation<convertToMmxMemory<T, kFunction>>};
}

constexpr auto kIntegersToSingles = [](Vector a, Vector b) {
    asm volatile("cvtdq2ps %0, %0" : "+x"(b));
    return Vector{b[0], a[1]};
};
constexpr auto kIntegersToDoubles = [](Vector, Vector b) {
    asm volatile("cvtdq2pd %0, %0" : "+x"(b));
    return b;
};

#define TO_MMX(mnemonic, instruction, type)                  \
    toMmxForms<type, [](Vector source) {                     \
        asm volatile(#instruction " %0, %0" : "+x"(source)); \
        return source;                                       \
    }>(ZYDIS_MNEMONIC_##mnemonic)

constexpr MnemonicTable kConversions{std::array{
    toXmmForms<kIntegersToSingles>(ZYDIS_MNEMONIC_CVTPI2PS),
    toXmmForms<kIntegersToDoubles>(ZYDIS_MNEMONIC_CVTPI2PD),
    TO_MMX(CVTPS2PI, cvtps2dq, std::uint64_t),
    TO_MMX(CVTTPS2PI, cvttps2dq, std::uint64_t),
    TO_MMX(CVTPD2PI, cvtpd2dq, Vector),
    TO_MMX(CVTTPD2PI, cvttpd2dq, Vector),
}};

#undef TO_MMX

template <auto kFunction>
Lowered finish(Operation& operation) {
    operation.handler = &plainOperation<kFunction>;
    return Lowered::Continue;
}

Lowered lowerOperands(const MmxForms& forms, const DecodedInstruction& decoded,
                      Operation& operation) {
    operation.destination = registerOperand(decoded, 0);
    if (decoded.isImmediate(2))
        operation.extra = immediateOf(decoded, 2);
    if (decoded.isMemory(1)) {
        encodeMemory(decoded, decoded.operand(1), operation);
        operation.handler = forms.memory;
    } else if (decoded.isImmediate(1)) {
        operation.immediate = immediateOf(decoded, 1);
        operation.handler = forms.immediate;
    } else {
        operation.source = registerOperand(decoded, 1);
        operation.handler = forms.registers;
    }
    return Lowered::Continue;
}

/// Moves whose source is an MMX register and whose destination is none.
Lowered lowerFromMmx(const DecodedInstruction& decoded, Operation& operation) {
    operation.source = registerOperand(decoded, 1);
    if (decoded.isMemory(0))
        encodeMemory(decoded, decoded.operand(0), operation);
    else
        operation.destination = registerOperand(decoded, 0);
    switch (decoded.mnemonic()) {
        case ZYDIS_MNEMONIC_MOVD:
            return decoded.isMemory(0) ? finish<storeMmx<std::uint32_t>>(operation)
                                       : finish<toGeneral<std::uint32_t>>(operation);
        case ZYDIS_MNEMONIC_MOVQ:
            return decoded.isMemory(0) ? finish<storeMmx<std::uint64_t>>(operation)
                                       : finish<toGeneral<std::uint64_t>>(operation);
        case ZYDIS_MNEMONIC_MOVNTQ:
            return finish<storeMmx<std::uint64_t>>(operation);
        case ZYDIS_MNEMONIC_MOVQ2DQ:
            return finish<toXmm>(operation);
        case ZYDIS_MNEMONIC_PMOVMSKB:
            return finish<signs>(operation);
        case ZYDIS_MNEMONIC_PEXTRW:
            operation.extra = immediateOf(decoded, 2) % 4;
            return finish<extractWord>(operation);
        default:
            return Lowered::No;
    }
}

/// Moves into an MMX register from outside of MMX; and MASKMOVQ, whose operands are registers.
Lowered lowerToMmx(const DecodedInstruction& decoded, Operation& operation) {
    operation.destination = registerOperand(decoded, 0);
    if (decoded.isRegister(1))
        operation.source = registerOperand(decoded, 1);
    switch (decoded.mnemonic()) {
        case ZYDIS_MNEMONIC_MOVD:
            return finish<fromGeneral<std::uint32_t>>(operation);
        case ZYDIS_MNEMONIC_MOVQ:
            return finish<fromGeneral<std::uint64_t>>(operation);
        case ZYDIS_MNEMONIC_MOVDQ2Q:
            return finish<fromXmm>(operation);
        case ZYDIS_MNEMONIC_PINSRW:
            operation.extra = immediateOf(decoded, 2) % 4;
            if (decoded.isRegister(1))
                return finish<insertWordRegister>(operation);
            encodeMemory(decoded, decoded.operand(1), operation);
            return finish<insertWordMemory>(operation);
        case ZYDIS_MNEMONIC_MASKMOVQ:
            encodeMemory(decoded, decoded.operand(2), operation);
            return finish<storeChosenBytes>(operation);
        default:
            return Lowered::No;
    }
}

}  // namespace

Lowered lowerMmx(const DecodedInstruction& decoded, Operation& operation) {
    if (decoded.mnemonic() == ZYDIS_MNEMONIC_EMMS)
        return finish<empty>(operation);
    if (const MmxForms* forms = kConversions.find(decoded.mnemonic()))
        return lowerOperands(*forms, decoded, operation);
    if (isMmx(decoded, 0)) {
        const MmxForms* forms = kForms.find(decoded.mnemonic());
        if (forms != nullptr && (isMmx(decoded, 1) || !decoded.isRegister(1)))
            return lowerOperands(*forms, decoded, operation);
        return lowerToMmx(decoded, operation);
    }
    return isMmx(decoded, 1) ? lowerFromMmx(decoded, operation) : Lowered::No;
}

}  // namespace hypervisor::software
