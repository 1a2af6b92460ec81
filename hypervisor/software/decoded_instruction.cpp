// SPDX-License-Identifier: GPL-3.0-or-later
#include "decoded_instruction.h"

namespace hypervisor::software {

RegisterOffset generalRegister(ZydisRegister name) {
    const auto from = [name](ZydisRegister first) {
        return static_cast<RegisterOffset>((name - first) * 8);
    };
    if (name >= ZYDIS_REGISTER_AL && name <= ZYDIS_REGISTER_BL)
        return from(ZYDIS_REGISTER_AL);
    if (name >= ZYDIS_REGISTER_AH && name <= ZYDIS_REGISTER_BH)
        return static_cast<RegisterOffset>(from(ZYDIS_REGISTER_AH) + 1);
    if (name >= ZYDIS_REGISTER_SPL && name <= ZYDIS_REGISTER_R15B)
        return static_cast<RegisterOffset>(from(ZYDIS_REGISTER_SPL) + 4 * 8);
    if (name >= ZYDIS_REGISTER_AX && name <= ZYDIS_REGISTER_R15W)
        return from(ZYDIS_REGISTER_AX);
    if (name >= ZYDIS_REGISTER_EAX && name <= ZYDIS_REGISTER_R15D)
        return from(ZYDIS_REGISTER_EAX);
    if (name >= ZYDIS_REGISTER_RAX && name <= ZYDIS_REGISTER_R15)
        return from(ZYDIS_REGISTER_RAX);
    return kZero;
}

std::uint8_t registerNumber(ZydisRegister name) {
    return static_cast<std::uint8_t>(ZydisRegisterGetId(name));
}

Addressing encodeMemory(const DecodedInstruction& d, const ZydisDecodedOperand& operand,
                        Operation& o) {
    const ZydisDecodedOperandMem& memory = operand.mem;
    // Zydis 4.0 takes R13 for the base where there is none but a displacement (SIB base 5, mod 0,
    // REX.B, 32-bit addresses).
    const auto& raw = d.instruction.raw;
    const bool baseless = (d.instruction.attributes & ZYDIS_ATTRIB_HAS_SIB) != 0 &&
                          raw.modrm.mod == 0 && raw.sib.base == 5;
    const bool ripRelative = memory.base == ZYDIS_REGISTER_RIP || memory.base == ZYDIS_REGISTER_EIP;
    o.base = ripRelative ? kBlockStart : baseless ? kZero : generalRegister(memory.base);
    o.index = generalRegister(memory.index);
    o.scale = static_cast<std::uint8_t>(memory.scale == 0 ? 0 : __builtin_ctz(memory.scale));
    o.segment = memory.segment == ZYDIS_REGISTER_NONE ? static_cast<std::uint8_t>(SegmentName::Ds)
                                                      : registerNumber(memory.segment);
    o.addressBits = d.instruction.address_width;

    std::int64_t displacement = baseless ? raw.disp.value : memory.disp.value;
    if (ripRelative)
        displacement += o.offset + o.length;
    o.displacement = static_cast<std::int32_t>(displacement);
    if (o.displacement != displacement) {
        // MOV with a 64-bit address, or a displacement at the edge of the range: it rides in
        // `immediate`, which no instruction with such an operand uses otherwise.
        o.displacement = 0;
        o.immediate = static_cast<std::uint64_t>(displacement);
        o.scale = kWideDisplacement;
        return Addressing::Checked;
    }
    if (!d.is64Bit()) {
        const Mode wanted =
            mode::openSegment(o.segment) | (o.addressBits == 32 ? mode::kOpenTo32Bits : Mode{0});
        return (d.mode & wanted) == wanted ? segmented(o.addressBits) : Addressing::Checked;
    }
    if (o.addressBits != 64)
        return Addressing::Checked;
    const bool hasBase = o.segment == static_cast<std::uint8_t>(SegmentName::Fs) ||
                         o.segment == static_cast<std::uint8_t>(SegmentName::Gs);
    return o.index == kZero && !hasBase ? Addressing::Simple : Addressing::Full;
}

}  // namespace hypervisor::software
