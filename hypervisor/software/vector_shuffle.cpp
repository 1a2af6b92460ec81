// SPDX-License-Identifier: GPL-3.0-or-later
#include "vector_handler.h"
#include "vector_instruction.h"

/// Instructions that move elements to other places: unpack, shuffle, align, blend. Where the
/// places come from an immediate, tables turn it into a control vector for PSHUFB.
namespace hypervisor::software {

namespace {

using ByteControl = std::array<std::uint8_t, 16>;
using Bytes [[gnu::vector_size(16)]] = unsigned char;
using Words [[gnu::vector_size(16)]] = short;
using Doublewords [[gnu::vector_size(16)]] = int;

[[gnu::always_inline]] inline Vector permute(Vector value, const std::uint8_t* control) {
    Vector places;
    __builtin_memcpy(&places, control, sizeof places);
    asm("pshufb %1, %0" : "+x"(value) : "x"(places));
    return value;
}

/// One control for each immediate: element i comes from the place that bits 2i + 1 to 2i name,
/// for four elements of `size` bytes from `first` on; other bytes stay.
consteval std::array<ByteControl, 256> fourElementControls(unsigned size, unsigned first) {
    std::array<ByteControl, 256> controls{};
    for (unsigned immediate = 0; immediate < 256; immediate++) {
        for (unsigned i = 0; i < 16; i++)
            controls[immediate][i] = static_cast<std::uint8_t>(i);
        for (unsigned i = 0; i < 4 * size; i++)
            controls[immediate][first + i] = static_cast<std::uint8_t>(
                first + ((immediate >> (2 * (i / size))) & 3) * size + i % size);
    }
    return controls;
}
alignas(16) constexpr auto kDoublewordControls = fourElementControls(4, 0);
alignas(16) constexpr auto kLowWordControls = fourElementControls(2, 0);
alignas(16) constexpr auto kHighWordControls = fourElementControls(2, 8);

/// Bytes from kSlide + 16 + n on shift right by n bytes, those from kSlide + 16 - n on left.
consteval std::array<std::uint8_t, 64> slide() {
    std::array<std::uint8_t, 64> controls{};
    for (unsigned i = 0; i < controls.size(); i++)
        controls[i] = static_cast<std::uint8_t>(i >= 16 && i < 32 ? i - 16 : 0x80);
    return controls;
}
constexpr auto kSlide = slide();

constexpr auto kShuffleDoublewords = [](Vector source, std::uint8_t immediate) {
    return permute(source, kDoublewordControls[immediate].data());
};
constexpr auto kShuffleLowWords = [](Vector source, std::uint8_t immediate) {
    return permute(source, kLowWordControls[immediate].data());
};
constexpr auto kShuffleHighWords = [](Vector source, std::uint8_t immediate) {
    return permute(source, kHighWordControls[immediate].data());
};
constexpr auto kShuffleSingles = [](Vector a, Vector b, std::uint8_t immediate) {
    const std::uint8_t* control = kDoublewordControls[immediate].data();
    return Vector{permute(a, control)[0], permute(b, control)[1]};
};
constexpr auto kShuffleDoubles = [](Vector a, Vector b, std::uint8_t immediate) {
    return Vector{(immediate & 1) != 0 ? a[1] : a[0], (immediate & 2) != 0 ? b[1] : b[0]};
};
constexpr auto kAlign = [](Vector a, Vector b, std::uint8_t immediate) {
    const unsigned shift = std::min<unsigned>(immediate, 32);
    return permute(b, &kSlide[16 + shift]) | permute(a, &kSlide[shift]);
};
constexpr auto kBlendWords = [](Vector a, Vector b, std::uint8_t immediate) {
    constexpr Words kBits{1, 2, 4, 8, 16, 32, 64, 128};
    const auto chosen = reinterpret_cast<Vector>(((kBits & short{immediate}) == kBits));
    return (b & chosen) | (a & ~chosen);
};
constexpr auto kBlendSingles = [](Vector a, Vector b, std::uint8_t immediate) {
    constexpr Doublewords kBits{1, 2, 4, 8};
    const auto chosen = reinterpret_cast<Vector>((kBits & int{immediate}) == kBits);
    return (b & chosen) | (a & ~chosen);
};
constexpr auto kBlendDoubles = [](Vector a, Vector b, std::uint8_t immediate) {
    constexpr Vector kBits{1, 2};
    const Vector chosen = (kBits & std::int64_t{immediate}) == kBits;
    return (b & chosen) | (a & ~chosen);
};

constexpr auto kSumsOfDifferences = [](Vector a, Vector b, std::uint8_t immediate) {
    switch (immediate & 7) {
        case 0:
            asm("mpsadbw $0, %1, %0" : "+x"(a) : "x"(b));
            break;
        case 1:
            asm("mpsadbw $1, %1, %0" : "+x"(a) : "x"(b));
            break;
        case 2:
            asm("mpsadbw $2, %1, %0" : "+x"(a) : "x"(b));
            break;
        case 3:
            asm("mpsadbw $3, %1, %0" : "+x"(a) : "x"(b));
            break;
        case 4:
            asm("mpsadbw $4, %1, %0" : "+x"(a) : "x"(b));
            break;
        case 5:
            asm("mpsadbw $5, %1, %0" : "+x"(a) : "x"(b));
            break;
        case 6:
            asm("mpsadbw $6, %1, %0" : "+x"(a) : "x"(b));
            break;
        default:
            asm("mpsadbw $7, %1, %0" : "+x"(a) : "x"(b));
            break;
    }
    return a;
};

/// The blends by XMM0; the instruction names it implicitly.
#define BLEND_VARIABLE(mnemonic)                                           \
    rareForms<[](Vector a, Vector b, Vector chosen) {                      \
        asm(#mnemonic " %%xmm0, %1, %0" : "+x"(a) : "x"(b), "Yz"(chosen)); \
        return a;                                                          \
    }>(ZYDIS_MNEMONIC_##mnemonic)
#define PLAIN(mnemonic) plainForms<VIREO_BINARY(mnemonic)>(ZYDIS_MNEMONIC_##mnemonic)
#define PLAIN_UNARY(mnemonic) plainForms<VIREO_UNARY(mnemonic)>(ZYDIS_MNEMONIC_##mnemonic)

constexpr MnemonicTable kForms{std::array{
    PLAIN(PUNPCKLBW),
    PLAIN(PUNPCKLWD),
    PLAIN(PUNPCKLDQ),
    PLAIN(PUNPCKLQDQ),
    PLAIN(PUNPCKHBW),
    PLAIN(PUNPCKHWD),
    PLAIN(PUNPCKHDQ),
    PLAIN(PUNPCKHQDQ),
    PLAIN(UNPCKLPS),
    PLAIN(UNPCKLPD),
    PLAIN(UNPCKHPS),
    PLAIN(UNPCKHPD),
    PLAIN(PSHUFB),
    PLAIN_UNARY(MOVSLDUP),
    PLAIN_UNARY(MOVSHDUP),
    plainForms<VIREO_UNARY(MOVDDUP), double>(ZYDIS_MNEMONIC_MOVDDUP),

    plainForms<kShuffleDoublewords>(ZYDIS_MNEMONIC_PSHUFD),
    plainForms<kShuffleLowWords>(ZYDIS_MNEMONIC_PSHUFLW),
    plainForms<kShuffleHighWords>(ZYDIS_MNEMONIC_PSHUFHW),
    plainForms<kShuffleSingles>(ZYDIS_MNEMONIC_SHUFPS),
    plainForms<kShuffleDoubles>(ZYDIS_MNEMONIC_SHUFPD),
    plainForms<kAlign>(ZYDIS_MNEMONIC_PALIGNR),
    rareForms<kBlendWords>(ZYDIS_MNEMONIC_PBLENDW),
    rareForms<kBlendSingles>(ZYDIS_MNEMONIC_BLENDPS),
    rareForms<kBlendDoubles>(ZYDIS_MNEMONIC_BLENDPD),
    rareForms<kSumsOfDifferences>(ZYDIS_MNEMONIC_MPSADBW),
    BLEND_VARIABLE(PBLENDVB),
    BLEND_VARIABLE(BLENDVPS),
    BLEND_VARIABLE(BLENDVPD),
}};

#undef BLEND_VARIABLE
#undef PLAIN
#undef PLAIN_UNARY

void shiftBytesRight(Processor& p, const Operation* o) {
    Vector& destination = vectorAt(p, o->destination);
    destination = permute(destination, &kSlide[16 + o->immediate]);
    return next(p, o);
}
void shiftBytesLeft(Processor& p, const Operation* o) {
    Vector& destination = vectorAt(p, o->destination);
    destination = permute(destination, &kSlide[16 - o->immediate]);
    return next(p, o);
}

}  // namespace

Lowered lowerVectorShuffle(const DecodedInstruction& decoded, Operation& operation) {
    if (const VectorForms* forms = kForms.find(decoded.mnemonic()))
        return lowerForms(*forms, decoded, operation);
    const bool right = decoded.mnemonic() == ZYDIS_MNEMONIC_PSRLDQ;
    if (!right && decoded.mnemonic() != ZYDIS_MNEMONIC_PSLLDQ)
        return Lowered::No;
    operation.destination = vectorOffset(decoded, 0);
    operation.immediate = std::min<unsigned>(immediateOf(decoded, 1), 16);
    operation.handler = right ? &shiftBytesRight : &shiftBytesLeft;
    return Lowered::Continue;
}

}  // namespace hypervisor::software
