// SPDX-License-Identifier: GPL-3.0-or-later
#include "segmentation.h"

namespace hypervisor::software {

Segment nullSegment(std::uint16_t selector, std::uint8_t dpl) {
    return {0, 0xFFFF, selector, static_cast<std::uint16_t>(dpl << 5)};
}

Segment virtual8086Segment(std::uint16_t selector) {
    return {std::uint64_t{selector} << 4, 0xFFFF, selector, 0xF3};
}

bool covers(const Segment& segment, std::uint64_t offset, unsigned size) {
    const std::uint64_t last = offset + size - 1;
    if ((segment.attributes &
         (attributes::kCodeOrData | attributes::kCode | attributes::kExpandConform)) ==
        (attributes::kCodeOrData | attributes::kExpandConform)) {
        const std::uint64_t highest = segment.isDefaultBig() ? 0xFFFF'FFFF : 0xFFFF;
        return offset > segment.limit && last <= highest;
    }
    return last <= segment.limit;
}

std::optional<std::uint64_t> descriptorAddress(const Processor& p, std::uint16_t selector,
                                               unsigned size) {
    const std::uint32_t offset = selector & ~7U;
    if ((selector & 4) != 0) {
        if (!p.ldtr.present() || offset + size - 1 > p.ldtr.limit)
            return std::nullopt;
        return p.ldtr.base + offset;
    }
    if (offset + size - 1 > p.gdtr.limit)
        return std::nullopt;
    return p.gdtr.base + offset;
}

namespace {

/// Descriptor tables wrap at 4 GiB outside of long mode.
std::uint64_t tableAddress(const Processor& p, std::uint64_t address) {
    return p.inLongMode() ? address : address & 0xFFFF'FFFF;
}

std::optional<Descriptor> readAt(Processor& p, std::uint64_t address) {
    const auto raw = p.read<std::uint64_t>(tableAddress(p, address), Privilege::System);
    if (!raw)
        return std::nullopt;
    return Descriptor{static_cast<std::uint32_t>(*raw), static_cast<std::uint32_t>(*raw >> 32), 0};
}

bool changeTypeByte(Processor& p, std::uint16_t selector, std::uint8_t clear, std::uint8_t set) {
    // The caller has read this descriptor, so that it is in its table.
    const auto address = descriptorAddress(p, selector, 8);
    if (!address)
        return p.raise(Exception::GeneralProtection, selectorError(selector));
    const std::uint64_t byte = tableAddress(p, *address + 5);
    const auto old = p.read<std::uint8_t>(byte, Privilege::System);
    return old &&
           p.write(byte, static_cast<std::uint8_t>((*old & ~clear) | set), Privilege::System);
}

}  // namespace

std::optional<Descriptor> readDescriptor(Processor& p, std::uint16_t selector, Exception exception,
                                         std::uint32_t external) {
    const auto address = descriptorAddress(p, selector, 8);
    if (!address) {
        p.raise(exception, selectorError(selector, external));
        return std::nullopt;
    }
    return readAt(p, *address);
}

bool readUpperHalf(Processor& p, std::uint16_t selector, Descriptor& descriptor,
                   Exception exception) {
    const auto address = descriptorAddress(p, selector, 16);
    if (!address)
        return p.raise(exception, selectorError(selector));
    const auto upper = p.read<std::uint64_t>(tableAddress(p, *address + 8), Privilege::System);
    if (!upper)
        return false;
    // The type field of the upper half must be that of no descriptor.
    if ((*upper >> 40 & 0x1F) != 0)
        return p.raise(exception, selectorError(selector));
    descriptor.upper = *upper & 0xFFFF'FFFF;
    return true;
}

bool markAccessed(Processor& p, std::uint16_t selector, Descriptor& descriptor) {
    if (descriptor.has(attributes::kAccessed))
        return true;
    descriptor.high |= attributes::kAccessed << 8;
    return changeTypeByte(p, selector, 0, attributes::kAccessed);
}

bool setBusy(Processor& p, std::uint16_t selector, bool busy) {
    return changeTypeByte(p, selector, busy ? 0 : system_type::kBusy,
                          busy ? system_type::kBusy : 0);
}

std::optional<Descriptor> readStackDescriptor(Processor& p, std::uint16_t selector,
                                              std::uint8_t cpl, Exception exception,
                                              std::uint32_t external) {
    const auto fail = [&](Exception vector, std::uint32_t code) -> std::optional<Descriptor> {
        p.raise(vector, code);
        return std::nullopt;
    };
    if (isNull(selector))
        return fail(exception, external);
    auto descriptor = readDescriptor(p, selector, exception, external);
    if (!descriptor)
        return std::nullopt;
    if (rpl(selector) != cpl || !descriptor->isWritableData() || descriptor->dpl() != cpl)
        return fail(exception, selectorError(selector, external));
    if (!descriptor->present())
        return fail(Exception::StackFault, selectorError(selector, external));
    if (!markAccessed(p, selector, *descriptor))
        return std::nullopt;
    return descriptor;
}

std::optional<Descriptor> readDataDescriptor(Processor& p, std::uint16_t selector,
                                             Exception exception) {
    const auto fail = [&](Exception vector) -> std::optional<Descriptor> {
        p.raise(vector, selectorError(selector));
        return std::nullopt;
    };
    auto descriptor = readDescriptor(p, selector, exception);
    if (!descriptor)
        return std::nullopt;
    if (descriptor->isSystem() || !descriptor->isReadable())
        return fail(exception);
    if (!descriptor->isConforming() &&
        (rpl(selector) > descriptor->dpl() || p.cpl > descriptor->dpl()))
        return fail(exception);
    if (!descriptor->present())
        return fail(Exception::SegmentNotPresent);
    if (!markAccessed(p, selector, *descriptor))
        return std::nullopt;
    return descriptor;
}

void setSegment(Processor& p, SegmentName name, const Segment& segment) {
    p[name] = segment;
    const bool based = !p.in64BitMode() || name == SegmentName::Fs || name == SegmentName::Gs;
    p.linearBase[static_cast<std::size_t>(name)] = based ? segment.base : 0;
}

bool loadSegment(Processor& p, SegmentName name, std::uint16_t selector) {
    if (p.inVirtual8086Mode()) {
        setSegment(p, name, virtual8086Segment(selector));
        return true;
    }
    if (!p.inProtectedMode()) {
        // Limit and size are left over from protected mode, if it ever loaded them.
        Segment segment = p[name];
        segment.selector = selector;
        segment.base = std::uint64_t{selector} << 4;
        segment.attributes = static_cast<std::uint16_t>((segment.attributes & 0xF000) | 0x93);
        setSegment(p, name, segment);
        return true;
    }
    if (name == SegmentName::Ss) {
        if (isNull(selector) && p.in64BitMode() && p.cpl < 3 && rpl(selector) == p.cpl) {
            setSegment(p, name, nullSegment(selector, p.cpl));
            return true;
        }
        const auto descriptor =
            readStackDescriptor(p, selector, p.cpl, Exception::GeneralProtection, 0);
        if (!descriptor)
            return false;
        setSegment(p, name, descriptor->segment(selector));
        return true;
    }
    if (isNull(selector)) {
        setSegment(p, name, nullSegment(selector, 0));
        return true;
    }
    const auto descriptor = readDataDescriptor(p, selector, Exception::GeneralProtection);
    if (!descriptor)
        return false;
    setSegment(p, name, descriptor->segment(selector));
    return true;
}

void dropInnerSegments(Processor& p) {
    for (const SegmentName name :
         {SegmentName::Es, SegmentName::Ds, SegmentName::Fs, SegmentName::Gs}) {
        const Segment& segment = p[name];
        const bool conforming =
            (segment.attributes & (attributes::kCode | attributes::kExpandConform)) ==
            (attributes::kCode | attributes::kExpandConform);
        if (!segment.present() || conforming || segment.dpl() >= p.cpl)
            continue;
        // Processors make it unusable and leave the base, which 64-bit code then uses.
        Segment dropped = nullSegment(0, 0);
        dropped.base = segment.base;
        setSegment(p, name, dropped);
    }
    p.noteSegmentLoad();
}

bool loadLdtr(Processor& p, std::uint16_t selector, Exception exception) {
    if (isNull(selector)) {
        p.ldtr = nullSegment(selector, 0);
        return true;
    }
    if ((selector & 4) != 0)
        return p.raise(exception, selectorError(selector));
    auto descriptor = readDescriptor(p, selector, exception);
    if (!descriptor)
        return false;
    if (!descriptor->isSystem() || descriptor->type() != system_type::kLdt)
        return p.raise(exception, selectorError(selector));
    if (!descriptor->present())
        return p.raise(
            exception == Exception::InvalidTss ? exception : Exception::SegmentNotPresent,
            selectorError(selector));
    if (p.inLongMode()) {
        if (!readUpperHalf(p, selector, *descriptor))
            return false;
        if (!p.isCanonical(descriptor->base()))
            return p.raise(Exception::GeneralProtection, selectorError(selector));
    }
    p.ldtr = descriptor->segment(selector);
    return true;
}

bool loadTaskRegister(Processor& p, std::uint16_t selector) {
    if (isNull(selector))
        return p.raise(Exception::GeneralProtection, 0);
    if ((selector & 4) != 0)
        return p.raise(Exception::GeneralProtection, selectorError(selector));
    auto descriptor = readDescriptor(p, selector);
    if (!descriptor)
        return false;
    const bool available = descriptor->type() == system_type::kTss32 ||
                           (descriptor->type() == system_type::kTss16 && !p.inLongMode());
    if (!descriptor->isSystem() || !available)
        return p.raise(Exception::GeneralProtection, selectorError(selector));
    if (!descriptor->present())
        return p.raise(Exception::SegmentNotPresent, selectorError(selector));
    if (p.inLongMode()) {
        if (!readUpperHalf(p, selector, *descriptor))
            return false;
        if (!p.isCanonical(descriptor->base()))
            return p.raise(Exception::GeneralProtection, selectorError(selector));
    }
    if (!setBusy(p, selector, true))
        return false;
    p.tr = descriptor->segment(selector);
    p.tr.attributes |= system_type::kBusy;
    return true;
}

namespace {

/// The descriptor of a selector that VERR, VERW, LAR or LSL may look at; nothing where it is out
/// of its table or hidden by privilege.
std::optional<Descriptor> visibleDescriptor(Processor& p, std::uint16_t selector) {
    if (isNull(selector))
        return std::nullopt;
    const auto address = descriptorAddress(p, selector, 8);
    if (!address)
        return std::nullopt;
    const auto descriptor = readAt(p, *address);
    if (!descriptor)
        return std::nullopt;
    if (!descriptor->isConforming() &&
        (p.cpl > descriptor->dpl() || rpl(selector) > descriptor->dpl()))
        return std::nullopt;
    return descriptor;
}

constexpr std::uint32_t types(std::initializer_list<unsigned> list) {
    std::uint32_t set = 0;
    for (const unsigned type : list)
        set |= 1U << type;
    return set;
}

}  // namespace

bool verifySegment(Processor& p, std::uint16_t selector, bool forWrite) {
    const auto descriptor = visibleDescriptor(p, selector);
    if (!descriptor || descriptor->isSystem())
        return false;
    return forWrite ? descriptor->isWritableData() : descriptor->isReadable();
}

std::optional<std::uint32_t> loadAccessRights(Processor& p, std::uint16_t selector) {
    const auto descriptor = visibleDescriptor(p, selector);
    if (!descriptor)
        return std::nullopt;
    if (descriptor->isSystem()) {
        const std::uint32_t valid =
            p.inLongMode() ? types({2, 9, 11, 12}) : types({1, 2, 3, 4, 5, 9, 11, 12});
        if ((valid >> descriptor->type() & 1) == 0)
            return std::nullopt;
    }
    return descriptor->high & 0x00FF'FF00;
}

std::optional<std::uint32_t> loadSegmentLimit(Processor& p, std::uint16_t selector) {
    const auto descriptor = visibleDescriptor(p, selector);
    if (!descriptor)
        return std::nullopt;
    if (descriptor->isSystem()) {
        const std::uint32_t valid = p.inLongMode() ? types({2, 9, 11}) : types({1, 2, 3, 9, 11});
        if ((valid >> descriptor->type() & 1) == 0)
            return std::nullopt;
    }
    return descriptor->limit();
}

}  // namespace hypervisor::software
