// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "execution.h"

/// Memory operands of handlers. A handler is a template over one of four addressing kinds. Two
/// serve 64-bit mode and one the open segments of other modes (mode::openSegment()); they go
/// straight through the TLB, and where that is not enough they start the instruction again as its
/// `Checked` form, before anything has changed. `Checked` does everything: segment limits and
/// types, page walks, operands across pages, devices, pages with decoded code.
namespace hypervisor::software {

/// Values in guest memory have any alignment and alias anything.
template <class T>
struct [[gnu::packed, gnu::may_alias]] GuestValue {
    T value;
};

/// A value that can be read, once, or none.
template <class T>
class Readable {
  public:
    Readable(const void* from) : from_(static_cast<const volatile GuestValue<T>*>(from)) {}
    [[nodiscard, gnu::always_inline]] explicit operator bool() const { return from_ != nullptr; }
    [[nodiscard, gnu::always_inline]] T operator*() const { return from_->value; }

  private:
    const volatile GuestValue<T>* from_;
};

/// Lets the TLB answer for [address, address + sizeof(T)); nothing where it can't.
template <class T>
[[gnu::always_inline]] inline const void* readableFast(const Tlb& tlb, std::uint64_t address) {
    const TlbEntry& entry = tlb.entries[Tlb::slot(address)];
    if (((address + sizeof(T) - 1) & kPageMask) != entry.readTag) [[unlikely]]
        return nullptr;
    const auto* host = reinterpret_cast<const void*>(address + entry.addend);
    if (host == nullptr)
        __builtin_unreachable();
    return host;
}

template <class T>
[[gnu::always_inline]] inline T* writableFast(const Tlb& tlb, std::uint64_t address) {
    const TlbEntry& entry = tlb.entries[Tlb::slot(address)];
    if (((address + sizeof(T) - 1) & kPageMask) != entry.writeTag) [[unlikely]]
        return nullptr;
    auto* host = reinterpret_cast<T*>(address + entry.addend);
    if (host == nullptr)
        __builtin_unreachable();
    return host;
}

template <class T>
[[gnu::always_inline]] inline T& registerAt(Processor& p, RegisterOffset offset) {
    using Aliasing [[gnu::may_alias]] = T;
    return *reinterpret_cast<Aliasing*>(reinterpret_cast<char*>(p.registers.data()) + offset);
}
template <class T>
[[gnu::always_inline]] inline T registerValue(Processor& p, RegisterOffset offset) {
    return registerAt<T>(p, offset);
}
/// Writes a general register as instructions do: 32-bit results clear the upper half.
template <class T>
[[gnu::always_inline]] inline void setRegister(Processor& p, RegisterOffset offset, T value) {
    if constexpr (sizeof(T) == 4)
        registerAt<std::uint64_t>(p, offset) = value;
    else
        registerAt<T>(p, offset) = value;
}

// An addressing kind's address() gives the linear address of an operand of kBytes, offset() what
// is added to the segment's base.

/// Base and displacement, no segment base: most operands of 64-bit code.
struct Simple {
    [[gnu::always_inline]] static std::uint64_t offset(Processor& p, const Operation& o) {
        return registerAt<std::uint64_t>(p, o.base) +
               static_cast<std::uint64_t>(std::int64_t{o.displacement});
    }
    template <unsigned kBytes>
    [[gnu::always_inline]] static std::uint64_t address(Processor& p, const Operation& o) {
        return offset(p, o);
    }
};

/// Everything that a 64-bit operand with 64-bit addressing can be.
struct Full {
    [[gnu::always_inline]] static std::uint64_t offset(Processor& p, const Operation& o) {
        return Simple::offset(p, o) + (registerAt<std::uint64_t>(p, o.index) << o.scale);
    }
    template <unsigned kBytes>
    [[gnu::always_inline]] static std::uint64_t address(Processor& p, const Operation& o) {
        return offset(p, o) + p.linearBase[o.segment];
    }
};

/// No TLB has it: where an operand goes over the end of what its address can reach.
inline constexpr std::uint64_t kNowhere = std::uint64_t{1} << 62;

/// An operand in an open segment that is addressed with kBits, 16 or 32.
template <unsigned kBits>
struct Segmented {
    [[gnu::always_inline]] static std::uint64_t offset(Processor& p, const Operation& o) {
        return Full::offset(p, o) & (~std::uint64_t{0} >> (64 - kBits));
    }
    template <unsigned kBytes>
    [[gnu::always_inline]] static std::uint64_t address(Processor& p, const Operation& o) {
        const std::uint64_t first = offset(p, o);
        if ((first + (kBytes - 1)) >> kBits != 0) [[unlikely]]
            return kNowhere;
        return (first + p.linearBase[o.segment]) & 0xFFFF'FFFF;
    }
};

struct Checked {};

/// What Checked operands do, out of line and without pointers to the caller's frame, which would
/// cost the caller its tail calls. When one fails, it has raised a fault.
template <class T>
[[gnu::noinline]] const void* loadChecked(Processor& p, const Operation& o) {
    const auto linear = p.operandAddress(o, sizeof(T), Access::Read);
    if (!linear || !p.readLinear(*linear, p.loaded.data(), sizeof(T)))
        return nullptr;
    return p.loaded.data();
}
template <class T>
[[gnu::noinline]] void storeChecked(Processor& p, const Operation& o, T value) {
    if (const auto linear = p.operandAddress(o, sizeof(T), Access::Write))
        static_cast<void>(p.writeLinear(*linear, &value, sizeof(T)));
}
template <class T>
[[gnu::noinline]] T* modifyChecked(Processor& p, const Operation& o) {
    if (const auto linear = p.operandAddress(o, sizeof(T), Access::Write))
        return static_cast<T*>(p.openForModify(*linear, sizeof(T)));
    return nullptr;
}

/// A memory operand of type T, addressed by kind A, as its handler sees it.
template <class A, class T>
struct Memory {
    /// The operand to read; nothing where the handler must return miss().
    [[gnu::always_inline]] static Readable<T> load(Processor& p, const Operation& o) {
        if constexpr (std::is_same_v<A, Checked>)
            return loadChecked<T>(p, o);
        else
            return readableFast<T>(*p.tlb, A::template address<sizeof(T)>(p, o));
    }

