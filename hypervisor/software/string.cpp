// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>
#include <optional>

#include "arithmetic.h"
#include "lowering_support.h"

// MOVS, STOS, LODS, SCAS, CMPS with their repeat prefixes. A repeated instruction can be left
// after any iteration, with its registers as far as it has come, and is started again later.
namespace hypervisor::software {

namespace {

constexpr RegisterOffset kRax = 0;
constexpr RegisterOffset kRcx = 1 * 8;
constexpr RegisterOffset kRsi = 6 * 8;
constexpr RegisterOffset kRdi = 7 * 8;

enum class Kind : std::uint8_t { Movs, Stos, Lods, Scas, Cmps };
enum class Repeat : std::uint8_t { No, Always, WhileEqual, WhileNotEqual };

enum class Outcome : std::uint8_t { Done, Fault, Interrupted };

/// Work between two looks at Processor::attention.
constexpr std::uint64_t kBatch = 1U << 16;

[[nodiscard]] std::uint64_t addressMask(const Operation& o) {
    return o.addressBits == 64 ? ~std::uint64_t{0} : o.addressBits == 32 ? 0xFFFF'FFFF : 0xFFFF;
}

void advance(Processor& p, RegisterOffset name, std::uint64_t delta, const Operation& o) {
    switch (o.addressBits) {
        case 64:
            registerAt<std::uint64_t>(p, name) += delta;
            break;
        case 32:
            setRegister<std::uint32_t>(
                p, name, static_cast<std::uint32_t>(registerAt<std::uint64_t>(p, name) + delta));
            break;
        default:
            registerAt<std::uint16_t>(p, name) =
                static_cast<std::uint16_t>(registerAt<std::uint64_t>(p, name) + delta);
    }
}

/// One element's linear address, checked.
[[nodiscard]] std::optional<std::uint64_t> element(Processor& p, SegmentName segment,
                                                   RegisterOffset name, unsigned size,
                                                   Access access, const Operation& o) {
    return p.linear(segment, registerAt<std::uint64_t>(p, name) & addressMask(o), size, access);
}

/// How many bytes from [name] upwards can be reached in one go: within the page, the segment and
/// the address width. Zero where a single element must be looked at with care.
[[nodiscard]] std::uint64_t straight(Processor& p, SegmentName segment, RegisterOffset name,
                                     const Operation& o, std::uint64_t& linear) {
    const std::uint64_t offset = registerAt<std::uint64_t>(p, name) & addressMask(o);
    linear = offset + p.linearBase[static_cast<std::size_t>(segment)];
    std::uint64_t bytes = kPageSize - linear % kPageSize;
    if (p.in64BitMode()) {
        if (!p.isCanonical(linear))
            return 0;
    } else {
        const Segment& descriptor = p[segment];
        // Expand-down and unusable segments go element by element.
        if ((descriptor.type() & 0xC) == 0x4 || offset > descriptor.limit)
            return 0;
        // Real mode knows limits alone.
        const bool isWritableData = (descriptor.type() & 0xA) == 0x2;
        if (p.inProtectedMode() && (!descriptor.present() || !isWritableData))
            return 0;
        bytes = std::min<std::uint64_t>(bytes, std::uint64_t{descriptor.limit} - offset + 1);
        linear &= p.inLongMode() ? ~std::uint64_t{0} : 0xFFFF'FFFF;
    }
    return std::min(bytes, addressMask(o) - offset);
}

/// Moves or stores as much as lies straight ahead, going up: the number of elements done, zero
/// where it must be done one by one.
template <Kind kKind, class T>
[[nodiscard]] std::uint64_t bulk(Processor& p, const Operation& o, std::uint64_t count) {
    std::uint64_t to;
    std::uint64_t from = 0;
    std::uint64_t bytes = straight(p, SegmentName::Es, kRdi, o, to);
    if constexpr (kKind == Kind::Movs)
        bytes = std::min(bytes, straight(p, static_cast<SegmentName>(o.segment), kRsi, o, from));
    const std::uint64_t elements = std::min(count, bytes / sizeof(T));
    if (elements == 0)
        return 0;
    const auto size = static_cast<unsigned>(elements * sizeof(T));
    const std::byte* source = nullptr;
    if constexpr (kKind == Kind::Movs) {
        source = p.hostAddress(from, size, Access::Read);
        if (source == nullptr)
            return 0;
    }
    std::byte* target = p.hostAddress(to, size, Access::Write);
    if (target == nullptr)
        return 0;
    if constexpr (kKind == Kind::Movs) {
        // The two pages may be one: an overlap repeats what was just written.
        if (target > source && target < source + size) {
            for (std::uint64_t i = 0; i < elements; ++i)
                reinterpret_cast<volatile GuestValue<T>*>(target + i * sizeof(T))->value =
                    reinterpret_cast<const volatile GuestValue<T>*>(source + i * sizeof(T))->value;
        } else {
            std::memmove(target, source, size);
        }
        advance(p, kRsi, size, o);
    } else {
        const T value = registerValue<T>(p, kRax);
        if constexpr (sizeof(T) == 1) {
            std::memset(target, value, size);
        } else {
            for (std::uint64_t i = 0; i < elements; ++i)
                reinterpret_cast<volatile GuestValue<T>*>(target + i * sizeof(T))->value = value;
        }
    }
    advance(p, kRdi, size, o);
    return elements;
}

/// One iteration; false after a fault, with nothing changed.
template <Kind kKind, class T>
[[nodiscard]] bool step(Processor& p, const Operation& o) {
    const auto source = static_cast<SegmentName>(o.segment);
    const std::uint64_t delta =
        (p.systemFlags & rflags::kDirection) != 0 ? ~std::uint64_t{0} * sizeof(T) : sizeof(T);
    T first{};
    [[maybe_unused]] T second{};
    // CMPS looks at its second operand first.
    if constexpr (kKind == Kind::Scas || kKind == Kind::Cmps) {
        const auto linear = element(p, SegmentName::Es, kRdi, sizeof(T), Access::Read, o);
        if (!linear || !p.readLinear(*linear, &second, sizeof(T)))
            return false;
    }
    if constexpr (kKind == Kind::Movs || kKind == Kind::Lods || kKind == Kind::Cmps) {
        const auto linear = element(p, source, kRsi, sizeof(T), Access::Read, o);
        if (!linear || !p.readLinear(*linear, &first, sizeof(T)))
            return false;
    } else {
        first = registerValue<T>(p, kRax);
    }
    if constexpr (kKind == Kind::Movs || kKind == Kind::Stos) {
        const auto linear = element(p, SegmentName::Es, kRdi, sizeof(T), Access::Write, o);
        if (!linear || !p.writeLinear(*linear, &first, sizeof(T)))
            return false;
    } else if constexpr (kKind == Kind::Lods) {
        setRegister<T>(p, kRax, first);
    } else {
        FlagsImage flags;
        compute<Alu::Cmp, T>(first, second, flags);
        p.flags = flags;
    }
    if constexpr (kKind == Kind::Movs || kKind == Kind::Lods || kKind == Kind::Cmps)
        advance(p, kRsi, delta, o);
    if constexpr (kKind != Kind::Lods)
        advance(p, kRdi, delta, o);
    return true;
}

/// Writes registers with their own values: those that the host writes although no iteration has
/// ended.
template <Kind kKind>
void advanceAll(Processor& p, const Operation& o) {
    advance(p, kRcx, 0, o);
    if constexpr (kKind == Kind::Movs)
        advance(p, kRsi, 0, o);
    if constexpr (kKind == Kind::Movs || kKind == Kind::Stos)
        advance(p, kRdi, 0, o);
}

template <Kind kKind, class T, Repeat kRepeat>
[[gnu::noinline]] Outcome run(Processor& p, const Operation& o) {
    if constexpr (kRepeat == Repeat::No)
        return step<kKind, T>(p, o) ? Outcome::Done : Outcome::Fault;
    const std::uint16_t flagsBefore = p.flags;
    std::uint64_t budget = kBatch;
    const bool upwards = (p.systemFlags & rflags::kDirection) == 0;
    const bool stepping = (p.mode & mode::kSingle) != 0;
    // From the first element that a device has, what is left of the batch is one visit to it.
    std::optional<DeviceAccesses> visit;
    p.metDevice = false;
    for (;;) {
        const std::uint64_t count = registerAt<std::uint64_t>(p, kRcx) & addressMask(o);
        if (count == 0) {
            if (o.addressBits == 32)
                advanceAll<kKind>(p, o);
            return Outcome::Done;
        }
        std::uint64_t done = 0;
        if constexpr (kKind == Kind::Movs || kKind == Kind::Stos) {
            if (upwards && !stepping && !visit)
                done = bulk<kKind, T>(p, o, std::min(count, budget));
            // A page that can't be reached makes its fault again, element by element.
            p.faulted = false;
        }
        if (done == 0) {
            if (!step<kKind, T>(p, o)) {
                // Flags are those before the instruction, not before the iteration.
                p.flags = flagsBefore;
                // 32-bit registers are written even if they do not change.
                if (o.addressBits == 32)
                    advanceAll<kKind>(p, o);
                return Outcome::Fault;
            }
            done = 1;
            if (!visit && p.metDevice)
                visit.emplace(p.environment);
        }
        advance(p, kRcx, ~std::uint64_t{0} * done, o);
        if constexpr (kKind == Kind::Scas || kKind == Kind::Cmps) {
            const bool equal = (p.flags & image::kZero) != 0;
            if (equal != (kRepeat == Repeat::WhileEqual))
                return Outcome::Done;
        }
        if (count == done)
            return Outcome::Done;
        // Code that the instruction itself has changed, or a trap, also come in between.
        if (stepping || p.attention.load(std::memory_order_relaxed) != 0 || done >= budget)
            return Outcome::Interrupted;
        budget -= done;
    }
}

template <Kind kKind, class T, Repeat kRepeat>
void stringOperation(Processor& p, const Operation* o) {
    switch (run<kKind, T, kRepeat>(p, *o)) {
        case Outcome::Done:
            return next(p, o);
        case Outcome::Fault:
        case Outcome::Interrupted:
            break;
    }
    return fault(p, o);
}

template <Kind kKind, class T>
Handler pickRepeat(const DecodedInstruction& d) {
    if (d.hasAttribute(ZYDIS_ATTRIB_HAS_REPNE))
        return &stringOperation<kKind, T, Repeat::WhileNotEqual>;
    if (d.hasAttribute(ZYDIS_ATTRIB_HAS_REPE))
        return &stringOperation<kKind, T, Repeat::WhileEqual>;
    if (d.hasAttribute(ZYDIS_ATTRIB_HAS_REP))
        return &stringOperation<kKind, T, Repeat::Always>;
    return &stringOperation<kKind, T, Repeat::No>;
}

template <Kind kKind, class T>
Lowered lower(const DecodedInstruction& d, Operation& o) {
    o.addressBits = d.instruction.address_width;
    // The source's segment can be overridden; Zydis names it in the operand that is not ES:[DI].
    o.segment = static_cast<std::uint8_t>(SegmentName::Ds);
    for (unsigned i = 0; i < d.instruction.operand_count; ++i) {
        const ZydisDecodedOperand& operand = d.operands[i];
        if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
            (operand.mem.base == ZYDIS_REGISTER_RSI || operand.mem.base == ZYDIS_REGISTER_ESI ||
             operand.mem.base == ZYDIS_REGISTER_SI))
            o.segment = registerNumber(operand.mem.segment);
    }
    o.handler = pickRepeat<kKind, T>(d);
    return Lowered::Continue;
}

}  // namespace

