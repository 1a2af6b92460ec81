// SPDX-License-Identifier: GPL-3.0-or-later
#include "instruction_forms.h"

#include <cpuid.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace oracle {

namespace {

constexpr std::array<ZydisISAExt, 24> kExtensions{
    ZYDIS_ISA_EXT_BASE,     ZYDIS_ISA_EXT_LONGMODE,  ZYDIS_ISA_EXT_X87,        ZYDIS_ISA_EXT_MMX,
    ZYDIS_ISA_EXT_SSE,      ZYDIS_ISA_EXT_SSE2,      ZYDIS_ISA_EXT_SSE3,       ZYDIS_ISA_EXT_SSSE3,
    ZYDIS_ISA_EXT_SSE4,     ZYDIS_ISA_EXT_AES,       ZYDIS_ISA_EXT_PCLMULQDQ,  ZYDIS_ISA_EXT_BMI1,
    ZYDIS_ISA_EXT_BMI2,     ZYDIS_ISA_EXT_ADOX_ADCX, ZYDIS_ISA_EXT_MOVBE,      ZYDIS_ISA_EXT_XSAVE,
    ZYDIS_ISA_EXT_XSAVEOPT, ZYDIS_ISA_EXT_CLFSH,     ZYDIS_ISA_EXT_CLFLUSHOPT, ZYDIS_ISA_EXT_PAUSE,
    ZYDIS_ISA_EXT_RDWRFSGS, ZYDIS_ISA_EXT_SHA,       ZYDIS_ISA_EXT_SMAP,       ZYDIS_ISA_EXT_LZCNT,
};

/// What can't be compared although user mode can run it, or what would leave the test.
constexpr std::array<ZydisMnemonic, 54> kExcluded{
    // The kernel's, or the hypervisor's below it.
    ZYDIS_MNEMONIC_SYSCALL,
    ZYDIS_MNEMONIC_SYSENTER,
    ZYDIS_MNEMONIC_SYSEXIT,
    ZYDIS_MNEMONIC_SYSRET,
    ZYDIS_MNEMONIC_INT,
    ZYDIS_MNEMONIC_INT1,
    ZYDIS_MNEMONIC_INT3,
    ZYDIS_MNEMONIC_SGDT,
    ZYDIS_MNEMONIC_SIDT,
    ZYDIS_MNEMONIC_SLDT,
    ZYDIS_MNEMONIC_STR,
    ZYDIS_MNEMONIC_SMSW,
    ZYDIS_MNEMONIC_RSM,
    ZYDIS_MNEMONIC_GETSEC,
    // Differ from run to run or with the machine.
    ZYDIS_MNEMONIC_CPUID,
    ZYDIS_MNEMONIC_RDTSC,
    ZYDIS_MNEMONIC_RDPMC,
    ZYDIS_MNEMONIC_XGETBV,
    // Depend on descriptors, which the system's tests have.
    ZYDIS_MNEMONIC_LAR,
    ZYDIS_MNEMONIC_LSL,
    ZYDIS_MNEMONIC_VERR,
    ZYDIS_MNEMONIC_VERW,
    ZYDIS_MNEMONIC_LDS,
    ZYDIS_MNEMONIC_LES,
    ZYDIS_MNEMONIC_LFS,
    ZYDIS_MNEMONIC_LGS,
    ZYDIS_MNEMONIC_LSS,
    ZYDIS_MNEMONIC_IRET,
    ZYDIS_MNEMONIC_IRETD,
    ZYDIS_MNEMONIC_IRETQ,
    // Undefined results.
    ZYDIS_MNEMONIC_UD0,
    ZYDIS_MNEMONIC_UD1,
    // Fault in user mode as the host's hypervisor sees fit.
    ZYDIS_MNEMONIC_MONITOR,
    ZYDIS_MNEMONIC_MWAIT,
    ZYDIS_MNEMONIC_VMCALL,
    ZYDIS_MNEMONIC_XSETBV,
    ZYDIS_MNEMONIC_INVPCID,
    ZYDIS_MNEMONIC_RDMSR,
    ZYDIS_MNEMONIC_WRMSR,
    ZYDIS_MNEMONIC_INVD,
    ZYDIS_MNEMONIC_WBINVD,
    // Enter supervisor mode's tables of the host.
    ZYDIS_MNEMONIC_LGDT,
    ZYDIS_MNEMONIC_LIDT,
    ZYDIS_MNEMONIC_LLDT,
    ZYDIS_MNEMONIC_LTR,
    ZYDIS_MNEMONIC_LMSW,
    ZYDIS_MNEMONIC_CLTS,
    ZYDIS_MNEMONIC_SWAPGS,
    ZYDIS_MNEMONIC_INVLPG,
    // Compacted XSAVE formats are not offered.
    ZYDIS_MNEMONIC_XSAVEC,
    ZYDIS_MNEMONIC_XSAVEC64,
    ZYDIS_MNEMONIC_XSAVES,
    ZYDIS_MNEMONIC_XRSTORS,
    ZYDIS_MNEMONIC_XSAVES64,
};

bool isSegmentRegister(const ZydisDecodedOperand& operand) {
    return operand.type == ZYDIS_OPERAND_TYPE_REGISTER && operand.reg.value >= ZYDIS_REGISTER_ES &&
           operand.reg.value <= ZYDIS_REGISTER_GS;
}

bool hasSha() {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & 1U << 29) != 0;
}

