// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "exception_vectors.h"
#include "host_model.h"
#include "instruction_forms.h"

namespace oracle {

namespace {

constexpr std::array<const char*, 16> kRegisterNames{"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
                                                     "rsi", "rdi", "r8",  "r9",  "r10", "r11",
                                                     "r12", "r13", "r14", "r15"};
/// Of the x87 unit's status word: an exception is pending.
constexpr std::uint16_t kErrorSummary = 0x80;

template <class Bytes>
std::string hex(const Bytes& bytes, std::size_t length) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i)
        text += fmt::format("{:02x}", static_cast<unsigned>(bytes[i]));
    return text;
}

/// Most significant byte first.
template <class Bytes>
std::string number(const Bytes& bytes, std::size_t length) {
    std::string text;
    for (std::size_t i = length; i-- > 0;)
        text += fmt::format("{:02x}", static_cast<unsigned>(bytes[i]));
    return text;
}

class Comparison {
  public:
    template <class T>
    void integer(const char* name, T native, T software) {
        if (native != software)
            text_ += fmt::format("  {}: native {:x}, software {:x}\n", name, native, software);
    }
    void bytes(const std::string& name, const std::string& native, const std::string& software) {
        if (native != software)
            text_ += fmt::format("  {}: native {}, software {}\n", name, native, software);
    }
    [[nodiscard]] std::string text() const { return text_; }

  private:
    std::string text_;
};

/// Whether the native half could reach memory there that belongs to this program: the shadow of
/// AddressSanitizer lies where some operands point.
bool isSanitizersOwn([[maybe_unused]] std::uint64_t address) {
#if defined(__SANITIZE_ADDRESS__)
    return address >= 0x7FFF'8000 && address < 0x1000'7FFF'8000;
#else
    return false;
#endif
}

