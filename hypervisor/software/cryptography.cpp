// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>

#include "secure_hash.h"
#include "vector_handler.h"
#include "vector_instruction.h"

/// AES, carry-less multiplication and SHA instructions.
namespace hypervisor::software {

namespace {

using Doublewords [[gnu::vector_size(16)]] = unsigned;

/// The round constant goes into the result by exclusive or, so it can be added behind.
constexpr auto kAssistKeyGeneration = [](Vector source, std::uint8_t roundConstant) {
    Vector result;
    asm("aeskeygenassist $0, %1, %0" : "=x"(result) : "x"(source));
    return result ^ reinterpret_cast<Vector>(Doublewords{0, roundConstant, 0, roundConstant});
};

constexpr auto kMultiplyCarryless = [](Vector a, Vector b, std::uint8_t immediate) {
    switch (immediate & 0x11) {
        case 0x00:
            asm("pclmulqdq $0x00, %1, %0" : "+x"(a) : "x"(b));
            break;
        case 0x01:
            asm("pclmulqdq $0x01, %1, %0" : "+x"(a) : "x"(b));
            break;
        case 0x10:
            asm("pclmulqdq $0x10, %1, %0" : "+x"(a) : "x"(b));
            break;
        default:
            asm("pclmulqdq $0x11, %1, %0" : "+x"(a) : "x"(b));
            break;
    }
    return a;
};

/// secure_hash.h's functions on vectors: element 0 is the lowest doubleword.
template <auto kFunction>
constexpr auto kHash = [](Vector a, Vector b) {
    return std::bit_cast<Vector>(
        kFunction(std::bit_cast<HashWords>(a), std::bit_cast<HashWords>(b)));
};
constexpr auto kHashRounds1 = [](Vector a, Vector b, std::uint8_t immediate) {
    return std::bit_cast<Vector>(
        sha1Rounds4(std::bit_cast<HashWords>(a), std::bit_cast<HashWords>(b), immediate & 3));
};
constexpr auto kHashRounds256 = [](Vector a, Vector b, Vector words) {
    return std::bit_cast<Vector>(sha256Rounds2(
        std::bit_cast<HashWords>(a), std::bit_cast<HashWords>(b), std::bit_cast<HashWords>(words)));
};

#define PLAIN(mnemonic) plainForms<VIREO_BINARY(mnemonic)>(ZYDIS_MNEMONIC_##mnemonic)

constexpr MnemonicTable kForms{std::array{
    PLAIN(AESENC),
    PLAIN(AESENCLAST),
    PLAIN(AESDEC),
    PLAIN(AESDECLAST),
    rareForms<VIREO_UNARY(AESIMC)>(ZYDIS_MNEMONIC_AESIMC),
    rareForms<kAssistKeyGeneration>(ZYDIS_MNEMONIC_AESKEYGENASSIST),
    plainForms<kMultiplyCarryless>(ZYDIS_MNEMONIC_PCLMULQDQ),
    plainForms<kHash<&sha1NextE>>(ZYDIS_MNEMONIC_SHA1NEXTE),
    plainForms<kHash<&sha1Message1>>(ZYDIS_MNEMONIC_SHA1MSG1),
    plainForms<kHash<&sha1Message2>>(ZYDIS_MNEMONIC_SHA1MSG2),
    plainForms<kHashRounds1>(ZYDIS_MNEMONIC_SHA1RNDS4),
    plainForms<kHash<&sha256Message1>>(ZYDIS_MNEMONIC_SHA256MSG1),
    plainForms<kHash<&sha256Message2>>(ZYDIS_MNEMONIC_SHA256MSG2),
    plainForms<kHashRounds256>(ZYDIS_MNEMONIC_SHA256RNDS2),
}};

#undef PLAIN

}  // namespace

Lowered lowerCryptography(const DecodedInstruction& decoded, Operation& operation) {
    if (const VectorForms* forms = kForms.find(decoded.mnemonic()))
        return lowerForms(*forms, decoded, operation);
    return Lowered::No;
}

}  // namespace hypervisor::software
