// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "processor.h"
#include "segmentation.h"

/// Control transfers to another code segment (Intel SDM volume 2, JMP, CALL, RET, IRET; volume 3,
/// section 5.8). All are called with p.rip behind the instruction; `size` is the operand size in
/// bytes. False: a fault has been raised and nothing has changed.
namespace hypervisor::software {

[[nodiscard]] bool farJump(Processor& p, std::uint16_t selector, std::uint64_t offset,
                           unsigned size);
[[nodiscard]] bool farCall(Processor& p, std::uint16_t selector, std::uint64_t offset,
                           unsigned size);
/// `release` bytes of parameters are taken off the stack, or stacks.
[[nodiscard]] bool farReturn(Processor& p, unsigned size, unsigned release);
[[nodiscard]] bool interruptReturn(Processor& p, unsigned size);

/// The code segment that a return pops, checked against `cpl`, the present one.
[[nodiscard]] std::optional<Descriptor> readReturnDescriptor(Processor& p, std::uint16_t selector);
/// The stack segment that a return to level `cpl` pops. In long mode it may be null when
/// `toCode64`.
[[nodiscard]] std::optional<Segment> readReturnStack(Processor& p, std::uint16_t selector,
                                                     std::uint8_t cpl, bool toCode64);
/// Whether execution can go on at `offset` of the code segment `code`; #GP with `errorCode`.
[[nodiscard]] bool checkTarget(Processor& p, const Descriptor& code, std::uint64_t offset,
                               std::uint32_t errorCode = 0);

}  // namespace hypervisor::software
