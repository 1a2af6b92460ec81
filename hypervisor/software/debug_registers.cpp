// SPDX-License-Identifier: GPL-3.0-or-later
#include "debug_registers.h"

#include "exceptions.h"

namespace hypervisor::software {

bool watchesData(const Processor& p) {
    const std::uint64_t control = p.dr[7];
    if ((control & dr7::kEnables) == 0)
        return false;
    for (unsigned n = 0; n < 4; ++n) {
        const dr7::Kind kind = dr7::kind(control, n);
        if (dr7::enabled(control, n) && (kind == dr7::Kind::Write || kind == dr7::Kind::ReadWrite))
            return true;
    }
    return false;
}

bool raiseDebug(Processor& p, std::uint64_t bits) {
    p.dr[6] = (p.dr[6] & ~dr6::kBreakpoints) | bits;
    return p.raise(Exception::Debug);
}

bool checkCodeBreakpoint(Processor& p) {
    const bool shadowed = p.debugShadow;
    p.debugShadow = false;
    const bool resuming = (p.systemFlags & rflags::kResume) != 0;
    p.systemFlags &= ~rflags::kResume;
    if ((p.dr[7] & dr7::kEnables) != 0 && !resuming && !shadowed) {
        std::uint64_t address = p.rip + p.linearBase[static_cast<std::size_t>(SegmentName::Cs)];
        if (!p.in64BitMode())
            address &= 0xFFFF'FFFF;
        std::uint64_t hits = 0;
        for (unsigned n = 0; n < 4; ++n)
            if (dr7::enabled(p.dr[7], n) && dr7::kind(p.dr[7], n) == dr7::Kind::Execute &&
                p.dr[n] == address)
                hits |= 1U << n;
        if (hits != 0)
            return raiseDebug(p, hits);
    }
    if ((p.systemFlags & rflags::kTrap) != 0)
        p.pendingDebug |= dr6::kSingleStep;
    return true;
}

void checkPortBreakpoints(Processor& p, std::uint16_t port, unsigned size) {
    const std::uint64_t control = p.dr[7];
    if ((control & dr7::kEnables) == 0 || (p.cr4 & cr4::kDebuggingExtensions) == 0)
        return;
    for (unsigned n = 0; n < 4; ++n) {
        if (!dr7::enabled(control, n) || dr7::kind(control, n) != dr7::Kind::InputOutput)
            continue;
        const unsigned length = dr7::length(control, n);
        const std::uint64_t start = p.dr[n] & ~std::uint64_t{length - 1};
        if (port < start + length && start < std::uint64_t{port} + size)
            p.pendingDebug |= 1U << n;
    }
}

void finishInstruction(Processor& p) {
    if (p.debugShadow) {
        // What the load of SS itself has met is reported after the next instruction.
        p.pendingDebug &= ~dr6::kSingleStep;
        return;
    }
    if (p.pendingDebug == 0)
        return;
    raiseDebug(p, p.pendingDebug);
    deliverFault(p);
}

}  // namespace hypervisor::software
