// SPDX-License-Identifier: GPL-3.0-or-later
#include "arithmetic.h"
#include "integer_lowering.h"
#include "lowering_support.h"

// MOV, MOVZX, MOVSX, LEA, XCHG, BSWAP, CMOVcc, SETcc, conversions, flag instructions.
namespace hypervisor::software {

namespace {

template <class T>
void moveRegister(Processor& p, const Operation* o) {
    setRegister<T>(p, o->destination, registerValue<T>(p, o->source));
    return next(p, o);
}

template <class T>
void moveImmediate(Processor& p, const Operation* o) {
    setRegister<T>(p, o->destination, static_cast<T>(o->immediate));
    return next(p, o);
}

template <class T, class A>
void load(Processor& p, const Operation* o) {
    const auto value = Memory<A, T>::load(p, *o);
    if (!value) [[unlikely]]
        return miss<A, &load<T, Checked>>(p, o);
    setRegister<T>(p, o->destination, *value);
    return next(p, o);
}

template <class T, class A>
void store(Processor& p, const Operation* o) {
    if (!Memory<A, T>::store(p, *o, registerValue<T>(p, o->source))) [[unlikely]]
        return miss<A, &store<T, Checked>>(p, o);
    return next(p, o);
}

template <class T, class A>
void storeImmediate(Processor& p, const Operation* o) {
    if (!Memory<A, T>::store(p, *o, static_cast<T>(o->immediate))) [[unlikely]]
        return miss<A, &storeImmediate<T, Checked>>(p, o);
    return next(p, o);
}

template <class To, class From>
[[gnu::always_inline]] inline To extended(From value) {
    // Sign extension where From is signed.
    return static_cast<To>(value);
}

template <class To, class From>
void extendRegister(Processor& p, const Operation* o) {
    setRegister<To>(
        p, o->destination,
        extended<To>(static_cast<From>(registerValue<std::make_unsigned_t<From>>(p, o->source))));
    return next(p, o);
}

template <class To, class From, class A>
void extendLoad(Processor& p, const Operation* o) {
    const auto value = Memory<A, From>::load(p, *o);
    if (!value) [[unlikely]]
        return miss<A, &extendLoad<To, From, Checked>>(p, o);
    setRegister<To>(p, o->destination, extended<To>(*value));
    return next(p, o);
}

template <class T, class A>
void loadAddress(Processor& p, const Operation* o) {
    if constexpr (std::is_same_v<A, Checked>) {
        setRegister<T>(p, o->destination, static_cast<T>(p.effectiveAddress(*o)));
    } else {
        setRegister<T>(p, o->destination, static_cast<T>(A::offset(p, *o)));
    }
    return next(p, o);
}

template <class T>
void exchangeRegisters(Processor& p, const Operation* o) {
    const T first = registerValue<T>(p, o->destination);
    const T second = registerValue<T>(p, o->source);
    setRegister<T>(p, o->destination, second);
    setRegister<T>(p, o->source, first);
    return next(p, o);
}

template <class T, class A>
void exchangeMemory(Processor& p, const Operation* o) {
    T* memory = Memory<A, T>::modify(p, *o);
    if (memory == nullptr) [[unlikely]]
        return miss<A, &exchangeMemory<T, Checked>>(p, o);
    T value = registerValue<T>(p, o->source);
    asm volatile("xchg %[v], %[m]" : [v] "+r"(value), [m] "+m"(*memory) : : "memory");
    if (!Memory<A, T>::commit(p)) [[unlikely]]
        return fault(p, o);
    setRegister<T>(p, o->source, value);
    return next(p, o);
}

template <class T>
void swapBytes(Processor& p, const Operation* o) {
    const T value = registerValue<T>(p, o->destination);
    T swapped;
    // Of a 16-bit register the result is undefined; processors deliver zero.
    if constexpr (sizeof(T) == 2)
        swapped = 0;
    else if constexpr (sizeof(T) == 4)
        swapped = __builtin_bswap32(value);
    else
        swapped = __builtin_bswap64(value);
    setRegister<T>(p, o->destination, swapped);
    return next(p, o);
}

template <unsigned kCode, class T>
void conditionalMove(Processor& p, const Operation* o) {
    const T chosen = condition<kCode>(p.flags) ? registerValue<T>(p, o->source)
                                               : registerValue<T>(p, o->destination);
    setRegister<T>(p, o->destination, chosen);
    return next(p, o);
}

template <unsigned kCode, class T, class A>
void conditionalLoad(Processor& p, const Operation* o) {
    // The operand is read, and may fault, whatever the condition is.
    const auto value = Memory<A, T>::load(p, *o);
    if (!value) [[unlikely]]
        return miss<A, &conditionalLoad<kCode, T, Checked>>(p, o);
    const T loaded = *value;
    setRegister<T>(p, o->destination,
                   condition<kCode>(p.flags) ? loaded : registerValue<T>(p, o->destination));
    return next(p, o);
}

template <unsigned kCode>
void setOnCondition(Processor& p, const Operation* o) {
    registerAt<std::uint8_t>(p, o->destination) = condition<kCode>(p.flags) ? 1 : 0;
    return next(p, o);
}

template <unsigned kCode, class A>
void storeOnCondition(Processor& p, const Operation* o) {
    if (!Memory<A, std::uint8_t>::store(p, *o, condition<kCode>(p.flags) ? 1 : 0)) [[unlikely]]
        return miss<A, &storeOnCondition<kCode, Checked>>(p, o);
    return next(p, o);
}

/// CBW, CWDE, CDQE: T is what comes out.
template <class T, class From>
void extendAccumulator(Processor& p, const Operation* o) {
    setRegister<T>(p, 0,
                   static_cast<T>(static_cast<std::make_signed_t<T>>(
                       static_cast<From>(registerValue<std::make_unsigned_t<From>>(p, 0)))));
    return next(p, o);
}

/// CWD, CDQ, CQO.
template <class T>
void extendIntoRdx(Processor& p, const Operation* o) {
    const bool negative = (registerValue<T>(p, 0) >> (sizeof(T) * 8 - 1)) != 0;
    setRegister<T>(p, 2 * 8, negative ? static_cast<T>(~T{0}) : T{0});
    return next(p, o);
}

void flagsToAh(Processor& p, const Operation* o) {
    registerAt<std::uint8_t>(p, 1) = static_cast<std::uint8_t>(p.flags >> 8 | 2);
    return next(p, o);
}
void ahToFlags(Processor& p, const Operation* o) {
    const unsigned ah = registerAt<std::uint8_t>(p, 1);
    p.flags = static_cast<FlagsImage>((p.flags & 0xFF) | ((ah & 0xD5) | 2) << 8);
    return next(p, o);
}
void clearCarry(Processor& p, const Operation* o) {
    p.flags = static_cast<FlagsImage>(p.flags & ~image::kCarry);
    return next(p, o);
}
void setCarry(Processor& p, const Operation* o) {
    p.flags = static_cast<FlagsImage>(p.flags | image::kCarry);
    return next(p, o);
}
void complementCarry(Processor& p, const Operation* o) {
    p.flags = static_cast<FlagsImage>(p.flags ^ image::kCarry);
    return next(p, o);
}
void clearDirection(Processor& p, const Operation* o) {
    p.systemFlags &= ~rflags::kDirection;
    return next(p, o);
}
void setDirection(Processor& p, const Operation* o) {
    p.systemFlags |= rflags::kDirection;
    return next(p, o);
}

/// XLAT: encodeMemory() has put RBX in as the base; AL comes on top.
void translateByte(Processor& p, const Operation& o) {
    std::uint64_t address = p.effectiveAddress(o) + registerAt<std::uint8_t>(p, 0);
    if (o.addressBits != 64)
        address &= o.addressBits == 32 ? 0xFFFF'FFFF : 0xFFFF;
    const auto linear = p.linear(static_cast<SegmentName>(o.segment), address, 1, Access::Read);
    if (!linear)
        return;
    if (const auto value = p.read<std::uint8_t>(*linear))
        registerAt<std::uint8_t>(p, 0) = *value;
}

Lowered lowerMove(const DecodedInstruction& d, Operation& o) {
    const unsigned bits = d.operand(0).size;
    if (d.isMemory(0)) {
        const Addressing addressing = encodeMemory(d, d.operand(0), o);
        if (d.isImmediate(1)) {
            o.immediate = d.operand(1).imm.value.u;
            o.handler = withSize(bits, [&]<class T>() {
                return pick(addressing, []<class A>() -> Handler { return &storeImmediate<T, A>; });
            });
        } else {
            o.source = generalRegister(d.operand(1).reg.value);
            o.handler = withSize(bits, [&]<class T>() {
                return pick(addressing, []<class A>() -> Handler { return &store<T, A>; });
            });
        }
        return Lowered::Continue;
    }
    o.destination = generalRegister(d.operand(0).reg.value);
    if (d.isImmediate(1)) {
        o.immediate = d.operand(1).imm.value.u;
        o.handler = withSize(bits, []<class T>() -> Handler { return &moveImmediate<T>; });
    } else if (d.isMemory(1)) {
        const Addressing addressing = encodeMemory(d, d.operand(1), o);
        o.handler = withSize(bits, [&]<class T>() {
            return pick(addressing, []<class A>() -> Handler { return &load<T, A>; });
        });
    } else {
        o.source = generalRegister(d.operand(1).reg.value);
        o.handler = withSize(bits, []<class T>() -> Handler { return &moveRegister<T>; });
    }
    return Lowered::Continue;
}

template <class To, class From>
Lowered lowerExtend(const DecodedInstruction& d, Operation& o) {
    o.destination = generalRegister(d.operand(0).reg.value);
    if (d.isMemory(1)) {
        o.handler = pick(encodeMemory(d, d.operand(1), o),
                         []<class A>() -> Handler { return &extendLoad<To, From, A>; });
    } else {
        o.source = generalRegister(d.operand(1).reg.value);
        o.handler = &extendRegister<To, From>;
    }
    return Lowered::Continue;
}

template <bool kSigned>
Lowered lowerExtend(const DecodedInstruction& d, Operation& o) {
    return withWordSize(d.operand(0).size, [&]<class To>() {
        switch (d.operand(1).size) {
            case 8:
                return lowerExtend<To, std::conditional_t<kSigned, std::int8_t, std::uint8_t>>(d,
                                                                                               o);
            case 16:
                return lowerExtend<To, std::conditional_t<kSigned, std::int16_t, std::uint16_t>>(d,
                                                                                                 o);
            default:
                return lowerExtend<To, std::conditional_t<kSigned, std::int32_t, std::uint32_t>>(d,
                                                                                                 o);
        }
    });
}

Lowered lowerLea(const DecodedInstruction& d, Operation& o) {
    o.destination = generalRegister(d.operand(0).reg.value);
    Addressing addressing = encodeMemory(d, d.operand(1), o);
    // What segment it is means nothing here.
    if (addressing == Addressing::Full && o.index == kZero)
        addressing = Addressing::Simple;
    else if (!d.is64Bit() && o.scale != kWideDisplacement)
        addressing = segmented(o.addressBits);
    o.handler = withWordSize(d.operand(0).size, [&]<class T>() {
        return pick(addressing, []<class A>() -> Handler { return &loadAddress<T, A>; });
    });
    return Lowered::Continue;
}

Lowered lowerExchange(const DecodedInstruction& d, Operation& o) {
    const unsigned bits = d.operand(0).size;
    const unsigned memory = d.isMemory(0) ? 0 : 1;
    if (d.isMemory(memory)) {
        o.source = generalRegister(d.operand(1 - memory).reg.value);
        const Addressing addressing = encodeMemory(d, d.operand(memory), o);
        o.handler = withSize(bits, [&]<class T>() {
            return pickFew(addressing, []<class A>() -> Handler { return &exchangeMemory<T, A>; });
        });
        return Lowered::Continue;
    }
    o.destination = generalRegister(d.operand(0).reg.value);
    o.source = generalRegister(d.operand(1).reg.value);
    o.handler = withSize(bits, []<class T>() -> Handler { return &exchangeRegisters<T>; });
    return Lowered::Continue;
}

template <unsigned kCode>
Lowered lowerConditionalMove(const DecodedInstruction& d, Operation& o) {
    o.destination = generalRegister(d.operand(0).reg.value);
    if (d.isMemory(1)) {
        const Addressing addressing = encodeMemory(d, d.operand(1), o);
        o.handler = withWordSize(d.operand(0).size, [&]<class T>() {
            return pickFew(addressing,
                           []<class A>() -> Handler { return &conditionalLoad<kCode, T, A>; });
        });
    } else {
        o.source = generalRegister(d.operand(1).reg.value);
        o.handler = withWordSize(d.operand(0).size,
                                 []<class T>() -> Handler { return &conditionalMove<kCode, T>; });
    }
    return Lowered::Continue;
}

template <unsigned kCode>
Lowered lowerSet(const DecodedInstruction& d, Operation& o) {
    if (d.isMemory(0)) {
        o.handler = pickFew(encodeMemory(d, d.operand(0), o),
                            []<class A>() -> Handler { return &storeOnCondition<kCode, A>; });
    } else {
        o.destination = generalRegister(d.operand(0).reg.value);
        o.handler = &setOnCondition<kCode>;
    }
    return Lowered::Continue;
}

}  // namespace

Lowered lowerMoves(const DecodedInstruction& d, Operation& o) {
    const auto plain = [&o](Handler handler) {
        o.handler = handler;
        return Lowered::Continue;
    };
    if (const auto code = conditionOf(d.mnemonic(), ConditionalKind::Move))
        return withCondition(*code,
                             [&]<unsigned kCode>() { return lowerConditionalMove<kCode>(d, o); });
    if (const auto code = conditionOf(d.mnemonic(), ConditionalKind::Set))
        return withCondition(*code, [&]<unsigned kCode>() { return lowerSet<kCode>(d, o); });
    switch (d.mnemonic()) {
        case ZYDIS_MNEMONIC_MOV:
            // Segment, control and debug registers are system instructions.
            for (unsigned i = 0; i < 2; ++i)
                if (d.isRegister(i)) {
                    const ZydisRegisterClass kind = ZydisRegisterGetClass(d.operand(i).reg.value);
                    if (kind != ZYDIS_REGCLASS_GPR8 && kind != ZYDIS_REGCLASS_GPR16 &&
                        kind != ZYDIS_REGCLASS_GPR32 && kind != ZYDIS_REGCLASS_GPR64)
                        return Lowered::No;
                }
            return lowerMove(d, o);
        case ZYDIS_MNEMONIC_MOVZX:
            return lowerExtend<false>(d, o);
        case ZYDIS_MNEMONIC_MOVSX:
        case ZYDIS_MNEMONIC_MOVSXD:
            // With 16 bits MOVSXD reads no more than it writes.
            if (d.operand(0).size <= d.operand(1).size)
                return lowerMove(d, o);
            return lowerExtend<true>(d, o);
        case ZYDIS_MNEMONIC_LEA:
            return lowerLea(d, o);
        case ZYDIS_MNEMONIC_XCHG:
            return lowerExchange(d, o);
        case ZYDIS_MNEMONIC_BSWAP:
            o.destination = generalRegister(d.operand(0).reg.value);
            return plain(withWordSize(d.operand(0).size,
                                      []<class T>() -> Handler { return &swapBytes<T>; }));
        case ZYDIS_MNEMONIC_CBW:
            return plain(&extendAccumulator<std::uint16_t, std::int8_t>);
        case ZYDIS_MNEMONIC_CWDE:
            return plain(&extendAccumulator<std::uint32_t, std::int16_t>);
        case ZYDIS_MNEMONIC_CDQE:
            return plain(&extendAccumulator<std::uint64_t, std::int32_t>);
        case ZYDIS_MNEMONIC_CWD:
            return plain(&extendIntoRdx<std::uint16_t>);
        case ZYDIS_MNEMONIC_CDQ:
            return plain(&extendIntoRdx<std::uint32_t>);
        case ZYDIS_MNEMONIC_CQO:
            return plain(&extendIntoRdx<std::uint64_t>);
        case ZYDIS_MNEMONIC_LAHF:
            return plain(&flagsToAh);
        case ZYDIS_MNEMONIC_SAHF:
            return plain(&ahToFlags);
        case ZYDIS_MNEMONIC_CLC:
            return plain(&clearCarry);
        case ZYDIS_MNEMONIC_STC:
            return plain(&setCarry);
        case ZYDIS_MNEMONIC_CMC:
            return plain(&complementCarry);
        case ZYDIS_MNEMONIC_CLD:
            return plain(&clearDirection);
        case ZYDIS_MNEMONIC_STD:
            return plain(&setDirection);
        case ZYDIS_MNEMONIC_XLAT:
            for (unsigned i = 0; i < d.instruction.operand_count; ++i)
                if (d.operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY) {
                    static_cast<void>(encodeMemory(d, d.operands[i], o));
                    o.index = kZero;
                    return plain(&plainOperation<&translateByte>);
                }
            return Lowered::No;
        default:
            return Lowered::No;
    }
}

}  // namespace hypervisor::software