/// What two encodings have in common that are the same form.
std::string signature(const Disassembly& d, const InstructionForm& form) {
    std::string key = std::to_string(d.instruction.mnemonic) + "/" +
                      std::to_string(static_cast<unsigned>(form.map)) + "/" +
                      std::to_string(form.freeOpcode ? form.opcode & 0xF8U : form.opcode) + "/" +
                      std::to_string(d.instruction.operand_width);
    for (unsigned i = 0; i < d.instruction.operand_count; ++i) {
        const ZydisDecodedOperand& operand = d.operands[i];
        key += "," + std::to_string(operand.type) + ":" + std::to_string(operand.size) + ":" +
               std::to_string(operand.encoding);
        if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER &&
            operand.encoding == ZYDIS_OPERAND_ENCODING_NONE)
            key += ":" + std::to_string(operand.reg.value);
    }
    if (form.hasModRm && !form.freeReg)
        key += "r" + std::to_string(form.reg);
    return key;
}

std::vector<std::byte> encode(const InstructionForm& form) {
    std::vector<std::byte> bytes;
    const auto put = [&bytes](unsigned value) { bytes.push_back(static_cast<std::byte>(value)); };
    if (form.map == OpcodeMap::Vex38 || form.map == OpcodeMap::Vex3A) {
        const unsigned pp = form.prefix == 0x66 ? 1 : form.prefix == 0xF3 ? 2 : form.prefix ? 3 : 0;
        put(0xC4);
        put(0xE0U | (form.map == OpcodeMap::Vex38 ? 2U : 3U));
        put((form.wide ? 0x80U : 0U) | 0x78U | pp);
    } else {
        if (form.prefix != 0)
            put(form.prefix);
        if (form.wide)
            put(0x48);
        if (form.map != OpcodeMap::OneByte)
            put(0x0F);
        if (form.map == OpcodeMap::Escape0F38)
            put(0x38);
        if (form.map == OpcodeMap::Escape0F3A)
            put(0x3A);
    }
    put(form.opcode);
    put((form.isMemory ? 0x00U : 0xC0U) | form.reg * 8U | form.rm);
    bytes.resize(24);
    return bytes;
}

}  // namespace

