// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>
#include <utility>

#include "vector_handler.h"

/// PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM (Intel SDM volume 2B, section 4.1). The host
/// compares; what its instruction takes as immediate decides on the form here, so there is one
/// function for each of the 64 values of the bits that choose data, comparison and polarity. All
/// ask for the bit mask ("IntRes2"), which index and byte mask follow from.
namespace hypervisor::software {

namespace {

struct Comparison {
    std::uint32_t mask;
    std::uint16_t flags;
};

using Compare = Comparison (*)(Vector a, Vector b, std::int32_t lengthOfA, std::int32_t lengthOfB);

template <std::uint8_t kControl, bool kExplicitLengths>
Comparison compare(Vector a, Vector b, std::int32_t lengthOfA, std::int32_t lengthOfB) {
    Vector result;
    std::uint16_t flags;
    if constexpr (kExplicitLengths)
        asm("pcmpestrm %[control], %[b], %[a]\n\t"
            "seto %%al\n\t"
            "lahf"
            : "=Yz"(result), "=a"(flags)
            : [a] "x"(a), [b] "x"(b), [control] "i"(kControl), "a"(lengthOfA), "d"(lengthOfB)
            : "cc");
    else
        asm("pcmpistrm %[control], %[b], %[a]\n\t"
            "seto %%al\n\t"
            "lahf"
            : "=Yz"(result), "=a"(flags)
            : [a] "x"(a), [b] "x"(b), [control] "i"(kControl)
            : "cc");
    return {static_cast<std::uint32_t>(result[0]), flags};
}

template <bool kExplicitLengths, std::size_t... kControls>
consteval std::array<Compare, 64> comparisons(std::index_sequence<kControls...>) {
    return {&compare<kControls, kExplicitLengths>...};
}
constexpr auto kExplicit = comparisons<true>(std::make_index_sequence<64>{});
constexpr auto kImplicit = comparisons<false>(std::make_index_sequence<64>{});

// Bits of the immediate, the low byte of `extra`.
constexpr std::uint16_t kWords = 1U << 0;
/// Of the index: the last element instead of the first. Of the mask: bytes or words, not bits.
constexpr std::uint16_t kOther = 1U << 6;
// What `extra` says beside it.
constexpr std::uint16_t kExplicitLengths = 1U << 8;
constexpr std::uint16_t kQuadwordLengths = 1U << 9;
constexpr std::uint16_t kIndex = 1U << 10;

/// A length as the instruction takes it: its absolute value counts, more than 16 is 16.
std::int32_t explicitLength(Processor& p, const Operation& o, Register name) {
    const std::uint64_t value = p[name];
    const std::int64_t length = (o.extra & kQuadwordLengths) != 0
                                    ? static_cast<std::int64_t>(value)
                                    : static_cast<std::int32_t>(value);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(length, -16, 16));
}

/// The bit mask with each bit spread over its element.
Vector spread(std::uint32_t mask, bool words) {
    std::array<std::uint8_t, sizeof(Vector)> bytes;
    for (unsigned i = 0; i < bytes.size(); i++)
        bytes[i] = (mask >> (words ? i / 2 : i) & 1) != 0 ? 0xFF : 0;
    return std::bit_cast<Vector>(bytes);
}

void compareStrings(Processor& p, const Operation& o, Vector b) {
    const Vector a = vectorAt(p, o.destination);
    const std::size_t control = o.extra & 63;
    const bool words = (o.extra & kWords) != 0;
    const Comparison found = (o.extra & kExplicitLengths) != 0
                                 ? kExplicit[control](a, b, explicitLength(p, o, Register::Rax),
                                                      explicitLength(p, o, Register::Rdx))
                                 : kImplicit[control](a, b, 0, 0);
    if ((o.extra & kIndex) == 0) {
        vectorAt(p, 0) =
            (o.extra & kOther) != 0 ? spread(found.mask, words) : Vector{found.mask, 0};
    } else if (found.mask == 0) {
        p[Register::Rcx] = words ? 8 : 16;
    } else {
        p[Register::Rcx] =
            static_cast<std::uint64_t>((o.extra & kOther) != 0 ? 31 - std::countl_zero(found.mask)
                                                               : std::countr_zero(found.mask));
    }
    p.flags = found.flags;
}

void compareWithRegister(Processor& p, const Operation& o) {
    compareStrings(p, o, vectorAt(p, o.source));
}

/// The one family of 16-byte operands without VEX that need not be aligned, moves aside.
void compareWithMemory(Processor& p, const Operation& o) {
    if (const auto source = Memory<Checked, Vector>::load(p, o))
        compareStrings(p, o, *source);
}

}  // namespace

Lowered lowerVectorStringCompare(const DecodedInstruction& decoded, Operation& operation) {
    switch (decoded.mnemonic()) {
        case ZYDIS_MNEMONIC_PCMPESTRI:
            operation.extra = kExplicitLengths | kIndex;
            break;
        case ZYDIS_MNEMONIC_PCMPESTRM:
            operation.extra = kExplicitLengths;
            break;
        case ZYDIS_MNEMONIC_PCMPISTRI:
            operation.extra = kIndex;
            break;
        case ZYDIS_MNEMONIC_PCMPISTRM:
            operation.extra = 0;
            break;
        default:
            return Lowered::No;
    }
    if (decoded.operandBits() == 64)
        operation.extra |= kQuadwordLengths;
    operation.destination = vectorOffset(decoded, 0);
    operation.extra |= immediateOf(decoded, 2);
    if (decoded.isMemory(1)) {
        encodeMemory(decoded, decoded.operand(1), operation);
        operation.handler = &plainOperation<compareWithMemory>;
    } else {
        operation.source = vectorOffset(decoded, 1);
        operation.handler = &plainOperation<compareWithRegister>;
    }
    return Lowered::Continue;
}

}  // namespace hypervisor::software
