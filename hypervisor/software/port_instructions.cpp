// SPDX-License-Identifier: GPL-3.0-or-later
#include "debug_registers.h"
#include "segmentation.h"
#include "system_instructions.h"

// IN, OUT, INS, OUTS.
namespace hypervisor::software {

namespace {

/// Whether the present task may use the ports [port, port + size) (Intel SDM volume 1, section
/// 19.5): by IOPL, else by the permission bitmap of its TSS.
bool mayUsePorts(Processor& p, std::uint16_t port, unsigned size) {
    const std::uint64_t iopl = (p.systemFlags & rflags::kIopl) >> 12;
    if (!p.inProtectedMode() || (p.cpl <= iopl && !p.inVirtual8086Mode()))
        return true;
    const auto refuse = [&p] { return p.raise(Exception::GeneralProtection, 0); };
    if (!p.tr.present() || (p.tr.type() & ~system_type::kBusy) != system_type::kTss32 ||
        p.tr.limit < 103)
        return refuse();
    const auto map = p.read<std::uint16_t>(p.tr.base + 102, Privilege::System);
    if (!map)
        return false;
    const std::uint32_t offset = *map + port / 8U;
    if (offset + 1 > p.tr.limit)
        return refuse();
    const auto bits = p.read<std::uint16_t>(p.tr.base + offset, Privilege::System);
    if (!bits)
        return false;
    const unsigned denied = *bits >> (port % 8) & ((1U << size) - 1);
    return denied == 0 || refuse();
}

std::uint16_t portOf(const Processor& p, const Operation& o) {
    return hasMemory(o) ? static_cast<std::uint16_t>(p.registers[2])
                        : static_cast<std::uint16_t>(o.immediate);
}

unsigned addressBytes(const Operation& o) {
    return o.addressBits / 8U;
}

/// Moves an index register on by one element.
void advance(Processor& p, Register index, const Operation& o) {
    const auto offset = static_cast<RegisterOffset>(8 * static_cast<unsigned>(index));
    const std::uint64_t step = operandSize(o);
    const bool down = (p.systemFlags & rflags::kDirection) != 0;
    const std::uint64_t value = readRegister(p, offset, addressBytes(o));
    writeRegister(p, offset, addressBytes(o), down ? value - step : value + step);
}

/// Runs `element`, which is false after a fault, once or as often as RCX says. A long run is cut
/// into pieces: RIP then stays at the instruction.
template <class Element>
void repeat(Processor& p, const Operation& o, Element element) {
    if ((o.extra & system_operand::kRepeat) == 0) {
        static_cast<void>(element());
        return;
    }
    constexpr RegisterOffset kCounter = 8;
    const unsigned piece = (p.mode & mode::kSingle) != 0 ? 1 : 256;
    std::uint64_t count = readRegister(p, kCounter, addressBytes(o));
    const DeviceAccesses accesses(p.environment);
    for (unsigned i = 0; i < piece && count != 0; ++i) {
        if (!element())
            return;
        writeRegister(p, kCounter, addressBytes(o), --count);
        if (p.attention.load(std::memory_order_relaxed) != 0)
            break;
    }
    if (count != 0) {
        p.rip -= o.length;
        if (!p.in64BitMode())
            p.rip &= (p.mode & mode::kCode32) != 0 ? 0xFFFF'FFFF : 0xFFFF;
    }
}

}  // namespace

void portIn(Processor& p, const Operation& o) {
    const std::uint16_t port = portOf(p, o);
    const unsigned size = operandSize(o);
    if (!mayUsePorts(p, port, size))
        return;
    checkPortBreakpoints(p, port, size);
    writeRegister(p, 0, size, p.environment.readPort(port, size));
}

void portOut(Processor& p, const Operation& o) {
    const std::uint16_t port = portOf(p, o);
    const unsigned size = operandSize(o);
    if (!mayUsePorts(p, port, size))
        return;
    checkPortBreakpoints(p, port, size);
    p.environment.writePort(port, size, static_cast<std::uint32_t>(readRegister(p, 0, size)));
}

void portInString(Processor& p, const Operation& o) {
    const auto port = static_cast<std::uint16_t>(p[Register::Rdx]);
    const unsigned size = operandSize(o);
    if (!mayUsePorts(p, port, size))
        return;
    repeat(p, o, [&] {
        constexpr RegisterOffset kDestination = 8 * static_cast<unsigned>(Register::Rdi);
        const auto address = p.linear(
            SegmentName::Es, readRegister(p, kDestination, addressBytes(o)), size, Access::Write);
        // What is read from a device is gone: the memory must be known to take it first.
        if (!address || (p.hostAddress(*address, size, Access::Write) == nullptr &&
                         (!p.translate(*address, Access::Write, Privilege::Current) ||
                          !p.translate(*address + size - 1, Access::Write, Privilege::Current))))
            return false;
        checkPortBreakpoints(p, port, size);
        const std::uint32_t value = p.environment.readPort(port, size);
        if (!p.writeLinear(*address, &value, size))
            return false;
        advance(p, Register::Rdi, o);
        return true;
    });
}

void portOutString(Processor& p, const Operation& o) {
    const auto port = static_cast<std::uint16_t>(p[Register::Rdx]);
    const unsigned size = operandSize(o);
    if (!mayUsePorts(p, port, size))
        return;
    repeat(p, o, [&] {
        constexpr RegisterOffset kSource = 8 * static_cast<unsigned>(Register::Rsi);
        const auto address =
            p.linear(static_cast<SegmentName>(o.segment), readRegister(p, kSource, addressBytes(o)),
                     size, Access::Read);
        std::uint32_t value = 0;
        if (!address || !p.readLinear(*address, &value, size))
            return false;
        checkPortBreakpoints(p, port, size);
        p.environment.writePort(port, size, value);
        advance(p, Register::Rsi, o);
        return true;
    });
}

}  // namespace hypervisor::software
