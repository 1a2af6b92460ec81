// SPDX-License-Identifier: GPL-3.0-or-later
#include "execution.h"
#include "frame_stack.h"
#include "system_instructions.h"

// CLI, STI, CLAC, STAC, PUSHF, POPF in every mode, with the virtual interrupt flag of VME and
// PVI (Intel SDM volume 3, section 21.3).
namespace hypervisor::software {

namespace {

constexpr std::uint64_t kVirtualFlags =
    rflags::kVirtualInterrupt | rflags::kVirtualInterruptPending;

bool mayChangeInterrupts(const Processor& p) {
    return p.cpl <= (p.systemFlags & rflags::kIopl) >> 12;
}

/// Whether CLI and STI mean the virtual interrupt flag, where they may not change IF.
bool hasVirtualInterrupt(const Processor& p) {
    return p.inVirtual8086Mode() ? (p.cr4 & cr4::kVme) != 0
                                 : p.cpl == 3 && (p.cr4 & cr4::kPvi) != 0;
}

/// The flags that POPF may change, given the image; nothing after #GP.
std::optional<std::uint64_t> poppableFlags(Processor& p, unsigned size, std::uint64_t image) {
    constexpr std::uint64_t kAlways = rflags::kArithmetic | rflags::kTrap | rflags::kDirection |
                                      rflags::kNestedTask | rflags::kAlignmentCheck | rflags::kId;
    // VIF and VIP are cleared, RF too, VM stays.
    constexpr std::uint64_t kCleared = kVirtualFlags | rflags::kResume;
    if (p.inVirtual8086Mode()) {
        if (mayChangeInterrupts(p))
            return kAlways | rflags::kInterrupt | rflags::kResume;
        const bool blocked = (p.systemFlags & rflags::kVirtualInterruptPending) != 0 &&
                             (image & rflags::kInterrupt) != 0;
        if ((p.cr4 & cr4::kVme) == 0 || size != 2 || (image & rflags::kTrap) != 0 || blocked) {
            p.raise(Exception::GeneralProtection, 0);
            return std::nullopt;
        }
        return kAlways | rflags::kVirtualInterrupt;
    }
    std::uint64_t result = kAlways | kCleared;
    if (mayChangeInterrupts(p))
        result |= rflags::kInterrupt;
    if (p.cpl == 0)
        result |= rflags::kIopl;
    return result;
}

/// Takes the flags off the stack. Whether the block must be left: the mode may have changed, or
/// an interrupt that waits may come in. Not inlined: its locals would cost popFlags() its tail
/// calls.
[[gnu::noinline]] bool takeFlags(Processor& p, const Operation& o) {
    const unsigned size = operandSize(o);
    FrameStack stack(p);
    const auto popped = stack.pop(size);
    if (!popped)
        return false;
    std::uint64_t image = *popped;
    auto writable = poppableFlags(p, size, image);
    if (!writable)
        return false;
    if ((*writable & rflags::kVirtualInterrupt) != 0 && p.inVirtual8086Mode()) {
        image &= ~kVirtualFlags;
        if ((image & rflags::kInterrupt) != 0)
            image |= rflags::kVirtualInterrupt;
        // VIF is above the 16 bits that are popped.
        *writable = (*writable & 0xFFFF) | rflags::kVirtualInterrupt;
    } else {
        image &= ~(kVirtualFlags | rflags::kResume);
        if (size == 2)
            *writable &= 0xFFFF;
    }
    const std::uint64_t old = p.systemFlags;
    p.setRflags((p.rflags() & ~*writable) | (image & *writable));
    stack.commit();
    const std::uint64_t changed = old ^ p.systemFlags;
    if ((changed & (rflags::kTrap | rflags::kAlignmentCheck)) != 0) {
        p.updateMode();
        return true;
    }
    return (changed & p.systemFlags & rflags::kInterrupt) != 0 && p.interruptWaiting;
}

/// Whether nothing but the transfer to the next block follows.
bool endsBlock(const Operation* o) {
    return (o + 1)->length == 0;
}

/// SMAP only chooses among TLBs, so that the block can go on.
void chooseTlb(Processor& p, bool accessAllowed) {
    if (p.tlb == &p.missTlb)
        return;
    p.tlb = &p.tlbs[accessAllowed && (p.cr4 & cr4::kSmap) != 0 ? 1 : 0];
}

[[gnu::noinline]] void raiseProtection(Processor& p) {
    p.raise(Exception::GeneralProtection, 0);
}

/// CLI and STI on VIF; false after a fault.
[[gnu::noinline]] bool changeVirtualInterrupt(Processor& p, bool enable) {
    if (!hasVirtualInterrupt(p))
        return p.raise(Exception::GeneralProtection, 0);
    if (!enable) {
        p.systemFlags &= ~rflags::kVirtualInterrupt;
        return true;
    }
    if ((p.systemFlags & rflags::kVirtualInterruptPending) != 0)
        return p.raise(Exception::GeneralProtection, 0);
    p.systemFlags |= rflags::kVirtualInterrupt;
    return true;
}

}  // namespace

void clearInterrupt(Processor& p, const Operation* o) {
    if (mayChangeInterrupts(p)) [[likely]]
        p.systemFlags &= ~rflags::kInterrupt;
    else if (!changeVirtualInterrupt(p, false))
        return fault(p, o);
    return next(p, o);
}

void setInterrupt(Processor& p, const Operation* o) {
    if (!mayChangeInterrupts(p)) [[unlikely]] {
        if (!changeVirtualInterrupt(p, true))
            return fault(p, o);
        return next(p, o);
    }
    if ((p.systemFlags & rflags::kInterrupt) != 0)
        return next(p, o);
    p.systemFlags |= rflags::kInterrupt;
    if (p.interruptWaiting) {
        p.interruptShadow = true;
        return leave(p, o);
    }
    // Within a block the next instruction runs whatever comes in meanwhile.
    if (endsBlock(o))
        p.interruptShadow = true;
    return next(p, o);
}

void setAccessCheck(Processor& p, const Operation* o) {
    if (p.cpl != 0) [[unlikely]] {
        p.raise(Exception::InvalidOpcode);
        return fault(p, o);
    }
    p.systemFlags |= rflags::kAlignmentCheck;
    chooseTlb(p, true);
    return next(p, o);
}

void clearAccessCheck(Processor& p, const Operation* o) {
    if (p.cpl != 0) [[unlikely]] {
        p.raise(Exception::InvalidOpcode);
        return fault(p, o);
    }
    p.systemFlags &= ~rflags::kAlignmentCheck;
    chooseTlb(p, false);
    return next(p, o);
}

void popFlags(Processor& p, const Operation* o) {
    const bool leaving = takeFlags(p, *o);
    if (p.faulted) [[unlikely]]
        return fault(p, o);
    if (leaving)
        return leave(p, o);
    return next(p, o);
}

void pushFlags(Processor& p, const Operation& o) {
    const unsigned size = operandSize(o);
    std::uint64_t flags = p.rflags() & ~(rflags::kResume | rflags::kVirtual8086);
    if (p.inVirtual8086Mode() && !mayChangeInterrupts(p)) {
        if ((p.cr4 & cr4::kVme) == 0 || size != 2)
            return raiseProtection(p);
        flags = (flags | rflags::kIopl) & ~rflags::kInterrupt;
        if ((p.systemFlags & rflags::kVirtualInterrupt) != 0)
            flags |= rflags::kInterrupt;
    }
    FrameStack stack(p);
    if (stack.push(flags, size))
        stack.commit();
}

}  // namespace hypervisor::software
