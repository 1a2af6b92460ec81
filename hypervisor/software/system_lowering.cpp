// SPDX-License-Identifier: GPL-3.0-or-later
#include "control_transfer.h"
#include "decoded_instruction.h"
#include "execution.h"
#include "system_instructions.h"

// lowerSystem(): from Zydis' view of system instructions to Operations.
namespace hypervisor::software {

namespace {

using namespace system_operand;

/// Whether the run loop has nothing to look at before the instruction at p.rip.
bool canGoOn(const Processor& p) {
    return (p.mode & (mode::kCode64 | mode::kSingle)) == mode::kCode64 && !p.halted &&
           !p.interruptShadow && !p.interruptWaiting && !p.nmiPending && !p.tripleFaulted &&
           p.codeBase == 0;
}

/// systemOperation() that goes on with the next block where it can: system calls and returns
/// from interrupts are too frequent for the way through the run loop. The functions are in other
/// files so that they are not inlined, which would cost tail calls.
template <auto kFunction>
void transferringOperation(Processor& p, const Operation* operation) {
    leave(p, operation);
    kFunction(p, *operation);
    if (p.faulted)
        return fault(p, operation);
    if (canGoOn(p))
        return transfer(p, p.rip);
}

template <auto kFunction>
Lowered ending(Operation& operation) {
    operation.handler = &transferringOperation<kFunction>;
    return Lowered::EndBlock;
}
template <auto kFunction>
Lowered going(Operation& operation) {
    operation.handler = &plainOperation<kFunction>;
    return Lowered::Continue;
}

/// plainOperation() for what may make other segments open: then the operations that follow are
/// not those of the mode any more.
template <auto kFunction>
void loadingOperation(Processor& p, const Operation* operation) {
    const Mode before = p.mode;
    kFunction(p, *operation);
    if (p.faulted) [[unlikely]]
        return fault(p, operation);
    if (p.mode != before)
        return leave(p, operation);
    return next(p, operation);
}
template <auto kFunction>
Lowered loading(Operation& operation) {
    operation.handler = &loadingOperation<kFunction>;
    return Lowered::Continue;
}

ZydisRegisterClass classOf(const DecodedInstruction& decoded, unsigned number) {
    return decoded.isRegister(number) ? ZydisRegisterGetClass(decoded.operand(number).reg.value)
                                      : ZYDIS_REGCLASS_INVALID;
}

void setSize(Operation& operation, unsigned bits) {
    operation.extra = static_cast<std::uint16_t>((operation.extra & ~kSizeMask) | bits / 8);
}

void setNumber(Operation& operation, unsigned number) {
    operation.extra = static_cast<std::uint16_t>(operation.extra | number << kNumberShift);
}

/// A register or memory operand that is written.
void setDestination(const DecodedInstruction& decoded, unsigned number, Operation& operation) {
    const ZydisDecodedOperand& operand = decoded.operand(number);
    if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER) {
        operation.destination = generalRegister(operand.reg.value);
    } else {
        encodeMemory(decoded, operand, operation);
        operation.extra |= kMemory;
    }
}

/// A register or memory operand that is read.
void setSource(const DecodedInstruction& decoded, unsigned number, Operation& operation) {
    const ZydisDecodedOperand& operand = decoded.operand(number);
    if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER) {
        operation.source = generalRegister(operand.reg.value);
    } else {
        encodeMemory(decoded, operand, operation);
        operation.extra |= kMemory;
    }
}

bool hasSegmentSelectors(const DecodedInstruction& decoded) {
    return (decoded.mode & (mode::kProtected | mode::kVirtual8086)) == mode::kProtected;
}

