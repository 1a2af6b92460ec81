// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>

#include "arithmetic.h"
#include "integer_lowering.h"
#include "lowering_support.h"

// Shifts, rotates, double shifts, bit tests and bit scans.
namespace hypervisor::software {

namespace {

/// Where a count comes from.
enum class Count : std::uint8_t { Immediate, Cl };

template <Count kCount>
[[gnu::always_inline]] inline std::uint8_t countOf(Processor& p, const Operation* o) {
    return kCount == Count::Cl ? registerAt<std::uint8_t>(p, 8)
                               : static_cast<std::uint8_t>(o->immediate);
}

template <Shift kKind, class T, Count kCount>
void shiftRegister(Processor& p, const Operation* o) {
    T value = registerValue<T>(p, o->destination);
    FlagsImage flags = p.flags;
    computeShift<kKind, T>(value, countOf<kCount>(p, o), flags);
    setRegister<T>(p, o->destination, value);
    p.flags = flags;
    return next(p, o);
}

template <Shift kKind, class T, Count kCount, class A>
void shiftMemory(Processor& p, const Operation* o) {
    T* memory = Memory<A, T>::modify(p, *o);
    if (memory == nullptr) [[unlikely]]
        return miss<A, &shiftMemory<kKind, T, kCount, Checked>>(p, o);
    auto* plain = reinterpret_cast<volatile GuestValue<T>*>(memory);
    T value = plain->value;
    FlagsImage flags = p.flags;
    computeShift<kKind, T>(value, countOf<kCount>(p, o), flags);
    plain->value = value;
    if (!Memory<A, T>::commit(p)) [[unlikely]]
        return fault(p, o);
    p.flags = flags;
    return next(p, o);
}

template <bool kLeft, class T, Count kCount>
void doubleShiftRegister(Processor& p, const Operation* o) {
    T value = registerValue<T>(p, o->destination);
    FlagsImage flags = p.flags;
    computeDoubleShift<kLeft, T>(value, registerValue<T>(p, o->source), countOf<kCount>(p, o),
                                 flags);
    setRegister<T>(p, o->destination, value);
    p.flags = flags;
    return next(p, o);
}

template <bool kLeft, class T, Count kCount, class A>
void doubleShiftMemory(Processor& p, const Operation* o) {
    T* memory = Memory<A, T>::modify(p, *o);
    if (memory == nullptr) [[unlikely]]
        return miss<A, &doubleShiftMemory<kLeft, T, kCount, Checked>>(p, o);
    auto* plain = reinterpret_cast<volatile GuestValue<T>*>(memory);
    T value = plain->value;
    FlagsImage flags = p.flags;
    computeDoubleShift<kLeft, T>(value, registerValue<T>(p, o->source), countOf<kCount>(p, o),
                                 flags);
    plain->value = value;
    if (!Memory<A, T>::commit(p)) [[unlikely]]
        return fault(p, o);
    p.flags = flags;
    return next(p, o);
}

template <Shift kKind>
Lowered lowerShift(const DecodedInstruction& d, Operation& o) {
    const bool byCl = d.isRegister(1);
    if (!byCl)
        o.immediate = d.operand(1).imm.value.u;
    const unsigned bits = d.operand(0).size;
    if (d.isMemory(0)) {
        const Addressing addressing = encodeMemory(d, d.operand(0), o);
        o.handler = withSize(bits, [&]<class T>() {
            return byCl ? pickFew(addressing,
                                  []<class A>() -> Handler {
                                      return &shiftMemory<kKind, T, Count::Cl, A>;
                                  })
                        : pickFew(addressing, []<class A>() -> Handler {
                              return &shiftMemory<kKind, T, Count::Immediate, A>;
                          });
        });
    } else {
        o.destination = generalRegister(d.operand(0).reg.value);
        o.handler = withSize(bits, [&]<class T>() -> Handler {
            return byCl ? Handler{&shiftRegister<kKind, T, Count::Cl>}
                        : Handler{&shiftRegister<kKind, T, Count::Immediate>};
        });
    }
    return Lowered::Continue;
}

template <bool kLeft>
Lowered lowerDoubleShift(const DecodedInstruction& d, Operation& o) {
    const bool byCl = d.isRegister(2);
    if (!byCl)
        o.immediate = d.operand(2).imm.value.u;
    o.source = generalRegister(d.operand(1).reg.value);
    const unsigned bits = d.operand(0).size;
    if (d.isMemory(0)) {
        const Addressing addressing = encodeMemory(d, d.operand(0), o);
        o.handler = withWordSize(bits, [&]<class T>() {
            return byCl ? pickFew(addressing,
                                  []<class A>() -> Handler {
                                      return &doubleShiftMemory<kLeft, T, Count::Cl, A>;
                                  })
                        : pickFew(addressing, []<class A>() -> Handler {
                              return &doubleShiftMemory<kLeft, T, Count::Immediate, A>;
                          });
        });
    } else {
        o.destination = generalRegister(d.operand(0).reg.value);
        o.handler = withWordSize(bits, [&]<class T>() -> Handler {
            return byCl ? Handler{&doubleShiftRegister<kLeft, T, Count::Cl>}
                        : Handler{&doubleShiftRegister<kLeft, T, Count::Immediate>};
        });
    }
    return Lowered::Continue;
}

enum class BitTest : std::uint8_t { Test, Set, Reset, Complement };

/// The bit `number` of `value` goes to CF, then it is changed. Other flags stay.
template <BitTest kKind, class T>
[[gnu::always_inline]] inline T changeBit(T value, unsigned number, FlagsImage& flags) {
    const T mask = static_cast<T>(T{1} << number);
    flags = static_cast<FlagsImage>((flags & ~image::kCarry) |
                                    ((value & mask) != 0 ? image::kCarry : 0));
    if constexpr (kKind == BitTest::Set)
        return value | mask;
    else if constexpr (kKind == BitTest::Reset)
        return static_cast<T>(value & ~mask);
    else if constexpr (kKind == BitTest::Complement)
        return value ^ mask;
    else
        return value;
}

template <BitTest kKind, class T, bool kImmediate>
void bitOfRegister(Processor& p, const Operation* o) {
    const unsigned number =
        static_cast<unsigned>(kImmediate ? o->immediate : registerValue<T>(p, o->source)) &
        (sizeof(T) * 8 - 1);
    FlagsImage flags = p.flags;
    const T value = changeBit<kKind, T>(registerValue<T>(p, o->destination), number, flags);
    if constexpr (kKind != BitTest::Test)
        setRegister<T>(p, o->destination, value);
    p.flags = flags;
    return next(p, o);
}

template <BitTest kKind, class T, bool kLocked>
[[gnu::always_inline]] inline void changeMemoryBit(T* memory, unsigned number, FlagsImage& flags) {
    if constexpr (kLocked) {
        const T mask = static_cast<T>(T{1} << number);
        T before;
        if constexpr (kKind == BitTest::Set)
            before = __atomic_fetch_or(memory, mask, __ATOMIC_SEQ_CST);
        else if constexpr (kKind == BitTest::Reset)
            before = __atomic_fetch_and(memory, static_cast<T>(~mask), __ATOMIC_SEQ_CST);
        else
            before = __atomic_fetch_xor(memory, mask, __ATOMIC_SEQ_CST);
        static_cast<void>(changeBit<BitTest::Test, T>(before, number, flags));
    } else {
        auto* plain = reinterpret_cast<volatile GuestValue<T>*>(memory);
        plain->value = changeBit<kKind, T>(plain->value, number, flags);
    }
}

/// Bit numbers that are immediate stay within the operand.
template <BitTest kKind, class T, class A, bool kLocked>
void bitOfMemory(Processor& p, const Operation* o) {
    const unsigned number = static_cast<unsigned>(o->immediate) & (sizeof(T) * 8 - 1);
    FlagsImage flags = p.flags;
    if constexpr (kKind == BitTest::Test) {
        const auto value = Memory<A, T>::load(p, *o);
        if (!value) [[unlikely]]
            return miss<A, &bitOfMemory<kKind, T, Checked, kLocked>>(p, o);
        static_cast<void>(changeBit<kKind, T>(*value, number, flags));
    } else {
        T* memory = Memory<A, T>::modify(p, *o);
        if (memory == nullptr) [[unlikely]]
            return miss<A, &bitOfMemory<kKind, T, Checked, kLocked>>(p, o);
        changeMemoryBit<kKind, T, kLocked>(memory, number, flags);
        if (!Memory<A, T>::commit(p)) [[unlikely]]
            return fault(p, o);
    }
    p.flags = flags;
    return next(p, o);
}

/// Bit numbers in a register reach any byte of memory around the operand.
template <class T>
[[gnu::always_inline]] inline std::int64_t byteOffset(T number) {
    return (static_cast<std::make_signed_t<T>>(number) >> (sizeof(T) == 2   ? 4
                                                           : sizeof(T) == 4 ? 5
                                                                            : 6)) *
           static_cast<std::int64_t>(sizeof(T));
}

template <class T>
[[gnu::noinline]] const void* loadBitString(Processor& p, const Operation& o, bool modify) {
    std::uint64_t address = p.effectiveAddress(o) +
                            static_cast<std::uint64_t>(byteOffset(registerValue<T>(p, o.source)));
    if (o.addressBits != 64)
        address &= o.addressBits == 32 ? 0xFFFF'FFFF : 0xFFFF;
    const auto linear = p.linear(static_cast<SegmentName>(o.segment), address, sizeof(T),
                                 modify ? Access::Write : Access::Read);
    if (!linear)
        return nullptr;
    if (modify)
        return p.openForModify(*linear, sizeof(T));
    return p.readLinear(*linear, p.loaded.data(), sizeof(T)) ? p.loaded.data() : nullptr;
}

template <BitTest kKind, class T, class A, bool kLocked>
void bitOfString(Processor& p, const Operation* o) {
    const T bit = registerValue<T>(p, o->source);
    const unsigned number = static_cast<unsigned>(bit) & (sizeof(T) * 8 - 1);
    FlagsImage flags = p.flags;
    if constexpr (std::is_same_v<A, Checked>) {
        const void* memory = loadBitString<T>(p, *o, kKind != BitTest::Test);
        if (memory == nullptr) [[unlikely]]
            return fault(p, o);
        if constexpr (kKind == BitTest::Test)
            static_cast<void>(changeBit<kKind, T>(static_cast<const GuestValue<T>*>(memory)->value,
                                                  number, flags));
        else
            changeMemoryBit<kKind, T, kLocked>(static_cast<T*>(const_cast<void*>(memory)), number,
                                               flags);
        if (kKind != BitTest::Test && !p.commitModify()) [[unlikely]]
            return fault(p, o);
    } else {
        const std::uint64_t address =
            A::template address<sizeof(T)>(p, *o) + static_cast<std::uint64_t>(byteOffset(bit));
        if constexpr (kKind == BitTest::Test) {
            const Readable<T> value = readableFast<T>(*p.tlb, address);
            if (!value) [[unlikely]]
                return miss<A, &bitOfString<kKind, T, Checked, kLocked>>(p, o);
            static_cast<void>(changeBit<kKind, T>(*value, number, flags));
        } else {
            T* memory = writableFast<T>(*p.tlb, address);
            if (memory == nullptr) [[unlikely]]
                return miss<A, &bitOfString<kKind, T, Checked, kLocked>>(p, o);
            changeMemoryBit<kKind, T, kLocked>(memory, number, flags);
        }
    }
    p.flags = flags;
    return next(p, o);
}

template <BitTest kKind>
Lowered lowerBitTest(const DecodedInstruction& d, Operation& o) {
    const bool immediate = d.isImmediate(1);
    if (immediate)
        o.immediate = d.operand(1).imm.value.u;
    else
        o.source = generalRegister(d.operand(1).reg.value);
    const unsigned bits = d.operand(0).size;
    if (!d.isMemory(0)) {
        o.destination = generalRegister(d.operand(0).reg.value);
        o.handler = withWordSize(bits, [&]<class T>() -> Handler {
            return immediate ? Handler{&bitOfRegister<kKind, T, true>}
                             : Handler{&bitOfRegister<kKind, T, false>};
        });
        return Lowered::Continue;
    }
    const Addressing addressing = encodeMemory(d, d.operand(0), o);
    const bool locked = d.hasAttribute(ZYDIS_ATTRIB_HAS_LOCK);
    o.handler = withWordSize(bits, [&]<class T>() {
        if (immediate)
            return pickFew(addressing, [&]<class A>() -> Handler {
                return locked ? Handler{&bitOfMemory<kKind, T, A, true>}
                              : Handler{&bitOfMemory<kKind, T, A, false>};
            });
        return pickLong(addressing, [&]<class A>() -> Handler {
            return locked ? Handler{&bitOfString<kKind, T, A, true>}
                          : Handler{&bitOfString<kKind, T, A, false>};
        });
    });
    return Lowered::Continue;
}

/// BSF and BSR. A zero source leaves the destination; its upper half too, as processors do.
template <bool kForward, class T>
[[gnu::always_inline]] inline void scan(Processor& p, const Operation* o, T source) {
    FlagsImage f = p.flags;
    T result = registerValue<T>(p, o->destination);
    if constexpr (kForward)
        asm("sahf\n\tbsf %[s], %[r]\n\tlahf\n\tseto %%al"
            : [r] "+&r"(result), "+a"(f)
            : [s] "r"(source)
            : "cc");
    else
        asm("sahf\n\tbsr %[s], %[r]\n\tlahf\n\tseto %%al"
            : [r] "+&r"(result), "+a"(f)
            : [s] "r"(source)
            : "cc");
    if (source != 0)
        setRegister<T>(p, o->destination, result);
    p.flags = f;
}

template <bool kForward, class T>
void scanRegister(Processor& p, const Operation* o) {
    scan<kForward, T>(p, o, registerValue<T>(p, o->source));
    return next(p, o);
}
template <bool kForward, class T, class A>
void scanMemory(Processor& p, const Operation* o) {
    const auto source = Memory<A, T>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &scanMemory<kForward, T, Checked>>(p, o);
    scan<kForward, T>(p, o, *source);
    return next(p, o);
}

template <bool kForward>
Lowered lowerScan(const DecodedInstruction& d, Operation& o) {
    o.destination = generalRegister(d.operand(0).reg.value);
    const unsigned bits = d.operand(0).size;
    if (d.isMemory(1)) {
        const Addressing addressing = encodeMemory(d, d.operand(1), o);
        o.handler = withWordSize(bits, [&]<class T>() {
            return pickFew(addressing,
                           []<class A>() -> Handler { return &scanMemory<kForward, T, A>; });
        });
    } else {
        o.source = generalRegister(d.operand(1).reg.value);
        o.handler =
            withWordSize(bits, []<class T>() -> Handler { return &scanRegister<kForward, T>; });
    }
    return Lowered::Continue;
}

}  // namespace

Lowered lowerShiftsAndBits(const DecodedInstruction& d, Operation& o) {
    switch (d.mnemonic()) {
        case ZYDIS_MNEMONIC_ROL:
            return lowerShift<Shift::Rol>(d, o);
        case ZYDIS_MNEMONIC_ROR:
            return lowerShift<Shift::Ror>(d, o);
        case ZYDIS_MNEMONIC_RCL:
            return lowerShift<Shift::Rcl>(d, o);
        case ZYDIS_MNEMONIC_RCR:
            return lowerShift<Shift::Rcr>(d, o);
        case ZYDIS_MNEMONIC_SHL:
            return lowerShift<Shift::Shl>(d, o);
        case ZYDIS_MNEMONIC_SHR:
            return lowerShift<Shift::Shr>(d, o);
        case ZYDIS_MNEMONIC_SAR:
            return lowerShift<Shift::Sar>(d, o);
        case ZYDIS_MNEMONIC_SHLD:
            return lowerDoubleShift<true>(d, o);
        case ZYDIS_MNEMONIC_SHRD:
            return lowerDoubleShift<false>(d, o);
        case ZYDIS_MNEMONIC_BT:
            return lowerBitTest<BitTest::Test>(d, o);
        case ZYDIS_MNEMONIC_BTS:
            return lowerBitTest<BitTest::Set>(d, o);
        case ZYDIS_MNEMONIC_BTR:
            return lowerBitTest<BitTest::Reset>(d, o);
        case ZYDIS_MNEMONIC_BTC:
            return lowerBitTest<BitTest::Complement>(d, o);
        case ZYDIS_MNEMONIC_BSF:
            return lowerScan<true>(d, o);
        case ZYDIS_MNEMONIC_BSR:
            return lowerScan<false>(d, o);
        default:
            return Lowered::No;
    }
}

}  // namespace hypervisor::software
