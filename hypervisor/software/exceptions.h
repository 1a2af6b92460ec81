// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "processor.h"

/// Delivery of exceptions and interrupts through the IVT or IDT (Intel SDM volume 3, chapter 6).
/// All of these end the halted state and the interrupt shadow.
namespace hypervisor::software {

/// Delivers p.fault at p.rip, with the rules for double faults. Sets p.tripleFaulted where that
/// is the end.
void deliverFault(Processor& p);

/// An external interrupt that is due now: the caller has looked at IF and the shadow.
void deliverInterrupt(Processor& p, std::uint8_t vector);

/// A non-maskable interrupt; blocks further ones until IRET.
void deliverNmi(Processor& p);

enum class SoftwareInterrupt : std::uint8_t {
    /// INT n: may be denied by privilege, in virtual-8086 mode by IOPL too.
    IntN,
    /// INT3 and INTO: may be denied by privilege.
    Trap,
    /// INT1: as if it came from the hardware.
    Int1,
};

/// To be called with p.rip at the instruction or behind it; `nextRip` is what the handler returns
/// to. False when it has raised a fault instead, which belongs to the instruction.
[[nodiscard]] bool deliverSoftwareInterrupt(Processor& p, std::uint8_t vector,
                                            SoftwareInterrupt kind, std::uint64_t nextRip);

}  // namespace hypervisor::software
