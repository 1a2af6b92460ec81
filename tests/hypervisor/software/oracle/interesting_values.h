// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "hypervisor/processor_state.h"
#include "random_source.h"

/// Operand values near which instructions go wrong: limits, signs, zeros, denormals, infinities,
/// NaNs of both kinds, encodings that no operation makes.
namespace oracle {

[[nodiscard]] std::uint64_t interestingInteger(RandomSource& random);
[[nodiscard]] std::uint32_t interestingFloat(RandomSource& random);
[[nodiscard]] std::uint64_t interestingDouble(RandomSource& random);
[[nodiscard]] std::array<std::uint8_t, 16> interestingExtended(RandomSource& random);

enum class ValueKind : std::uint8_t { Any, Integer, Float, Double, Extended, Decimal };
void fillInteresting(RandomSource& random, ValueKind kind, std::span<std::byte> to);

/// Registers, rounding, masks and flags of both floating point units.
[[nodiscard]] hypervisor::FxsaveImage interestingFloatingPoint(RandomSource& random);

}  // namespace oracle
