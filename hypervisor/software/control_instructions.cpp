// SPDX-License-Identifier: GPL-3.0-or-later
#include "control_registers.h"
#include "debug_registers.h"
#include "model_specific_registers.h"
#include "segmentation.h"
#include "system_instructions.h"

// Instructions on control, debug and model specific registers, translation caches, and what
// else concerns the processor as a whole.
namespace hypervisor::software {

namespace {

void refuse(Processor& p) {
    p.raise(Exception::GeneralProtection, 0);
}

/// CR4.TSD and CR4.PCE let user mode in, or do not; in real mode everything is allowed.
bool mayRead(Processor& p, bool allowedForUser) {
    if (p.cpl == 0 || allowedForUser)
        return true;
    return p.raise(Exception::GeneralProtection, 0);
}

void setHalves(Processor& p, std::uint64_t value) {
    p[Register::Rax] = value & 0xFFFF'FFFF;
    p[Register::Rdx] = value >> 32;
}

std::uint64_t halves(Processor& p) {
    return (p[Register::Rax] & 0xFFFF'FFFF) | p[Register::Rdx] << 32;
}

/// Which debug register an instruction means, after all checks; nothing after a fault.
std::optional<unsigned> debugRegister(Processor& p, const Operation& o) {
    unsigned number = registerNumber(o);
    if (number == 4 || number == 5) {
        if ((p.cr4 & cr4::kDebuggingExtensions) != 0) {
            p.raise(Exception::InvalidOpcode);
            return std::nullopt;
        }
        number += 2;
    }
    if (!requireKernel(p))
        return std::nullopt;
    if ((p.dr[7] & dr7::kGeneralDetect) != 0) {
        raiseDebug(p, dr6::kRegisterAccess);
        return std::nullopt;
    }
    return number;
}

}  // namespace

std::uint64_t readRegister(const Processor& p, RegisterOffset offset, unsigned size) {
    std::uint64_t value = p.registers[offset / 8] >> (8 * (offset % 8));
    if (size < 8)
        value &= (std::uint64_t{1} << (8 * size)) - 1;
    return value;
}

void writeRegister(Processor& p, RegisterOffset offset, unsigned size, std::uint64_t value) {
    std::uint64_t& whole = p.registers[offset / 8];
    if (size == 8) {
        whole = value;
    } else if (size == 4) {
        whole = value & 0xFFFF'FFFF;
    } else {
        const unsigned shift = 8 * (offset % 8);
        const std::uint64_t mask = ((std::uint64_t{1} << (8 * size)) - 1) << shift;
        whole = (whole & ~mask) | (value << shift & mask);
    }
}

std::optional<std::uint16_t> readWord(Processor& p, const Operation& o) {
    if (!hasMemory(o))
        return static_cast<std::uint16_t>(readRegister(p, o.source, 2));
    const auto address = p.operandAddress(o, 2, Access::Read);
    if (!address)
        return std::nullopt;
    return p.read<std::uint16_t>(*address);
}

void writeWord(Processor& p, const Operation& o, std::uint64_t value) {
    if (!hasMemory(o)) {
        writeRegister(p, o.destination, operandSize(o), value);
        return;
    }
    if (const auto address = p.operandAddress(o, 2, Access::Write))
        static_cast<void>(p.write(*address, static_cast<std::uint16_t>(value)));
}

bool requireKernel(Processor& p) {
    if (p.cpl == 0)
        return true;
    return p.raise(Exception::GeneralProtection, 0);
}

void readControl(Processor& p, const Operation& o) {
    if (!requireKernel(p))
        return;
    std::uint64_t value = 0;
    switch (registerNumber(o)) {
        case 0:
            value = p.cr0;
            break;
        case 2:
            value = p.cr2;
            break;
        case 3:
            value = p.cr3;
            break;
        case 4:
            value = p.cr4;
            break;
        default:
            value = p.environment.readCr8();
            break;
    }
    writeRegister(p, o.destination, operandSize(o), value);
}

void writeControl(Processor& p, const Operation& o) {
    if (!requireKernel(p))
        return;
    const std::uint64_t value = readRegister(p, o.source, operandSize(o));
    switch (registerNumber(o)) {
        case 0:
            static_cast<void>(writeCr0(p, value));
            break;
        case 2:
            p.cr2 = value;
            break;
        case 3:
            static_cast<void>(writeCr3(p, value));
            break;
        case 4:
            static_cast<void>(writeCr4(p, value));
            break;
        default:
            if (value > 15)
                refuse(p);
            else
                p.environment.writeCr8(value);
            break;
    }
}

void readDebug(Processor& p, const Operation& o) {
    if (const auto number = debugRegister(p, o))
        writeRegister(p, o.destination, operandSize(o), p.dr[*number]);
}

void writeDebug(Processor& p, const Operation& o) {
    const auto number = debugRegister(p, o);
    if (!number)
        return;
    const std::uint64_t value = readRegister(p, o.source, operandSize(o));
    if (*number >= 6 && value >> 32 != 0)
        return refuse(p);
    if (*number == 6)
        p.dr[6] = (value & dr6::kWritable) | dr6::kFixed;
    else if (*number == 7)
        p.dr[7] = (value & dr7::kWritable) | dr7::kFixed;
    else
        p.dr[*number] = value;
    p.updateMode();
}

void clearTaskSwitched(Processor& p, const Operation&) {
    if (!requireKernel(p))
        return;
    p.cr0 &= ~cr0::kTaskSwitched;
    p.updateMode();
}

void loadMachineStatus(Processor& p, const Operation& o) {
    if (!requireKernel(p))
        return;
    constexpr std::uint64_t kChangeable =
        cr0::kMonitorCoprocessor | cr0::kEmulation | cr0::kTaskSwitched;
    // PE can be set, not cleared.
    if (const auto value = readWord(p, o))
        static_cast<void>(
            writeCr0(p, (p.cr0 & ~kChangeable) | (*value & (kChangeable | cr0::kProtection))));
}

void storeMachineStatus(Processor& p, const Operation& o) {
    if ((p.cr4 & cr4::kUmip) != 0 && !requireKernel(p))
        return;
    writeWord(p, o, p.cr0);
}

void invalidatePage(Processor& p, const Operation& o) {
    if (!requireKernel(p))
        return;
    const std::uint64_t address = p.effectiveAddress(o) + p.linearBase[o.segment];
    if (!p.in64BitMode())
        p.flushTlbPage(address & 0xFFFF'FFFF);
    else if (p.isCanonical(address))
        p.flushTlbPage(address);
}

void invalidatePcid(Processor& p, const Operation& o) {
    if (!requireKernel(p))
        return;
    const std::uint64_t type = readRegister(p, o.source, operandSize(o));
    if (type > 3)
        return refuse(p);
    const auto linear = p.operandAddress(o, 16, Access::Read);
    std::array<std::uint64_t, 2> descriptor{};
    if (!linear || !p.readLinear(*linear, descriptor.data(), 16))
        return;
    const std::uint64_t pcid = descriptor[0];
    const std::uint64_t address = descriptor[1];
    if (pcid >> 12 != 0)
        return refuse(p);
    if (type < 2 && pcid != 0 && (p.cr4 & cr4::kPcid) == 0)
        return refuse(p);
    if (type == 0) {
        if (!p.isCanonical(address))
            return refuse(p);
        p.flushTlbPage(address);
        return;
    }
    p.flushTlb();
}

void flushCaches(Processor& p, const Operation&) {
    static_cast<void>(requireKernel(p));
}

void readXcr(Processor& p, const Operation&) {
    if ((p.cr4 & cr4::kOsXsave) == 0) {
        p.raise(Exception::InvalidOpcode);
        return;
    }
    if ((p[Register::Rcx] & 0xFFFF'FFFF) != 0)
        return refuse(p);
    setHalves(p, p.xcr0);
}

void writeXcr(Processor& p, const Operation&) {
    if ((p.cr4 & cr4::kOsXsave) == 0) {
        p.raise(Exception::InvalidOpcode);
        return;
    }
    if (p.cpl != 0 || (p[Register::Rcx] & 0xFFFF'FFFF) != 0)
        return refuse(p);
    static_cast<void>(writeXcr0(p, halves(p)));
}

void readMsr(Processor& p, const Operation&) {
    if (!requireKernel(p))
        return;
    const auto number = static_cast<std::uint32_t>(p[Register::Rcx]);
    const auto value = readModelSpecificRegister(p, number);
    if (!value)
        return refuse(p);
    setHalves(p, *value);
}

void writeMsr(Processor& p, const Operation&) {
    if (!requireKernel(p))
        return;
    const auto number = static_cast<std::uint32_t>(p[Register::Rcx]);
    if (!writeModelSpecificRegister(p, number, halves(p)))
        refuse(p);
}

void readTimeStamp(Processor& p, const Operation&) {
    if (mayRead(p, (p.cr4 & cr4::kTimeStampDisable) == 0))
        setHalves(p, p.environment.readTsc());
}

void readTimeStampAndProcessor(Processor& p, const Operation&) {
    if (!mayRead(p, (p.cr4 & cr4::kTimeStampDisable) == 0))
        return;
    setHalves(p, p.environment.readTsc());
    p[Register::Rcx] = p.tscAux & 0xFFFF'FFFF;
}

void readPerformanceCounter(Processor& p, const Operation&) {
    // There is no counter that RCX could name.
    refuse(p);
}

void identify(Processor& p, const Operation&) {
    const CpuidResult result = p.environment.cpuid(p, static_cast<std::uint32_t>(p[Register::Rax]),
                                                   static_cast<std::uint32_t>(p[Register::Rcx]));
    p[Register::Rax] = result.eax;
    p[Register::Rbx] = result.ebx;
    p[Register::Rcx] = result.ecx;
    p[Register::Rdx] = result.edx;
}

void halt(Processor& p, const Operation&) {
    if (!requireKernel(p))
        return;
    p.halted = true;
    // The instruction behind STI that had to run first was this one.
    p.interruptShadow = false;
}

void spin(Processor& p, const Operation&) {
    p.environment.pause();
}

void hypercall(Processor& p, const Operation&) {
    if (!p.inProtectedMode() || p.cpl != 0 || !p.environment.hypercall(p))
        p.raise(Exception::InvalidOpcode);
}

}  // namespace hypervisor::software
