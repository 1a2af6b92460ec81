// SPDX-License-Identifier: GPL-3.0-or-later
#include "vector_handler.h"
#include "vector_instruction.h"

/// Integer and bitwise arithmetic on XMM registers.
namespace hypervisor::software {

namespace {

#define PLAIN(mnemonic) plainForms<VIREO_BINARY(mnemonic)>(ZYDIS_MNEMONIC_##mnemonic)
#define PLAIN_UNARY(mnemonic) plainForms<VIREO_UNARY(mnemonic)>(ZYDIS_MNEMONIC_##mnemonic)
#define RARE(mnemonic) rareForms<VIREO_BINARY(mnemonic)>(ZYDIS_MNEMONIC_##mnemonic)
#define RARE_UNARY(mnemonic) rareForms<VIREO_UNARY(mnemonic)>(ZYDIS_MNEMONIC_##mnemonic)
#define EXTEND(mnemonic, type) plainForms<VIREO_UNARY(mnemonic), type>(ZYDIS_MNEMONIC_##mnemonic)

constexpr MnemonicTable kForms{std::array{
    PLAIN(ANDPS),
    PLAIN(ANDPD),
    PLAIN(ANDNPS),
    PLAIN(ANDNPD),
    PLAIN(ORPS),
    PLAIN(ORPD),
    PLAIN(XORPS),
    PLAIN(XORPD),
    PLAIN(PAND),
    PLAIN(PANDN),
    PLAIN(POR),
    PLAIN(PXOR),

    PLAIN(PADDB),
    PLAIN(PADDW),
    PLAIN(PADDD),
    PLAIN(PADDQ),
    RARE(PADDSB),
    RARE(PADDSW),
    RARE(PADDUSB),
    RARE(PADDUSW),
    PLAIN(PSUBB),
    PLAIN(PSUBW),
    PLAIN(PSUBD),
    PLAIN(PSUBQ),
    RARE(PSUBSB),
    RARE(PSUBSW),
    PLAIN(PSUBUSB),
    RARE(PSUBUSW),

    PLAIN(PMULLW),
    PLAIN(PMULLD),
    PLAIN(PMULHW),
    PLAIN(PMULHUW),
    RARE(PMULHRSW),
    PLAIN(PMULUDQ),
    RARE(PMULDQ),
    PLAIN(PMADDWD),
    RARE(PMADDUBSW),
    RARE(PSADBW),
    RARE(PAVGB),
    RARE(PAVGW),

    PLAIN(PMINUB),
    RARE(PMINUW),
    RARE(PMINUD),
    RARE(PMINSB),
    RARE(PMINSW),
    RARE(PMINSD),
    PLAIN(PMAXUB),
    RARE(PMAXUW),
    RARE(PMAXUD),
    RARE(PMAXSB),
    RARE(PMAXSW),
    RARE(PMAXSD),
    RARE_UNARY(PHMINPOSUW),

    PLAIN(PCMPEQB),
    PLAIN(PCMPEQW),
    PLAIN(PCMPEQD),
    RARE(PCMPEQQ),
    PLAIN(PCMPGTB),
    PLAIN(PCMPGTW),
    PLAIN(PCMPGTD),
    RARE(PCMPGTQ),

    RARE(PACKSSWB),
    RARE(PACKSSDW),
    PLAIN(PACKUSWB),
    RARE(PACKUSDW),

    RARE(PHADDW),
    RARE(PHADDD),
    RARE(PHADDSW),
    RARE(PHSUBW),
    RARE(PHSUBD),
    RARE(PHSUBSW),
    RARE(PSIGNB),
    RARE(PSIGNW),
    RARE(PSIGND),
    RARE_UNARY(PABSB),
    RARE_UNARY(PABSW),
    RARE_UNARY(PABSD),

    EXTEND(PMOVSXBW, double),
    EXTEND(PMOVSXBD, float),
    EXTEND(PMOVSXBQ, std::uint16_t),
    EXTEND(PMOVSXWD, double),
    EXTEND(PMOVSXWQ, float),
    EXTEND(PMOVSXDQ, double),
    EXTEND(PMOVZXBW, double),
    EXTEND(PMOVZXBD, float),
    EXTEND(PMOVZXBQ, std::uint16_t),
    EXTEND(PMOVZXWD, double),
    EXTEND(PMOVZXWQ, float),
    EXTEND(PMOVZXDQ, double),
}};

#undef PLAIN
#undef PLAIN_UNARY
#undef RARE
#undef RARE_UNARY
#undef EXTEND

/// `destination = f(destination, immediate)`: the shifts of group 12 to 14.
template <auto kFunction>
void shiftImmediate(Processor& p, const Operation* o) {
    Vector& destination = vectorAt(p, o->destination);
    destination = kFunction(destination, Vector{static_cast<long long>(o->immediate), 0});
    return next(p, o);
}

struct ShiftForms {
    ZydisMnemonic mnemonic{};
    VectorForms forms;
    Handler immediate = nullptr;
};

template <auto kFunction>
consteval ShiftForms shiftForms(ZydisMnemonic mnemonic) {
    return {mnemonic, rareForms<kFunction>(mnemonic), &shiftImmediate<kFunction>};
}

#define SHIFT(mnemonic) shiftForms<VIREO_BINARY(mnemonic)>(ZYDIS_MNEMONIC_##mnemonic)

constexpr MnemonicTable kShifts{std::array{
    SHIFT(PSLLW),
    SHIFT(PSLLD),
    SHIFT(PSLLQ),
    SHIFT(PSRLW),
    SHIFT(PSRLD),
    SHIFT(PSRLQ),
    SHIFT(PSRAW),
    SHIFT(PSRAD),
}};

#undef SHIFT

[[gnu::always_inline]] inline void test(Processor& p, const Operation* o, Vector source) {
    std::uint16_t flags;
    asm("ptest %2, %1\n\t"
        "movl $0, %%eax\n\t"
        "lahf"
        : "=a"(flags)
        : "x"(vectorAt(p, o->destination)), "x"(source)
        : "cc");
    p.flags = flags;
    return next(p, o);
}

void testRegisters(Processor& p, const Operation* o) {
    return test(p, o, vectorAt(p, o->source));
}

template <class A>
void testMemory(Processor& p, const Operation* o) {
    const auto source = AlignedMemory<A>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &testMemory<Checked>>(p, o);
    return test(p, o, *source);
}

constexpr VectorForms kTest{
    .mnemonic = ZYDIS_MNEMONIC_PTEST,
    .registers = &testRegisters,
    .memory = {&testMemory<Simple>, &testMemory<Full>, &testMemory<Checked>}};

Lowered lowerShift(const ShiftForms& shift, const DecodedInstruction& decoded,
                   Operation& operation) {
    if (!decoded.isImmediate(1))
        return lowerForms(shift.forms, decoded, operation);
    if (!isXmm(decoded, 0))
        return Lowered::No;
    operation.destination = vectorOffset(decoded, 0);
    operation.immediate = immediateOf(decoded, 1);
    operation.handler = shift.immediate;
    return Lowered::Continue;
}

}  // namespace

Lowered lowerVectorInteger(const DecodedInstruction& decoded, Operation& operation) {
    if (const VectorForms* forms = kForms.find(decoded.mnemonic()))
        return lowerForms(*forms, decoded, operation);
    if (const ShiftForms* shift = kShifts.find(decoded.mnemonic()))
        return lowerShift(*shift, decoded, operation);
    if (decoded.mnemonic() == ZYDIS_MNEMONIC_PTEST)
        return lowerForms(kTest, decoded, operation);
    return Lowered::No;
}

}  // namespace hypervisor::software
