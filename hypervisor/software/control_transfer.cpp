// SPDX-License-Identifier: GPL-3.0-or-later
#include "control_transfer.h"

#include "arithmetic.h"
#include "fusion.h"
#include "integer_lowering.h"
#include "lowering_support.h"
#include "stack_access.h"

// Near JMP, Jcc, CALL, RET, LOOPcc, JrCXZ.
namespace hypervisor::software {

namespace {

/// Where an instruction goes next, outside of 64-bit mode: cut to the operand size. False where
/// that is not in CS: #GP.
[[nodiscard, gnu::always_inline]] inline bool cutTarget(Processor& p, std::uint64_t& target,
                                                        unsigned bits) {
    target &= ~std::uint64_t{0} >> (64 - bits);
    return target <= p[SegmentName::Cs].limit;
}

[[nodiscard]] std::uint64_t directTarget(Processor& p, const Operation& o) {
    return p.registers[kBlockStart / 8] + static_cast<std::uint64_t>(std::int64_t{o.displacement});
}

// 64-bit mode.

template <bool kWithinPage>
void jump(Processor& p, const Operation* o) {
    return transferDirect<kWithinPage>(p, o);
}

template <unsigned kCode, bool kWithinPage>
void jumpIf(Processor& p, const Operation* o) {
    if (condition<kCode>(p.flags))
        return transferDirect<kWithinPage>(p, o);
    return next(p, o);
}

template <class A>
void call(Processor& p, const Operation* o) {
    const std::uint64_t back = p.registers[kBlockStart / 8] + o->offset + o->length;
    if (!Stack<A, std::uint64_t>::writeBelow(p, back)) [[unlikely]]
        return miss<A, &call<Checked>>(p, o);
    Stack<A, std::uint64_t>::move(p, -8);
    return transferDirect<false>(p, o);
}

/// RET, with kRelease also of `immediate` bytes of arguments.
template <class A, bool kRelease>
void returnNear(Processor& p, const Operation* o) {
    const auto top = Stack<A, std::uint64_t>::top(p);
    if (!top) [[unlikely]]
        return miss<A, &returnNear<Checked, kRelease>>(p, o);
    const std::uint64_t target = *top;
    if (!p.isCanonical(target)) [[unlikely]]
        return faultGeneralProtection(p, o);
    Stack<A, std::uint64_t>::move(p, kRelease ? 8 + static_cast<std::int64_t>(o->immediate) : 8);
    return transfer(p, target);
}

template <class A>
void jumpMemory(Processor& p, const Operation* o) {
    const auto value = Memory<A, std::uint64_t>::load(p, *o);
    if (!value) [[unlikely]]
        return miss<A, &jumpMemory<Checked>>(p, o);
    const std::uint64_t target = *value;
    if (!p.isCanonical(target)) [[unlikely]]
        return faultGeneralProtection(p, o);
    return transfer(p, target);
}

void jumpRegister(Processor& p, const Operation* o) {
    const std::uint64_t target = registerAt<std::uint64_t>(p, o->source);
    if (!p.isCanonical(target)) [[unlikely]]
        return faultGeneralProtection(p, o);
    return transfer(p, target);
}

template <class A>
void callRegister(Processor& p, const Operation* o) {
    const std::uint64_t target = registerAt<std::uint64_t>(p, o->source);
    if (!p.isCanonical(target)) [[unlikely]]
        return faultGeneralProtection(p, o);
    const std::uint64_t back = p.registers[kBlockStart / 8] + o->offset + o->length;
    if (!Stack<A, std::uint64_t>::writeBelow(p, back)) [[unlikely]]
        return miss<A, &callRegister<Checked>>(p, o);
    Stack<A, std::uint64_t>::move(p, -8);
    return transfer(p, target);
}

template <class A>
void callMemory(Processor& p, const Operation* o) {
    const auto value = Memory<A, std::uint64_t>::load(p, *o);
    if (!value) [[unlikely]]
        return miss<A, &callMemory<Checked>>(p, o);
    const std::uint64_t target = *value;
    if (!p.isCanonical(target)) [[unlikely]]
        return faultGeneralProtection(p, o);
    const std::uint64_t back = p.registers[kBlockStart / 8] + o->offset + o->length;
    using Long = std::conditional_t<std::is_same_v<A, Checked>, Checked, LongStack>;
    if (!Stack<Long, std::uint64_t>::writeBelow(p, back)) [[unlikely]]
        return miss<A, &callMemory<Checked>>(p, o);
    Stack<Long, std::uint64_t>::move(p, -8);
    return transfer(p, target);
}

/// Whether a LOOP or JrCXZ with this mnemonic jumps; counts down for LOOP.
template <ZydisMnemonic kMnemonic>
[[nodiscard]] bool countAndDecide(Processor& p, unsigned addressBits) {
    const bool isLoop = kMnemonic == ZYDIS_MNEMONIC_LOOP || kMnemonic == ZYDIS_MNEMONIC_LOOPE ||
                        kMnemonic == ZYDIS_MNEMONIC_LOOPNE;
    constexpr RegisterOffset kRcx = 8;
    const auto decide = [&]<class T>() {
        T count = registerValue<T>(p, kRcx);
        if (!isLoop)
            return count == 0;
        --count;
        setRegister<T>(p, kRcx, count);
        const bool zero = (p.flags & image::kZero) != 0;
        return count != 0 &&
               (kMnemonic == ZYDIS_MNEMONIC_LOOP || (kMnemonic == ZYDIS_MNEMONIC_LOOPE) == zero);
    };
    return withWordSize(addressBits, decide);
}

template <ZydisMnemonic kMnemonic>
void loopLong(Processor& p, const Operation* o) {
    if (countAndDecide<kMnemonic>(p, o->addressBits))
        return transferDirect<false>(p, o);
    return next(p, o);
}

// Other modes: transfers check CS's limit and go through the run loop's look-up, chained only
// within a page. `extra` is the operand size in bits.

void transferLegacy(Processor& p, const Operation* o) {
    std::uint64_t target = directTarget(p, *o);
    if (!cutTarget(p, target, o->extra)) [[unlikely]]
        return faultGeneralProtection(p, o);
    return transfer(p, target);
}

template <unsigned kCode>
void jumpIfLegacy(Processor& p, const Operation* o) {
    if (condition<kCode>(p.flags))
        return transferLegacy(p, o);
    return next(p, o);
}

template <ZydisMnemonic kMnemonic>
void loopLegacy(Processor& p, const Operation* o) {
    const std::uint64_t before = p.registers[1];
    if (!countAndDecide<kMnemonic>(p, o->addressBits))
        return next(p, o);
    std::uint64_t target = directTarget(p, *o);
    if (!cutTarget(p, target, o->extra)) [[unlikely]] {
        p.registers[1] = before;
        return faultGeneralProtection(p, o);
    }
    return transfer(p, target);
}

// T has the operand size, A addresses the stack.

/// Pushes where this instruction ends, and goes to `target`.
template <class A, class T, Handler kCheckedForm>
[[gnu::always_inline]] inline void callTo(Processor& p, const Operation* o, std::uint64_t target) {
    if (!cutTarget(p, target, 8 * sizeof(T))) [[unlikely]]
        return faultGeneralProtection(p, o);
    const std::uint64_t back = p.registers[kBlockStart / 8] + o->offset + o->length;
    if (!Stack<A, T>::writeBelow(p, static_cast<T>(back))) [[unlikely]]
        return miss<A, kCheckedForm>(p, o);
    Stack<A, T>::move(p, -static_cast<std::int64_t>(sizeof(T)));
    return transfer(p, target);
}

template <class A, class T>
void callLegacy(Processor& p, const Operation* o) {
    return callTo<A, T, &callLegacy<Checked, T>>(p, o, directTarget(p, *o));
}
template <class A, class T>
void callRegisterLegacy(Processor& p, const Operation* o) {
    return callTo<A, T, &callRegisterLegacy<Checked, T>>(p, o, registerValue<T>(p, o->source));
}
/// `Operand` addresses the operand.
template <class Operand, class A, class T>
void callMemoryLegacy(Processor& p, const Operation* o) {
    const auto target = Memory<Operand, T>::load(p, *o);
    if (!target) [[unlikely]]
        return miss<Operand, &callMemoryLegacy<Checked, Checked, T>>(p, o);
    return callTo<A, T, &callMemoryLegacy<Checked, Checked, T>>(p, o, *target);
}

template <class T>
void jumpRegisterLegacy(Processor& p, const Operation* o) {
    std::uint64_t target = registerValue<T>(p, o->source);
    if (!cutTarget(p, target, 8 * sizeof(T))) [[unlikely]]
        return faultGeneralProtection(p, o);
    return transfer(p, target);
}
template <class Operand, class T>
void jumpMemoryLegacy(Processor& p, const Operation* o) {
    const auto value = Memory<Operand, T>::load(p, *o);
    if (!value) [[unlikely]]
        return miss<Operand, &jumpMemoryLegacy<Checked, T>>(p, o);
    std::uint64_t target = *value;
    if (!cutTarget(p, target, 8 * sizeof(T))) [[unlikely]]
        return faultGeneralProtection(p, o);
    return transfer(p, target);
}

/// RET, also of `immediate` bytes of arguments.
template <class A, class T>
void returnLegacy(Processor& p, const Operation* o) {
    const auto top = Stack<A, T>::top(p);
    if (!top) [[unlikely]]
        return miss<A, &returnLegacy<Checked, T>>(p, o);
    std::uint64_t target = *top;
    if (!cutTarget(p, target, 8 * sizeof(T))) [[unlikely]]
        return faultGeneralProtection(p, o);
    Stack<A, T>::move(p, sizeof(T) + static_cast<std::int64_t>(o->immediate));
    return transfer(p, target);
}

/// `function.operator()<T>()` for an operand size outside of 64-bit mode.
template <class Function>
[[nodiscard]] Handler withLegacySize(const DecodedInstruction& d, Function function) {
    return d.operandBits() == 16 ? function.template operator()<std::uint16_t>()
                                 : function.template operator()<std::uint32_t>();
}

[[nodiscard]] Handler callMemoryLegacyFor(const DecodedInstruction& d, Addressing addressing) {
    return withLegacySize(d, [&]<class T>() {
        return pickShort(addressing, [&]<class Operand>() -> Handler {
            if constexpr (std::is_same_v<Operand, Checked>)
                return &callMemoryLegacy<Checked, Checked, T>;
            else
                return pickStack(
                    d.mode, []<class A>() -> Handler { return &callMemoryLegacy<Operand, A, T>; });
        });
    });
}

/// Sets displacement to the target relative to the block's start.
void encodeTarget(const DecodedInstruction& d, Operation& o) {
    const std::int64_t relative = d.operand(0).imm.value.s;
    const std::int64_t fromStart = o.offset + o.length + relative;
    o.displacement = static_cast<std::int32_t>(fromStart);
    o.immediate = 0;
}

template <ZydisMnemonic kMnemonic>
Lowered lowerLoop(const DecodedInstruction& d, Operation& o) {
    encodeTarget(d, o);
    o.addressBits = d.instruction.address_width;
    o.handler = d.is64Bit() ? Handler{&loopLong<kMnemonic>} : Handler{&loopLegacy<kMnemonic>};
    return Lowered::Continue;
}

Lowered lowerJump(const DecodedInstruction& d, Operation& o) {
    const bool wide = d.is64Bit();
    if (d.isImmediate(0)) {
        encodeTarget(d, o);
        o.handler = wide ? Handler{&jump<false>} : Handler{&transferLegacy};
    } else if (d.isMemory(0)) {
        const Addressing addressing = encodeMemory(d, d.operand(0), o);
        if (wide)
            o.handler = pickLong(addressing, []<class A>() -> Handler { return &jumpMemory<A>; });
        else
            o.handler = withLegacySize(d, [&]<class T>() -> Handler {
                return pickShort(addressing,
                                 []<class A>() -> Handler { return &jumpMemoryLegacy<A, T>; });
            });
    } else {
        o.source = generalRegister(d.operand(0).reg.value);
        o.handler =
            wide ? Handler{&jumpRegister}
                 : withLegacySize(d, []<class T>() -> Handler { return &jumpRegisterLegacy<T>; });
    }
    return Lowered::EndBlock;
}

Lowered lowerCall(const DecodedInstruction& d, Operation& o) {
    const bool wide = d.is64Bit();
    if (d.isImmediate(0)) {
        encodeTarget(d, o);
        o.handler = wide ? Handler{&call<LongStack>} : withLegacySize(d, [&]<class T>() {
            return pickStack(d.mode, []<class A>() -> Handler { return &callLegacy<A, T>; });
        });
    } else if (d.isMemory(0)) {
        const Addressing addressing = encodeMemory(d, d.operand(0), o);
        o.handler = wide ? pickLong(addressing, []<class A>() -> Handler { return &callMemory<A>; })
                         : callMemoryLegacyFor(d, addressing);
    } else {
        o.source = generalRegister(d.operand(0).reg.value);
        o.handler = wide ? Handler{&callRegister<LongStack>} : withLegacySize(d, [&]<class T>() {
            return pickStack(d.mode,
                             []<class A>() -> Handler { return &callRegisterLegacy<A, T>; });
        });
    }
    return Lowered::EndBlock;
}

}  // namespace

Handler conditionalJump(unsigned conditionCode, bool withinPage) {
    return withCondition(conditionCode, [&]<unsigned kCode>() -> Handler {
        return withinPage ? Handler{&jumpIf<kCode, true>} : Handler{&jumpIf<kCode, false>};
    });
}

Handler directJump(bool withinPage) {
    return withinPage ? Handler{&jump<true>} : Handler{&jump<false>};
}

Handler directJumpLegacy() {
    return &transferLegacy;
}

Lowered lowerControlTransfer(const DecodedInstruction& d, Operation& o) {
    const bool wide = d.is64Bit();
    if (const auto code = conditionOf(d.mnemonic(), ConditionalKind::Jump)) {
        encodeTarget(d, o);
        o.extra = static_cast<std::uint16_t>(d.operandBits());
        o.handler = wide ? conditionalJump(*code, false)
                         : withCondition(*code, []<unsigned kCode>() -> Handler {
                               return &jumpIfLegacy<kCode>;
                           });
        return Lowered::Continue;
    }
    switch (d.mnemonic()) {
        case ZYDIS_MNEMONIC_JMP:
        case ZYDIS_MNEMONIC_CALL:
            if (d.instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
                return Lowered::No;
            o.extra = static_cast<std::uint16_t>(d.operandBits());
            return d.mnemonic() == ZYDIS_MNEMONIC_JMP ? lowerJump(d, o) : lowerCall(d, o);
        case ZYDIS_MNEMONIC_RET: {
            if (d.instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
                return Lowered::No;
            const bool release = d.isImmediate(0);
            o.immediate = release ? d.operand(0).imm.value.u & 0xFFFF : 0;
            o.extra = static_cast<std::uint16_t>(d.operandBits());
            if (!wide)
                o.handler = withLegacySize(d, [&]<class T>() {
                    return pickStack(d.mode,
                                     []<class A>() -> Handler { return &returnLegacy<A, T>; });
                });
            else
                o.handler = release ? Handler{&returnNear<LongStack, true>}
                                    : Handler{&returnNear<LongStack, false>};
            return Lowered::EndBlock;
        }
        case ZYDIS_MNEMONIC_LOOP:
            o.extra = static_cast<std::uint16_t>(d.operandBits());
            return lowerLoop<ZYDIS_MNEMONIC_LOOP>(d, o);
        case ZYDIS_MNEMONIC_LOOPE:
            o.extra = static_cast<std::uint16_t>(d.operandBits());
            return lowerLoop<ZYDIS_MNEMONIC_LOOPE>(d, o);
        case ZYDIS_MNEMONIC_LOOPNE:
            o.extra = static_cast<std::uint16_t>(d.operandBits());
            return lowerLoop<ZYDIS_MNEMONIC_LOOPNE>(d, o);
        case ZYDIS_MNEMONIC_JCXZ:
        case ZYDIS_MNEMONIC_JECXZ:
        case ZYDIS_MNEMONIC_JRCXZ:
            o.extra = static_cast<std::uint16_t>(d.operandBits());
            return lowerLoop<ZYDIS_MNEMONIC_JRCXZ>(d, o);
        default:
            return Lowered::No;
    }
}

}  // namespace hypervisor::software