/// What the architecture leaves to the model, beyond undefined flags: how far some instructions
/// have come when they fault.
bool isModelSpecific(const Case& test, const Disassembly& d, const Outcome& native,
                     const Outcome& software) {
    const auto either = [&](std::uint8_t vector) {
        return native.vector == vector || software.vector == vector;
    };
    // Operands that wrap around the end of a 4 GiB segment.
    if (test.codeSize == CodeSize::Bits32 && native.vector == kPageFault &&
        (native.faultAddress >= 0xFFFF'FC00 || native.faultAddress < 0x400))
        return true;
    if (hostIsAmd() && isOtherOnAmd(test, d, native, software))
        return true;
    // Which of two faults a misaligned operand beyond the limit gives.
    if (test.codeSize == CodeSize::Bits32 && either(kAlignmentCheck) && either(kGeneralProtection))
        return true;
    // Long operands that wrap around the end of 64 KiB do so piece by piece.
    if (d.instruction.address_width == 16 && either(kPageFault))
        return true;
    switch (d.instruction.mnemonic) {
        // Whether alignment or a canonical address is checked first.
        case ZYDIS_MNEMONIC_CMPXCHG16B:
            return either(kStackFault) && either(kGeneralProtection);
        // Whether bytes that are not written are looked at.
        case ZYDIS_MNEMONIC_MASKMOVQ:
        case ZYDIS_MNEMONIC_MASKMOVDQU:
            return either(kPageFault) || either(kAlignmentCheck) || either(kGeneralProtection);
        // Which of two faults comes first.
        case ZYDIS_MNEMONIC_FNSTENV:
        case ZYDIS_MNEMONIC_FLDENV:
        case ZYDIS_MNEMONIC_FNSAVE:
        case ZYDIS_MNEMONIC_FRSTOR:
            return either(kPageFault) && either(kAlignmentCheck);
        // Whether the x87 unit has been loaded when MXCSR turns out to be bad, and whether pieces
        // are read that are not asked for.
        case ZYDIS_MNEMONIC_XRSTOR:
        case ZYDIS_MNEMONIC_XRSTOR64:
            return either(kGeneralProtection) || either(kPageFault);
        // Which of two faults an unaligned area gives.
        case ZYDIS_MNEMONIC_XSAVE:
        case ZYDIS_MNEMONIC_XSAVE64:
        case ZYDIS_MNEMONIC_XSAVEOPT:
        case ZYDIS_MNEMONIC_XSAVEOPT64:
            return either(kGeneralProtection) && (either(kAlignmentCheck) || either(kStackFault));
        // Whether the upper bound is read when the lower one has been passed.
        case ZYDIS_MNEMONIC_BOUND:
            return either(kBoundRange) && either(kPageFault);
        // Written in pieces.
        case ZYDIS_MNEMONIC_FBSTP:
        case ZYDIS_MNEMONIC_FSTP:
            return either(kPageFault);
        // Registers are loaded one by one.
        case ZYDIS_MNEMONIC_POPA:
        case ZYDIS_MNEMONIC_POPAD:
            return either(kPageFault) || either(kAlignmentCheck);
        // Whether the return address has been pushed when the target is not canonical.
        case ZYDIS_MNEMONIC_CALL:
            return either(kGeneralProtection);
        // What is looked at of the frame to come.
        case ZYDIS_MNEMONIC_ENTER:
            return either(kPageFault) || either(kAlignmentCheck);
        default:
            return false;
    }
}

/// Where in a large state area the first fault is found is up to the model.
std::uint64_t addressMask(const Disassembly& d) {
    return usesStateArea(d) ? 0 : ~std::uint64_t{0};
}

/// Flags of REP CMPS and REP SCAS that fault half way depend on where they were interrupted.
std::uint64_t undefinedFlags(const Case& test, const Outcome& native) {
    constexpr std::uint64_t kArithmetic = 0x8D5;
    const bool repeats = test.code[0] == std::byte{0xF2} || test.code[0] == std::byte{0xF3} ||
                         test.code[1] == std::byte{0xF2} || test.code[1] == std::byte{0xF3};
    return test.undefinedFlags | (repeats && native.vector != kEndOfCase ? kArithmetic : 0);
}

/// Flags that an unmasked exception leaves to the model: PE besides an unmasked overflow or
/// underflow (exact or not with an unbounded exponent); for dot products all flags, because they
/// stop after the step that raised it. The instruction has no other result.
std::uint32_t comparedMxcsr(const Disassembly& d, const Outcome& native) {
    constexpr std::uint32_t kOverflowOrUnderflow = 0x18;
    constexpr std::uint32_t kPrecision = 0x20;
    constexpr std::uint32_t kFlags = 0x3F;
    if (native.vector != kSimdException)
        return ~0U;
    if (d.instruction.mnemonic == ZYDIS_MNEMONIC_DPPS ||
        d.instruction.mnemonic == ZYDIS_MNEMONIC_DPPD)
        return ~kFlags;
    return (native.final.floatingPoint.mxcsr & kOverflowOrUnderflow) != 0 ? ~kPrecision : ~0U;
}

void compareLine(const ChangedLine& native, const ChangedLine& software, Comparison& comparison) {
    if (native != software)
        comparison.bytes(
            fmt::format("memory line {:x}", native.line), hex(native.bytes, ChangedLine::kSize),
            fmt::format("line {:x} {}", software.line, hex(software.bytes, ChangedLine::kSize)));
}

std::span<const ChangedLine> changedLines(const Outcome& outcome) {
    return std::span(outcome.lines).first(std::min(outcome.changed, Outcome::kLines));
}

void compareMemory(const Outcome& native, const Outcome& software, Comparison& comparison) {
    comparison.integer("number of changed lines of memory", native.changed, software.changed);
    const auto a = changedLines(native);
    const auto b = changedLines(software);
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        compareLine(a[i], b[i], comparison);
}

/// As compareMemory(), but for what vendors put otherwise into a state area. A line that has such
/// a part may have changed on one side alone.
void compareStateArea(const Case& test, const Disassembly& d, const Outcome& native,
                      const Outcome& software, Comparison& comparison) {
    const auto compareAll = [&](const Outcome& some, const Outcome& others) {
        for (ChangedLine line : changedLines(some)) {
            const auto same =
                std::ranges::find(changedLines(others), line.line, &ChangedLine::line);
            const bool found = same != changedLines(others).end();
            ChangedLine other = found ? *same : ChangedLine{};
            clearVendorsPart(test, d, other);
            if (!clearVendorsPart(test, d, line) || found)
                compareLine(line, other, comparison);
        }
    };
    compareAll(native, software);
    compareAll(software, native);
}

std::string describe(const MachineState& state) {
    std::string text;
    for (std::size_t i = 0; i < 16; ++i)
        text += fmt::format("    {:<3} {:016x}{}", kRegisterNames[i], state.registers[i],
                            i % 4 == 3 ? "\n" : "");
    text += fmt::format("    rip {:x} rflags {:x} fs {:x} gs {:x}\n", state.rip, state.rflags,
                        state.fsBase, state.gsBase);
    const auto& unit = state.floatingPoint;
    text += fmt::format(
        "    control {:04x} status {:04x} tag {:02x} opcode {:03x} ip {:x} dp {:x} mxcsr {:x}\n",
        unit.controlWord, unit.statusWord, unit.abridgedTag, unit.opcode, unit.instructionPointer,
        unit.dataPointer, unit.mxcsr);
    for (std::size_t i = 0; i < 8; ++i)
        text += fmt::format("    st{} {}{}", i, number(unit.st[i], 10), i % 4 == 3 ? "\n" : "");
    for (std::size_t i = 0; i < 16; ++i)
        text +=
            fmt::format("    xmm{:<2} {}{}", i, number(unit.xmm[i], 16), i % 2 == 1 ? "\n" : "");
    return text;
}

std::string describe(const Outcome& outcome) {
    if (outcome.ending == Ending::Hang)
        return "    hangs\n";
    std::string text =
        fmt::format("    exception {} error {:x} address {:x} cs {:x}\n", outcome.vector,
                    outcome.errorCode, outcome.faultAddress, outcome.codeSelector);
    text += describe(outcome.final);
    for (std::size_t i = 0; i < std::min(outcome.changed, Outcome::kLines); ++i)
        text += fmt::format("    memory page {} +{:03x}: {}\n",
                            outcome.lines[i].line * ChangedLine::kSize / kPage,
                            outcome.lines[i].line * ChangedLine::kSize % kPage,
                            hex(outcome.lines[i].bytes, ChangedLine::kSize));
    return text;
}

}  // namespace

std::string disassembly(const Case& test) {
    const Decoder decoder(test.codeSize);
    std::string text;
    for (std::size_t at = 0; at < test.codeLength;) {
        Disassembly d;
        if (!decoder.decode(test.code.data() + at, test.codeLength - at, d))
            return text + "?";
        if (at != 0)
            text += "; ";
        text += decoder.text(test.code.data() + at, test.codeLength - at, test.initial.rip + at);
        at += d.instruction.length;
    }
    return text;
}

std::string differences(const Case& test, const Outcome& native, const Outcome& software) {
    Comparison comparison;
    comparison.integer("hang", native.ending == Ending::Hang, software.ending == Ending::Hang);
    if (native.ending == Ending::Hang || software.ending == Ending::Hang)
        return comparison.text();
    if (software.vector == kPageFault && isSanitizersOwn(software.faultAddress))
        return {};
    Disassembly d;
    if (!Decoder(test.codeSize).decode(test.code.data(), test.codeLength, d))
        return "  the code can't be decoded\n";
    if (isModelSpecific(test, d, native, software))
        return {};
    comparison.integer("exception", native.vector, software.vector);
    // Far from the windows the host has mappings of its own.
    const bool isFar = native.vector == kPageFault && native.faultAddress >= 0x1'0000'0000;
    const std::uint32_t comparedError = isFar ? ~1U : ~0U;
    comparison.integer("error code", native.errorCode & comparedError,
                       software.errorCode & comparedError);
    comparison.integer("code selector", native.codeSelector, software.codeSelector);
    if (native.vector == kPageFault)
        comparison.integer("fault address", native.faultAddress & addressMask(d),
                           software.faultAddress & addressMask(d));

    const MachineState& a = native.final;
    const MachineState& b = software.final;
    for (std::size_t i = 0; i < 16; ++i)
        comparison.integer(kRegisterNames[i], a.registers[i], b.registers[i]);
    comparison.integer("rip", a.rip, b.rip);
    const std::uint64_t flags = ~undefinedFlags(test, native);
    comparison.integer("rflags", a.rflags & flags, b.rflags & flags);
    comparison.integer("fs base", a.fsBase, b.fsBase);
    comparison.integer("gs base", a.gsBase, b.gsBase);

    const auto& x = a.floatingPoint;
    const auto& y = b.floatingPoint;
    comparison.integer("x87 control", x.controlWord, y.controlWord);
    comparison.integer("x87 status", x.statusWord, y.statusWord);
    comparison.integer("x87 tag", x.abridgedTag, y.abridgedTag);
    // AMD's processors forget pointers that no pending exception needs.
    if (!hostIsAmd() || (x.statusWord & kErrorSummary) != 0) {
        comparison.integer("x87 opcode", x.opcode, y.opcode);
        comparison.integer("x87 instruction pointer", x.instructionPointer, y.instructionPointer);
        // Theirs of 64 bits have 48.
        const std::uint64_t mask = hostIsAmd() ? 0xFFFF'FFFF'FFFF : ~std::uint64_t{0};
        comparison.integer("x87 data pointer", x.dataPointer & mask, y.dataPointer & mask);
    }
    const std::uint32_t mxcsr = comparedMxcsr(d, native);
    comparison.integer("mxcsr", x.mxcsr & mxcsr, y.mxcsr & mxcsr);
    for (std::size_t i = 0; i < 8; ++i)
        if (x.st[i] != y.st[i])
            comparison.bytes(fmt::format("st{}", i), number(x.st[i], 10), number(y.st[i], 10));
    for (std::size_t i = 0; i < 16; ++i)
        if (x.xmm[i] != y.xmm[i])
            comparison.bytes(fmt::format("xmm{}", i), number(x.xmm[i], 16), number(y.xmm[i], 16));

    if (hostIsAmd() && usesStateArea(d))
        compareStateArea(test, d, native, software, comparison);
    else
        compareMemory(native, software, comparison);
    return comparison.text();
}

std::string report(const Case& test, const Outcome& native, const Outcome& software) {
    return fmt::format(
        "  code at {:x} ({} bits): {}\n  {}\n  patch at {:x}: {}\n"
        "  before\n{}  native\n{}  software\n{}",
        test.initial.rip, test.codeSize == CodeSize::Bits64 ? 64 : 32,
        hex(test.code, test.codeLength), disassembly(test), test.patchAddress,
        hex(test.patch, test.patchLength), describe(test.initial), describe(native),
        describe(software));
}

}  // namespace oracle
