// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "memory_access.h"

/// The stack as PUSH, POP, CALL and RET use it. LongStack serves 64-bit mode and ShortStack open
/// stack segments of other modes, through the TLB; Checked does everything. None changes RSP: the
/// caller does, once nothing can fail.
namespace hypervisor::software {

inline constexpr RegisterOffset kStackPointer = 4 * 8;

struct LongStack {
    /// The linear address of an operand of kBytes at this value of a stack pointer.
    template <unsigned kBytes>
    [[gnu::always_inline]] static std::uint64_t address(Processor& /*p*/, std::uint64_t pointer) {
        return pointer;
    }
    [[gnu::always_inline]] static void set(Processor& p, std::uint64_t pointer) {
        registerAt<std::uint64_t>(p, kStackPointer) = pointer;
    }
};

/// `Pointer` is what of RSP the stack segment's size uses.
template <class Pointer>
struct ShortStack {
    template <unsigned kBytes>
    [[gnu::always_inline]] static std::uint64_t address(Processor& p, std::uint64_t pointer) {
        const std::uint64_t first = static_cast<Pointer>(pointer);
        if (first + (kBytes - 1) > Pointer(~Pointer{0})) [[unlikely]]
            return kNowhere;
        return (first + p.linearBase[static_cast<std::size_t>(SegmentName::Ss)]) & 0xFFFF'FFFF;
    }
    [[gnu::always_inline]] static void set(Processor& p, std::uint64_t pointer) {
        setRegister<Pointer>(p, kStackPointer, static_cast<Pointer>(pointer));
    }
};

/// RSP moved by `bytes`, as the stack segment's size has it.
[[gnu::always_inline]] inline void moveStackPointer(Processor& p, std::int64_t bytes) {
    const auto delta = static_cast<std::uint64_t>(bytes);
    if ((p.mode & mode::kCode64) != 0)
        registerAt<std::uint64_t>(p, kStackPointer) += delta;
    else if ((p.mode & mode::kStack32) != 0)
        setRegister<std::uint32_t>(
            p, kStackPointer,
            static_cast<std::uint32_t>(registerAt<std::uint32_t>(p, kStackPointer) + delta));
    else
        registerAt<std::uint16_t>(p, kStackPointer) =
            static_cast<std::uint16_t>(registerAt<std::uint16_t>(p, kStackPointer) + delta);
}

/// The offset in the stack segment of RSP + displacement.
[[nodiscard]] inline std::uint64_t stackOffset(Processor& p, std::int64_t displacement) {
    const std::uint64_t offset =
        registerAt<std::uint64_t>(p, kStackPointer) + static_cast<std::uint64_t>(displacement);
    if ((p.mode & mode::kCode64) != 0)
        return offset;
    return offset & ((p.mode & mode::kStack32) != 0 ? 0xFFFF'FFFF : 0xFFFF);
}

template <class T>
[[gnu::noinline]] bool pushChecked(Processor& p, T value) {
    const auto linear =
        p.linear(SegmentName::Ss, stackOffset(p, -static_cast<std::int64_t>(sizeof(T))), sizeof(T),
                 Access::Write);
    return linear && p.writeLinear(*linear, &value, sizeof(T));
}
template <class T>
[[gnu::noinline]] const void* topChecked(Processor& p) {
    const auto linear = p.linear(SegmentName::Ss, stackOffset(p, 0), sizeof(T), Access::Read);
    if (!linear || !p.readLinear(*linear, p.loaded.data(), sizeof(T)))
        return nullptr;
    return p.loaded.data();
}

template <class A, class T>
struct Stack {
    /// Writes below the top; false where the handler must return miss().
    [[nodiscard, gnu::always_inline]] static bool writeBelow(Processor& p, T value) {
        if constexpr (std::is_same_v<A, Checked>) {
            return pushChecked<T>(p, value);
        } else {
            T* to = writableFast<T>(
                *p.tlb, A::template address<sizeof(T)>(
                            p, registerAt<std::uint64_t>(p, kStackPointer) - sizeof(T)));
            if (to == nullptr) [[unlikely]]
                return false;
            reinterpret_cast<volatile GuestValue<T>*>(to)->value = value;
            return true;
        }
    }
    /// Reads the top; nothing where the handler must return miss().
    [[gnu::always_inline]] static Readable<T> top(Processor& p) {
        if constexpr (std::is_same_v<A, Checked>)
            return topChecked<T>(p);
        else
            return readableFast<T>(*p.tlb, A::template address<sizeof(T)>(
                                               p, registerAt<std::uint64_t>(p, kStackPointer)));
    }
    [[gnu::always_inline]] static void move(Processor& p, std::int64_t bytes) {
        if constexpr (std::is_same_v<A, Checked>)
            moveStackPointer(p, bytes);
        else
            A::set(p,
                   registerAt<std::uint64_t>(p, kStackPointer) + static_cast<std::uint64_t>(bytes));
    }
};

/// `function.operator()<A>()` for the stack of the mode.
template <class Function>
[[nodiscard]] Handler pickStack(Mode mode, Function function) {
    if ((mode & mode::kCode64) != 0)
        return function.template operator()<LongStack>();
    const bool wide = (mode & mode::kStack32) != 0;
    const Mode wanted = mode::openSegment(static_cast<unsigned>(SegmentName::Ss)) |
                        (wide ? mode::kOpenTo32Bits : Mode{0});
    if ((mode & wanted) != wanted)
        return function.template operator()<Checked>();
    return wide ? function.template operator()<ShortStack<std::uint32_t>>()
                : function.template operator()<ShortStack<std::uint16_t>>();
}

}  // namespace hypervisor::software
