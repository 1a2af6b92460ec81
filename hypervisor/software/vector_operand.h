// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <type_traits>

#include "memory_access.h"

/// Operands of vector instructions: XMM and MMX registers and 16-byte memory operands.
namespace hypervisor::software {

using Vector [[gnu::vector_size(16)]] = long long;

/// What Operation::destination and ::source hold for an XMM register: 16 times its number, which
/// an address computation scales by two for free.
using VectorOffset = std::uint8_t;
static_assert(sizeof(Processor::VectorRegister) == 32);

/// Element `index` of a vector register, as a type of any size.
template <class T>
[[gnu::always_inline]] inline T& elementAt(Processor& p, VectorOffset offset, unsigned index) {
    using Aliasing [[gnu::may_alias]] = T;
    return reinterpret_cast<Aliasing*>(reinterpret_cast<char*>(p.vectors.data()) +
                                       2 * std::size_t{offset})[index];
}
[[gnu::always_inline]] inline Vector& vectorAt(Processor& p, VectorOffset offset) {
    return elementAt<Vector>(p, offset, 0);
}

/// A scalar in the lowest element of a vector. What the rest holds is unspecified.
[[gnu::always_inline]] inline Vector lowElement(Vector value) {
    return value;
}
template <class T>
requires std::is_floating_point_v<T>
[[gnu::always_inline]] inline Vector lowElement(T value) {
    Vector wide;
    asm("" : "=x"(wide) : "0"(value));
    return wide;
}
[[gnu::always_inline]] inline Vector lowElement(std::uint16_t value) {
    return Vector{value, 0};
}

/// A scalar in the lowest element of a vector, the rest zero.
[[gnu::always_inline]] inline Vector widen(Vector value) {
    return value;
}
[[gnu::always_inline]] inline Vector widen(std::uint64_t value) {
    return Vector{static_cast<long long>(value), 0};
}
[[gnu::always_inline]] inline Vector widen(std::uint32_t value) {
    return Vector{value, 0};
}
[[gnu::always_inline]] inline Vector widen(std::uint16_t value) {
    return Vector{value, 0};
}
[[gnu::always_inline]] inline std::uint64_t lowHalf(Vector value) {
    return static_cast<std::uint64_t>(value[0]);
}

/// Like loadChecked() and storeChecked(), for operands that must lie on a 16-byte boundary.
[[nodiscard]] const void* loadAlignedChecked(Processor& p, const Operation& o);
void storeAlignedChecked(Processor& p, const Operation& o, Vector value);

/// Memory<A, Vector> for operands that must lie on a 16-byte boundary: #GP if they don't. On the
/// fast path one comparison asks for the alignment and for the page.
template <class A>
struct AlignedMemory {
    [[gnu::always_inline]] static Readable<Vector> load(Processor& p, const Operation& o) {
        if constexpr (std::is_same_v<A, Checked>) {
            return loadAlignedChecked(p, o);
        } else {
            const std::uint64_t address = A::template address<sizeof(Vector)>(p, o);
            const TlbEntry& entry = p.tlb->entries[Tlb::slot(address)];
            if ((address & (kPageMask | (sizeof(Vector) - 1))) != entry.readTag) [[unlikely]]
                return nullptr;
            const auto* host = reinterpret_cast<const void*>(address + entry.addend);
            if (host == nullptr)
                __builtin_unreachable();
            return host;
        }
    }

    [[nodiscard, gnu::always_inline]] static bool store(Processor& p, const Operation& o,
                                                        Vector value) {
        if constexpr (std::is_same_v<A, Checked>) {
            storeAlignedChecked(p, o, value);
            return !p.faulted;
        } else {
            const std::uint64_t address = A::template address<sizeof(Vector)>(p, o);
            const TlbEntry& entry = p.tlb->entries[Tlb::slot(address)];
            if ((address & (kPageMask | (sizeof(Vector) - 1))) != entry.writeTag) [[unlikely]]
                return false;
            *reinterpret_cast<volatile Vector*>(address + entry.addend) = value;
            return true;
        }
    }
};

/// A memory source operand: whole vectors must be aligned, scalars need not.
template <class A, class T>
using SourceMemory = std::conditional_t<std::is_same_v<T, Vector>, AlignedMemory<A>, Memory<A, T>>;

}  // namespace hypervisor::software