Decoder::Decoder(CodeSize codeSize) {
    if (codeSize == CodeSize::Bits64)
        ZydisDecoderInit(&decoder_, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    else
        ZydisDecoderInit(&decoder_, ZYDIS_MACHINE_MODE_LONG_COMPAT_32, ZYDIS_STACK_WIDTH_32);
}

bool Decoder::decode(const std::byte* bytes, std::size_t length, Disassembly& to) const {
    return ZYAN_SUCCESS(
        ZydisDecoderDecodeFull(&decoder_, bytes, length, &to.instruction, to.operands.data()));
}

std::string Decoder::text(const std::byte* bytes, std::size_t length, std::uint64_t address) const {
    Disassembly d;
    if (!decode(bytes, length, d))
        return "?";
    ZydisFormatter formatter;
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
    std::array<char, 256> buffer{};
    ZydisFormatterFormatInstruction(&formatter, &d.instruction, d.operands.data(),
                                    d.instruction.operand_count_visible, buffer.data(),
                                    buffer.size(), address, nullptr);
    return buffer.data();
}

bool isComparable(const Disassembly& d) {
    const auto& instruction = d.instruction;
    const auto& meta = instruction.meta;
    const bool known = std::ranges::find(kExtensions, meta.isa_ext) != kExtensions.end();
    if (!known || std::ranges::find(kExcluded, instruction.mnemonic) != kExcluded.end())
        return false;
    if (meta.isa_ext == ZYDIS_ISA_EXT_SHA && !hasSha())
        return false;
    if (meta.branch_type == ZYDIS_BRANCH_TYPE_FAR || instruction.mnemonic == ZYDIS_MNEMONIC_BSWAP)
        return meta.branch_type != ZYDIS_BRANCH_TYPE_FAR && instruction.operand_width != 16;
    if (instruction.mnemonic == ZYDIS_MNEMONIC_MOV || instruction.mnemonic == ZYDIS_MNEMONIC_POP)
        return !isSegmentRegister(d.operands[0]);
    return true;
}

bool usesStateArea(const Disassembly& disassembly) {
    const auto set = disassembly.instruction.meta.isa_set;
    return set == ZYDIS_ISA_SET_FXSAVE || set == ZYDIS_ISA_SET_FXSAVE64 ||
           set == ZYDIS_ISA_SET_XSAVE || set == ZYDIS_ISA_SET_XSAVEOPT;
}

FormTable enumerateForms(CodeSize codeSize) {
    FormTable table;
    if (!hasSha())
        table.missing.emplace_back("SHA");
    const Decoder decoder(codeSize);
    std::set<std::string> seen;
    constexpr std::array<std::uint8_t, 4> kPrefixes{0, 0x66, 0xF3, 0xF2};
    for (unsigned map = 0; map < 6; ++map)
        for (unsigned opcode = 0; opcode < 256; ++opcode)
            for (const std::uint8_t prefix : kPrefixes)
                for (unsigned variant = 0; variant < 2 * 64 * 2; ++variant) {
                    InstructionForm form;
                    form.map = static_cast<OpcodeMap>(map);
                    form.opcode = static_cast<std::uint8_t>(opcode);
                    form.prefix = prefix;
                    form.wide = (variant & 1) != 0;
                    form.isMemory = (variant & 2) != 0;
                    form.reg = variant >> 2 & 7;
                    form.rm = variant >> 5 & 7;
                    if (form.wide && codeSize == CodeSize::Bits32 && map < 4)
                        continue;
                    if (form.isMemory && form.rm != 7)
                        continue;
                    const auto bytes = encode(form);
                    Disassembly d;
                    if (!decoder.decode(bytes.data(), bytes.size(), d) || !isComparable(d))
                        continue;
                    // Prefixes and REX bytes that encode() puts before legacy ones of the table
                    // are instructions of other forms.
                    if (d.instruction.opcode != form.opcode)
                        continue;
                    form.mnemonic = d.instruction.mnemonic;
                    form.hasModRm = (d.instruction.attributes & ZYDIS_ATTRIB_HAS_MODRM) != 0;
                    for (unsigned i = 0; i < d.instruction.operand_count; ++i) {
                        const auto encoding = d.operands[i].encoding;
                        form.freeReg |= encoding == ZYDIS_OPERAND_ENCODING_MODRM_REG;
                        form.freeRm |= encoding == ZYDIS_OPERAND_ENCODING_MODRM_RM;
                        form.freeVvvv |= encoding == ZYDIS_OPERAND_ENCODING_NDSNDD;
                        form.freeOpcode |= encoding == ZYDIS_OPERAND_ENCODING_OPCODE;
                    }
                    // x87 register numbers are fixed by nothing but decoding.
                    const bool x87 = map == 0 && opcode >= 0xD8 && opcode <= 0xDF;
                    const std::string key =
                        signature(d, form) +
                        (x87 && !form.isMemory ? "m" + std::to_string(form.rm) : "");
                    if (x87 && !form.isMemory)
                        form.freeRm = false;
                    if (seen.insert(key).second)
                        table.forms[ZydisMnemonicGetString(form.mnemonic)].push_back(form);
                }
    return table;
}

}  // namespace oracle
