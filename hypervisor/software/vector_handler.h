// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <type_traits>

#include "decoded_instruction.h"
#include "simd_exception.h"
#include "vector_operand.h"

/// The usual shape of a vector instruction, `destination = f(destination, source)`, as handlers
/// over a function of values, and the tables that lead from mnemonics to them.
///
/// The functions are inline assembly of the instruction itself: the host is x86 as well, so
/// results, NaNs and flags agree bit for bit, whatever level the compiler builds for.
namespace hypervisor::software {

/// Operation::extra: the immediate in bits 7 to 0, and above it, while some SIMD exception is
/// unmasked, the Tininess. (Operation::immediate may be part of a memory operand.)
inline constexpr unsigned kTininessShift = 8;

/// Calls `kFunction` with what it takes: the source, the destination's old value before it, the
/// immediate or XMM0 behind it.
template <auto kFunction>
[[gnu::always_inline]] inline auto compute(Processor& p, const Operation* o, Vector source) {
    using Function = decltype(kFunction);
    const auto immediate = static_cast<std::uint8_t>(o->extra);
    if constexpr (std::is_invocable_v<Function, Vector>)
        return kFunction(source);
    else if constexpr (std::is_invocable_v<Function, Vector, std::uint8_t>)
        return kFunction(source, immediate);
    else if constexpr (std::is_invocable_v<Function, Vector, Vector>)
        return kFunction(vectorAt(p, o->destination), source);
    else if constexpr (std::is_invocable_v<Function, Vector, Vector, std::uint8_t>)
        return kFunction(vectorAt(p, o->destination), source, immediate);
    else
        return kFunction(vectorAt(p, o->destination), source, vectorAt(p, 0));
}

/// What a function gives whose steps can underflow where its result does not.
struct Stepwise {
    Vector result;
    /// A step's result is tiny.
    bool tiny;
};

[[nodiscard]] inline Vector valueOf(Vector result) {
    return result;
}
[[nodiscard]] inline Vector valueOf(const Stepwise& steps) {
    return steps.result;
}
[[nodiscard]] inline bool isTiny(Vector result, Tininess tininess) {
    return anyTiny(result, tininess);
}
[[nodiscard]] inline bool isTiny(const Stepwise& steps, Tininess) {
    return steps.tiny;
}

/// Whether handlers look for unmasked SIMD exceptions, see mode::kSimdUnmasked.
enum class Exceptions : bool { Masked, Unmasked };

template <auto kFunction, Exceptions kExceptions>
[[gnu::always_inline]] inline void computeInto(Processor& p, const Operation* o, Vector source) {
    if constexpr (kExceptions == Exceptions::Unmasked)
        beginUnmasked(p);
    const auto result = compute<kFunction>(p, o, source);
    if constexpr (kExceptions == Exceptions::Unmasked)
        if (endUnmasked(p, isTiny(result, static_cast<Tininess>(o->extra >> kTininessShift))))
            return fault(p, o);
    vectorAt(p, o->destination) = valueOf(result);
    return next(p, o);
}

template <auto kFunction, Exceptions kExceptions = Exceptions::Masked>
void vectorRegisters(Processor& p, const Operation* o) {
    return computeInto<kFunction, kExceptions>(p, o, vectorAt(p, o->source));
}

template <class A, class T, auto kFunction, Exceptions kExceptions = Exceptions::Masked>
void vectorMemory(Processor& p, const Operation* o) {
    const auto source = SourceMemory<A, T>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &vectorMemory<Checked, T, kFunction, kExceptions>>(p, o);
    return computeInto<kFunction, kExceptions>(p, o, lowElement(*source));
}

/// The handlers of one instruction: source in a register, and in memory by addressing kind.
struct VectorForms {
    ZydisMnemonic mnemonic{};
    Handler registers = nullptr;
    std::array<Handler, 3> memory{};
    /// While some SIMD exception is unmasked; none where the instruction raises none.
    Handler unmaskedRegisters = nullptr;
    Handler unmaskedMemory = nullptr;
    Tininess tininess = Tininess::None;
};

/// Forms of an instruction that raises no SIMD exception, with a memory operand of type T.
template <auto kFunction, class T = Vector>
consteval VectorForms plainForms(ZydisMnemonic mnemonic) {
    return {.mnemonic = mnemonic,
            .registers = &vectorRegisters<kFunction>,
            .memory = {&vectorMemory<Simple, T, kFunction>, &vectorMemory<Full, T, kFunction>,
                       &vectorMemory<Checked, T, kFunction>}};
}

/// The same for instructions that are rare: one memory form does for all.
template <auto kFunction, class T = Vector>
consteval VectorForms rareForms(ZydisMnemonic mnemonic) {
    constexpr Handler kMemory = &vectorMemory<Checked, T, kFunction>;
    return {.mnemonic = mnemonic,
            .registers = &vectorRegisters<kFunction>,
            .memory = {kMemory, kMemory, kMemory}};
}

/// `kUnmasked` stands in for `kFunction` while some exception is unmasked.
template <auto kFunction, class T, auto kUnmasked = kFunction>
consteval VectorForms floatForms(ZydisMnemonic mnemonic, Tininess tininess) {
    VectorForms forms = plainForms<kFunction, T>(mnemonic);
    forms.unmaskedRegisters = &vectorRegisters<kUnmasked, Exceptions::Unmasked>;
    forms.unmaskedMemory = &vectorMemory<Checked, T, kUnmasked, Exceptions::Unmasked>;
    forms.tininess = tininess;
    return forms;
}

/// Finds the row of a mnemonic in one step.
template <class Row, std::size_t kRows>
class MnemonicTable {
  public:
    consteval explicit MnemonicTable(const std::array<Row, kRows>& rows) : rows_(rows) {
        static_assert(kRows < 255);
        for (std::size_t i = 0; i < kRows; i++) {
            std::uint8_t& number = numbers_[rows[i].mnemonic];
            if (number != 0)
                throw "two rows for one mnemonic";
            number = static_cast<std::uint8_t>(i + 1);
        }
    }
    [[nodiscard]] const Row* find(ZydisMnemonic mnemonic) const {
        const std::uint8_t number = numbers_[mnemonic];
        return number == 0 ? nullptr : &rows_[number - 1];
    }

