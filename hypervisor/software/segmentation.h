// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "processor.h"

/// Segment descriptors and the registers they are loaded into (Intel SDM volume 3, chapters 3
/// and 5). Functions that return bool or an optional have raised a fault when they fail.
namespace hypervisor::software {

/// Bits of Segment::attributes.
namespace attributes {
inline constexpr std::uint16_t kAccessed = 1U << 0;
/// Writable data, readable code.
inline constexpr std::uint16_t kReadWrite = 1U << 1;
/// Expand-down data, conforming code.
inline constexpr std::uint16_t kExpandConform = 1U << 2;
inline constexpr std::uint16_t kCode = 1U << 3;
inline constexpr std::uint16_t kCodeOrData = 1U << 4;
inline constexpr std::uint16_t kPresent = 1U << 7;
inline constexpr std::uint16_t kLong = 1U << 13;
inline constexpr std::uint16_t kBig = 1U << 14;
inline constexpr std::uint16_t kGranular = 1U << 15;
}  // namespace attributes

/// Types of system descriptors.
namespace system_type {
inline constexpr std::uint8_t kTss16 = 1;
inline constexpr std::uint8_t kLdt = 2;
inline constexpr std::uint8_t kTss16Busy = 3;
inline constexpr std::uint8_t kCallGate16 = 4;
inline constexpr std::uint8_t kTaskGate = 5;
inline constexpr std::uint8_t kInterruptGate16 = 6;
inline constexpr std::uint8_t kTrapGate16 = 7;
inline constexpr std::uint8_t kTss32 = 9;
inline constexpr std::uint8_t kTss32Busy = 11;
inline constexpr std::uint8_t kCallGate32 = 12;
inline constexpr std::uint8_t kInterruptGate32 = 14;
inline constexpr std::uint8_t kTrapGate32 = 15;
/// What makes an available TSS a busy one.
inline constexpr std::uint8_t kBusy = 2;
}  // namespace system_type

/// One descriptor as it lies in memory; `upper` is the second half of those that are 16 bytes
/// long in long mode.
struct Descriptor {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    std::uint64_t upper = 0;

