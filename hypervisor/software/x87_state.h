// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace hypervisor::software {

/// The x87 unit. `registers` are physical; ST(i) is registers[(top + i) & 7]. MMX registers are
/// the low 8 bytes of registers[0..7].
struct X87State {
    struct alignas(16) Value {
        std::uint64_t mantissa = 0;
        std::uint16_t exponent = 0;
    };
    std::array<Value, 8> registers{};
    std::uint16_t control = 0x037F;
    /// Without the TOP field, which is `top`.
    std::uint16_t status = 0;
    std::uint8_t top = 0;
    /// Bit n set: registers[n] is not empty.
    std::uint8_t valid = 0;
    std::uint16_t opcode = 0;
    std::uint16_t instructionSelector = 0;
    std::uint16_t dataSelector = 0;
    std::uint64_t instructionPointer = 0;
    std::uint64_t dataPointer = 0;
};

}  // namespace hypervisor::software
