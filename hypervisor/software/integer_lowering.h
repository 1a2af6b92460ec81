// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>
#include <utility>

#include "decoded_instruction.h"

/// The parts of lowerInteger(), and how they see condition codes.
namespace hypervisor::software {

[[nodiscard]] Lowered lowerArithmetic(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerMoves(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerShiftsAndBits(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerMultiplyDivide(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerStack(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerCompareExchange(const DecodedInstruction& decoded, Operation& operation);
[[nodiscard]] Lowered lowerDecimal(const DecodedInstruction& decoded, Operation& operation);

enum class ConditionalKind : std::uint8_t { Jump, Move, Set };

/// The condition code of Jcc, CMOVcc or SETcc.
[[nodiscard]] std::optional<unsigned> conditionOf(ZydisMnemonic mnemonic, ConditionalKind kind);

/// `function.operator()<kCode>()` for a condition code.
template <class Function, unsigned... kCode>
auto withCondition(unsigned code, Function function, std::integer_sequence<unsigned, kCode...>) {
    using Result = decltype(function.template operator()<0>());
    Result result{};
    static_cast<void>(
        ((kCode == code && (result = function.template operator()<kCode>(), true)) || ...));
    return result;
}
template <class Function>
auto withCondition(unsigned code, Function function) {
    return withCondition(code, function, std::make_integer_sequence<unsigned, 16>{});
}

}  // namespace hypervisor::software
