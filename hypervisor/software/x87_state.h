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
    /// The last instruction. Selectors are not kept, opcode and data pointer change only with an
    /// unmasked exception: what CPUID leaf 7 says in EBX bits 13 and 6.
    std::uint16_t opcode = 0;
    std::uint64_t instructionPointer = 0;
    std::uint64_t dataPointer = 0;

    [[nodiscard]] Value& st(unsigned number) { return registers[(top + number) & 7]; }
    [[nodiscard]] bool isValid(unsigned number) const {
        return ((valid >> ((top + number) & 7)) & 1) != 0;
    }
    [[nodiscard]] Value& push() {
        top = (top - 1) & 7;
        valid = static_cast<std::uint8_t>(valid | 1U << top);
        return registers[top];
    }
    void pop() {
        valid = static_cast<std::uint8_t>(valid & ~(1U << top));
        top = (top + 1) & 7;
    }

    [[nodiscard]] std::uint16_t statusWord() const {
        return static_cast<std::uint16_t>(status | top << 11);
    }
    void setStatusWord(std::uint16_t value);
    void setControlWord(std::uint16_t value);
    /// Follows a change of exception flags or masks.
    void updateErrorSummary();
    [[nodiscard]] bool errorPending() const { return (status & 0x80) != 0; }
};

/// Bits of the status word (Intel SDM volume 1, figure 8-4).
namespace x87_status {
inline constexpr std::uint16_t kInvalid = 1U << 0;
inline constexpr std::uint16_t kPrecision = 1U << 5;
inline constexpr std::uint16_t kExceptions = 0x3F;
inline constexpr std::uint16_t kStackFault = 1U << 6;
inline constexpr std::uint16_t kErrorSummary = 1U << 7;
inline constexpr std::uint16_t kC0 = 1U << 8;
inline constexpr std::uint16_t kC1 = 1U << 9;
inline constexpr std::uint16_t kC2 = 1U << 10;
inline constexpr std::uint16_t kC3 = 1U << 14;
inline constexpr std::uint16_t kConditions = kC0 | kC1 | kC2 | kC3;
inline constexpr std::uint16_t kTop = 7U << 11;
inline constexpr std::uint16_t kBusy = 1U << 15;
}  // namespace x87_status

inline void X87State::updateErrorSummary() {
    using namespace x87_status;
    const bool pending = (status & ~control & kExceptions) != 0;
    status = static_cast<std::uint16_t>((status & ~(kErrorSummary | kBusy)) |
                                        (pending ? kErrorSummary | kBusy : 0));
}

inline void X87State::setStatusWord(std::uint16_t value) {
    top = (value >> 11) & 7;
    status = static_cast<std::uint16_t>(value & ~x87_status::kTop);
    updateErrorSummary();
}

inline void X87State::setControlWord(std::uint16_t value) {
    control = static_cast<std::uint16_t>((value & 0x1F3F) | 0x40);
    updateErrorSummary();
}

}  // namespace hypervisor::software
