// SPDX-License-Identifier: GPL-3.0-or-later
#include "exceptions.h"

#include <cstring>

#include "debug_registers.h"
#include "frame_stack.h"
#include "privilege_stack.h"
#include "segmentation.h"
#include "task_switch.h"

namespace hypervisor::software {

namespace {

struct Event {
    enum class Kind : std::uint8_t { Exception, Interrupt, Software };

    std::uint8_t vector;
    Kind kind;
    std::optional<std::uint32_t> errorCode;
    /// What the frame's instruction pointer is.
    std::uint64_t rip;

    /// The EXT bit of error codes.
    [[nodiscard]] std::uint32_t external() const { return kind == Kind::Software ? 0 : 1; }
    /// The error code that names this event's gate.
    [[nodiscard]] std::uint32_t gateError() const { return vector * 8U + 2 + external(); }
};

/// RFLAGS as a frame holds them: instructions that faulted are not stopped again by their own
/// breakpoint when they are resumed.
std::uint64_t flagsImage(const Processor& p, const Event& event) {
    const bool fault = event.kind == Event::Kind::Exception &&
                       event.vector != static_cast<std::uint8_t>(Exception::Debug);
    return p.rflags() | (fault ? rflags::kResume : 0);
}

/// Through the table at linear address `table`: real mode, and virtual-8086 mode with redirection.
/// `flags` is the image that is pushed.
bool enterRealModeHandler(Processor& p, const Event& event, std::uint64_t table,
                          std::uint64_t flags) {
    const auto entry = p.read<std::uint32_t>(table + event.vector * 4U, Privilege::System);
    if (!entry)
        return false;
    FrameStack stack(p);
    if (!stack.push(flags, 2) || !stack.push(p[SegmentName::Cs].selector, 2) ||
        !stack.push(event.rip, 2))
        return false;
    stack.commit();
    const auto selector = static_cast<std::uint16_t>(*entry >> 16);
    p[SegmentName::Cs].selector = selector;
    p[SegmentName::Cs].base = std::uint64_t{selector} << 4;
    p.rip = *entry & 0xFFFF;
    return true;
}

bool deliverReal(Processor& p, const Event& event) {
    if (event.vector * 4U + 3 > p.idtr.limit)
        return p.raise(Exception::GeneralProtection, event.gateError());
    if (!enterRealModeHandler(p, event, p.idtr.base, flagsImage(p, event)))
        return false;
    p.systemFlags &=
        ~(rflags::kInterrupt | rflags::kTrap | rflags::kResume | rflags::kAlignmentCheck);
    p.updateMode();
    return true;
}

bool pushFrame(FrameStack& stack, const Event& event, std::uint64_t flags, std::uint16_t cs,
               unsigned size) {
    return stack.push(flags, size) && stack.push(cs, size) && stack.push(event.rip, size) &&
           (!event.errorCode || stack.push(*event.errorCode, size));
}

struct Gate {
    std::uint8_t type;
    std::uint16_t selector;
    std::uint64_t offset;
    std::uint8_t stackTable;
};

/// Handlers start with these clear, those behind interrupt gates with IF clear too.
void enterHandler(Processor& p, const Gate& gate, const Descriptor& code, std::uint8_t cpl) {
    p.systemFlags &=
        ~(rflags::kTrap | rflags::kNestedTask | rflags::kResume | rflags::kVirtual8086);
    if ((gate.type & 1) == 0)
        p.systemFlags &= ~rflags::kInterrupt;
    p[SegmentName::Cs] = code.segment(static_cast<std::uint16_t>((gate.selector & ~3U) | cpl));
    p.cpl = cpl;
    p.rip = gate.offset;
}

bool deliverLegacy(Processor& p, const Event& event, const Gate& gate, Descriptor& code) {
    const bool fromVirtual8086 = p.inVirtual8086Mode();
    const bool toInner = !code.isConforming() && code.dpl() < p.cpl;
    const std::uint8_t cpl = toInner ? code.dpl() : p.cpl;
    if (fromVirtual8086 && (!toInner || cpl != 0))
        return p.raise(Exception::GeneralProtection,
                       selectorError(gate.selector, event.external()));

    const unsigned size = gate.type >= system_type::kInterruptGate32 ? 4 : 2;
    const std::uint64_t flags = flagsImage(p, event);
    const std::uint16_t cs = p[SegmentName::Cs].selector;
    if (!toInner) {
        FrameStack stack(p, event.external());
        if (!stack.hasRoom(size * (event.errorCode ? 4 : 3)))
            return false;
        if (gate.offset > code.limit())
            return p.raise(Exception::GeneralProtection, event.external());
        if (!markAccessed(p, gate.selector, code) || !pushFrame(stack, event, flags, cs, size))
            return false;
        stack.commit();
        enterHandler(p, gate, code, cpl);
        p.updateMode();
        return true;
    }

    const auto inner = innerStack(p, cpl, event.external());
    if (!inner)
        return false;
    FrameStack stack(p, inner->segment, inner->pointer, inner->segment.isDefaultBig() ? 32 : 16,
                     Privilege::System, selectorError(inner->segment.selector, event.external()));
    const unsigned slots = (event.errorCode ? 6U : 5U) + (fromVirtual8086 ? 4U : 0U);
    if (!stack.hasRoom(size * slots))
        return false;
    if (gate.offset > code.limit())
        return p.raise(Exception::GeneralProtection, event.external());
    if (!markAccessed(p, gate.selector, code))
        return false;
    if (fromVirtual8086)
        for (const SegmentName name :
             {SegmentName::Gs, SegmentName::Fs, SegmentName::Ds, SegmentName::Es})
            if (!stack.push(p[name].selector, size))
                return false;
    if (!stack.push(p[SegmentName::Ss].selector, size) || !stack.push(p[Register::Rsp], size) ||
        !pushFrame(stack, event, flags, cs, size))
        return false;

    stack.commit();
    if (fromVirtual8086)
        for (const SegmentName name :
             {SegmentName::Gs, SegmentName::Fs, SegmentName::Ds, SegmentName::Es})
            p[name] = nullSegment(0, 0);
    p[SegmentName::Ss] = inner->segment;
    enterHandler(p, gate, code, cpl);
    p.updateMode();
    return true;
}

bool deliverLong(Processor& p, const Event& event, const Gate& gate, Descriptor& code) {
    const std::uint32_t external = event.external();
    if (!code.has(attributes::kLong) || code.has(attributes::kBig))
        return p.raise(Exception::GeneralProtection, selectorError(gate.selector, external));
    if (!code.present())
        return p.raise(Exception::SegmentNotPresent, selectorError(gate.selector, external));
    const bool toInner = !code.isConforming() && code.dpl() < p.cpl;
    const std::uint8_t cpl = toInner ? code.dpl() : p.cpl;

    std::uint64_t top = p[Register::Rsp];
    if (gate.stackTable != 0 || toInner) {
        const auto pointer = gate.stackTable != 0
                                 ? interruptStackPointer(p, gate.stackTable, external)
                                 : innerStackPointer64(p, cpl, external);
        if (!pointer)
            return false;
        top = *pointer;
    }
    top &= ~std::uint64_t{15};

    std::array<std::uint64_t, 6> frame{
        event.errorCode.value_or(0), event.rip,        p[SegmentName::Cs].selector,
        flagsImage(p, event),        p[Register::Rsp], p[SegmentName::Ss].selector};
    const unsigned bytes = event.errorCode ? 48 : 40;
    if (!p.isCanonical(top - bytes) || !p.isCanonical(top - 1))
        return p.raise(Exception::StackFault, external);
    if (!p.isCanonical(gate.offset))
        return p.raise(Exception::GeneralProtection, external);
    if (!markAccessed(p, gate.selector, code) ||
        !p.writeLinear(top - bytes, frame.data() + (event.errorCode ? 0 : 1), bytes,
                       toInner ? Privilege::System : Privilege::Current))
        return false;

    p[Register::Rsp] = top - bytes;
    if (toInner)
        p[SegmentName::Ss] = nullSegment(cpl, cpl);
    enterHandler(p, gate, code, cpl);
    p.updateMode();
    return true;
}

bool deliverThroughTask(Processor& p, const Event& event, std::uint16_t selector) {
    p.rip = event.rip;
    if (event.kind == Event::Kind::Exception)
        p.systemFlags = flagsImage(p, event) & ~rflags::kArithmetic;
    const TaskSwitch result =
        switchTask(p, selector, TaskSwitchReason::Gate, event.external(), event.errorCode);
    if (result == TaskSwitch::FaultedInNewTask && event.kind == Event::Kind::Software) {
        // The instruction has ended; the fault is the new task's.
        deliverFault(p);
        return true;
    }
    return result == TaskSwitch::Done;
}

bool deliverProtected(Processor& p, const Event& event) {
    const bool longMode = p.inLongMode();
    const unsigned gateSize = longMode ? 16 : 8;
    if (event.vector * gateSize + gateSize - 1 > p.idtr.limit)
        return p.raise(Exception::GeneralProtection, event.gateError());
    std::array<std::uint64_t, 2> raw{};
    if (!p.readLinear(p.idtr.base + event.vector * gateSize, raw.data(), gateSize,
                      Privilege::System))
        return false;
    const Descriptor entry{static_cast<std::uint32_t>(raw[0]),
                           static_cast<std::uint32_t>(raw[0] >> 32), raw[1] & 0xFFFF'FFFF};

    const auto type = entry.type();
    const bool isTask = type == system_type::kTaskGate && !longMode;
    const bool is32 = type == system_type::kInterruptGate32 || type == system_type::kTrapGate32;
    const bool is16 =
        !longMode && (type == system_type::kInterruptGate16 || type == system_type::kTrapGate16);
    if (!entry.isSystem() || (!isTask && !is32 && !is16))
        return p.raise(Exception::GeneralProtection, event.gateError());
    if (event.kind == Event::Kind::Software && entry.dpl() < p.cpl)
        return p.raise(Exception::GeneralProtection, event.gateError());
    if (!entry.present())
        return p.raise(Exception::SegmentNotPresent, event.gateError());
    if (isTask)
        return deliverThroughTask(p, event, entry.gateSelector());

    Gate gate{type, entry.gateSelector(), entry.gateOffset(), 0};
    if (longMode)
        gate.stackTable = static_cast<std::uint8_t>(entry.high & 7);
    else
        gate.offset &= is32 ? 0xFFFF'FFFF : 0xFFFF;

    if (isNull(gate.selector))
        return p.raise(Exception::GeneralProtection, event.external());
    auto code = readDescriptor(p, gate.selector, Exception::GeneralProtection, event.external());
    if (!code)
        return false;
    if (!code->isCode() || code->dpl() > p.cpl)
        return p.raise(Exception::GeneralProtection,
                       selectorError(gate.selector, event.external()));
    if (longMode)
        return deliverLong(p, event, gate, *code);
    if (!code->present())
        return p.raise(Exception::SegmentNotPresent,
                       selectorError(gate.selector, event.external()));
    return deliverLegacy(p, event, gate, *code);
}

/// False when a fault stood in the way; p.fault then holds it. Nothing has changed but, behind a
/// task gate, the task.
bool deliver(Processor& p, const Event& event) {
    p.faulted = false;
    const bool delivered = p.inProtectedMode() ? deliverProtected(p, event) : deliverReal(p, event);
    if (!delivered)
        return false;
    p.halted = false;
    p.interruptShadow = false;
    p.debugShadow = false;
    // An INT n is an instruction too: data breakpoints that it or the load of SS before it has met
    // come before the handler's first instruction.
    p.pendingDebug = event.kind == Event::Kind::Software ? p.pendingDebug & dr6::kBreakpoints : 0;
    return true;
}

bool isContributory(Exception vector) {
    return vector == Exception::DivideError || vector == Exception::InvalidTss ||
           vector == Exception::SegmentNotPresent || vector == Exception::StackFault ||
           vector == Exception::GeneralProtection;
}

void record(Processor& p) {
    p.history[p.historyCount % p.history.size()] = {p.fault, p.rip, p.cr2};
    ++p.historyCount;
}

/// INT n in virtual-8086 mode with CR4.VME: the TSS says which vectors go to the handlers of the
/// 8086 program. Nothing after a fault.
std::optional<bool> isRedirected(Processor& p, std::uint8_t vector) {
    const auto refuse = [&p]() -> std::optional<bool> {
        p.raise(Exception::GeneralProtection, 0);
        return std::nullopt;
    };
    if ((p.tr.type() & ~system_type::kBusy) != system_type::kTss32 || p.tr.limit < 103)
        return refuse();
    const auto map = p.read<std::uint16_t>(p.tr.base + 102, Privilege::System);
    if (!map)
        return std::nullopt;
    if (*map < 32 || *map - 32U + vector / 8U > p.tr.limit)
        return refuse();
    const auto bits = p.read<std::uint8_t>(p.tr.base + *map - 32 + vector / 8U, Privilege::System);
    if (!bits)
        return std::nullopt;
    return (*bits >> (vector % 8) & 1) == 0;
}

bool deliverRedirected(Processor& p, const Event& event) {
    const bool privileged = (p.systemFlags & rflags::kIopl) == rflags::kIopl;
    std::uint64_t flags = p.rflags();
    if (!privileged) {
        flags |= rflags::kIopl;
        flags &= ~rflags::kInterrupt;
        if ((p.systemFlags & rflags::kVirtualInterrupt) != 0)
            flags |= rflags::kInterrupt;
    }
    if (!enterRealModeHandler(p, event, 0, flags))
        return false;
    p.systemFlags &= ~(rflags::kTrap | rflags::kResume | rflags::kNestedTask |
                       (privileged ? rflags::kInterrupt : rflags::kVirtualInterrupt));
    p.pendingDebug &= dr6::kBreakpoints;
    p.updateMode();
    return true;
}

}  // namespace

void deliverFault(Processor& p) {
    Fault fault = p.fault;
    record(p);
    // Every chain of faults ends in a double fault or a handler; only alignment checks on a
    // conforming handler's stack could go on for ever.
    for (unsigned depth = 0;; ++depth) {
        if (fault.vector == Exception::Debug)
            p.dr[7] &= ~dr7::kGeneralDetect;
        const Event event{static_cast<std::uint8_t>(fault.vector), Event::Kind::Exception,
                          fault.hasErrorCode ? std::optional(fault.errorCode) : std::nullopt,
                          p.rip};
        if (deliver(p, event))
            return;
        const Fault second = p.fault;
        record(p);
        if (fault.vector == Exception::DoubleFault || depth == 8) {
            p.faulted = false;
            p.tripleFaulted = true;
            return;
        }
        const bool contributory = isContributory(second.vector);
        const bool becomesDouble = (isContributory(fault.vector) && contributory) ||
                                   (fault.vector == Exception::PageFault &&
                                    (contributory || second.vector == Exception::PageFault));
        if (becomesDouble) {
            fault = Fault{Exception::DoubleFault, true, 0};
            p.fault = fault;
            record(p);
        } else {
            fault = second;
        }
    }
}

void deliverInterrupt(Processor& p, std::uint8_t vector) {
    if (!deliver(p, Event{vector, Event::Kind::Interrupt, std::nullopt, p.rip}))
        deliverFault(p);
}

void deliverNmi(Processor& p) {
    p.nmiBlocked = true;
    if (!deliver(p, Event{2, Event::Kind::Interrupt, std::nullopt, p.rip}))
        deliverFault(p);
}

bool deliverSoftwareInterrupt(Processor& p, std::uint8_t vector, SoftwareInterrupt kind,
                              std::uint64_t nextRip) {
    const Event event{
        vector, kind == SoftwareInterrupt::Int1 ? Event::Kind::Interrupt : Event::Kind::Software,
        std::nullopt, nextRip};
    if (kind == SoftwareInterrupt::IntN && p.inVirtual8086Mode()) {
        if ((p.cr4 & cr4::kVme) != 0) {
            const auto redirected = isRedirected(p, vector);
            if (!redirected)
                return false;
            if (*redirected)
                return deliverRedirected(p, event);
        }
        if ((p.systemFlags & rflags::kIopl) != rflags::kIopl)
            return p.raise(Exception::GeneralProtection, 0);
    }
    return deliver(p, event);
}

}  // namespace hypervisor::software
