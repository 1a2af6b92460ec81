// SPDX-License-Identifier: GPL-3.0-or-later
#include "integer_lowering.h"

namespace hypervisor::software {

std::optional<unsigned> conditionOf(ZydisMnemonic mnemonic, ConditionalKind kind) {
    struct Names {
        ZydisMnemonic jump;
        ZydisMnemonic move;
        ZydisMnemonic set;
    };
    static constexpr std::array<Names, 16> kNames{{
        {ZYDIS_MNEMONIC_JO, ZYDIS_MNEMONIC_CMOVO, ZYDIS_MNEMONIC_SETO},
        {ZYDIS_MNEMONIC_JNO, ZYDIS_MNEMONIC_CMOVNO, ZYDIS_MNEMONIC_SETNO},
        {ZYDIS_MNEMONIC_JB, ZYDIS_MNEMONIC_CMOVB, ZYDIS_MNEMONIC_SETB},
        {ZYDIS_MNEMONIC_JNB, ZYDIS_MNEMONIC_CMOVNB, ZYDIS_MNEMONIC_SETNB},
        {ZYDIS_MNEMONIC_JZ, ZYDIS_MNEMONIC_CMOVZ, ZYDIS_MNEMONIC_SETZ},
        {ZYDIS_MNEMONIC_JNZ, ZYDIS_MNEMONIC_CMOVNZ, ZYDIS_MNEMONIC_SETNZ},
        {ZYDIS_MNEMONIC_JBE, ZYDIS_MNEMONIC_CMOVBE, ZYDIS_MNEMONIC_SETBE},
        {ZYDIS_MNEMONIC_JNBE, ZYDIS_MNEMONIC_CMOVNBE, ZYDIS_MNEMONIC_SETNBE},
        {ZYDIS_MNEMONIC_JS, ZYDIS_MNEMONIC_CMOVS, ZYDIS_MNEMONIC_SETS},
        {ZYDIS_MNEMONIC_JNS, ZYDIS_MNEMONIC_CMOVNS, ZYDIS_MNEMONIC_SETNS},
        {ZYDIS_MNEMONIC_JP, ZYDIS_MNEMONIC_CMOVP, ZYDIS_MNEMONIC_SETP},
        {ZYDIS_MNEMONIC_JNP, ZYDIS_MNEMONIC_CMOVNP, ZYDIS_MNEMONIC_SETNP},
        {ZYDIS_MNEMONIC_JL, ZYDIS_MNEMONIC_CMOVL, ZYDIS_MNEMONIC_SETL},
        {ZYDIS_MNEMONIC_JNL, ZYDIS_MNEMONIC_CMOVNL, ZYDIS_MNEMONIC_SETNL},
        {ZYDIS_MNEMONIC_JLE, ZYDIS_MNEMONIC_CMOVLE, ZYDIS_MNEMONIC_SETLE},
        {ZYDIS_MNEMONIC_JNLE, ZYDIS_MNEMONIC_CMOVNLE, ZYDIS_MNEMONIC_SETNLE},
    }};
    for (unsigned code = 0; code < kNames.size(); ++code) {
        const Names& names = kNames[code];
        const ZydisMnemonic name = kind == ConditionalKind::Jump   ? names.jump
                                   : kind == ConditionalKind::Move ? names.move
                                                                   : names.set;
        if (name == mnemonic)
            return code;
    }
    return std::nullopt;
}

Lowered lowerInteger(const DecodedInstruction& d, Operation& o) {
    for (const auto family : {&lowerMoves, &lowerArithmetic, &lowerStack, &lowerShiftsAndBits,
                              &lowerMultiplyDivide, &lowerCompareExchange, &lowerDecimal})
        if (const Lowered lowered = family(d, o); lowered != Lowered::No)
            return lowered;
    return Lowered::No;
}

}  // namespace hypervisor::software
