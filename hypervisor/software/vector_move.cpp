// SPDX-License-Identifier: GPL-3.0-or-later
#include "vector_handler.h"

/// Moves of whole vectors, of halves and of scalars between XMM registers and memory.
namespace hypervisor::software {

namespace {

constexpr auto kWhole = [](Vector source) { return source; };
/// MOVSD between registers, MOVLPS: the high half stays.
constexpr auto kLowHalf = [](Vector a, Vector b) {
    asm("movsd %1, %0" : "+x"(a) : "x"(b));
    return a;
};
constexpr auto kLowSingle = [](Vector a, Vector b) {
    asm("movss %1, %0" : "+x"(a) : "x"(b));
    return a;
};
constexpr auto kHighHalf = [](Vector a, Vector b) {
    asm("punpcklqdq %1, %0" : "+x"(a) : "x"(b));
    return a;
};
constexpr auto kHighToLowHalf = [](Vector a, Vector b) {
    asm("movhlps %1, %0" : "+x"(a) : "x"(b));
    return a;
};
constexpr auto kZeroExtendLowHalf = [](Vector source) {
    Vector result;
    asm("movq %1, %0" : "=x"(result) : "x"(source));
    return result;
};

template <class A>
void loadUnaligned(Processor& p, const Operation* o) {
    const auto source = Memory<A, Vector>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &loadUnaligned<Checked>>(p, o);
    vectorAt(p, o->destination) = *source;
    return next(p, o);
}

template <class A, class T>
[[gnu::always_inline]] inline const void* addressToRead(Processor& p, const Operation& o) {
    if constexpr (std::is_same_v<A, Checked>)
        return loadChecked<T>(p, o);
    else
        return readableFast<T>(*p.tlb, A::template address<sizeof(T)>(p, o));
}

/// The low element from memory, zeros above, which is what the host's own load does.
template <class A, class T>
void loadElement(Processor& p, const Operation* o) {
    const auto* source = static_cast<const GuestValue<T>*>(addressToRead<A, T>(p, *o));
    if (source == nullptr) [[unlikely]]
        return miss<A, &loadElement<Checked, T>>(p, o);
    Vector value;
    if constexpr (sizeof(T) == 8)
        asm volatile("movsd %1, %0" : "=x"(value) : "m"(*source));
    else
        asm volatile("movss %1, %0" : "=x"(value) : "m"(*source));
    vectorAt(p, o->destination) = value;
    return next(p, o);
}

/// How much of a register a store writes, as a type, and from which element.
template <class A, class T, unsigned kElement>
void storeElement(Processor& p, const Operation* o) {
    if (!Memory<A, T>::store(p, *o, elementAt<T>(p, o->source, kElement))) [[unlikely]]
        return miss<A, &storeElement<Checked, T, kElement>>(p, o);
    return next(p, o);
}

template <class A>
void storeAligned(Processor& p, const Operation* o) {
    if (!AlignedMemory<A>::store(p, *o, vectorAt(p, o->source))) [[unlikely]]
        return miss<A, &storeAligned<Checked>>(p, o);
    return next(p, o);
}

template <class T, unsigned kElement>
constexpr std::array<Handler, 3> kStoreElement{&storeElement<Simple, T, kElement>,
                                               &storeElement<Full, T, kElement>,
                                               &storeElement<Checked, T, kElement>};
constexpr std::array<Handler, 3> kStoreAligned{&storeAligned<Simple>, &storeAligned<Full>,
                                               &storeAligned<Checked>};
constexpr std::array<Handler, 3> kStoreUnaligned = kStoreElement<Vector, 0>;

template <auto kFunction, class T>
constexpr std::array<Handler, 3> kLoad = plainForms<kFunction, T>(ZYDIS_MNEMONIC_INVALID).memory;
template <class T>
constexpr std::array<Handler, 3> kLoadElement{&loadElement<Simple, T>, &loadElement<Full, T>,
                                              &loadElement<Checked, T>};
constexpr std::array<Handler, 3> kLoadUnaligned{&loadUnaligned<Simple>, &loadUnaligned<Full>,
                                                &loadUnaligned<Checked>};

/// What an instruction does for each kind of operands; none where there is no such form.
struct MoveForms {
    ZydisMnemonic mnemonic{};
    Handler registers = nullptr;
    std::array<Handler, 3> load{};
    std::array<Handler, 3> store{};
};

constexpr Handler kCopy = &vectorRegisters<kWhole>;

constexpr MnemonicTable kMoves{std::array{
    MoveForms{ZYDIS_MNEMONIC_MOVAPS, kCopy, kLoad<kWhole, Vector>, kStoreAligned},
    MoveForms{ZYDIS_MNEMONIC_MOVAPD, kCopy, kLoad<kWhole, Vector>, kStoreAligned},
    MoveForms{ZYDIS_MNEMONIC_MOVDQA, kCopy, kLoad<kWhole, Vector>, kStoreAligned},
    MoveForms{ZYDIS_MNEMONIC_MOVUPS, kCopy, kLoadUnaligned, kStoreUnaligned},
    MoveForms{ZYDIS_MNEMONIC_MOVUPD, kCopy, kLoadUnaligned, kStoreUnaligned},
    MoveForms{ZYDIS_MNEMONIC_MOVDQU, kCopy, kLoadUnaligned, kStoreUnaligned},
    MoveForms{ZYDIS_MNEMONIC_LDDQU, nullptr, kLoadUnaligned, {}},
    MoveForms{ZYDIS_MNEMONIC_MOVNTDQA, nullptr, kLoad<kWhole, Vector>, {}},
    MoveForms{ZYDIS_MNEMONIC_MOVNTDQ, nullptr, {}, kStoreAligned},
    MoveForms{ZYDIS_MNEMONIC_MOVNTPS, nullptr, {}, kStoreAligned},
    MoveForms{ZYDIS_MNEMONIC_MOVNTPD, nullptr, {}, kStoreAligned},
    MoveForms{ZYDIS_MNEMONIC_MOVSD, &vectorRegisters<kLowHalf>, kLoadElement<std::uint64_t>,
              kStoreElement<std::uint64_t, 0>},
    MoveForms{ZYDIS_MNEMONIC_MOVSS, &vectorRegisters<kLowSingle>, kLoadElement<std::uint32_t>,
              kStoreElement<std::uint32_t, 0>},
    MoveForms{ZYDIS_MNEMONIC_MOVLPS, nullptr, kLoad<kLowHalf, double>,
              kStoreElement<std::uint64_t, 0>},
    MoveForms{ZYDIS_MNEMONIC_MOVLPD, nullptr, kLoad<kLowHalf, double>,
              kStoreElement<std::uint64_t, 0>},
    MoveForms{ZYDIS_MNEMONIC_MOVHPS, nullptr, kLoad<kHighHalf, double>,
              kStoreElement<std::uint64_t, 1>},
    MoveForms{ZYDIS_MNEMONIC_MOVHPD, nullptr, kLoad<kHighHalf, double>,
              kStoreElement<std::uint64_t, 1>},
    MoveForms{ZYDIS_MNEMONIC_MOVHLPS, &vectorRegisters<kHighToLowHalf>, {}, {}},
    MoveForms{ZYDIS_MNEMONIC_MOVLHPS, &vectorRegisters<kHighHalf>, {}, {}},
    MoveForms{ZYDIS_MNEMONIC_MOVQ, &vectorRegisters<kZeroExtendLowHalf>,
              kLoadElement<std::uint64_t>, kStoreElement<std::uint64_t, 0>},
    MoveForms{ZYDIS_MNEMONIC_MOVD, nullptr, kLoadElement<std::uint32_t>,
              kStoreElement<std::uint32_t, 0>},
}};

/// MOVD and MOVQ between a general register and an XMM register.
template <class T>
void moveFromGeneral(Processor& p, const Operation* o) {
    vectorAt(p, o->destination) = widen(registerValue<T>(p, o->source));
    return next(p, o);
}
template <class T>
void moveToGeneral(Processor& p, const Operation* o) {
    setRegister<T>(p, o->destination, elementAt<T>(p, o->source, 0));
    return next(p, o);
}

Lowered lowerGeneral(const DecodedInstruction& decoded, Operation& operation) {
    if (decoded.mnemonic() != ZYDIS_MNEMONIC_MOVD && decoded.mnemonic() != ZYDIS_MNEMONIC_MOVQ)
        return Lowered::No;
    if (isXmm(decoded, 0) && decoded.isRegister(1)) {
        operation.destination = vectorOffset(decoded, 0);
        operation.source = generalRegister(decoded.operand(1).reg.value);
        operation.handler = decoded.operand(1).size == 64 ? &moveFromGeneral<std::uint64_t>
                                                          : &moveFromGeneral<std::uint32_t>;
        return Lowered::Continue;
    }
    if (decoded.isRegister(0) && isXmm(decoded, 1)) {
        operation.destination = generalRegister(decoded.operand(0).reg.value);
        operation.source = vectorOffset(decoded, 1);
        operation.handler = decoded.operand(0).size == 64 ? &moveToGeneral<std::uint64_t>
                                                          : &moveToGeneral<std::uint32_t>;
        return Lowered::Continue;
    }
    return Lowered::No;
}

}  // namespace

Lowered lowerVectorMove(const DecodedInstruction& decoded, Operation& operation) {
    const MoveForms* forms = kMoves.find(decoded.mnemonic());
    if (forms == nullptr || isMmx(decoded, 0) || isMmx(decoded, 1))
        return Lowered::No;
    if (isXmm(decoded, 0) && isXmm(decoded, 1)) {
        operation.destination = vectorOffset(decoded, 0);
        operation.source = vectorOffset(decoded, 1);
        operation.handler = forms->registers;
        return Lowered::Continue;
    }
    if (isXmm(decoded, 0) && decoded.isMemory(1)) {
        operation.destination = vectorOffset(decoded, 0);
        lowerMemory(forms->load, decoded, 1, operation);
        return Lowered::Continue;
    }
    if (decoded.isMemory(0) && isXmm(decoded, 1)) {
        operation.source = vectorOffset(decoded, 1);
        lowerMemory(forms->store, decoded, 0, operation);
        return Lowered::Continue;
    }
    return lowerGeneral(decoded, operation);
}

}  // namespace hypervisor::software