Lowered lowerMove(const DecodedInstruction& decoded, Operation& operation) {
    setSize(operation, decoded.operandBits());
    const ZydisRegisterClass to = classOf(decoded, 0);
    const ZydisRegisterClass from = classOf(decoded, 1);
    if (to == ZYDIS_REGCLASS_SEGMENT) {
        const unsigned number = registerNumber(decoded.operand(0).reg.value);
        if (number == static_cast<unsigned>(SegmentName::Cs))
            return Lowered::No;
        setNumber(operation, number);
        setSource(decoded, 1, operation);
        return number == static_cast<unsigned>(SegmentName::Ss)
                   ? ending<moveToStackSegment>(operation)
                   : loading<moveToSegment>(operation);
    }
    if (from == ZYDIS_REGCLASS_SEGMENT) {
        setNumber(operation, registerNumber(decoded.operand(1).reg.value));
        setDestination(decoded, 0, operation);
        return going<moveFromSegment>(operation);
    }

    const bool reads = from == ZYDIS_REGCLASS_CONTROL || from == ZYDIS_REGCLASS_DEBUG;
    const bool control = from == ZYDIS_REGCLASS_CONTROL || to == ZYDIS_REGCLASS_CONTROL;
    if (!reads && to != ZYDIS_REGCLASS_CONTROL && to != ZYDIS_REGCLASS_DEBUG)
        return Lowered::No;
    const unsigned number = registerNumber(decoded.operand(reads ? 1 : 0).reg.value);
    const bool exists =
        control ? number == 0 || (number >= 2 && number <= 4) || number == 8 : number < 8;
    if (!exists)
        return Lowered::No;
    setSize(operation, decoded.is64Bit() ? 64 : 32);
    setNumber(operation, number);
    if (reads) {
        setDestination(decoded, 0, operation);
        return control ? going<readControl>(operation) : going<readDebug>(operation);
    }
    setSource(decoded, 1, operation);
    return control ? ending<writeControl>(operation) : ending<writeDebug>(operation);
}

Lowered lowerStack(const DecodedInstruction& decoded, Operation& operation, bool push) {
    if (classOf(decoded, 0) != ZYDIS_REGCLASS_SEGMENT)
        return Lowered::No;
    const unsigned number = registerNumber(decoded.operand(0).reg.value);
    setSize(operation, decoded.operandBits());
    setNumber(operation, number);
    if (push)
        return going<pushSegment>(operation);
    return number == static_cast<unsigned>(SegmentName::Ss) ? ending<popStackSegment>(operation)
                                                            : loading<popSegment>(operation);
}

Lowered lowerFarPointer(const DecodedInstruction& decoded, Operation& operation,
                        SegmentName segment) {
    setSize(operation, decoded.operandBits());
    setNumber(operation, static_cast<unsigned>(segment));
    operation.destination = generalRegister(decoded.operand(0).reg.value);
    encodeMemory(decoded, decoded.operand(1), operation);
    return segment == SegmentName::Ss ? ending<loadStackPointer>(operation)
                                      : loading<loadFarPointer>(operation);
}

Lowered lowerFarTransfer(const DecodedInstruction& decoded, Operation& operation) {
    if (decoded.instruction.meta.branch_type != ZYDIS_BRANCH_TYPE_FAR)
        return Lowered::No;
    setSize(operation, decoded.operandBits());
    const ZydisMnemonic mnemonic = decoded.mnemonic();
    if (mnemonic == ZYDIS_MNEMONIC_RET) {
        operation.immediate = decoded.isImmediate(0) ? decoded.operand(0).imm.value.u & 0xFFFF : 0;
        return ending<returnFar>(operation);
    }
    const bool jump = mnemonic == ZYDIS_MNEMONIC_JMP;
    const ZydisDecodedOperand& target = decoded.operand(0);
    if (target.type == ZYDIS_OPERAND_TYPE_POINTER) {
        operation.immediate = target.ptr.offset;
        operation.displacement = target.ptr.segment;
        return jump ? ending<jumpFarDirect>(operation) : ending<callFarDirect>(operation);
    }
    encodeMemory(decoded, target, operation);
    return jump ? ending<jumpFarIndirect>(operation) : ending<callFarIndirect>(operation);
}

Lowered lowerPort(const DecodedInstruction& decoded, Operation& operation, bool in) {
    // IN has its register first, OUT its port.
    const unsigned port = in ? 1 : 0;
    setSize(operation, decoded.operand(in ? 0 : 1).size);
    if (decoded.isImmediate(port))
        operation.immediate = decoded.operand(port).imm.value.u & 0xFF;
    else
        operation.extra |= kMemory;  // The port is in DX.
    return in ? ending<portIn>(operation) : ending<portOut>(operation);
}

