// SPDX-License-Identifier: GPL-3.0-or-later
#include "far_transfer.h"

#include "frame_stack.h"
#include "privilege_stack.h"
#include "task_switch.h"

namespace hypervisor::software {

namespace {

bool refuse(Processor& p, std::uint16_t selector) {
    return p.raise(Exception::GeneralProtection, selectorError(selector));
}

std::uint64_t truncated(std::uint64_t value, unsigned size) {
    return size == 8 ? value : value & ((std::uint64_t{1} << (8 * size)) - 1);
}

bool usesSegmentBases(const Processor& p) {
    return !p.inProtectedMode() || p.inVirtual8086Mode();
}

bool isCode64(const Processor& p, const Descriptor& code) {
    return p.inLongMode() && code.has(attributes::kLong);
}

/// CS in real and virtual-8086 mode.
void setRealModeCode(Processor& p, std::uint16_t selector, std::uint64_t offset) {
    Segment& cs = p[SegmentName::Cs];
    cs.selector = selector;
    cs.base = std::uint64_t{selector} << 4;
    p.rip = offset;
    p.updateMode();
}

void enterCode(Processor& p, const Descriptor& code, std::uint16_t selector, std::uint8_t cpl,
               std::uint64_t offset) {
    p[SegmentName::Cs] = code.segment(static_cast<std::uint16_t>((selector & ~3U) | cpl));
    p.cpl = cpl;
    p.rip = offset;
    p.updateMode();
}

/// L and D together are reserved in long mode.
bool checkLongBits(Processor& p, std::uint16_t selector, const Descriptor& code) {
    if (p.inLongMode() && code.has(attributes::kLong | attributes::kBig))
        return refuse(p, selector);
    return true;
}

/// A code segment that a jump or call names itself.
bool checkDirectCode(Processor& p, std::uint16_t selector, Descriptor& code) {
    if (!checkLongBits(p, selector, code))
        return false;
    if (code.isConforming() ? code.dpl() > p.cpl : rpl(selector) > p.cpl || code.dpl() != p.cpl)
        return refuse(p, selector);
    if (!code.present())
        return p.raise(Exception::SegmentNotPresent, selectorError(selector));
    return true;
}

struct CallGate {
    std::uint16_t selector;
    std::uint64_t offset;
    unsigned size;
    unsigned parameters;
};

/// Reads a call gate, its target, and checks them but for the target's privilege.
std::optional<CallGate> readCallGate(Processor& p, std::uint16_t selector, Descriptor& gate,
                                     Descriptor& code) {
    const bool longMode = p.inLongMode();
    if (gate.dpl() < p.cpl || rpl(selector) > gate.dpl()) {
        refuse(p, selector);
        return std::nullopt;
    }
    if (!gate.present()) {
        p.raise(Exception::SegmentNotPresent, selectorError(selector));
        return std::nullopt;
    }
    CallGate result{gate.gateSelector(), 0, 4, gate.high & 31};
    if (longMode) {
        if (!readUpperHalf(p, selector, gate))
            return std::nullopt;
        result.size = 8;
        result.parameters = 0;
    } else if (gate.type() == system_type::kCallGate16) {
        result.size = 2;
    }
    result.offset = truncated(gate.gateOffset(), result.size);
    if (isNull(result.selector)) {
        p.raise(Exception::GeneralProtection, 0);
        return std::nullopt;
    }
    const auto target = readDescriptor(p, result.selector);
    if (!target)
        return std::nullopt;
    code = *target;
    if (!code.isCode() || code.dpl() > p.cpl ||
        (longMode && (!code.has(attributes::kLong) || code.has(attributes::kBig)))) {
        refuse(p, result.selector);
        return std::nullopt;
    }
    if (!code.present()) {
        p.raise(Exception::SegmentNotPresent, selectorError(result.selector));
        return std::nullopt;
    }
    return result;
}

bool isCallGate(const Processor& p, const Descriptor& descriptor) {
    return descriptor.type() == system_type::kCallGate32 ||
           (descriptor.type() == system_type::kCallGate16 && !p.inLongMode());
}

/// A TSS or task gate as the target of a jump or call.
bool transferToTask(Processor& p, std::uint16_t selector, const Descriptor& descriptor,
                    TaskSwitchReason reason) {
    const bool gate = descriptor.type() == system_type::kTaskGate;
    const bool tss =
        descriptor.type() == system_type::kTss16 || descriptor.type() == system_type::kTss32;
    if (p.inLongMode() || (!gate && !tss) || descriptor.dpl() < p.cpl ||
        rpl(selector) > descriptor.dpl())
        return refuse(p, selector);
    if (!descriptor.present())
        return p.raise(Exception::SegmentNotPresent, selectorError(selector));
    return switchTaskByInstruction(p, gate ? descriptor.gateSelector() : selector, reason);
}

/// A call through a gate to a more privileged level.
bool callInner(Processor& p, const CallGate& gate, Descriptor& code) {
    const std::uint8_t cpl = code.dpl();
    const std::uint16_t cs = p[SegmentName::Cs].selector;
    const std::uint16_t ss = p[SegmentName::Ss].selector;
    const std::uint64_t rsp = p[Register::Rsp];
    if (p.inLongMode()) {
        const auto top = innerStackPointer64(p, cpl, 0);
        if (!top)
            return false;
        FrameStack stack(p, Segment{}, *top, 64, Privilege::System, 0);
        if (!stack.hasRoom(32) || !checkTarget(p, code, gate.offset) ||
            !markAccessed(p, gate.selector, code) || !stack.push(ss, 8) || !stack.push(rsp, 8) ||
            !stack.push(cs, 8) || !stack.push(p.rip, 8))
            return false;
        stack.commit();
        p[SegmentName::Ss] = nullSegment(cpl, cpl);
        enterCode(p, code, gate.selector, cpl, gate.offset);
        return true;
    }

    const auto inner = innerStack(p, cpl, 0);
    if (!inner)
        return false;
    const unsigned size = gate.size;
    FrameStack stack(p, inner->segment, inner->pointer, inner->segment.isDefaultBig() ? 32 : 16,
                     Privilege::System, selectorError(inner->segment.selector));
    if (!stack.hasRoom(size * (4 + gate.parameters)) || !checkTarget(p, code, gate.offset))
        return false;
    // Parameters are copied in their order: the topmost of the old stack is pushed last.
    FrameStack old(p);
    std::array<std::uint64_t, 31> parameters{};
    for (unsigned i = 0; i < gate.parameters; ++i) {
        const auto value = old.pop(size);
        if (!value)
            return false;
        parameters[i] = *value;
    }
    if (!markAccessed(p, gate.selector, code) || !stack.push(ss, size) || !stack.push(rsp, size))
        return false;
    for (unsigned i = gate.parameters; i-- > 0;)
        if (!stack.push(parameters[i], size))
            return false;
    if (!stack.push(cs, size) || !stack.push(p.rip, size))
        return false;
    stack.commit();
    p[SegmentName::Ss] = inner->segment;
    enterCode(p, code, gate.selector, cpl, gate.offset);
    return true;
}

/// A call that stays at its level, or leads to a conforming segment.
bool callSame(Processor& p, std::uint16_t selector, Descriptor& code, std::uint64_t offset,
              unsigned size) {
    FrameStack stack(p);
    if (!stack.hasRoom(2 * size) || !checkTarget(p, code, offset) ||
        !markAccessed(p, selector, code) || !stack.push(p[SegmentName::Cs].selector, size) ||
        !stack.push(p.rip, size))
        return false;
    stack.commit();
    enterCode(p, code, selector, p.cpl, offset);
    return true;
}

}  // namespace

bool checkTarget(Processor& p, const Descriptor& code, std::uint64_t offset,
                 std::uint32_t errorCode) {
    if (isCode64(p, code) ? p.isCanonical(offset) : offset <= code.limit())
        return true;
    return p.raise(Exception::GeneralProtection, errorCode);
}

bool farJump(Processor& p, std::uint16_t selector, std::uint64_t offset, unsigned size) {
    offset = truncated(offset, size);
    if (usesSegmentBases(p)) {
        if (offset > p[SegmentName::Cs].limit)
            return p.raise(Exception::GeneralProtection, 0);
        setRealModeCode(p, selector, offset);
        return true;
    }
    if (isNull(selector))
        return p.raise(Exception::GeneralProtection, 0);
    auto descriptor = readDescriptor(p, selector);
    if (!descriptor)
        return false;
    if (descriptor->isCode()) {
        if (!checkDirectCode(p, selector, *descriptor) || !checkTarget(p, *descriptor, offset) ||
            !markAccessed(p, selector, *descriptor))
            return false;
        enterCode(p, *descriptor, selector, p.cpl, offset);
        return true;
    }
    if (!descriptor->isSystem())
        return refuse(p, selector);
    if (!isCallGate(p, *descriptor))
        return transferToTask(p, selector, *descriptor, TaskSwitchReason::Jump);
    Descriptor code;
    const auto gate = readCallGate(p, selector, *descriptor, code);
    if (!gate)
        return false;
    if (!code.isConforming() && code.dpl() != p.cpl)
        return refuse(p, gate->selector);
    if (!checkTarget(p, code, gate->offset) || !markAccessed(p, gate->selector, code))
        return false;
    enterCode(p, code, gate->selector, p.cpl, gate->offset);
    return true;
}

bool farCall(Processor& p, std::uint16_t selector, std::uint64_t offset, unsigned size) {
    offset = truncated(offset, size);
    if (usesSegmentBases(p)) {
        FrameStack stack(p);
        if (!stack.hasRoom(2 * size))
            return false;
        if (offset > p[SegmentName::Cs].limit)
            return p.raise(Exception::GeneralProtection, 0);
        if (!stack.push(p[SegmentName::Cs].selector, size) || !stack.push(p.rip, size))
            return false;
        stack.commit();
        setRealModeCode(p, selector, offset);
        return true;
    }
    if (isNull(selector))
        return p.raise(Exception::GeneralProtection, 0);
    auto descriptor = readDescriptor(p, selector);
    if (!descriptor)
        return false;
    if (descriptor->isCode())
        return checkDirectCode(p, selector, *descriptor) &&
               callSame(p, selector, *descriptor, offset, size);
    if (!descriptor->isSystem())
        return refuse(p, selector);
    if (!isCallGate(p, *descriptor))
        return transferToTask(p, selector, *descriptor, TaskSwitchReason::Call);
    Descriptor code;
    const auto gate = readCallGate(p, selector, *descriptor, code);
    if (!gate)
        return false;
    if (!code.isConforming() && code.dpl() < p.cpl)
        return callInner(p, *gate, code);
    return callSame(p, gate->selector, code, gate->offset, gate->size);
}

std::optional<Descriptor> readReturnDescriptor(Processor& p, std::uint16_t selector) {
    if (isNull(selector)) {
        p.raise(Exception::GeneralProtection, 0);
        return std::nullopt;
    }
    auto code = readDescriptor(p, selector);
    if (!code)
        return std::nullopt;
    const std::uint8_t level = rpl(selector);
    if (!code->isCode() || level < p.cpl ||
        (code->isConforming() ? code->dpl() > level : code->dpl() != level) ||
        (p.inLongMode() && code->has(attributes::kLong | attributes::kBig))) {
        refuse(p, selector);
        return std::nullopt;
    }
    if (!code->present()) {
        p.raise(Exception::SegmentNotPresent, selectorError(selector));
        return std::nullopt;
    }
    return code;
}

std::optional<Segment> readReturnStack(Processor& p, std::uint16_t selector, std::uint8_t cpl,
                                       bool toCode64) {
    if (isNull(selector) && toCode64 && cpl != 3 && rpl(selector) == cpl)
        return nullSegment(selector, cpl);
    const auto descriptor = readStackDescriptor(p, selector, cpl, Exception::GeneralProtection, 0);
    if (!descriptor)
        return std::nullopt;
    return descriptor->segment(selector);
}

bool farReturn(Processor& p, unsigned size, unsigned release) {
    FrameStack stack(p);
    const auto offset = stack.pop(size);
    const auto popped = offset ? stack.pop(size) : std::nullopt;
    if (!popped)
        return false;
    const auto selector = static_cast<std::uint16_t>(*popped);
    if (usesSegmentBases(p)) {
        if (*offset > p[SegmentName::Cs].limit)
            return p.raise(Exception::GeneralProtection, 0);
        stack.skip(release);
        stack.commit();
        setRealModeCode(p, selector, *offset);
        return true;
    }
    auto code = readReturnDescriptor(p, selector);
    if (!code)
        return false;
    const std::uint8_t level = rpl(selector);
    stack.skip(release);
    if (level == p.cpl) {
        if (!checkTarget(p, *code, *offset) || !markAccessed(p, selector, *code))
            return false;
        stack.commit();
        enterCode(p, *code, selector, level, *offset);
        return true;
    }

    const auto rsp = stack.pop(size);
    const auto ss = rsp ? stack.pop(size) : std::nullopt;
    if (!ss)
        return false;
    const auto segment =
        readReturnStack(p, static_cast<std::uint16_t>(*ss), level, isCode64(p, *code));
    if (!segment || !checkTarget(p, *code, *offset) || !markAccessed(p, selector, *code))
        return false;
    p[SegmentName::Ss] = *segment;
    enterCode(p, *code, selector, level, *offset);
    FrameStack outer(p, *segment, *rsp + release, stackWidth(p), Privilege::Current, 0);
    outer.commit();
    dropInnerSegments(p);
    return true;
}

}  // namespace hypervisor::software
