// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Zydis/Zydis.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "machine_state.h"

namespace oracle {

enum class OpcodeMap : std::uint8_t { OneByte, Escape0F, Escape0F38, Escape0F3A, Vex38, Vex3A };

/// One way to encode an instruction, with what is left to chance marked as free.
struct InstructionForm {
    OpcodeMap map = OpcodeMap::OneByte;
    std::uint8_t opcode = 0;
    /// 0, 0x66, 0xF2 or 0xF3.
    std::uint8_t prefix = 0;
    bool wide = false;
    bool hasModRm = false;
    bool isMemory = false;
    std::uint8_t reg = 0;
    std::uint8_t rm = 0;
    bool freeOpcode = false;
    bool freeReg = false;
    bool freeRm = false;
    bool freeVvvv = false;
    ZydisMnemonic mnemonic = ZYDIS_MNEMONIC_INVALID;
};

/// A decoder and what it makes of bytes.
struct Disassembly {
    ZydisDecodedInstruction instruction;
    std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;
};

class Decoder {
  public:
    explicit Decoder(CodeSize codeSize);
    [[nodiscard]] bool decode(const std::byte* bytes, std::size_t length, Disassembly& to) const;
    [[nodiscard]] std::string text(const std::byte* bytes, std::size_t length,
                                   std::uint64_t address) const;

  private:
    ZydisDecoder decoder_;
};

/// Whether user mode can run it with a result that depends on nothing but its operands, and the
/// software processor offers it.
[[nodiscard]] bool isComparable(const Disassembly& disassembly);

/// Whether it saves or restores the x87 unit's and vectors' state as a whole.
[[nodiscard]] bool usesStateArea(const Disassembly& disassembly);

/// Every form of every comparable instruction, by mnemonic: found by decoding all encodings.
/// Extensions that the host lacks are left out and named in `missing`.
struct FormTable {
    std::map<std::string, std::vector<InstructionForm>> forms;
    std::vector<std::string> missing;
};
[[nodiscard]] FormTable enumerateForms(CodeSize codeSize);

}  // namespace oracle
