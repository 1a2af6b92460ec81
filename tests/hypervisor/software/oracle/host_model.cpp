// SPDX-License-Identifier: GPL-3.0-or-later
#include "host_model.h"

#include <cpuid.h>

#include <algorithm>

#include "exception_vectors.h"

namespace oracle {

namespace {

constexpr ZyanU64 kRepeats = ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;

/// MXCSR.MM, misaligned operands of vector instructions.
constexpr std::uint32_t kMisalignedMask = 0x2'0000;

bool isOperandFault(std::uint8_t vector) {
    return vector == kStackFault || vector == kGeneralProtection || vector == kPageFault ||
           vector == kAlignmentCheck;
}

bool storesMmx(const Disassembly& d) {
    return d.operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY &&
           d.operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
           ZydisRegisterGetClass(d.operands[1].reg.value) == ZYDIS_REGCLASS_MMX;
}

/// Linear address of a memory operand.
std::uint64_t operandAddress(const Case& test, const Disassembly& d,
                             const ZydisDecodedOperand& operand) {
    const auto value = [&](ZydisRegister reg) -> std::uint64_t {
        switch (ZydisRegisterGetClass(reg)) {
            case ZYDIS_REGCLASS_GPR16:
            case ZYDIS_REGCLASS_GPR32:
            case ZYDIS_REGCLASS_GPR64:
                return test.initial.registers[static_cast<std::size_t>(ZydisRegisterGetId(reg))];
            case ZYDIS_REGCLASS_IP:
                return test.initial.rip + d.instruction.length;
            default:
                return 0;
        }
    };
    const unsigned width = d.instruction.address_width;
    const std::uint64_t mask = width == 64 ? ~0ULL : (1ULL << width) - 1;
    const std::uint64_t offset =
        (value(operand.mem.base) + value(operand.mem.index) * operand.mem.scale +
         static_cast<std::uint64_t>(operand.mem.disp.value)) &
        mask;
    const std::uint64_t base = operand.mem.segment == ZYDIS_REGISTER_FS   ? test.initial.fsBase
                               : operand.mem.segment == ZYDIS_REGISTER_GS ? test.initial.gsBase
                                                                          : 0;
    return test.codeSize == CodeSize::Bits64 ? base + offset : (base + offset) & 0xFFFF'FFFF;
}

}  // namespace

bool hostIsAmd() {
    static const bool isAmd = [] {
        unsigned a = 0;
        unsigned b = 0;
        unsigned c = 0;
        unsigned d = 0;
        return __get_cpuid(0, &a, &b, &c, &d) != 0 && b == signature_AMD_ebx;
    }();
    return isAmd;
}

bool isOtherOnAmd(const Case& test, const Disassembly& d, const Outcome& native,
                  const Outcome& software) {
    // Counts and indices of 32 bits in 64-bit code: the upper halves stay when a repeated string
    // instruction faults or has nothing to do.
    if (test.codeSize == CodeSize::Bits64 && d.instruction.address_width == 32 &&
        (d.instruction.attributes & kRepeats) != 0)
        return native.vector != kEndOfCase || (test.initial.registers[1] & 0xFFFF'FFFF) == 0;
    // The x87 stack is ready for MMX before the operand is written.
    if (storesMmx(d))
        return isOperandFault(native.vector);
    switch (d.instruction.mnemonic) {
        // Operands need not be aligned.
        case ZYDIS_MNEMONIC_SHA1MSG1:
        case ZYDIS_MNEMONIC_SHA1MSG2:
        case ZYDIS_MNEMONIC_SHA1NEXTE:
        case ZYDIS_MNEMONIC_SHA1RNDS4:
        case ZYDIS_MNEMONIC_SHA256MSG1:
        case ZYDIS_MNEMONIC_SHA256MSG2:
        case ZYDIS_MNEMONIC_SHA256RNDS2:
            return software.vector == kGeneralProtection && software.final.rip == test.initial.rip;
        // Operands that need not be aligned are checked where RFLAGS.AC asks for it.
        case ZYDIS_MNEMONIC_LDDQU:
        case ZYDIS_MNEMONIC_MOVDQU:
        case ZYDIS_MNEMONIC_MOVUPD:
        case ZYDIS_MNEMONIC_MOVUPS:
        case ZYDIS_MNEMONIC_PCMPESTRI:
        case ZYDIS_MNEMONIC_PCMPESTRM:
        case ZYDIS_MNEMONIC_PCMPISTRI:
        case ZYDIS_MNEMONIC_PCMPISTRM:
            return native.vector == kAlignmentCheck;
        // The operand is looked at though nothing is written for an unmasked exception.
        case ZYDIS_MNEMONIC_FIST:
        case ZYDIS_MNEMONIC_FISTP:
        case ZYDIS_MNEMONIC_FISTTP:
        case ZYDIS_MNEMONIC_FST:
        case ZYDIS_MNEMONIC_FSTP:
        case ZYDIS_MNEMONIC_FBSTP:
            return isOperandFault(native.vector);
        // All of the area is looked at, whatever is saved.
        case ZYDIS_MNEMONIC_XSAVE:
        case ZYDIS_MNEMONIC_XSAVE64:
        case ZYDIS_MNEMONIC_XSAVEOPT:
        case ZYDIS_MNEMONIC_XSAVEOPT64:
            return native.vector == kPageFault;
        // MXCSR has one more bit.
        case ZYDIS_MNEMONIC_FXRSTOR:
        case ZYDIS_MNEMONIC_FXRSTOR64:
        case ZYDIS_MNEMONIC_LDMXCSR:
        case ZYDIS_MNEMONIC_XRSTOR:
        case ZYDIS_MNEMONIC_XRSTOR64:
            return software.vector == kGeneralProtection &&
                   (native.final.floatingPoint.mxcsr & kMisalignedMask) != 0;
        // Where both operands fault, repeated bytes fault by the second one (Zen 4).
        case ZYDIS_MNEMONIC_CMPSB:
            return (d.instruction.attributes & kRepeats) != 0 && isOperandFault(native.vector) &&
                   isOperandFault(software.vector);
        // All 32 bits are read for a result of 16.
        case ZYDIS_MNEMONIC_MOVSXD:
            return d.instruction.operand_width == 16 && isOperandFault(native.vector);
        // With REX.B it exchanges RAX with R8.
        case ZYDIS_MNEMONIC_PAUSE:
            return (d.instruction.attributes & ZYDIS_ATTRIB_HAS_REX) != 0 &&
                   d.instruction.raw.rex.B != 0;
        // The prefetches' opcode has no form with registers.
        case ZYDIS_MNEMONIC_NOP:
            return native.vector == kInvalidOpcode;
        // Selectors are written with zeros above.
        case ZYDIS_MNEMONIC_PUSH:
            return d.operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
                   ZydisRegisterGetClass(d.operands[0].reg.value) == ZYDIS_REGCLASS_SEGMENT;
        default:
            return false;
    }
}

bool clearVendorsPart(const Case& test, const Disassembly& d, ChangedLine& line) {
    constexpr std::uint64_t kPointers = 6;
    constexpr std::uint64_t kPointersEnd = 24;
    constexpr std::uint64_t kMxcsrMask = 28;
    constexpr std::uint64_t kMxcsrMaskEnd = 32;
    if (!usesStateArea(d))
        return false;
    const std::size_t page = line.line * ChangedLine::kSize / kPage;
    const auto* const window = std::ranges::find_if(kWindows, [&](const Window& candidate) {
        return page >= candidate.page && page < candidate.page + candidate.pages;
    });
    if (window == kWindows.end())
        return false;
    const std::uint64_t area = operandAddress(test, d, d.operands[0]);
    const std::uint64_t address =
        window->address + (line.line * ChangedLine::kSize - window->page * kPage);
    bool found = false;
    for (std::size_t i = 0; i < ChangedLine::kSize; ++i) {
        // Below the area the difference wraps to a large number.
        const std::uint64_t offset = address + i - area;
        if ((offset >= kPointers && offset < kPointersEnd) ||
            (offset >= kMxcsrMask && offset < kMxcsrMaskEnd)) {
            line.bytes[i] = std::byte{0};
            found = true;
        }
    }
    return found;
}

}  // namespace oracle
