// SPDX-License-Identifier: GPL-3.0-or-later
#include "integer_lowering.h"
#include "lowering_support.h"
#include "stack_access.h"

// PUSH, POP, PUSHA, POPA, ENTER, LEAVE.
namespace hypervisor::software {

namespace {

template <class T>
inline constexpr std::int64_t kSize = sizeof(T);

template <class T, class A>
void pushRegister(Processor& p, const Operation* o) {
    if (!Stack<A, T>::writeBelow(p, registerValue<T>(p, o->source))) [[unlikely]]
        return miss<A, &pushRegister<T, Checked>>(p, o);
    Stack<A, T>::move(p, -kSize<T>);
    return next(p, o);
}

template <class T, class A>
void pushImmediate(Processor& p, const Operation* o) {
    if (!Stack<A, T>::writeBelow(p, static_cast<T>(o->immediate))) [[unlikely]]
        return miss<A, &pushImmediate<T, Checked>>(p, o);
    Stack<A, T>::move(p, -kSize<T>);
    return next(p, o);
}

template <class T>
void pushMemory(Processor& p, const Operation& o) {
    const auto linear = p.operandAddress(o, sizeof(T), Access::Read);
    if (!linear)
        return;
    const auto value = p.read<T>(*linear);
    if (value && pushChecked<T>(p, *value))
        moveStackPointer(p, -kSize<T>);
}

template <class T, class A>
void popRegister(Processor& p, const Operation* o) {
    const auto value = Stack<A, T>::top(p);
    if (!value) [[unlikely]]
        return miss<A, &popRegister<T, Checked>>(p, o);
    const T taken = *value;
    // POP RSP delivers what was on the stack.
    Stack<A, T>::move(p, kSize<T>);
    setRegister<T>(p, o->destination, taken);
    return next(p, o);
}

template <class T>
void popMemory(Processor& p, const Operation& o) {
    const void* top = topChecked<T>(p);
    if (top == nullptr)
        return;
    const T value = *Readable<T>(top);
    // The address is computed with RSP already moved.
    const std::uint64_t before = p.registers[4];
    moveStackPointer(p, kSize<T>);
    const auto linear = p.operandAddress(o, sizeof(T), Access::Write);
    if (!linear || !p.write<T>(*linear, value))
        p.registers[4] = before;
}

template <class T>
void pushAll(Processor& p, const Operation&) {
    std::int64_t below = 0;
    for (unsigned i = 0; i < 8; ++i) {
        below -= kSize<T>;
        const auto linear =
            p.linear(SegmentName::Ss, stackOffset(p, below), sizeof(T), Access::Write);
        if (!linear || !p.write<T>(*linear, static_cast<T>(p.registers[i])))
            return;
    }
    moveStackPointer(p, below);
}

template <class T>
void popAll(Processor& p, const Operation&) {
    std::array<T, 8> values;
    for (unsigned i = 0; i < 8; ++i) {
        const auto linear =
            p.linear(SegmentName::Ss, stackOffset(p, i * kSize<T>), sizeof(T), Access::Read);
        const auto value = linear ? p.read<T>(*linear) : std::nullopt;
        if (!value)
            return;
        values[i] = *value;
    }
    moveStackPointer(p, 8 * kSize<T>);
    for (unsigned i = 0; i < 8; ++i)
        if (i != 3)
            setRegister<T>(p, static_cast<RegisterOffset>((7 - i) * 8), values[i]);
}

/// ENTER: immediate is the size, extra the nesting level.
template <class T>
void enterFrame(Processor& p, const Operation& o) {
    const unsigned level = o.extra & 31;
    const std::uint64_t stackMask = (p.mode & mode::kCode64) != 0    ? ~std::uint64_t{0}
                                    : (p.mode & mode::kStack32) != 0 ? 0xFFFF'FFFF
                                                                     : 0xFFFF;
    std::int64_t below = 0;
    const auto push = [&](T value) {
        below -= kSize<T>;
        const auto linear =
            p.linear(SegmentName::Ss, stackOffset(p, below), sizeof(T), Access::Write);
        return linear && p.write<T>(*linear, value);
    };
    if (!push(static_cast<T>(p.registers[5])))
        return;
    const std::uint64_t frame = stackOffset(p, below);
    if (level != 0) {
        std::uint64_t base = p.registers[5];
        for (unsigned i = 1; i < level; ++i) {
            base -= sizeof(T);
            const auto linear =
                p.linear(SegmentName::Ss, base & stackMask, sizeof(T), Access::Read);
            const auto value = linear ? p.read<T>(*linear) : std::nullopt;
            if (!value || !push(*value))
                return;
        }
        if (!push(static_cast<T>(frame)))
            return;
    }
    below -= static_cast<std::int64_t>(o.immediate & 0xFFFF);
    // The new top must be writable, though nothing is written there.
    const auto linear = p.linear(SegmentName::Ss, stackOffset(p, below), sizeof(T), Access::Write);
    if (!linear || !p.translate(*linear, Access::Write, Privilege::Current))
        return;
    moveStackPointer(p, below);
    if constexpr (sizeof(T) == 2)
        registerAt<std::uint16_t>(p, 5 * 8) = static_cast<std::uint16_t>(frame);
    else
        p.registers[5] = sizeof(T) == 4 ? frame & 0xFFFF'FFFF : frame;
}

template <class T, class A>
void leaveFrame(Processor& p, const Operation* o) {
    if constexpr (!std::is_same_v<A, Checked>) {
        const std::uint64_t frame = p.registers[5];
        const Readable<T> value = readableFast<T>(*p.tlb, A::template address<sizeof(T)>(p, frame));
        if (!value) [[unlikely]]
            return miss<A, &leaveFrame<T, Checked>>(p, o);
        const T base = *value;
        A::set(p, frame + sizeof(T));
        setRegister<T>(p, 5 * 8, base);
        return next(p, o);
    } else {
        const std::uint64_t before = p.registers[4];
        // RSP takes RBP as far as the stack segment is wide.
        if ((p.mode & mode::kCode64) != 0)
            p.registers[4] = p.registers[5];
        else if ((p.mode & mode::kStack32) != 0)
            p.registers[4] = p.registers[5] & 0xFFFF'FFFF;
        else
            registerAt<std::uint16_t>(p, kStackPointer) =
                static_cast<std::uint16_t>(p.registers[5]);
        const void* top = topChecked<T>(p);
        if (top == nullptr) [[unlikely]] {
            p.registers[4] = before;
            return fault(p, o);
        }
        const T base = static_cast<const GuestValue<T>*>(top)->value;
        moveStackPointer(p, kSize<T>);
        setRegister<T>(p, 5 * 8, base);
        return next(p, o);
    }
}

bool isGeneral(ZydisRegister name) {
    const ZydisRegisterClass kind = ZydisRegisterGetClass(name);
    return kind == ZYDIS_REGCLASS_GPR16 || kind == ZYDIS_REGCLASS_GPR32 ||
           kind == ZYDIS_REGCLASS_GPR64;
}

Lowered lowerPush(const DecodedInstruction& d, Operation& o) {
    const unsigned bits = d.operandBits();
    if (d.isMemory(0)) {
        static_cast<void>(encodeMemory(d, d.operand(0), o));
        o.handler = withWordSize(
            bits, []<class T>() -> Handler { return &plainOperation<&pushMemory<T>>; });
    } else if (d.isImmediate(0)) {
        o.immediate = d.operand(0).imm.value.u;
        o.handler = withWordSize(bits, [&]<class T>() {
            return pickStack(d.mode, []<class A>() -> Handler { return &pushImmediate<T, A>; });
        });
    } else if (isGeneral(d.operand(0).reg.value)) {
        o.source = generalRegister(d.operand(0).reg.value);
        o.handler = withWordSize(bits, [&]<class T>() {
            return pickStack(d.mode, []<class A>() -> Handler { return &pushRegister<T, A>; });
        });
    } else {
        return Lowered::No;
    }
    return Lowered::Continue;
}

Lowered lowerPop(const DecodedInstruction& d, Operation& o) {
    const unsigned bits = d.operandBits();
    if (d.isMemory(0)) {
        static_cast<void>(encodeMemory(d, d.operand(0), o));
        o.handler =
            withWordSize(bits, []<class T>() -> Handler { return &plainOperation<&popMemory<T>>; });
    } else if (isGeneral(d.operand(0).reg.value)) {
        o.destination = generalRegister(d.operand(0).reg.value);
        o.handler = withWordSize(bits, [&]<class T>() {
            return pickStack(d.mode, []<class A>() -> Handler { return &popRegister<T, A>; });
        });
    } else {
        return Lowered::No;
    }
    return Lowered::Continue;
}

}  // namespace

Lowered lowerStack(const DecodedInstruction& d, Operation& o) {
    const auto plain = [&o](Handler handler) {
        o.handler = handler;
        return Lowered::Continue;
    };
    switch (d.mnemonic()) {
        case ZYDIS_MNEMONIC_PUSH:
            return lowerPush(d, o);
        case ZYDIS_MNEMONIC_POP:
            return lowerPop(d, o);
        case ZYDIS_MNEMONIC_PUSHA:
            return plain(&plainOperation<&pushAll<std::uint16_t>>);
        case ZYDIS_MNEMONIC_PUSHAD:
            return plain(&plainOperation<&pushAll<std::uint32_t>>);
        case ZYDIS_MNEMONIC_POPA:
            return plain(&plainOperation<&popAll<std::uint16_t>>);
        case ZYDIS_MNEMONIC_POPAD:
            return plain(&plainOperation<&popAll<std::uint32_t>>);
        case ZYDIS_MNEMONIC_ENTER:
            o.immediate = d.operand(0).imm.value.u;
            o.extra = static_cast<std::uint16_t>(d.operand(1).imm.value.u);
            return plain(withWordSize(d.operandBits(), []<class T>() -> Handler {
                return &plainOperation<&enterFrame<T>>;
            }));
        case ZYDIS_MNEMONIC_LEAVE:
            return plain(withWordSize(d.operandBits(), [&]<class T>() {
                return pickStack(d.mode, []<class A>() -> Handler { return &leaveFrame<T, A>; });
            }));
        default:
            return Lowered::No;
    }
}

}  // namespace hypervisor::software