Lowered lowerPortString(const DecodedInstruction& decoded, Operation& operation, unsigned bits,
                        bool in) {
    setSize(operation, bits);
    operation.addressBits = decoded.instruction.address_width;
    operation.segment = static_cast<std::uint8_t>(in ? SegmentName::Es : SegmentName::Ds);
    if (!in)
        for (unsigned i = 0; i < decoded.instruction.operand_count; ++i)
            if (decoded.operand(i).type == ZYDIS_OPERAND_TYPE_MEMORY)
                operation.segment = registerNumber(decoded.operand(i).mem.segment);
    if (decoded.hasAttribute(ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE))
        operation.extra |= kRepeat;
    return in ? ending<portInString>(operation) : ending<portOutString>(operation);
}

/// Instructions that name a selector; there are none in real and virtual-8086 mode.
Lowered lowerSelector(const DecodedInstruction& decoded, Operation& operation) {
    if (!hasSegmentSelectors(decoded))
        return Lowered::No;
    setSize(operation, decoded.operandBits());
    switch (decoded.mnemonic()) {
        case ZYDIS_MNEMONIC_LLDT:
            setSource(decoded, 0, operation);
            return ending<loadLocalTable>(operation);
        case ZYDIS_MNEMONIC_LTR:
            setSource(decoded, 0, operation);
            return ending<loadTask>(operation);
        case ZYDIS_MNEMONIC_SLDT:
            setDestination(decoded, 0, operation);
            return going<storeLocalTable>(operation);
        case ZYDIS_MNEMONIC_STR:
            setDestination(decoded, 0, operation);
            return going<storeTask>(operation);
        case ZYDIS_MNEMONIC_VERR:
            setSource(decoded, 0, operation);
            return going<verifyRead>(operation);
        case ZYDIS_MNEMONIC_VERW:
            setSource(decoded, 0, operation);
            return going<verifyWrite>(operation);
        case ZYDIS_MNEMONIC_LAR:
            setSource(decoded, 1, operation);
            operation.destination = generalRegister(decoded.operand(0).reg.value);
            return going<accessRights>(operation);
        case ZYDIS_MNEMONIC_LSL:
            setSource(decoded, 1, operation);
            operation.destination = generalRegister(decoded.operand(0).reg.value);
            return going<segmentLimit>(operation);
        default:
            setDestination(decoded, 0, operation);
            operation.source = generalRegister(decoded.operand(1).reg.value);
            return going<adjustPrivilege>(operation);
    }
}

Lowered lowerTable(const DecodedInstruction& decoded, Operation& operation) {
    if (!decoded.isMemory(0))
        return Lowered::No;
    setSize(operation, decoded.operandBits());
    encodeMemory(decoded, decoded.operand(0), operation);
    switch (decoded.mnemonic()) {
        case ZYDIS_MNEMONIC_LGDT:
            return ending<loadGlobalTable>(operation);
        case ZYDIS_MNEMONIC_LIDT:
            return ending<loadInterruptTable>(operation);
        case ZYDIS_MNEMONIC_SGDT:
            return going<storeGlobalTable>(operation);
        default:
            return going<storeInterruptTable>(operation);
    }
}

Lowered lowerSegmentBase(const DecodedInstruction& decoded, Operation& operation,
                         SegmentName segment, bool write) {
    setSize(operation, decoded.operandBits());
    setNumber(operation, static_cast<unsigned>(segment));
    const RegisterOffset offset = generalRegister(decoded.operand(0).reg.value);
    operation.destination = offset;
    operation.source = offset;
    return write ? going<writeSegmentBase>(operation) : going<readSegmentBase>(operation);
}

Lowered withHandler(Operation& operation, Handler handler) {
    operation.handler = handler;
    return Lowered::Continue;
}

}  // namespace