  private:
    std::array<Row, kRows> rows_;
    std::array<std::uint8_t, ZYDIS_MNEMONIC_MAX_VALUE + 1> numbers_{};
};

[[nodiscard]] inline bool isRegisterOf(const DecodedInstruction& decoded, unsigned number,
                                       ZydisRegisterClass kind) {
    return decoded.isRegister(number) &&
           ZydisRegisterGetClass(decoded.operand(number).reg.value) == kind;
}
[[nodiscard]] inline bool isXmm(const DecodedInstruction& decoded, unsigned number) {
    return isRegisterOf(decoded, number, ZYDIS_REGCLASS_XMM);
}
[[nodiscard]] inline bool isMmx(const DecodedInstruction& decoded, unsigned number) {
    return isRegisterOf(decoded, number, ZYDIS_REGCLASS_MMX);
}
[[nodiscard]] inline VectorOffset vectorOffset(const DecodedInstruction& decoded, unsigned number) {
    return static_cast<VectorOffset>(registerNumber(decoded.operand(number).reg.value) * 16);
}
[[nodiscard]] inline std::uint8_t immediateOf(const DecodedInstruction& decoded, unsigned number) {
    return static_cast<std::uint8_t>(decoded.operand(number).imm.value.u);
}

/// A register operand as handlers want it: a RegisterOffset, a VectorOffset or an MMX number.
[[nodiscard]] inline std::uint8_t registerOperand(const DecodedInstruction& decoded,
                                                  unsigned number) {
    const ZydisRegister name = decoded.operand(number).reg.value;
    if (isXmm(decoded, number))
        return vectorOffset(decoded, number);
    return isMmx(decoded, number) ? registerNumber(name) : generalRegister(name);
}

/// Lowers operand 1, a register or memory, and an immediate as operand 2 if there is one.
Lowered lowerSource(const VectorForms& forms, const DecodedInstruction& decoded,
                    Operation& operation);

/// The same with an XMM register as operand 0; not an instruction of `forms` without one.
[[nodiscard]] Lowered lowerForms(const VectorForms& forms, const DecodedInstruction& decoded,
                                 Operation& operation);

/// Encodes memory operand `number` and chooses among the handlers for it.
void lowerMemory(const std::array<Handler, 3>& handlers, const DecodedInstruction& decoded,
                 unsigned number, Operation& operation);

// The families that lowerVector() is made of.
[[nodiscard]] Lowered lowerVectorMove(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerVectorElement(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerVectorInteger(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerVectorShuffle(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerVectorFloat(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerVectorConversion(const DecodedInstruction& decoded,
                                            Operation& operation);
[[nodiscard]] Lowered lowerVectorStringCompare(const DecodedInstruction& decoded,
                                               Operation& operation);
[[nodiscard]] Lowered lowerVectorControl(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerCryptography(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerMmx(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerBitManipulation(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerMemoryOrdering(const DecodedInstruction& decoded, Operation& operation);

}  // namespace hypervisor::software
