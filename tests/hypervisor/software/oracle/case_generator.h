// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "instruction_forms.h"
#include "random_source.h"

namespace oracle {

/// Makes cases: code of one to four instructions and a state in which it mostly does something
/// sensible. A case depends on its seed and number alone.
class CaseGenerator {
  public:
    /// `mnemonic`, if not empty, is the only one that first instructions have.
    CaseGenerator(std::uint64_t seed, CodeSize codeSize, const std::string& mnemonic);

    [[nodiscard]] bool empty() const { return mnemonics_.empty(); }
    [[nodiscard]] const FormTable& table() const { return table_; }
    void generate(std::uint64_t number, Case& test) const;

  private:
    struct Draft;
    [[nodiscard]] std::size_t encode(RandomSource& random, const InstructionForm& form,
                                     std::byte* to) const;
    [[nodiscard]] bool first(RandomSource& random, Draft& draft) const;
    void further(RandomSource& random, Draft& draft) const;
    void placeOperands(RandomSource& random, Draft& draft, const Disassembly& d) const;
    void placeTargets(RandomSource& random, Draft& draft, const Disassembly& d) const;
    void prepareSpecial(RandomSource& random, Draft& draft, const Disassembly& d) const;

    std::uint64_t seed_;
    CodeSize codeSize_;
    Decoder decoder_;
    FormTable table_;
    std::vector<const std::vector<InstructionForm>*> mnemonics_;
    /// Of instructions that touch registers and flags alone.
    std::vector<InstructionForm> followers_;
};

}  // namespace oracle
