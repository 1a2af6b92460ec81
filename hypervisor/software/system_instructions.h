// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "operation.h"
#include "processor.h"

/// What lowerSystem() lowers to. Plain functions are wrapped by systemOperation or plainOperation
/// (execution.h). Of an Operation they use: destination and source (general registers, or
/// segment register numbers), immediate, the memory operand, and in `extra` what follows.
namespace hypervisor::software {

namespace system_operand {
/// Operand size in bytes.
inline constexpr std::uint16_t kSizeMask = 0x0F;
/// The operand that can be register or memory is memory.
inline constexpr std::uint16_t kMemory = 0x10;
/// A repeat prefix.
inline constexpr std::uint16_t kRepeat = 0x20;
/// Bits 8 to 15: number of a segment, control or debug register.
inline constexpr unsigned kNumberShift = 8;
}  // namespace system_operand

[[nodiscard]] inline unsigned operandSize(const Operation& o) {
    return o.extra & system_operand::kSizeMask;
}
[[nodiscard]] inline bool hasMemory(const Operation& o) {
    return (o.extra & system_operand::kMemory) != 0;
}
[[nodiscard]] inline unsigned registerNumber(const Operation& o) {
    return o.extra >> system_operand::kNumberShift;
}

/// Values of general registers and memory operands in `size` bytes; 4-byte registers clear their
/// upper half.
[[nodiscard]] std::uint64_t readRegister(const Processor& p, RegisterOffset offset, unsigned size);
void writeRegister(Processor& p, RegisterOffset offset, unsigned size, std::uint64_t value);
/// A 16-bit source operand.
[[nodiscard]] std::optional<std::uint16_t> readWord(Processor& p, const Operation& o);
/// A destination that is 16 bits wide in memory and of the operand's size in a register.
void writeWord(Processor& p, const Operation& o, std::uint64_t value);
/// #GP unless CPL is 0.
[[nodiscard]] bool requireKernel(Processor& p);

// segment_instructions.cpp
void moveToSegment(Processor& p, const Operation& o);
void moveToStackSegment(Processor& p, const Operation& o);
void moveFromSegment(Processor& p, const Operation& o);
void pushSegment(Processor& p, const Operation& o);
void popSegment(Processor& p, const Operation& o);
void popStackSegment(Processor& p, const Operation& o);
void loadFarPointer(Processor& p, const Operation& o);
void loadStackPointer(Processor& p, const Operation& o);
void loadLocalTable(Processor& p, const Operation& o);
void loadTask(Processor& p, const Operation& o);
void storeLocalTable(Processor& p, const Operation& o);
void storeTask(Processor& p, const Operation& o);
void loadGlobalTable(Processor& p, const Operation& o);
void loadInterruptTable(Processor& p, const Operation& o);
void storeGlobalTable(Processor& p, const Operation& o);
void storeInterruptTable(Processor& p, const Operation& o);
void verifyRead(Processor& p, const Operation& o);
void verifyWrite(Processor& p, const Operation& o);
void accessRights(Processor& p, const Operation& o);
void segmentLimit(Processor& p, const Operation& o);
void adjustPrivilege(Processor& p, const Operation& o);
void readSegmentBase(Processor& p, const Operation& o);
void writeSegmentBase(Processor& p, const Operation& o);

// transfer_instructions.cpp
void jumpFarDirect(Processor& p, const Operation& o);
void jumpFarIndirect(Processor& p, const Operation& o);
void callFarDirect(Processor& p, const Operation& o);
void callFarIndirect(Processor& p, const Operation& o);
void returnFar(Processor& p, const Operation& o);
void returnFromInterrupt(Processor& p, const Operation& o);
void interrupt(Processor& p, const Operation& o);
void interruptBreakpoint(Processor& p, const Operation& o);
void interruptDebug(Processor& p, const Operation& o);
void interruptOverflow(Processor& p, const Operation& o);
void checkBounds(Processor& p, const Operation& o);

// system_calls.cpp
void systemCall(Processor& p, const Operation& o);
void systemReturn(Processor& p, const Operation& o);
void systemEnter(Processor& p, const Operation& o);
void systemExit(Processor& p, const Operation& o);
void swapGs(Processor& p, const Operation& o);

// flag_instructions.cpp: handlers of their own, because they mostly stay in their block.
void clearInterrupt(Processor& p, const Operation* o);
void setInterrupt(Processor& p, const Operation* o);
void setAccessCheck(Processor& p, const Operation* o);
void clearAccessCheck(Processor& p, const Operation* o);
void popFlags(Processor& p, const Operation* o);
void pushFlags(Processor& p, const Operation& o);

// control_instructions.cpp
void readControl(Processor& p, const Operation& o);
void writeControl(Processor& p, const Operation& o);
void readDebug(Processor& p, const Operation& o);
void writeDebug(Processor& p, const Operation& o);
void clearTaskSwitched(Processor& p, const Operation& o);
void loadMachineStatus(Processor& p, const Operation& o);
void storeMachineStatus(Processor& p, const Operation& o);
void invalidatePage(Processor& p, const Operation& o);
void invalidatePcid(Processor& p, const Operation& o);
void flushCaches(Processor& p, const Operation& o);
void readXcr(Processor& p, const Operation& o);
void writeXcr(Processor& p, const Operation& o);
void readMsr(Processor& p, const Operation& o);
void writeMsr(Processor& p, const Operation& o);
void readTimeStamp(Processor& p, const Operation& o);
void readTimeStampAndProcessor(Processor& p, const Operation& o);
void readPerformanceCounter(Processor& p, const Operation& o);
void identify(Processor& p, const Operation& o);
void halt(Processor& p, const Operation& o);
void spin(Processor& p, const Operation& o);
void hypercall(Processor& p, const Operation& o);

// port_instructions.cpp
void portIn(Processor& p, const Operation& o);
void portOut(Processor& p, const Operation& o);
void portInString(Processor& p, const Operation& o);
void portOutString(Processor& p, const Operation& o);

}  // namespace hypervisor::software
