// SPDX-License-Identifier: GPL-3.0-or-later
#include "frame_stack.h"
#include "segmentation.h"
#include "system_instructions.h"

// Instructions on segment registers, descriptor tables and selectors.
namespace hypervisor::software {

namespace {

SegmentName segmentOf(const Operation& o) {
    return static_cast<SegmentName>(registerNumber(o));
}

/// After a load of SS: neither interrupts nor debug exceptions before the next instruction, which
/// loads the stack pointer.
void enterShadow(Processor& p) {
    p.updateMode();
    p.interruptShadow = true;
    p.debugShadow = (p.mode & mode::kSingle) != 0;
}

void setZero(Processor& p, bool value) {
    constexpr std::uint16_t kZeroFlag = rflags::kZero << 8;
    p.flags = static_cast<std::uint16_t>((p.flags & ~kZeroFlag) | (value ? kZeroFlag : 0));
}

/// UMIP keeps user mode from looking at the system's tables.
bool mayLook(Processor& p) {
    if ((p.cr4 & cr4::kUmip) != 0 && p.cpl != 0)
        return p.raise(Exception::GeneralProtection, 0);
    return true;
}

bool pop(Processor& p, const Operation& o) {
    FrameStack stack(p);
    const auto value = stack.pop(operandSize(o));
    if (!value || !loadSegment(p, segmentOf(o), static_cast<std::uint16_t>(*value)))
        return false;
    stack.commit();
    return true;
}

bool loadPointer(Processor& p, const Operation& o) {
    const unsigned size = operandSize(o);
    const auto address = p.operandAddress(o, size + 2, Access::Read);
    std::uint64_t offset = 0;
    if (!address || !p.readLinear(*address, &offset, size))
        return false;
    const auto selector = p.read<std::uint16_t>(*address + size);
    if (!selector || !loadSegment(p, segmentOf(o), *selector))
        return false;
    writeRegister(p, o.destination, size, offset);
    return true;
}

std::optional<DescriptorTable> readTable(Processor& p, const Operation& o) {
    if (!requireKernel(p))
        return std::nullopt;
    const unsigned size = p.in64BitMode() ? 8 : 4;
    const auto address = p.operandAddress(o, size + 2, Access::Read);
    if (!address)
        return std::nullopt;
    const auto limit = p.read<std::uint16_t>(*address);
    std::uint64_t base = 0;
    if (!limit || !p.readLinear(*address + 2, &base, size))
        return std::nullopt;
    if (size == 4 && operandSize(o) == 2)
        base &= 0xFF'FFFF;
    if (!p.isCanonical(base)) {
        p.raise(Exception::GeneralProtection, 0);
        return std::nullopt;
    }
    return DescriptorTable{base, *limit};
}

void storeTable(Processor& p, const Operation& o, const DescriptorTable& table) {
    if (!mayLook(p))
        return;
    const unsigned size = p.in64BitMode() ? 8 : 4;
    const auto address = p.operandAddress(o, size + 2, Access::Write);
    if (!address)
        return;
    std::array<std::byte, 10> image{};
    __builtin_memcpy(image.data(), &table.limit, 2);
    __builtin_memcpy(image.data() + 2, &table.base, 8);
    static_cast<void>(p.writeLinear(*address, image.data(), size + 2));
}

void verify(Processor& p, const Operation& o, bool forWrite) {
    const auto selector = readWord(p, o);
    if (!selector)
        return;
    const bool usable = verifySegment(p, *selector, forWrite);
    if (!p.faulted)
        setZero(p, usable);
}

}  // namespace

void moveToSegment(Processor& p, const Operation& o) {
    const auto selector = readWord(p, o);
    if (selector && loadSegment(p, segmentOf(o), *selector))
        p.noteSegmentLoad();
}

void moveToStackSegment(Processor& p, const Operation& o) {
    const auto selector = readWord(p, o);
    if (selector && loadSegment(p, SegmentName::Ss, *selector))
        enterShadow(p);
}

void moveFromSegment(Processor& p, const Operation& o) {
    writeWord(p, o, p[segmentOf(o)].selector);
}

void pushSegment(Processor& p, const Operation& o) {
    FrameStack stack(p);
    if (stack.pushSelector(p[segmentOf(o)].selector, operandSize(o)))
        stack.commit();
}

void popSegment(Processor& p, const Operation& o) {
    if (pop(p, o))
        p.noteSegmentLoad();
}

void popStackSegment(Processor& p, const Operation& o) {
    if (pop(p, o))
        enterShadow(p);
}

void loadFarPointer(Processor& p, const Operation& o) {
    if (loadPointer(p, o))
        p.noteSegmentLoad();
}

void loadStackPointer(Processor& p, const Operation& o) {
    if (loadPointer(p, o))
        p.updateMode();
}

void loadLocalTable(Processor& p, const Operation& o) {
    if (!requireKernel(p))
        return;
    if (const auto selector = readWord(p, o))
        static_cast<void>(loadLdtr(p, *selector, Exception::GeneralProtection));
}

void loadTask(Processor& p, const Operation& o) {
    if (!requireKernel(p))
        return;
    if (const auto selector = readWord(p, o))
        static_cast<void>(loadTaskRegister(p, *selector));
}

void storeLocalTable(Processor& p, const Operation& o) {
    if (mayLook(p))
        writeWord(p, o, p.ldtr.selector);
}

void storeTask(Processor& p, const Operation& o) {
    if (mayLook(p))
        writeWord(p, o, p.tr.selector);
}

void loadGlobalTable(Processor& p, const Operation& o) {
    if (const auto table = readTable(p, o))
        p.gdtr = *table;
}

void loadInterruptTable(Processor& p, const Operation& o) {
    if (const auto table = readTable(p, o))
        p.idtr = *table;
}

void storeGlobalTable(Processor& p, const Operation& o) {
    storeTable(p, o, p.gdtr);
}

void storeInterruptTable(Processor& p, const Operation& o) {
    storeTable(p, o, p.idtr);
}

void verifyRead(Processor& p, const Operation& o) {
    verify(p, o, false);
}

void verifyWrite(Processor& p, const Operation& o) {
    verify(p, o, true);
}

void accessRights(Processor& p, const Operation& o) {
    const auto selector = readWord(p, o);
    if (!selector)
        return;
    const auto rights = loadAccessRights(p, *selector);
    if (p.faulted)
        return;
    setZero(p, rights.has_value());
    if (rights)
        writeRegister(p, o.destination, operandSize(o), *rights);
}

void segmentLimit(Processor& p, const Operation& o) {
    const auto selector = readWord(p, o);
    if (!selector)
        return;
    const auto limit = loadSegmentLimit(p, *selector);
    if (p.faulted)
        return;
    setZero(p, limit.has_value());
    if (limit)
        writeRegister(p, o.destination, operandSize(o), *limit);
}

void adjustPrivilege(Processor& p, const Operation& o) {
    const std::uint64_t wanted = readRegister(p, o.source, 2) & 3;
    if (!hasMemory(o)) {
        const std::uint64_t selector = readRegister(p, o.destination, 2);
        const bool lower = (selector & 3) < wanted;
        if (lower)
            writeRegister(p, o.destination, 2, (selector & ~std::uint64_t{3}) | wanted);
        setZero(p, lower);
        return;
    }
    // Read, and written only if need be.
    const auto address = p.operandAddress(o, 2, Access::Read);
    const auto selector = address ? p.read<std::uint16_t>(*address) : std::nullopt;
    if (!selector)
        return;
    const bool lower = (*selector & 3U) < wanted;
    const auto adjusted = static_cast<std::uint16_t>((*selector & ~3U) | wanted);
    const auto target = lower ? p.operandAddress(o, 2, Access::Write) : address;
    if (target && (!lower || p.write(*target, adjusted)))
        setZero(p, lower);
}

void readSegmentBase(Processor& p, const Operation& o) {
    if ((p.cr4 & cr4::kFsGsBase) == 0) {
        p.raise(Exception::InvalidOpcode);
        return;
    }
    writeRegister(p, o.destination, operandSize(o), p[segmentOf(o)].base);
}

void writeSegmentBase(Processor& p, const Operation& o) {
    if ((p.cr4 & cr4::kFsGsBase) == 0) {
        p.raise(Exception::InvalidOpcode);
        return;
    }
    const std::uint64_t base = readRegister(p, o.source, operandSize(o));
    if (!p.isCanonical(base)) {
        p.raise(Exception::GeneralProtection, 0);
        return;
    }
    p[segmentOf(o)].base = base;
    p.linearBase[registerNumber(o)] = base;
}

}  // namespace hypervisor::software
