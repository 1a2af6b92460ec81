// SPDX-License-Identifier: GPL-3.0-or-later
#include "debug_registers.h"
#include "far_transfer.h"
#include "frame_stack.h"
#include "task_switch.h"

// IRET, IRETD and IRETQ.
namespace hypervisor::software {

namespace {

constexpr std::uint64_t kLow16 = 0xFFFF;
constexpr std::uint64_t kVirtualFlags =
    rflags::kVirtualInterrupt | rflags::kVirtualInterruptPending;

/// Replaces the flags in `writable` by those of `image`, as far as they are in the `size` bytes
/// that were popped. The resume flag is kept only while some breakpoint could need it, because
/// nothing takes it away else.
void setFlags(Processor& p, std::uint64_t image, std::uint64_t writable, unsigned size) {
    if (size == 2)
        writable &= kLow16;
    if ((p.dr[7] & dr7::kEnables) == 0)
        image &= ~rflags::kResume;
    p.setRflags((p.rflags() & ~writable) | (image & writable));
}

/// What every return may change.
constexpr std::uint64_t kAlways = rflags::kArithmetic | rflags::kTrap | rflags::kDirection |
                                  rflags::kNestedTask | rflags::kResume | rflags::kAlignmentCheck |
                                  rflags::kId;

/// What a return in protected mode may change, at the level that it starts from.
std::uint64_t writableFlags(const Processor& p) {
    std::uint64_t writable = kAlways;
    if (p.cpl <= (p.systemFlags & rflags::kIopl) >> 12)
        writable |= rflags::kInterrupt;
    if (p.cpl == 0)
        writable |= rflags::kIopl | kVirtualFlags;
    return writable;
}

struct Frame {
    std::uint64_t rip;
    std::uint16_t cs;
    std::uint64_t flags;
};

std::optional<Frame> popFrame(FrameStack& stack, unsigned size) {
    const auto rip = stack.pop(size);
    const auto cs = rip ? stack.pop(size) : std::nullopt;
    const auto flags = cs ? stack.pop(size) : std::nullopt;
    if (!flags)
        return std::nullopt;
    return Frame{*rip, static_cast<std::uint16_t>(*cs), *flags};
}

/// In real mode, and within virtual-8086 mode.
bool returnReal(Processor& p, unsigned size) {
    const bool virtual8086 = p.inVirtual8086Mode();
    const bool privileged = (p.systemFlags & rflags::kIopl) == rflags::kIopl;
    const bool extended = (p.cr4 & cr4::kVme) != 0;
    if (virtual8086 && !privileged && (!extended || size != 2))
        return p.raise(Exception::GeneralProtection, 0);
    FrameStack stack(p);
    auto frame = popFrame(stack, size);
    if (!frame)
        return false;
    if (frame->rip > p[SegmentName::Cs].limit)
        return p.raise(Exception::GeneralProtection, 0);
    std::uint64_t writable = kAlways | rflags::kInterrupt;
    if (!virtual8086)
        writable |= rflags::kIopl;
    if (virtual8086 && !privileged) {
        // IF of the image is the virtual one.
        const bool enable = (frame->flags & rflags::kInterrupt) != 0;
        if ((frame->flags & rflags::kTrap) != 0 ||
            (enable && (p.systemFlags & rflags::kVirtualInterruptPending) != 0))
            return p.raise(Exception::GeneralProtection, 0);
        writable &= ~rflags::kInterrupt;
        p.systemFlags &= ~rflags::kVirtualInterrupt;
        if (enable)
            p.systemFlags |= rflags::kVirtualInterrupt;
    }
    stack.commit();
    setFlags(p, frame->flags, writable, size);
    p[SegmentName::Cs].selector = frame->cs;
    p[SegmentName::Cs].base = std::uint64_t{frame->cs} << 4;
    p.rip = frame->rip;
    p.updateMode();
    return true;
}

bool returnToVirtual8086(Processor& p, FrameStack& stack, const Frame& frame) {
    std::array<std::uint16_t, kSegmentCount> selectors{};
    selectors[static_cast<std::size_t>(SegmentName::Cs)] = frame.cs;
    const auto esp = stack.pop(4);
    if (!esp)
        return false;
    for (const SegmentName name :
         {SegmentName::Ss, SegmentName::Es, SegmentName::Ds, SegmentName::Fs, SegmentName::Gs}) {
        const auto selector = stack.pop(4);
        if (!selector)
            return false;
        selectors[static_cast<std::size_t>(name)] = static_cast<std::uint16_t>(*selector);
    }
    if (frame.rip > 0xFFFF)
        return p.raise(Exception::GeneralProtection, 0);
    setFlags(p, frame.flags, rflags::kWritable, 4);
    for (std::size_t i = 0; i < kSegmentCount; ++i)
        p.segments[i] = virtual8086Segment(selectors[i]);
    p.cpl = 3;
    p[Register::Rsp] = *esp;
    p.rip = frame.rip;
    p.updateMode();
    return true;
}

bool returnToPreviousTask(Processor& p) {
    if (p.inLongMode())
        return p.raise(Exception::GeneralProtection, 0);
    const auto link = p.read<std::uint16_t>(p.tr.base, Privilege::System);
    return link && switchTaskByInstruction(p, *link, TaskSwitchReason::Return);
}

/// IRETQ in 64-bit mode, which is by far the most frequent: the whole frame in one access.
bool returnLong(Processor& p) {
    const std::uint64_t top = p[Register::Rsp];
    std::array<std::uint64_t, 5> frame{};
    if (!p.isCanonical(top) || !p.isCanonical(top + sizeof frame - 1))
        return p.raise(Exception::StackFault, 0);
    if (!p.readLinear(top, frame.data(), sizeof frame))
        return false;
    const auto cs = static_cast<std::uint16_t>(frame[1]);
    auto code = readReturnDescriptor(p, cs);
    if (!code)
        return false;
    const std::uint8_t cpl = rpl(cs);
    const auto ss =
        readReturnStack(p, static_cast<std::uint16_t>(frame[4]), cpl, code->has(attributes::kLong));
    if (!ss || !checkTarget(p, *code, frame[0]) || !markAccessed(p, cs, *code))
        return false;
    setFlags(p, frame[2], writableFlags(p), 8);
    const bool toOuter = cpl != p.cpl;
    p[SegmentName::Cs] = code->segment(cs);
    p[SegmentName::Ss] = *ss;
    p.cpl = cpl;
    p.rip = frame[0];
    p.updateMode();
    FrameStack(p, *ss, frame[3], stackWidth(p), Privilege::Current, 0).commit();
    if (toOuter)
        dropInnerSegments(p);
    return true;
}

}  // namespace

bool interruptReturn(Processor& p, unsigned size) {
    p.nmiBlocked = false;
    if (!p.inProtectedMode() || p.inVirtual8086Mode())
        return returnReal(p, size);
    if ((p.systemFlags & rflags::kNestedTask) != 0)
        return returnToPreviousTask(p);

    if (p.in64BitMode() && size == 8)
        return returnLong(p);
    FrameStack stack(p);
    const auto frame = popFrame(stack, size);
    if (!frame)
        return false;
    if (size == 4 && (frame->flags & rflags::kVirtual8086) != 0 && p.cpl == 0 && !p.inLongMode())
        return returnToVirtual8086(p, stack, *frame);

    auto code = readReturnDescriptor(p, frame->cs);
    if (!code)
        return false;
    const std::uint8_t oldCpl = p.cpl;
    const std::uint8_t cpl = rpl(frame->cs);
    std::optional<Segment> ss;
    std::uint64_t rsp = 0;
    // 64-bit code always gets its stack back.
    if (cpl != oldCpl || p.in64BitMode()) {
        const auto pointer = stack.pop(size);
        const auto selector = pointer ? stack.pop(size) : std::nullopt;
        if (!selector)
            return false;
        const bool toCode64 = p.inLongMode() && code->has(attributes::kLong);
        ss = readReturnStack(p, static_cast<std::uint16_t>(*selector), cpl, toCode64);
        if (!ss)
            return false;
        rsp = *pointer;
    }
    if (!checkTarget(p, *code, frame->rip) || !markAccessed(p, frame->cs, *code))
        return false;

    setFlags(p, frame->flags, writableFlags(p), size);
    p[SegmentName::Cs] = code->segment(frame->cs);
    p.cpl = cpl;
    p.rip = frame->rip;
    if (ss)
        p[SegmentName::Ss] = *ss;
    else
        stack.commit();
    p.updateMode();
    if (ss)
        FrameStack(p, *ss, rsp, stackWidth(p), Privilege::Current, 0).commit();
    if (cpl != oldCpl)
        dropInnerSegments(p);
    return true;
}

}  // namespace hypervisor::software
