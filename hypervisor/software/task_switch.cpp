// SPDX-License-Identifier: GPL-3.0-or-later
#include "task_switch.h"

#include <cstring>

#include "control_registers.h"
#include "debug_registers.h"
#include "exceptions.h"
#include "frame_stack.h"
#include "segmentation.h"

namespace hypervisor::software {

namespace {

struct Tss16 {
    std::uint16_t link;
    std::array<std::uint16_t, 6> stacks;
    std::uint16_t ip;
    std::uint16_t flags;
    std::array<std::uint16_t, 8> registers;
    /// ES, CS, SS, DS.
    std::array<std::uint16_t, 4> selectors;
    std::uint16_t ldt;
};
static_assert(sizeof(Tss16) == 44);
static_assert(offsetof(Tss16, ip) == 14 && offsetof(Tss16, ldt) == 42);

struct Tss32 {
    std::uint32_t link;
    std::array<std::uint32_t, 6> stacks;
    std::uint32_t cr3;
    std::uint32_t eip;
    std::uint32_t eflags;
    std::array<std::uint32_t, 8> registers;
    /// ES, CS, SS, DS, FS, GS; each in the lower half of its slot.
    std::array<std::uint32_t, 6> selectors;
    std::uint32_t ldt;
    std::uint16_t trap;
    std::uint16_t ioMap;
};
static_assert(sizeof(Tss32) == 104);
static_assert(offsetof(Tss32, eip) == 32 && offsetof(Tss32, selectors) == 72);
static_assert(offsetof(Tss32, trap) == 100);

bool is32Bit(std::uint8_t type) {
    return (type & 8) != 0;
}

/// What a task is resumed with, from a TSS of either size.
struct TaskState {
    std::optional<std::uint32_t> cr3;
    std::uint32_t eip = 0;
    std::uint32_t eflags = 0;
    std::array<std::uint32_t, 8> registers{};
    std::array<std::uint16_t, kSegmentCount> selectors{};
    std::uint16_t ldt = 0;
    bool trap = false;
};

std::optional<TaskState> readTask(Processor& p, const Segment& tss) {
    TaskState state;
    if (is32Bit(tss.type())) {
        const auto image = p.read<Tss32>(tss.base, Privilege::System);
        if (!image)
            return std::nullopt;
        state.cr3 = image->cr3;
        state.eip = image->eip;
        state.eflags = image->eflags;
        state.registers = image->registers;
        for (std::size_t i = 0; i < kSegmentCount; ++i)
            state.selectors[i] = static_cast<std::uint16_t>(image->selectors[i]);
        state.ldt = static_cast<std::uint16_t>(image->ldt);
        state.trap = (image->trap & 1) != 0;
        return state;
    }
    const auto image = p.read<Tss16>(tss.base, Privilege::System);
    if (!image)
        return std::nullopt;
    state.eip = image->ip;
    state.eflags = image->flags;
    for (std::size_t i = 0; i < 8; ++i)
        state.registers[i] = 0xFFFF'0000 | image->registers[i];
    for (std::size_t i = 0; i < image->selectors.size(); ++i)
        state.selectors[i] = image->selectors[i];
    state.ldt = image->ldt;
    return state;
}

/// Whether [linear, linear + size) can be written; raises #PF. Makes the writes that follow
/// certain, so that a switch happens whole or not at all.
bool isWritable(Processor& p, std::uint64_t linear, unsigned size) {
    return p.translate(linear, Access::Write, Privilege::System) &&
           p.translate(linear + size - 1, Access::Write, Privilege::System);
}

/// Saves the dynamic part of the present task.
bool saveTask(Processor& p, std::uint32_t eflags) {
    const std::uint64_t base = p.tr.base;
    if (is32Bit(p.tr.type())) {
        std::array<std::uint32_t, 16> image{};
        image[0] = static_cast<std::uint32_t>(p.rip);
        image[1] = eflags;
        for (std::size_t i = 0; i < 8; ++i)
            image[2 + i] = static_cast<std::uint32_t>(p.registers[i]);
        for (std::size_t i = 0; i < kSegmentCount; ++i)
            image[10 + i] = p.segments[i].selector;
        return p.writeLinear(base + offsetof(Tss32, eip), image.data(), sizeof image,
                             Privilege::System);
    }
    std::array<std::uint16_t, 14> image{};
    image[0] = static_cast<std::uint16_t>(p.rip);
    image[1] = static_cast<std::uint16_t>(eflags);
    for (std::size_t i = 0; i < 8; ++i)
        image[2 + i] = static_cast<std::uint16_t>(p.registers[i]);
    for (std::size_t i = 0; i < 4; ++i)
        image[10 + i] = p.segments[i].selector;
    return p.writeLinear(base + offsetof(Tss16, ip), image.data(), sizeof image, Privilege::System);
}

/// Loads the segment registers of a task that is not in virtual-8086 mode. CPL is the RPL of CS.
bool loadTaskSegments(Processor& p, const TaskState& state) {
    const std::uint16_t cs = state.selectors[static_cast<std::size_t>(SegmentName::Cs)];
    const auto invalid = [&p](std::uint16_t selector) {
        return p.raise(Exception::InvalidTss, selectorError(selector));
    };
    if (isNull(cs))
        return invalid(cs);
    auto code = readDescriptor(p, cs, Exception::InvalidTss);
    if (!code)
        return false;
    if (!code->isCode() || (code->isConforming() ? code->dpl() > rpl(cs) : code->dpl() != rpl(cs)))
        return invalid(cs);
    if (!code->present())
        return p.raise(Exception::SegmentNotPresent, selectorError(cs));
    if (!markAccessed(p, cs, *code))
        return false;
    p[SegmentName::Cs] = code->segment(cs);

    const std::uint16_t ss = state.selectors[static_cast<std::size_t>(SegmentName::Ss)];
    const auto stack = readStackDescriptor(p, ss, p.cpl, Exception::InvalidTss, 0);
    if (!stack)
        return false;
    p[SegmentName::Ss] = stack->segment(ss);

    for (const SegmentName name :
         {SegmentName::Ds, SegmentName::Es, SegmentName::Fs, SegmentName::Gs}) {
        const std::uint16_t selector = state.selectors[static_cast<std::size_t>(name)];
        if (isNull(selector))
            continue;
        const auto data = readDataDescriptor(p, selector, Exception::InvalidTss);
        if (!data)
            return false;
        p[name] = data->segment(selector);
    }
    return true;
}

/// What can still go wrong once the new task is the present one.
bool enterTask(Processor& p, const TaskState& state, std::optional<std::uint32_t> errorCode) {
    const bool virtual8086 = p.inVirtual8086Mode();
    if (!loadLdtr(p, state.ldt, Exception::InvalidTss))
        return false;
    if (!virtual8086) {
        const bool loaded = loadTaskSegments(p, state);
        p.updateMode();
        if (!loaded)
            return false;
    }
    if (p.rip > p[SegmentName::Cs].limit)
        return p.raise(Exception::GeneralProtection, 0);
    if (errorCode) {
        FrameStack stack(p);
        if (!stack.push(*errorCode, is32Bit(p.tr.type()) ? 4 : 2))
            return false;
        stack.commit();
    }
    if (state.trap)
        return raiseDebug(p, dr6::kTaskSwitch);
    return true;
}

}  // namespace

TaskSwitch switchTask(Processor& p, std::uint16_t selector, TaskSwitchReason reason,
                      std::uint32_t external, std::optional<std::uint32_t> errorCode) {
    // Checks: the old task's.
    const bool returning = reason == TaskSwitchReason::Return;
    const Exception exception = returning ? Exception::InvalidTss : Exception::GeneralProtection;
    const std::uint32_t error = selectorError(selector, external);
    if (isNull(selector) || (selector & 4) != 0) {
        p.raise(exception, error);
        return TaskSwitch::Faulted;
    }
    const auto descriptor = readDescriptor(p, selector, exception, external);
    if (!descriptor)
        return TaskSwitch::Faulted;
    const std::uint8_t expected = returning ? system_type::kBusy : 0;
    if (!descriptor->isSystem() || (descriptor->type() & ~8U) != (system_type::kTss16 | expected)) {
        p.raise(exception, error);
        return TaskSwitch::Faulted;
    }
    if (!descriptor->present()) {
        p.raise(Exception::SegmentNotPresent, error);
        return TaskSwitch::Faulted;
    }
    Segment tss = descriptor->segment(selector);
    const unsigned size = is32Bit(tss.type()) ? sizeof(Tss32) : sizeof(Tss16);
    if (tss.limit < size - 1) {
        p.raise(Exception::InvalidTss, error);
        return TaskSwitch::Faulted;
    }
    const unsigned oldSize = is32Bit(p.tr.type()) ? sizeof(Tss32) : sizeof(Tss16);
    if (p.tr.limit < oldSize - 1) {
        p.raise(Exception::InvalidTss, selectorError(p.tr.selector, external));
        return TaskSwitch::Faulted;
    }
    const auto state = readTask(p, tss);
    if (!state || !isWritable(p, p.tr.base, oldSize) || !isWritable(p, tss.base, size))
        return TaskSwitch::Faulted;

    // The old task is put away.
    auto eflags = static_cast<std::uint32_t>(p.rflags());
    if (returning)
        eflags &= ~static_cast<std::uint32_t>(rflags::kNestedTask);
    const bool nesting = reason == TaskSwitchReason::Call || reason == TaskSwitchReason::Gate;
    if (!nesting && !setBusy(p, p.tr.selector, false))
        return TaskSwitch::Faulted;
    if (!saveTask(p, eflags) || (nesting && !p.write(tss.base, p.tr.selector, Privilege::System)) ||
        (!returning && !setBusy(p, selector, true)))
        return TaskSwitch::Faulted;

    // The new one becomes the present one, with segments that can't be used yet.
    p.tr = tss;
    p.tr.attributes |= system_type::kBusy;
    p.cr0 |= cr0::kTaskSwitched;
    p.dr[7] &= ~dr7::kLocalEnables;
    p.setRflags((state->eflags & rflags::kWritable) |
                (nesting ? rflags::kNestedTask : std::uint64_t{0}));
    p.rip = state->eip;
    for (std::size_t i = 0; i < 8; ++i)
        p.registers[i] = state->registers[i];
    const bool virtual8086 = p.inVirtual8086Mode();
    p.cpl = virtual8086 ? 3 : rpl(state->selectors[static_cast<std::size_t>(SegmentName::Cs)]);
    for (std::size_t i = 0; i < kSegmentCount; ++i)
        p.segments[i] = virtual8086 ? virtual8086Segment(state->selectors[i])
                                    : nullSegment(state->selectors[i], p.cpl);
    p.ldtr = nullSegment(state->ldt, 0);
    bool loaded = true;
    if (state->cr3 && (p.cr0 & cr0::kPaging) != 0)
        loaded = loadCr3(p, *state->cr3);
    p.updateMode();
    if (!loaded || !enterTask(p, *state, errorCode))
        return TaskSwitch::FaultedInNewTask;
    return TaskSwitch::Done;
}

bool switchTaskByInstruction(Processor& p, std::uint16_t selector, TaskSwitchReason reason) {
    switch (switchTask(p, selector, reason, 0, std::nullopt)) {
        case TaskSwitch::Done:
            return true;
        case TaskSwitch::FaultedInNewTask:
            deliverFault(p);
            return true;
        case TaskSwitch::Faulted:
            break;
    }
    return false;
}

}  // namespace hypervisor::software