Lowered lowerString(const DecodedInstruction& d, Operation& o) {
    // MOVSD and CMPSD are SSE2 instructions too.
    if (d.instruction.meta.isa_set == ZYDIS_ISA_SET_SSE2)
        return Lowered::No;
    switch (d.mnemonic()) {
        case ZYDIS_MNEMONIC_MOVSB:
            return lower<Kind::Movs, std::uint8_t>(d, o);
        case ZYDIS_MNEMONIC_MOVSW:
            return lower<Kind::Movs, std::uint16_t>(d, o);
        case ZYDIS_MNEMONIC_MOVSD:
            return lower<Kind::Movs, std::uint32_t>(d, o);
        case ZYDIS_MNEMONIC_MOVSQ:
            return lower<Kind::Movs, std::uint64_t>(d, o);
        case ZYDIS_MNEMONIC_STOSB:
            return lower<Kind::Stos, std::uint8_t>(d, o);
        case ZYDIS_MNEMONIC_STOSW:
            return lower<Kind::Stos, std::uint16_t>(d, o);
        case ZYDIS_MNEMONIC_STOSD:
            return lower<Kind::Stos, std::uint32_t>(d, o);
        case ZYDIS_MNEMONIC_STOSQ:
            return lower<Kind::Stos, std::uint64_t>(d, o);
        case ZYDIS_MNEMONIC_LODSB:
            return lower<Kind::Lods, std::uint8_t>(d, o);
        case ZYDIS_MNEMONIC_LODSW:
            return lower<Kind::Lods, std::uint16_t>(d, o);
        case ZYDIS_MNEMONIC_LODSD:
            return lower<Kind::Lods, std::uint32_t>(d, o);
        case ZYDIS_MNEMONIC_LODSQ:
            return lower<Kind::Lods, std::uint64_t>(d, o);
        case ZYDIS_MNEMONIC_SCASB:
            return lower<Kind::Scas, std::uint8_t>(d, o);
        case ZYDIS_MNEMONIC_SCASW:
            return lower<Kind::Scas, std::uint16_t>(d, o);
        case ZYDIS_MNEMONIC_SCASD:
            return lower<Kind::Scas, std::uint32_t>(d, o);
        case ZYDIS_MNEMONIC_SCASQ:
            return lower<Kind::Scas, std::uint64_t>(d, o);
        case ZYDIS_MNEMONIC_CMPSB:
            return lower<Kind::Cmps, std::uint8_t>(d, o);
        case ZYDIS_MNEMONIC_CMPSW:
            return lower<Kind::Cmps, std::uint16_t>(d, o);
        case ZYDIS_MNEMONIC_CMPSD:
            return lower<Kind::Cmps, std::uint32_t>(d, o);
        case ZYDIS_MNEMONIC_CMPSQ:
            return lower<Kind::Cmps, std::uint64_t>(d, o);
        default:
            return Lowered::No;
    }
}

}  // namespace hypervisor::software
