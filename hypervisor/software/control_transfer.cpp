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

/// Where an instruction goes next, outside of 64-bit mode: cut to the operand size, inside CS.
[[nodiscard, gnu::always_inline]] inline bool checkTarget(Processor& p, std::uint64_t& target,
                                                          unsigned bits) {
    if (bits != 64) {
        target &= bits == 32 ? 0xFFFF'FFFF : 0xFFFF;
        return target <= p[SegmentName::Cs].limit || p.raise(Exception::GeneralProtection, 0);
    }
    return p.isCanonical(target) || p.raise(Exception::GeneralProtection, 0);
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
    if (!checkTarget(p, target, o->extra)) [[unlikely]]
        return fault(p, o);
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
    if (!checkTarget(p, target, o->extra)) [[unlikely]] {
        p.registers[1] = before;
        return fault(p, o);
    }
    return transfer(p, target);
}

[[gnu::noinline]] bool pushReturnLegacy(Processor& p, const Operation& o) {
    const std::uint64_t back = p.registers[kBlockStart / 8] + o.offset + o.length;
    const bool done = o.extra == 16
                          ? pushChecked<std::uint16_t>(p, static_cast<std::uint16_t>(back))
                          : pushChecked<std::uint32_t>(p, static_cast<std::uint32_t>(back));
    if (done)
        moveStackPointer(p, o.extra == 16 ? -2 : -4);
    return done;
}

void callTo(Processor& p, const Operation* o, std::uint64_t target) {
    if (!checkTarget(p, target, o->extra) || !pushReturnLegacy(p, *o)) [[unlikely]]
        return fault(p, o);
    return transfer(p, target);
}

[[gnu::noinline]] std::uint64_t readTargetLegacy(Processor& p, const Operation& o) {
    const unsigned size = o.extra / 8;
    std::uint64_t target = 0;
    if (const auto linear = p.operandAddress(o, size, Access::Read))
        static_cast<void>(p.readLinear(*linear, &target, size));
    return target;
}

void callLegacy(Processor& p, const Operation* o) {
    return callTo(p, o, directTarget(p, *o));
}
void callRegisterLegacy(Processor& p, const Operation* o) {
    return callTo(p, o, registerAt<std::uint64_t>(p, o->source));
}
void callMemoryLegacy(Processor& p, const Operation* o) {
    const std::uint64_t target = readTargetLegacy(p, *o);
    if (p.faulted) [[unlikely]]
        return fault(p, o);
    return callTo(p, o, target);
}
[[gnu::noinline]] bool cutTarget(Processor& p, const Operation& o, bool memory) {
    std::uint64_t target = memory ? readTargetLegacy(p, o) : registerAt<std::uint64_t>(p, o.source);
    if (p.faulted || !checkTarget(p, target, o.extra))
        return false;
    p.rip = target;
    return true;
}
template <bool kMemory>
void jumpIndirectLegacy(Processor& p, const Operation* o) {
    if (!cutTarget(p, *o, kMemory)) [[unlikely]]
        return fault(p, o);
    return transfer(p, p.rip);
}

[[gnu::noinline]] bool takeReturnLegacy(Processor& p, const Operation& o) {
    const void* top = o.extra == 16 ? topChecked<std::uint16_t>(p) : topChecked<std::uint32_t>(p);
    if (top == nullptr)
        return false;
    std::uint64_t target =
        o.extra == 16 ? *Readable<std::uint16_t>(top) : *Readable<std::uint32_t>(top);
    if (!checkTarget(p, target, o.extra))
        return false;
    moveStackPointer(p, o.extra / 8 + static_cast<std::int64_t>(o.immediate));
    p.rip = target;
    return true;
}
void returnLegacy(Processor& p, const Operation* o) {
    if (!takeReturnLegacy(p, *o)) [[unlikely]]
        return fault(p, o);
    return transfer(p, p.rip);
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
        o.handler = wide ? pickFullOrChecked(addressing,
                                             []<class A>() -> Handler { return &jumpMemory<A>; })
                         : Handler{&jumpIndirectLegacy<true>};
    } else {
        o.source = generalRegister(d.operand(0).reg.value);
        o.handler = wide ? Handler{&jumpRegister} : Handler{&jumpIndirectLegacy<false>};
    }
    return Lowered::EndBlock;
}

Lowered lowerCall(const DecodedInstruction& d, Operation& o) {
    const bool wide = d.is64Bit();
    if (d.isImmediate(0)) {
        encodeTarget(d, o);
        o.handler = wide ? Handler{&call<LongStack>} : Handler{&callLegacy};
    } else if (d.isMemory(0)) {
        const Addressing addressing = encodeMemory(d, d.operand(0), o);
        o.handler = wide ? pickFullOrChecked(addressing,
                                             []<class A>() -> Handler { return &callMemory<A>; })
                         : Handler{&callMemoryLegacy};
    } else {
        o.source = generalRegister(d.operand(0).reg.value);
        o.handler = wide ? Handler{&callRegister<LongStack>} : Handler{&callRegisterLegacy};
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
            o.handler = !wide     ? Handler{&returnLegacy}
                        : release ? Handler{&returnNear<LongStack, true>}
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