Lowered lowerSystem(const DecodedInstruction& decoded, Operation& operation) {
    // None of these can be locked (LOCK MOV CR0 as another name of CR8 is not for us).
    if (decoded.hasAttribute(ZYDIS_ATTRIB_HAS_LOCK))
        return Lowered::No;
    operation.extra = 0;
    switch (decoded.mnemonic()) {
        case ZYDIS_MNEMONIC_MOV:
            return lowerMove(decoded, operation);
        case ZYDIS_MNEMONIC_PUSH:
            return lowerStack(decoded, operation, true);
        case ZYDIS_MNEMONIC_POP:
            return lowerStack(decoded, operation, false);
        case ZYDIS_MNEMONIC_LDS:
            return lowerFarPointer(decoded, operation, SegmentName::Ds);
        case ZYDIS_MNEMONIC_LES:
            return lowerFarPointer(decoded, operation, SegmentName::Es);
        case ZYDIS_MNEMONIC_LFS:
            return lowerFarPointer(decoded, operation, SegmentName::Fs);
        case ZYDIS_MNEMONIC_LGS:
            return lowerFarPointer(decoded, operation, SegmentName::Gs);
        case ZYDIS_MNEMONIC_LSS:
            return lowerFarPointer(decoded, operation, SegmentName::Ss);

        case ZYDIS_MNEMONIC_JMP:
        case ZYDIS_MNEMONIC_CALL:
        case ZYDIS_MNEMONIC_RET:
            return lowerFarTransfer(decoded, operation);
        case ZYDIS_MNEMONIC_IRET:
            setSize(operation, 16);
            return ending<returnFromInterrupt>(operation);
        case ZYDIS_MNEMONIC_IRETD:
            setSize(operation, 32);
            return ending<returnFromInterrupt>(operation);
        case ZYDIS_MNEMONIC_IRETQ:
            setSize(operation, 64);
            return ending<returnFromInterrupt>(operation);
        case ZYDIS_MNEMONIC_INT:
            operation.immediate = decoded.operand(0).imm.value.u & 0xFF;
            return ending<interrupt>(operation);
        case ZYDIS_MNEMONIC_INT1:
            return ending<interruptDebug>(operation);
        case ZYDIS_MNEMONIC_INT3:
            return ending<interruptBreakpoint>(operation);
        case ZYDIS_MNEMONIC_INTO:
            return ending<interruptOverflow>(operation);
        case ZYDIS_MNEMONIC_BOUND:
            setSize(operation, decoded.operandBits());
            operation.destination = generalRegister(decoded.operand(0).reg.value);
            encodeMemory(decoded, decoded.operand(1), operation);
            return going<checkBounds>(operation);

        case ZYDIS_MNEMONIC_SYSCALL:
            return ending<systemCall>(operation);
        case ZYDIS_MNEMONIC_SYSRET:
            setSize(operation, decoded.operandBits());
            return ending<systemReturn>(operation);
        case ZYDIS_MNEMONIC_SYSENTER:
            return ending<systemEnter>(operation);
        case ZYDIS_MNEMONIC_SYSEXIT:
            setSize(operation, decoded.operandBits());
            return ending<systemExit>(operation);
        case ZYDIS_MNEMONIC_SWAPGS:
            return going<swapGs>(operation);

        case ZYDIS_MNEMONIC_CLI:
            return withHandler(operation, &clearInterrupt);
        case ZYDIS_MNEMONIC_STI:
            return withHandler(operation, &setInterrupt);
        case ZYDIS_MNEMONIC_STAC:
            return (decoded.mode & mode::kVirtual8086) != 0
                       ? Lowered::No
                       : withHandler(operation, &setAccessCheck);
        case ZYDIS_MNEMONIC_CLAC:
            return (decoded.mode & mode::kVirtual8086) != 0
                       ? Lowered::No
                       : withHandler(operation, &clearAccessCheck);
        case ZYDIS_MNEMONIC_PUSHF:
            setSize(operation, 16);
            return going<pushFlags>(operation);
        case ZYDIS_MNEMONIC_PUSHFD:
            setSize(operation, 32);
            return going<pushFlags>(operation);
        case ZYDIS_MNEMONIC_PUSHFQ:
            setSize(operation, 64);
            return going<pushFlags>(operation);
        case ZYDIS_MNEMONIC_POPF:
            setSize(operation, 16);
            return withHandler(operation, &popFlags);
        case ZYDIS_MNEMONIC_POPFD:
            setSize(operation, 32);
            return withHandler(operation, &popFlags);
        case ZYDIS_MNEMONIC_POPFQ:
            setSize(operation, 64);
            return withHandler(operation, &popFlags);

        case ZYDIS_MNEMONIC_LLDT:
        case ZYDIS_MNEMONIC_LTR:
        case ZYDIS_MNEMONIC_SLDT:
        case ZYDIS_MNEMONIC_STR:
        case ZYDIS_MNEMONIC_VERR:
        case ZYDIS_MNEMONIC_VERW:
        case ZYDIS_MNEMONIC_LAR:
        case ZYDIS_MNEMONIC_LSL:
        case ZYDIS_MNEMONIC_ARPL:
            return lowerSelector(decoded, operation);
        case ZYDIS_MNEMONIC_LGDT:
        case ZYDIS_MNEMONIC_LIDT:
        case ZYDIS_MNEMONIC_SGDT:
        case ZYDIS_MNEMONIC_SIDT:
            return lowerTable(decoded, operation);
        case ZYDIS_MNEMONIC_RDFSBASE:
            return lowerSegmentBase(decoded, operation, SegmentName::Fs, false);
        case ZYDIS_MNEMONIC_RDGSBASE:
            return lowerSegmentBase(decoded, operation, SegmentName::Gs, false);
        case ZYDIS_MNEMONIC_WRFSBASE:
            return lowerSegmentBase(decoded, operation, SegmentName::Fs, true);
        case ZYDIS_MNEMONIC_WRGSBASE:
            return lowerSegmentBase(decoded, operation, SegmentName::Gs, true);

        case ZYDIS_MNEMONIC_CLTS:
            return ending<clearTaskSwitched>(operation);
        case ZYDIS_MNEMONIC_LMSW:
            setSource(decoded, 0, operation);
            return ending<loadMachineStatus>(operation);
        case ZYDIS_MNEMONIC_SMSW:
            setSize(operation, decoded.operandBits());
            setDestination(decoded, 0, operation);
            return going<storeMachineStatus>(operation);
        case ZYDIS_MNEMONIC_INVLPG:
            encodeMemory(decoded, decoded.operand(0), operation);
            return ending<invalidatePage>(operation);
        case ZYDIS_MNEMONIC_INVPCID:
            setSize(operation, decoded.is64Bit() ? 64 : 32);
            operation.source = generalRegister(decoded.operand(0).reg.value);
            encodeMemory(decoded, decoded.operand(1), operation);
            return ending<invalidatePcid>(operation);
        case ZYDIS_MNEMONIC_INVD:
        case ZYDIS_MNEMONIC_WBINVD:
            return ending<flushCaches>(operation);
        case ZYDIS_MNEMONIC_XGETBV:
            return going<readXcr>(operation);
        case ZYDIS_MNEMONIC_XSETBV:
            return ending<writeXcr>(operation);
        case ZYDIS_MNEMONIC_RDMSR:
            return ending<readMsr>(operation);
        case ZYDIS_MNEMONIC_WRMSR:
            return ending<writeMsr>(operation);
        case ZYDIS_MNEMONIC_RDTSC:
            return going<readTimeStamp>(operation);
        case ZYDIS_MNEMONIC_RDTSCP:
            return going<readTimeStampAndProcessor>(operation);
        case ZYDIS_MNEMONIC_RDPMC:
            return going<readPerformanceCounter>(operation);
        case ZYDIS_MNEMONIC_CPUID:
            return ending<identify>(operation);
        case ZYDIS_MNEMONIC_HLT:
            return ending<halt>(operation);
        case ZYDIS_MNEMONIC_PAUSE:
            return going<spin>(operation);
        case ZYDIS_MNEMONIC_VMCALL:
        case ZYDIS_MNEMONIC_VMMCALL:
            return ending<hypercall>(operation);

        case ZYDIS_MNEMONIC_IN:
            return lowerPort(decoded, operation, true);
        case ZYDIS_MNEMONIC_OUT:
            return lowerPort(decoded, operation, false);
        case ZYDIS_MNEMONIC_INSB:
            return lowerPortString(decoded, operation, 8, true);
        case ZYDIS_MNEMONIC_INSW:
            return lowerPortString(decoded, operation, 16, true);
        case ZYDIS_MNEMONIC_INSD:
            return lowerPortString(decoded, operation, 32, true);
        case ZYDIS_MNEMONIC_OUTSB:
            return lowerPortString(decoded, operation, 8, false);
        case ZYDIS_MNEMONIC_OUTSW:
            return lowerPortString(decoded, operation, 16, false);
        case ZYDIS_MNEMONIC_OUTSD:
            return lowerPortString(decoded, operation, 32, false);
        default:
            return Lowered::No;
    }
}

}  // namespace hypervisor::software
