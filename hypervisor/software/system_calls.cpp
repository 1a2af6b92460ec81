// SPDX-License-Identifier: GPL-3.0-or-later
#include "debug_registers.h"
#include "segmentation.h"
#include "system_instructions.h"

// SYSCALL, SYSRET, SYSENTER, SYSEXIT, SWAPGS: transfers between user mode and the kernel that
// look at no descriptor.
namespace hypervisor::software {

namespace {

constexpr std::uint16_t kFlatCode = 0xC09B;
constexpr std::uint16_t kFlatCode64 = 0xA09B;
constexpr std::uint16_t kFlatData = 0xC093;

void refuse(Processor& p) {
    p.raise(Exception::GeneralProtection, 0);
}

/// Flat code and stack segments of level `cpl`; goes on at `rip`.
void enterFlat(Processor& p, std::uint16_t cs, std::uint16_t ss, bool code64, std::uint8_t cpl,
               std::uint64_t rip) {
    const auto level = static_cast<std::uint16_t>(cpl << 5);
    p[SegmentName::Cs] = {0, 0xFFFF'FFFF, cs,
                          static_cast<std::uint16_t>((code64 ? kFlatCode64 : kFlatCode) | level)};
    p[SegmentName::Ss] = {0, 0xFFFF'FFFF, ss, static_cast<std::uint16_t>(kFlatData | level)};
    p.cpl = cpl;
    p.rip = rip;
    p.updateMode();
}

/// Processors by Intel have SYSCALL in 64-bit mode alone.
bool isIntel(Processor& p) {
    constexpr std::uint32_t kGenu = 0x756E'6547;
    return p.environment.cpuid(p, 0, 0).ebx == kGenu;
}

}  // namespace

void systemCall(Processor& p, const Operation&) {
    if ((p.efer & efer::kSyscall) == 0 || !p.inProtectedMode() ||
        (!p.in64BitMode() && (!p.inLongMode() || isIntel(p)))) {
        p.raise(Exception::InvalidOpcode);
        return;
    }
    const std::uint64_t flags = p.rflags() & ~rflags::kResume;
    p[Register::Rcx] = p.rip;
    p[Register::R11] = flags;
    p.setRflags(flags & ~p.syscallMask);
    // Single step looks at TF as it is after the instruction.
    if ((p.systemFlags & rflags::kTrap) == 0)
        p.pendingDebug &= ~dr6::kSingleStep;
    const auto cs = static_cast<std::uint16_t>(p.star >> 32 & 0xFFFC);
    enterFlat(p, cs, static_cast<std::uint16_t>(cs + 8), true, 0,
              p.in64BitMode() ? p.lstar : p.cstar);
}

void systemReturn(Processor& p, const Operation& o) {
    if ((p.efer & efer::kSyscall) == 0 || !p.in64BitMode()) {
        p.raise(Exception::InvalidOpcode);
        return;
    }
    const bool to64 = operandSize(o) == 8;
    if (p.cpl != 0 || (to64 && !p.isCanonical(p[Register::Rcx])))
        return refuse(p);
    constexpr std::uint64_t kRestored =
        rflags::kWritable & ~rflags::kResume & ~rflags::kVirtual8086;
    p.setRflags(p[Register::R11] & kRestored);
    if ((p.systemFlags & rflags::kTrap) != 0)
        p.pendingDebug |= dr6::kSingleStep;
    else
        p.pendingDebug &= ~dr6::kSingleStep;
    const auto selectors = static_cast<std::uint16_t>(p.star >> 48);
    enterFlat(p, static_cast<std::uint16_t>((selectors + (to64 ? 16 : 0)) | 3),
              static_cast<std::uint16_t>((selectors + 8) | 3), to64, 3,
              to64 ? p[Register::Rcx] : p[Register::Rcx] & 0xFFFF'FFFF);
    // A step that begins here ends here: the trap comes before the next instruction.
    finishInstruction(p);
}

void systemEnter(Processor& p, const Operation&) {
    if (!p.inProtectedMode() || (p.sysenterCs & 0xFFFC) == 0)
        return refuse(p);
    p.systemFlags &= ~(rflags::kInterrupt | rflags::kVirtual8086 | rflags::kResume);
    const bool longMode = p.inLongMode();
    const auto cs = static_cast<std::uint16_t>(p.sysenterCs & 0xFFFC);
    p[Register::Rsp] = longMode ? p.sysenterEsp : p.sysenterEsp & 0xFFFF'FFFF;
    enterFlat(p, cs, static_cast<std::uint16_t>(cs + 8), longMode, 0,
              longMode ? p.sysenterEip : p.sysenterEip & 0xFFFF'FFFF);
}

void systemExit(Processor& p, const Operation& o) {
    if (!p.inProtectedMode() || (p.sysenterCs & 0xFFFC) == 0 || p.cpl != 0)
        return refuse(p);
    const bool to64 = operandSize(o) == 8;
    const std::uint64_t rip = p[Register::Rdx];
    const std::uint64_t rsp = p[Register::Rcx];
    if (to64 && (!p.isCanonical(rip) || !p.isCanonical(rsp)))
        return refuse(p);
    const auto cs = static_cast<std::uint16_t>((p.sysenterCs & 0xFFFC) + (to64 ? 32 : 16));
    p[Register::Rsp] = to64 ? rsp : rsp & 0xFFFF'FFFF;
    enterFlat(p, static_cast<std::uint16_t>(cs | 3), static_cast<std::uint16_t>((cs + 8) | 3), to64,
              3, to64 ? rip : rip & 0xFFFF'FFFF);
}

void swapGs(Processor& p, const Operation&) {
    if (p.cpl != 0)
        return refuse(p);
    std::swap(p[SegmentName::Gs].base, p.kernelGsBase);
    p.linearBase[static_cast<std::size_t>(SegmentName::Gs)] = p[SegmentName::Gs].base;
}

}  // namespace hypervisor::software