    /// Writes the operand; false where the handler must return miss().
    [[nodiscard, gnu::always_inline]] static bool store(Processor& p, const Operation& o, T value) {
        if constexpr (std::is_same_v<A, Checked>) {
            storeChecked<T>(p, o, value);
            return !p.faulted;
        } else {
            T* to = writableFast<T>(*p.tlb, A::template address<sizeof(T)>(p, o));
            if (to == nullptr) [[unlikely]]
                return false;
            reinterpret_cast<volatile GuestValue<T>*>(to)->value = value;
            return true;
        }
    }

    /// Memory to read and change, then to be committed; nullptr where the handler must return
    /// miss(). May be unaligned: use it through GuestValue or inline assembly.
    [[nodiscard, gnu::always_inline]] static T* modify(Processor& p, const Operation& o) {
        if constexpr (std::is_same_v<A, Checked>)
            return modifyChecked<T>(p, o);
        else
            return writableFast<T>(*p.tlb, A::template address<sizeof(T)>(p, o));
    }
    [[nodiscard, gnu::always_inline]] static bool commit(Processor& p) {
        if constexpr (std::is_same_v<A, Checked>)
            return p.commitModify();
        else
            return true;
    }
};

/// Keeps the checked form, which calls functions, out of the fast form, which saves no register.
template <Handler kCheckedForm>
[[gnu::noinline, gnu::cold]] void startAgain(Processor& p, const Operation* o) {
    return kCheckedForm(p, o);
}

/// What a handler returns when its memory operand could not be reached: the checked form of
/// itself starts the instruction again; if it is that form already, it has raised a fault.
template <class A, Handler kCheckedForm>
[[gnu::always_inline]] inline void miss(Processor& p, const Operation* o) {
    if constexpr (std::is_same_v<A, Checked>)
        return fault(p, o);
    else
        return startAgain<kCheckedForm>(p, o);
}

}  // namespace hypervisor::software
