// SPDX-License-Identifier: GPL-3.0-or-later
#include "x87_host.h"

#include <array>
#include <cstring>

// For each of D8 to DF: eight memory forms, then the 64 register forms, four bytes each.
asm(R"(
    .pushsection .text
    .balign 64
    .hidden vireoHostX87Instructions
    .globl vireoHostX87Instructions
vireoHostX87Instructions:
    .set opcode, 0xD8
    .rept 8
    .set modrm, 7
    .rept 8
    .byte opcode, modrm, 0xC3, 0x90
    .set modrm, modrm + 8
    .endr
    .set modrm, 0xC0
    .rept 64
    .byte opcode, modrm, 0xC3, 0x90
    .set modrm, modrm + 1
    .endr
    .set opcode, opcode + 1
    .endr
    .popsection
)");

extern "C" [[gnu::visibility("hidden")]] const std::array<std::byte, 4>
    vireoHostX87Instructions[8 * 72];

namespace hypervisor::software {

namespace {

/// What FNSAVE writes in 64-bit mode: the 32-bit protected format (Intel SDM volume 1,
/// figure 8-9).
struct [[gnu::packed]] SaveImage {
    std::uint32_t control;
    std::uint32_t status;
    std::uint32_t tag;
    std::array<std::uint32_t, 4> pointers;
    struct [[gnu::packed]] Register {
        std::uint64_t mantissa;
        std::uint16_t exponent;
    };
    std::array<Register, 8> st;
};
static_assert(sizeof(SaveImage) == 108);

}  // namespace

const void* hostInstruction(X87Opcode opcode) {
    const unsigned first = opcode >> 8;
    const unsigned modrm = opcode & 0xFF;
    const unsigned form = modrm < 0xC0 ? modrm >> 3 & 7 : modrm - 0xC0 + 8;
    return &vireoHostX87Instructions[first * 72 + form];
}

void executeOnHost(X87State& state, std::uint16_t& flags, X87Opcode opcode, void* operand) {
    SaveImage image{};
    const bool ignoresError = state.errorPending();
    image.control = ignoresError ? state.control | x87_status::kExceptions : state.control;
    image.status = ignoresError
                       ? state.statusWord() & ~(x87_status::kErrorSummary | x87_status::kBusy)
                       : state.statusWord();
    for (unsigned i = 0; i < 8; ++i) {
        if ((state.valid >> i & 1) == 0)
            image.tag |= 3U << 2 * i;
        image.st[i] = {state.st(i).mantissa, state.st(i).exponent};
    }

    std::uint64_t accumulator = flags;
    asm volatile(
        "frstor %[image]\n\t"
        "addb $127, %%al\n\t"
        "sahf\n\t"
        "lea -128(%%rsp), %%rsp\n\t"
        "call *%[instruction]\n\t"
        "lea 128(%%rsp), %%rsp\n\t"
        "lahf\n\t"
        "seto %%al\n\t"
        "fnsave %[image]"
        : [image] "+m"(image), "+a"(accumulator)
        : "D"(operand), [instruction] "r"(hostInstruction(opcode))
        : "cc", "memory", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
    flags = static_cast<std::uint16_t>(accumulator);

    state.valid = 0;
    for (unsigned i = 0; i < 8; ++i)
        if ((image.tag >> 2 * i & 3) != 3)
            state.valid = static_cast<std::uint8_t>(state.valid | 1U << i);
    state.setStatusWord(static_cast<std::uint16_t>(image.status));
    for (unsigned i = 0; i < 8; ++i)
        state.st(i) = {image.st[i].mantissa, image.st[i].exponent};
}

}  // namespace hypervisor::software
