// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "arithmetic.h"
#include "control_transfer.h"
#include "fusion.h"
#include "lowering_support.h"

// ADD to CMP and TEST, INC, DEC, NEG, NOT; and their fusion with a conditional jump that follows.
namespace hypervisor::software {

namespace {

/// What a fused handler does after the arithmetic: the jump is the operation behind it.
template <unsigned kCode, bool kWithinPage>
[[gnu::always_inline]] inline void jumpAfter(Processor& p, const Operation* o, FlagsImage flags) {
    if (condition<kCode>(flags))
        return transferDirect<kWithinPage>(p, o + 1);
    return next(p, o + 1);
}

/// A continuation of 32 means none: a plain operation. Else the condition code of the jump, and
/// 16 for a jump within the page.
template <unsigned kContinuation>
[[gnu::always_inline]] inline void proceed(Processor& p, const Operation* o, FlagsImage flags) {
    if constexpr (kContinuation == kNoJump)
        return next(p, o);
    else
        return jumpAfter<kContinuation & 15, (kContinuation & kJumpWithinPage) != 0>(p, o, flags);
}

template <Alu kKind, class T, unsigned kContinuation>
void aluRegisterRegister(Processor& p, const Operation* o) {
    T value = registerValue<T>(p, o->destination);
    FlagsImage flags = p.flags;
    compute<kKind, T>(value, registerValue<T>(p, o->source), flags);
    if constexpr (writesResult(kKind))
        setRegister<T>(p, o->destination, value);
    p.flags = flags;
    return proceed<kContinuation>(p, o, flags);
}

template <Alu kKind, class T, unsigned kContinuation>
void aluRegisterImmediate(Processor& p, const Operation* o) {
    T value = registerValue<T>(p, o->destination);
    FlagsImage flags = p.flags;
    compute<kKind, T>(value, static_cast<T>(o->immediate), flags);
    if constexpr (writesResult(kKind))
        setRegister<T>(p, o->destination, value);
    p.flags = flags;
    return proceed<kContinuation>(p, o, flags);
}

template <Alu kKind, class T, class A, unsigned kContinuation>
void aluRegisterMemory(Processor& p, const Operation* o) {
    const auto source = Memory<A, T>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &aluRegisterMemory<kKind, T, Checked, kNoJump>>(p, o);
    T value = registerValue<T>(p, o->destination);
    FlagsImage flags = p.flags;
    compute<kKind, T>(value, *source, flags);
    if constexpr (writesResult(kKind))
        setRegister<T>(p, o->destination, value);
    p.flags = flags;
    return proceed<kContinuation>(p, o, flags);
}

/// CMP and TEST with a memory operand first, which they only read.
template <Alu kKind, class T, class A, bool kImmediate, unsigned kContinuation>
void compareMemory(Processor& p, const Operation* o) {
    const auto memory = Memory<A, T>::load(p, *o);
    if (!memory) [[unlikely]]
        return miss<A, &compareMemory<kKind, T, Checked, kImmediate, kNoJump>>(p, o);
    T value = *memory;
    FlagsImage flags;
    if constexpr (kImmediate)
        compute<kKind, T>(value, static_cast<T>(o->immediate), flags);
    else
        compute<kKind, T>(value, registerValue<T>(p, o->source), flags);
    p.flags = flags;
    return proceed<kContinuation>(p, o, flags);
}

template <Alu kKind, class T, class A, bool kImmediate, bool kLocked>
void aluMemory(Processor& p, const Operation* o) {
    T* memory = Memory<A, T>::modify(p, *o);
    if (memory == nullptr) [[unlikely]]
        return miss<A, &aluMemory<kKind, T, Checked, kImmediate, kLocked>>(p, o);
    const T operand = kImmediate ? static_cast<T>(o->immediate) : registerValue<T>(p, o->source);
    FlagsImage flags = p.flags;
    if constexpr (kLocked) {
        computeLocked<kKind, T>(memory, operand, flags);
    } else {
        auto* plain = reinterpret_cast<volatile GuestValue<T>*>(memory);
        T value = plain->value;
        compute<kKind, T>(value, operand, flags);
        plain->value = value;
    }
    if (!Memory<A, T>::commit(p)) [[unlikely]]
        return fault(p, o);
    p.flags = flags;
    return next(p, o);
}

template <Unary kKind, class T>
void unaryRegister(Processor& p, const Operation* o) {
    T value = registerValue<T>(p, o->destination);
    FlagsImage flags = p.flags;
    computeUnary<kKind, T>(value, flags);
    setRegister<T>(p, o->destination, value);
    p.flags = flags;
    return next(p, o);
}

template <Unary kKind, class T, class A, bool kLocked>
void unaryMemory(Processor& p, const Operation* o) {
    T* memory = Memory<A, T>::modify(p, *o);
    if (memory == nullptr) [[unlikely]]
        return miss<A, &unaryMemory<kKind, T, Checked, kLocked>>(p, o);
    FlagsImage flags = p.flags;
    if constexpr (kLocked) {
        computeUnaryLocked<kKind, T>(memory, flags);
    } else {
        auto* plain = reinterpret_cast<volatile GuestValue<T>*>(memory);
        T value = plain->value;
        computeUnary<kKind, T>(value, flags);
        plain->value = value;
    }
    if (!Memory<A, T>::commit(p)) [[unlikely]]
        return fault(p, o);
    p.flags = flags;
    return next(p, o);
}

/// xor eax, eax and its like: the common way to say zero.
void clearRegister(Processor& p, const Operation* o) {
    registerAt<std::uint64_t>(p, o->destination) = 0;
    p.flags = image::kZero | image::kParity | 0x0200;
    return next(p, o);
}

// Fusion. A fused form whose memory operand needs more care starts again as the plain form; the
// jump is still behind it. The forms that compilers put before a conditional jump; each has one
// handler for every condition, near and far.

template <class Function, unsigned... kContinuation>
constexpr std::array<Handler, 32> fusedRow(Function function,
                                           std::integer_sequence<unsigned, kContinuation...>) {
    return {function.template operator()<kContinuation>()...};
}
template <class Function>
constexpr std::array<Handler, 32> fusedRow(Function function) {
    // Fusion saves a dispatch; builds that are not made for speed are spared the handlers.
    if constexpr (kThreaded)
        return fusedRow(function, std::make_integer_sequence<unsigned, 32>{});
    else
        return {};
}

template <Alu kKind, class T>
constexpr auto kRegisterRegisterRow = fusedRow([]<unsigned kC>() -> Handler {
    return &aluRegisterRegister<kKind, T, kC>;
});
template <Alu kKind, class T>
constexpr auto kRegisterImmediateRow = fusedRow([]<unsigned kC>() -> Handler {
    return &aluRegisterImmediate<kKind, T, kC>;
});
template <Alu kKind, class T>
constexpr auto kRegisterMemoryRow = fusedRow([]<unsigned kC>() -> Handler {
    return &aluRegisterMemory<kKind, T, Full, kC>;
});
template <Alu kKind, class T>
constexpr auto kMemoryImmediateRow = fusedRow([]<unsigned kC>() -> Handler {
    return &compareMemory<kKind, T, Full, true, kC>;
});
template <Alu kKind, class T>
constexpr auto kMemoryRegisterRow = fusedRow([]<unsigned kC>() -> Handler {
    return &compareMemory<kKind, T, Full, false, kC>;
});

using Row = std::array<Handler, 32>;
constexpr std::array<const Row*, static_cast<std::size_t>(Fusible::kCount)> kFusedRows{
    nullptr,
    &kRegisterRegisterRow<Alu::Cmp, std::uint8_t>,
    &kRegisterRegisterRow<Alu::Cmp, std::uint16_t>,
    &kRegisterRegisterRow<Alu::Cmp, std::uint32_t>,
    &kRegisterRegisterRow<Alu::Cmp, std::uint64_t>,
    &kRegisterImmediateRow<Alu::Cmp, std::uint8_t>,
    &kRegisterImmediateRow<Alu::Cmp, std::uint16_t>,
    &kRegisterImmediateRow<Alu::Cmp, std::uint32_t>,
    &kRegisterImmediateRow<Alu::Cmp, std::uint64_t>,
    &kRegisterMemoryRow<Alu::Cmp, std::uint8_t>,
    &kRegisterMemoryRow<Alu::Cmp, std::uint16_t>,
    &kRegisterMemoryRow<Alu::Cmp, std::uint32_t>,
    &kRegisterMemoryRow<Alu::Cmp, std::uint64_t>,
    &kMemoryImmediateRow<Alu::Cmp, std::uint8_t>,
    &kMemoryImmediateRow<Alu::Cmp, std::uint16_t>,
    &kMemoryImmediateRow<Alu::Cmp, std::uint32_t>,
    &kMemoryImmediateRow<Alu::Cmp, std::uint64_t>,
    &kMemoryRegisterRow<Alu::Cmp, std::uint8_t>,
    &kMemoryRegisterRow<Alu::Cmp, std::uint16_t>,
    &kMemoryRegisterRow<Alu::Cmp, std::uint32_t>,
    &kMemoryRegisterRow<Alu::Cmp, std::uint64_t>,
    &kRegisterRegisterRow<Alu::Test, std::uint8_t>,
    &kRegisterRegisterRow<Alu::Test, std::uint16_t>,
    &kRegisterRegisterRow<Alu::Test, std::uint32_t>,
    &kRegisterRegisterRow<Alu::Test, std::uint64_t>,
    &kRegisterImmediateRow<Alu::Test, std::uint8_t>,
    &kRegisterImmediateRow<Alu::Test, std::uint16_t>,
    &kRegisterImmediateRow<Alu::Test, std::uint32_t>,
    &kRegisterImmediateRow<Alu::Test, std::uint64_t>,
    &kMemoryImmediateRow<Alu::Test, std::uint8_t>,
    &kMemoryImmediateRow<Alu::Test, std::uint16_t>,
    &kMemoryImmediateRow<Alu::Test, std::uint32_t>,
    &kMemoryImmediateRow<Alu::Test, std::uint64_t>,
    &kRegisterImmediateRow<Alu::Sub, std::uint32_t>,
    &kRegisterImmediateRow<Alu::Sub, std::uint64_t>,
    &kRegisterImmediateRow<Alu::Add, std::uint32_t>,
    &kRegisterImmediateRow<Alu::Add, std::uint64_t>,
    &kRegisterImmediateRow<Alu::And, std::uint32_t>,
};

constexpr Fusible sized(Fusible first, unsigned bits) {
    const unsigned step = bits == 8 ? 0 : bits == 16 ? 1 : bits == 32 ? 2 : 3;
    return static_cast<Fusible>(static_cast<unsigned>(first) + step);
}

template <Alu kKind>
Fusible fusibleForm(bool destinationMemory, bool sourceMemory, bool immediate, unsigned bits) {
    if constexpr (kKind == Alu::Cmp) {
        if (destinationMemory)
            return sized(
                immediate ? Fusible::kCompareMemoryImmediate8 : Fusible::kCompareMemoryRegister8,
                bits);
        if (sourceMemory)
            return sized(Fusible::kCompareRegisterMemory8, bits);
        return sized(immediate ? Fusible::kCompareImmediate8 : Fusible::kCompareRegister8, bits);
    } else if constexpr (kKind == Alu::Test) {
        if (destinationMemory)
            return immediate ? sized(Fusible::kTestMemoryImmediate8, bits) : Fusible::kNone;
        return sized(immediate ? Fusible::kTestImmediate8 : Fusible::kTestRegister8, bits);
    } else if (immediate && !destinationMemory && bits >= 32) {
        if constexpr (kKind == Alu::Sub)
            return bits == 32 ? Fusible::kSubtractImmediate32 : Fusible::kSubtractImmediate64;
        else if constexpr (kKind == Alu::Add)
            return bits == 32 ? Fusible::kAddImmediate32 : Fusible::kAddImmediate64;
        else if constexpr (kKind == Alu::And)
            return bits == 32 ? Fusible::kAndImmediate32 : Fusible::kNone;
    }
    return Fusible::kNone;
}

template <Alu kKind>
Lowered lowerAlu(const DecodedInstruction& d, Operation& o) {
    const unsigned bits = d.operand(0).size;
    const bool immediate = d.isImmediate(1);
    if (immediate)
        o.immediate = d.operand(1).imm.value.u;
    const bool locked = d.hasAttribute(ZYDIS_ATTRIB_HAS_LOCK);

    if (d.isMemory(0)) {
        const Addressing addressing = encodeMemory(d, d.operand(0), o);
        if (!immediate)
            o.source = generalRegister(d.operand(1).reg.value);
        o.handler = withSize(bits, [&]<class T>() {
            if constexpr (!writesResult(kKind)) {
                return immediate ? pick(addressing,
                                        []<class A>() -> Handler {
                                            return &compareMemory<kKind, T, A, true, kNoJump>;
                                        })
                                 : pick(addressing, []<class A>() -> Handler {
                                       return &compareMemory<kKind, T, A, false, kNoJump>;
                                   });
            } else {
                if (locked)
                    return immediate ? pickFew(addressing,
                                               []<class A>() -> Handler {
                                                   return &aluMemory<kKind, T, A, true, true>;
                                               })
                                     : pickFew(addressing, []<class A>() -> Handler {
                                           return &aluMemory<kKind, T, A, false, true>;
                                       });
                return immediate ? pick(addressing,
                                        []<class A>() -> Handler {
                                            return &aluMemory<kKind, T, A, true, false>;
                                        })
                                 : pick(addressing, []<class A>() -> Handler {
                                       return &aluMemory<kKind, T, A, false, false>;
                                   });
            }
        });
        if (isLong(addressing))
            o.extra = static_cast<std::uint16_t>(fusibleForm<kKind>(true, false, immediate, bits));
        return Lowered::Continue;
    }

    o.destination = generalRegister(d.operand(0).reg.value);
    if (immediate) {
        o.handler = withSize(
            bits, []<class T>() -> Handler { return &aluRegisterImmediate<kKind, T, kNoJump>; });
        o.extra = static_cast<std::uint16_t>(fusibleForm<kKind>(false, false, true, bits));
        return Lowered::Continue;
    }
    if (d.isMemory(1)) {
        const Addressing addressing = encodeMemory(d, d.operand(1), o);
        o.handler = withSize(bits, [&]<class T>() {
            return pick(addressing, []<class A>() -> Handler {
                return &aluRegisterMemory<kKind, T, A, kNoJump>;
            });
        });
        if (isLong(addressing))
            o.extra = static_cast<std::uint16_t>(fusibleForm<kKind>(false, true, false, bits));
        return Lowered::Continue;
    }
    o.source = generalRegister(d.operand(1).reg.value);
    if ((kKind == Alu::Xor || kKind == Alu::Sub) && bits >= 32 && o.source == o.destination) {
        // SUB sets the same flags as XOR here, and clears AF, which XOR leaves undefined.
        o.handler = &clearRegister;
        return Lowered::Continue;
    }
    o.handler = withSize(
        bits, []<class T>() -> Handler { return &aluRegisterRegister<kKind, T, kNoJump>; });
    o.extra = static_cast<std::uint16_t>(fusibleForm<kKind>(false, false, false, bits));
    return Lowered::Continue;
}

template <Unary kKind>
Lowered lowerUnary(const DecodedInstruction& d, Operation& o) {
    const unsigned bits = d.operand(0).size;
    if (d.isMemory(0)) {
        const Addressing addressing = encodeMemory(d, d.operand(0), o);
        const bool locked = d.hasAttribute(ZYDIS_ATTRIB_HAS_LOCK);
        o.handler = withSize(bits, [&]<class T>() {
            return locked ? pickFew(addressing,
                                    []<class A>() -> Handler {
                                        return &unaryMemory<kKind, T, A, true>;
                                    })
                          : pickFew(addressing, []<class A>() -> Handler {
                                return &unaryMemory<kKind, T, A, false>;
                            });
        });
    } else {
        o.destination = generalRegister(d.operand(0).reg.value);
        o.handler = withSize(bits, []<class T>() -> Handler { return &unaryRegister<kKind, T>; });
    }
    return Lowered::Continue;
}

}  // namespace

Handler fused(Fusible form, unsigned conditionCode, bool withinPage) {
    const Row* row = kFusedRows[static_cast<std::size_t>(form)];
    return row == nullptr ? nullptr : (*row)[conditionCode | (withinPage ? kJumpWithinPage : 0)];
}

Lowered lowerArithmetic(const DecodedInstruction& d, Operation& o) {
    switch (d.mnemonic()) {
        case ZYDIS_MNEMONIC_ADD:
            return lowerAlu<Alu::Add>(d, o);
        case ZYDIS_MNEMONIC_OR:
            return lowerAlu<Alu::Or>(d, o);
        case ZYDIS_MNEMONIC_ADC:
            return lowerAlu<Alu::Adc>(d, o);
        case ZYDIS_MNEMONIC_SBB:
            return lowerAlu<Alu::Sbb>(d, o);
        case ZYDIS_MNEMONIC_AND:
            return lowerAlu<Alu::And>(d, o);
        case ZYDIS_MNEMONIC_SUB:
            return lowerAlu<Alu::Sub>(d, o);
        case ZYDIS_MNEMONIC_XOR:
            return lowerAlu<Alu::Xor>(d, o);
        case ZYDIS_MNEMONIC_CMP:
            return lowerAlu<Alu::Cmp>(d, o);
        case ZYDIS_MNEMONIC_TEST:
            return lowerAlu<Alu::Test>(d, o);
        case ZYDIS_MNEMONIC_INC:
            return lowerUnary<Unary::Inc>(d, o);
        case ZYDIS_MNEMONIC_DEC:
            return lowerUnary<Unary::Dec>(d, o);
        case ZYDIS_MNEMONIC_NEG:
            return lowerUnary<Unary::Neg>(d, o);
        case ZYDIS_MNEMONIC_NOT:
            return lowerUnary<Unary::Not>(d, o);
        default:
            return Lowered::No;
    }
}

}  // namespace hypervisor::software