    [[nodiscard]] std::uint16_t attributes() const {
        return static_cast<std::uint16_t>(high >> 8 & 0xF0FF);
    }
    [[nodiscard]] bool has(std::uint16_t bits) const { return (attributes() & bits) == bits; }
    [[nodiscard]] std::uint8_t type() const { return high >> 8 & 0xF; }
    [[nodiscard]] std::uint8_t dpl() const { return high >> 13 & 3; }
    [[nodiscard]] bool present() const { return has(attributes::kPresent); }
    [[nodiscard]] bool isSystem() const { return !has(attributes::kCodeOrData); }
    [[nodiscard]] bool isCode() const { return has(attributes::kCodeOrData | attributes::kCode); }
    [[nodiscard]] bool isData() const { return !isSystem() && !isCode(); }
    [[nodiscard]] bool isWritableData() const { return isData() && has(attributes::kReadWrite); }
    [[nodiscard]] bool isConforming() const { return isCode() && has(attributes::kExpandConform); }
    [[nodiscard]] bool isReadable() const { return isData() || has(attributes::kReadWrite); }
    [[nodiscard]] std::uint32_t limit() const {
        const std::uint32_t raw = (low & 0xFFFF) | (high & 0xF0000);
        return has(attributes::kGranular) ? raw << 12 | 0xFFF : raw;
    }
    [[nodiscard]] std::uint64_t base() const {
        return low >> 16 | (high & 0xFF) << 16 | (high & 0xFF00'0000) | upper << 32;
    }
    /// The segment register that this descriptor loads.
    [[nodiscard]] Segment segment(std::uint16_t selector) const {
        return {base(), limit(), selector, attributes()};
    }

    // Gates.
    [[nodiscard]] std::uint16_t gateSelector() const {
        return static_cast<std::uint16_t>(low >> 16);
    }
    [[nodiscard]] std::uint64_t gateOffset() const {
        return (low & 0xFFFF) | (high & 0xFFFF'0000) | upper << 32;
    }
};

[[nodiscard]] inline bool isNull(std::uint16_t selector) {
    return (selector & ~3U) == 0;
}
[[nodiscard]] inline std::uint8_t rpl(std::uint16_t selector) {
    return selector & 3;
}
/// The error code that names `selector`. `external` is 1 while an event is delivered that the
/// program did not ask for, else 0.
[[nodiscard]] inline std::uint32_t selectorError(std::uint16_t selector,
                                                 std::uint32_t external = 0) {
    return (selector & ~3U) | external;
}

/// An unusable segment register. Its DPL stays meaningful for SS, where it is the CPL.
[[nodiscard]] Segment nullSegment(std::uint16_t selector, std::uint8_t dpl);
[[nodiscard]] Segment virtual8086Segment(std::uint16_t selector);

/// Whether [offset, offset + size) lies within the segment's limit.
[[nodiscard]] bool covers(const Segment& segment, std::uint64_t offset, unsigned size);

/// Linear address of `selector`'s descriptor of `size` bytes; nothing, without a fault, where it
/// is out of its table.
[[nodiscard]] std::optional<std::uint64_t> descriptorAddress(const Processor& p,
                                                             std::uint16_t selector, unsigned size);

/// Reads the descriptor of a selector that is not null; `exception` with the selector where it
/// is out of its table.
[[nodiscard]] std::optional<Descriptor> readDescriptor(
    Processor& p, std::uint16_t selector, Exception exception = Exception::GeneralProtection,
    std::uint32_t external = 0);

/// Reads `descriptor.upper`, and checks that it can be the upper half of a system descriptor.
[[nodiscard]] bool readUpperHalf(Processor& p, std::uint16_t selector, Descriptor& descriptor,
                                 Exception exception = Exception::GeneralProtection);

/// Sets the accessed bit in memory and in `descriptor`, where it is not set yet.
[[nodiscard]] bool markAccessed(Processor& p, std::uint16_t selector, Descriptor& descriptor);

/// Sets or clears the busy bit of a TSS descriptor in memory.
[[nodiscard]] bool setBusy(Processor& p, std::uint16_t selector, bool busy);

/// What a load of SS has to be: the stack of `cpl`, raising `exception` (#SS where not present).
[[nodiscard]] std::optional<Descriptor> readStackDescriptor(Processor& p, std::uint16_t selector,
                                                            std::uint8_t cpl, Exception exception,
                                                            std::uint32_t external);
/// What a load of DS, ES, FS or GS has to be.
[[nodiscard]] std::optional<Descriptor> readDataDescriptor(Processor& p, std::uint16_t selector,
                                                           Exception exception);

/// MOV, POP, LDS and so on to any segment register but CS, in every mode. Brings linearBase up
/// to date; after a load of SS the caller calls updateMode(), after others noteSegmentLoad().
[[nodiscard]] bool loadSegment(Processor& p, SegmentName name, std::uint16_t selector);

/// After a return to an outer level: data segments that it may not use become null.
void dropInnerSegments(Processor& p);

/// Writes a segment register as it is, and the base that address computations use.
void setSegment(Processor& p, SegmentName name, const Segment& segment);

[[nodiscard]] bool loadLdtr(Processor& p, std::uint16_t selector, Exception exception);
[[nodiscard]] bool loadTaskRegister(Processor& p, std::uint16_t selector);

// Instructions that look at a selector and report in ZF; in these nothing but #PF can be raised.
// The result is whether ZF is set.
[[nodiscard]] bool verifySegment(Processor& p, std::uint16_t selector, bool forWrite);
/// LAR: the second word of the descriptor, masked.
[[nodiscard]] std::optional<std::uint32_t> loadAccessRights(Processor& p, std::uint16_t selector);
[[nodiscard]] std::optional<std::uint32_t> loadSegmentLimit(Processor& p, std::uint16_t selector);

}  // namespace hypervisor::software
