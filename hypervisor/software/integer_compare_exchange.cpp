// SPDX-License-Identifier: GPL-3.0-or-later
#include "arithmetic.h"
#include "integer_lowering.h"
#include "lowering_support.h"

// XADD, CMPXCHG, CMPXCHG8B, CMPXCHG16B. On memory they are always made atomic: that is what
// without LOCK one processor sees too, and costs little.
namespace hypervisor::software {

namespace {

constexpr RegisterOffset kRax = 0;

template <class T>
void addExchangeRegisters(Processor& p, const Operation* o) {
    T sum = registerValue<T>(p, o->destination);
    const T before = sum;
    FlagsImage flags = p.flags;
    compute<Alu::Add, T>(sum, registerValue<T>(p, o->source), flags);
    setRegister<T>(p, o->source, before);
    setRegister<T>(p, o->destination, sum);
    p.flags = flags;
    return next(p, o);
}

template <class T, class A>
void addExchangeMemory(Processor& p, const Operation* o) {
    T* memory = Memory<A, T>::modify(p, *o);
    if (memory == nullptr) [[unlikely]]
        return miss<A, &addExchangeMemory<T, Checked>>(p, o);
    T value = registerValue<T>(p, o->source);
    FlagsImage flags;
    asm volatile("lock xadd %[v], %[m]\n\tlahf\n\tseto %%al"
                 : [v] "+&r"(value), [m] "+m"(*memory), "=&a"(flags)
                 :
                 : "cc", "memory");
    if (!Memory<A, T>::commit(p)) [[unlikely]]
        return fault(p, o);
    setRegister<T>(p, o->source, value);
    p.flags = flags;
    return next(p, o);
}

template <class T>
void compareExchangeRegisters(Processor& p, const Operation* o) {
    const T destination = registerValue<T>(p, o->destination);
    T accumulator = registerValue<T>(p, kRax);
    FlagsImage flags;
    compute<Alu::Cmp, T>(accumulator, destination, flags);
    if (accumulator == destination)
        setRegister<T>(p, o->destination, registerValue<T>(p, o->source));
    else
        setRegister<T>(p, kRax, destination);
    p.flags = flags;
    return next(p, o);
}

template <class T, class A>
void compareExchangeMemory(Processor& p, const Operation* o) {
    T* memory = Memory<A, T>::modify(p, *o);
    if (memory == nullptr) [[unlikely]]
        return miss<A, &compareExchangeMemory<T, Checked>>(p, o);
    T accumulator = registerValue<T>(p, kRax);
    const T expected = accumulator;
    T seen = expected;
    __atomic_compare_exchange_n(memory, &seen, registerValue<T>(p, o->source), false,
                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    FlagsImage flags;
    compute<Alu::Cmp, T>(accumulator, seen, flags);
    if (!Memory<A, T>::commit(p)) [[unlikely]]
        return fault(p, o);
    if (seen != expected)
        setRegister<T>(p, kRax, seen);
    p.flags = flags;
    return next(p, o);
}

/// T is half of the operand: CMPXCHG8B compares EDX:EAX, CMPXCHG16B RDX:RAX.
template <class T>
void compareExchangeDouble(Processor& p, const Operation& o) {
    const auto linear = p.operandAddress(o, 2 * sizeof(T), Access::Write);
    if (!linear)
        return;
    if (sizeof(T) == 8 && *linear % 16 != 0) {
        p.raise(Exception::GeneralProtection, 0);
        return;
    }
    void* memory = p.openForModify(*linear, 2 * sizeof(T));
    if (memory == nullptr)
        return;
    T low = registerValue<T>(p, kRax);
    T high = registerValue<T>(p, 2 * 8);
    const T newLow = registerValue<T>(p, 3 * 8);
    const T newHigh = registerValue<T>(p, 1 * 8);
    bool equal;
    if constexpr (sizeof(T) == 8)
        asm volatile("lock cmpxchg16b %[m]"
                     : [m] "+m"(*static_cast<std::array<std::byte, 16>*>(memory)), "+a"(low),
                       "+d"(high), "=@ccz"(equal)
                     : "b"(newLow), "c"(newHigh)
                     : "memory");
    else
        asm volatile("lock cmpxchg8b %[m]"
                     : [m] "+m"(*static_cast<std::array<std::byte, 8>*>(memory)), "+a"(low),
                       "+d"(high), "=@ccz"(equal)
                     : "b"(newLow), "c"(newHigh)
                     : "memory");
    if (!p.commitModify())
        return;
    if (!equal) {
        setRegister<T>(p, kRax, low);
        setRegister<T>(p, 2 * 8, high);
    }
    p.flags = static_cast<FlagsImage>((p.flags & ~image::kZero) | (equal ? image::kZero : 0));
}

}  // namespace

Lowered lowerCompareExchange(const DecodedInstruction& d, Operation& o) {
    switch (d.mnemonic()) {
        case ZYDIS_MNEMONIC_CMPXCHG8B:
            static_cast<void>(encodeMemory(d, d.operand(0), o));
            o.handler = &plainOperation<&compareExchangeDouble<std::uint32_t>>;
            return Lowered::Continue;
        case ZYDIS_MNEMONIC_CMPXCHG16B:
            static_cast<void>(encodeMemory(d, d.operand(0), o));
            o.handler = &plainOperation<&compareExchangeDouble<std::uint64_t>>;
            return Lowered::Continue;
        case ZYDIS_MNEMONIC_XADD:
        case ZYDIS_MNEMONIC_CMPXCHG:
            break;
        default:
            return Lowered::No;
    }
    const bool add = d.mnemonic() == ZYDIS_MNEMONIC_XADD;
    const unsigned bits = d.operand(0).size;
    o.source = generalRegister(d.operand(1).reg.value);
    if (d.isMemory(0)) {
        const Addressing addressing = encodeMemory(d, d.operand(0), o);
        o.handler = withSize(bits, [&]<class T>() {
            return add ? pickFew(addressing,
                                 []<class A>() -> Handler { return &addExchangeMemory<T, A>; })
                       : pickFew(addressing,
                                 []<class A>() -> Handler { return &compareExchangeMemory<T, A>; });
        });
    } else {
        o.destination = generalRegister(d.operand(0).reg.value);
        o.handler = withSize(bits, [&]<class T>() -> Handler {
            return add ? Handler{&addExchangeRegisters<T>} : Handler{&compareExchangeRegisters<T>};
        });
    }
    return Lowered::Continue;
}

}  // namespace hypervisor::software
