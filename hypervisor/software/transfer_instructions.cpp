// SPDX-License-Identifier: GPL-3.0-or-later
#include "exceptions.h"
#include "far_transfer.h"
#include "system_instructions.h"

// Far jumps, calls and returns, software interrupts, BOUND.
namespace hypervisor::software {

namespace {

struct FarPointer {
    std::uint16_t selector;
    std::uint64_t offset;
};

std::optional<FarPointer> readFarPointer(Processor& p, const Operation& o) {
    const unsigned size = operandSize(o);
    const auto address = p.operandAddress(o, size + 2, Access::Read);
    FarPointer pointer{};
    if (!address || !p.readLinear(*address, &pointer.offset, size))
        return std::nullopt;
    const auto selector = p.read<std::uint16_t>(*address + size);
    if (!selector)
        return std::nullopt;
    pointer.selector = *selector;
    return pointer;
}

FarPointer directPointer(const Operation& o) {
    return {static_cast<std::uint16_t>(o.displacement), o.immediate};
}

}  // namespace

void jumpFarDirect(Processor& p, const Operation& o) {
    const FarPointer target = directPointer(o);
    static_cast<void>(farJump(p, target.selector, target.offset, operandSize(o)));
}

void jumpFarIndirect(Processor& p, const Operation& o) {
    if (const auto target = readFarPointer(p, o))
        static_cast<void>(farJump(p, target->selector, target->offset, operandSize(o)));
}

void callFarDirect(Processor& p, const Operation& o) {
    const FarPointer target = directPointer(o);
    static_cast<void>(farCall(p, target.selector, target.offset, operandSize(o)));
}

void callFarIndirect(Processor& p, const Operation& o) {
    if (const auto target = readFarPointer(p, o))
        static_cast<void>(farCall(p, target->selector, target->offset, operandSize(o)));
}

void returnFar(Processor& p, const Operation& o) {
    static_cast<void>(farReturn(p, operandSize(o), static_cast<unsigned>(o.immediate)));
}

void returnFromInterrupt(Processor& p, const Operation& o) {
    static_cast<void>(interruptReturn(p, operandSize(o)));
}

void interrupt(Processor& p, const Operation& o) {
    static_cast<void>(deliverSoftwareInterrupt(p, static_cast<std::uint8_t>(o.immediate),
                                               SoftwareInterrupt::IntN, p.rip));
}

void interruptBreakpoint(Processor& p, const Operation&) {
    static_cast<void>(deliverSoftwareInterrupt(p, static_cast<std::uint8_t>(Exception::Breakpoint),
                                               SoftwareInterrupt::Trap, p.rip));
}

void interruptDebug(Processor& p, const Operation&) {
    static_cast<void>(deliverSoftwareInterrupt(p, static_cast<std::uint8_t>(Exception::Debug),
                                               SoftwareInterrupt::Int1, p.rip));
}

void interruptOverflow(Processor& p, const Operation&) {
    if ((p.flags & 1) != 0)
        static_cast<void>(deliverSoftwareInterrupt(
            p, static_cast<std::uint8_t>(Exception::Overflow), SoftwareInterrupt::Trap, p.rip));
}

void checkBounds(Processor& p, const Operation& o) {
    const unsigned size = operandSize(o);
    const auto address = p.operandAddress(o, 2 * size, Access::Read);
    std::array<std::uint64_t, 2> bounds{};
    if (!address || !p.readLinear(*address, &bounds[0], size) ||
        !p.readLinear(*address + size, &bounds[1], size))
        return;
    const unsigned unused = 64 - 8 * size;
    const auto extended = [unused](std::uint64_t value) {
        return static_cast<std::int64_t>(value << unused) >> unused;
    };
    const std::int64_t index = extended(readRegister(p, o.destination, size));
    if (index < extended(bounds[0]) || index > extended(bounds[1]))
        p.raise(Exception::BoundRange);
}

}  // namespace hypervisor::software
