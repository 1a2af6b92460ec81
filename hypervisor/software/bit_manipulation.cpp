// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>

#include "vector_handler.h"

/// Instructions on bits of general registers that came with the vector extensions: POPCNT,
/// LZCNT, BMI1, BMI2, ADX, MOVBE, CRC32. In plain C++ where the host need not have them.
namespace hypervisor::software {

namespace {

// Bits of Processor::flags.
constexpr std::uint16_t kSign = 0x8000;
constexpr std::uint16_t kZero = 0x4000;
constexpr std::uint16_t kCarry = 0x0100;
constexpr std::uint16_t kFixed = 0x0200;
constexpr std::uint16_t kOverflow = 0x0001;

template <class T>
constexpr unsigned kBits = 8 * sizeof(T);

template <class T>
[[gnu::always_inline]] inline std::uint16_t signAndZero(T value) {
    return static_cast<std::uint16_t>((value >> (kBits<T> - 1) != 0 ? kSign : 0) |
                                      (value == 0 ? kZero : 0) | kFixed);
}

/// The register operand beside destination and source.
template <class T>
[[gnu::always_inline]] inline T other(Processor& p, const Operation& o) {
    return registerValue<T>(p, static_cast<RegisterOffset>(o.extra));
}

constexpr auto kCountOnes = []<class T>(Processor& p, const Operation&, T source) {
    p.flags = source == 0 ? kFixed | kZero : kFixed;
    if constexpr (sizeof(T) == 8) {
        std::uint64_t result;
        asm("popcntq %1, %0" : "=r"(result) : "r"(source) : "cc");
        return result;
    } else {
        std::uint32_t result;
        asm("popcntl %1, %0" : "=r"(result) : "r"(std::uint32_t{source}) : "cc");
        return static_cast<T>(result);
    }
};

template <class T>
[[gnu::always_inline]] inline T withZeroCountFlags(Processor& p, T source, int count) {
    std::uint16_t flags = p.flags & static_cast<std::uint16_t>(~(kCarry | kZero));
    if (source == 0)
        flags |= kCarry;
    if (count == 0)
        flags |= kZero;
    p.flags = flags;
    return static_cast<T>(count);
}
constexpr auto kCountTrailingZeros = []<class T>(Processor& p, const Operation&, T source) {
    return withZeroCountFlags(p, source, std::countr_zero(source));
};
constexpr auto kCountLeadingZeros = []<class T>(Processor& p, const Operation&, T source) {
    return withZeroCountFlags(p, source, std::countl_zero(source));
};

constexpr auto kAndNot = []<class T>(Processor& p, const Operation& o, T source) {
    const T result = ~other<T>(p, o) & source;
    p.flags = signAndZero(result);
    return result;
};
constexpr auto kExtractField = []<class T>(Processor& p, const Operation& o, T source) {
    const T control = other<T>(p, o);
    const unsigned start = control & 0xFF;
    const unsigned length = (control >> 8) & 0xFF;
    T result = start < kBits<T> ? source >> start : 0;
    if (length < kBits<T>)
        result &= (T{1} << length) - 1;
    p.flags = result == 0 ? kFixed | kZero : kFixed;
    return result;
};
constexpr auto kIsolateLowest = []<class T>(Processor& p, const Operation&, T source) {
    const T result = source & (0 - source);
    p.flags = static_cast<std::uint16_t>(signAndZero(result) | (source != 0 ? kCarry : 0));
    return result;
};
constexpr auto kMaskToLowest = []<class T>(Processor& p, const Operation&, T source) {
    const T result = source ^ (source - 1);
    p.flags =
        static_cast<std::uint16_t>((signAndZero(result) & ~kZero) | (source == 0 ? kCarry : 0));
    return result;
};
constexpr auto kResetLowest = []<class T>(Processor& p, const Operation&, T source) {
    const T result = source & (source - 1);
    p.flags = static_cast<std::uint16_t>(signAndZero(result) | (source == 0 ? kCarry : 0));
    return result;
};

constexpr auto kZeroHigh = []<class T>(Processor& p, const Operation& o, T source) {
    const unsigned index = other<T>(p, o) & 0xFF;
    const T result = index < kBits<T> ? source & ((T{1} << index) - 1) : source;
    p.flags = static_cast<std::uint16_t>(signAndZero(result) | (index >= kBits<T> ? kCarry : 0));
    return result;
};
constexpr auto kMultiply = []<class T>(Processor& p, const Operation& o, T source) {
    T low = registerValue<T>(p, 8 * static_cast<RegisterOffset>(Register::Rdx));
    T high = source;
    if constexpr (sizeof(T) == 8)
        asm("movq %0, %%rax\n\tmulq %1\n\tmovq %%rax, %0\n\tmovq %%rdx, %1"
            : "+r"(low), "+r"(high)::"rax", "rdx", "cc");
    else
        asm("movl %0, %%eax\n\tmull %1\n\tmovl %%eax, %0\n\tmovl %%edx, %1"
            : "+r"(low), "+r"(high)::"rax", "rdx", "cc");
    setRegister<T>(p, static_cast<RegisterOffset>(o.extra), low);
    return high;
};
constexpr auto kDeposit = []<class T>(Processor& p, const Operation& o, T mask) {
    T bits = other<T>(p, o);
    T result = 0;
    for (; mask != 0; mask &= mask - 1, bits >>= 1)
        if ((bits & 1) != 0)
            result |= mask & (0 - mask);
    return result;
};
constexpr auto kExtract = []<class T>(Processor& p, const Operation& o, T mask) {
    const T bits = other<T>(p, o);
    T result = 0;
    for (T to = 1; mask != 0; mask &= mask - 1, to <<= 1)
        if ((bits & mask & (0 - mask)) != 0)
            result |= to;
    return result;
};
constexpr auto kRotateRight = []<class T>(Processor&, const Operation& o, T source) {
    return std::rotr(source, static_cast<int>(o.extra & (kBits<T> - 1)));
};
constexpr auto kShiftLeft = []<class T>(Processor& p, const Operation& o, T source) {
    return source << (other<T>(p, o) & (kBits<T> - 1));
};
constexpr auto kShiftRight = []<class T>(Processor& p, const Operation& o, T source) {
    return source >> (other<T>(p, o) & (kBits<T> - 1));
};
constexpr auto kShiftRightArithmetic = []<class T>(Processor& p, const Operation& o, T source) {
    using Signed = std::make_signed_t<T>;
    return static_cast<T>(static_cast<Signed>(source) >> (other<T>(p, o) & (kBits<T> - 1)));
};

/// ADCX and ADOX: an addition whose carry goes in and out through one flag.
template <std::uint16_t kFlag>
constexpr auto kAddWithFlag = []<class T>(Processor& p, const Operation& o, T source) {
    T sum;
    const bool first = __builtin_add_overflow(registerValue<T>(p, o.destination), source, &sum);
    const bool second = __builtin_add_overflow(sum, T{(p.flags & kFlag) != 0}, &sum);
    p.flags = static_cast<std::uint16_t>((p.flags & ~kFlag) | (first || second ? kFlag : 0));
    return sum;
};

template <auto kFunction, class T>
void bitsOfRegister(Processor& p, const Operation* o) {
    setRegister<T>(p, o->destination, kFunction(p, *o, registerValue<T>(p, o->source)));
    return next(p, o);
}
template <class A, auto kFunction, class T>
void bitsOfMemory(Processor& p, const Operation* o) {
    const auto source = Memory<A, T>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &bitsOfMemory<Checked, kFunction, T>>(p, o);
    setRegister<T>(p, o->destination, kFunction(p, *o, *source));
    return next(p, o);
}

struct BitForms {
    Handler registers = nullptr;
    std::array<Handler, 3> memory{};
};

template <auto kFunction, class T>
constexpr BitForms kRare{
    &bitsOfRegister<kFunction, T>,
    {&bitsOfMemory<Checked, kFunction, T>, &bitsOfMemory<Checked, kFunction, T>,
     &bitsOfMemory<Checked, kFunction, T>}};
template <auto kFunction, class T>
constexpr BitForms kFrequent{
    &bitsOfRegister<kFunction, T>,
    {&bitsOfMemory<Simple, kFunction, T>, &bitsOfMemory<Full, kFunction, T>,
     &bitsOfMemory<Checked, kFunction, T>}};

/// Which operands besides destination and the source in a register or memory there are.
enum class Shape : std::uint8_t {
    /// None.
    Unary,
    /// A register behind the source.
    RegisterBehind,
    /// A register between destination and source, read or (MULX) written.
    RegisterBefore,
    /// An immediate.
    Immediate,
};

struct BitInstruction {
    ZydisMnemonic mnemonic{};
    Shape shape{};
    BitForms word;
    BitForms doubleword;
    BitForms quadword;
};

template <auto kFunction>
consteval BitInstruction counting(ZydisMnemonic mnemonic) {
    return {mnemonic, Shape::Unary, kFrequent<kFunction, std::uint16_t>,
            kFrequent<kFunction, std::uint32_t>, kFrequent<kFunction, std::uint64_t>};
}
template <auto kFunction>
consteval BitInstruction instruction(ZydisMnemonic mnemonic, Shape shape) {
    return {mnemonic, shape, {}, kRare<kFunction, std::uint32_t>, kRare<kFunction, std::uint64_t>};
}

constexpr MnemonicTable kInstructions{std::array{
    counting<kCountOnes>(ZYDIS_MNEMONIC_POPCNT),
    counting<kCountTrailingZeros>(ZYDIS_MNEMONIC_TZCNT),
    counting<kCountLeadingZeros>(ZYDIS_MNEMONIC_LZCNT),
    instruction<kAndNot>(ZYDIS_MNEMONIC_ANDN, Shape::RegisterBefore),
    instruction<kExtractField>(ZYDIS_MNEMONIC_BEXTR, Shape::RegisterBehind),
    instruction<kIsolateLowest>(ZYDIS_MNEMONIC_BLSI, Shape::Unary),
    instruction<kMaskToLowest>(ZYDIS_MNEMONIC_BLSMSK, Shape::Unary),
    instruction<kResetLowest>(ZYDIS_MNEMONIC_BLSR, Shape::Unary),
    instruction<kZeroHigh>(ZYDIS_MNEMONIC_BZHI, Shape::RegisterBehind),
    instruction<kMultiply>(ZYDIS_MNEMONIC_MULX, Shape::RegisterBefore),
    instruction<kDeposit>(ZYDIS_MNEMONIC_PDEP, Shape::RegisterBefore),
    instruction<kExtract>(ZYDIS_MNEMONIC_PEXT, Shape::RegisterBefore),
    instruction<kRotateRight>(ZYDIS_MNEMONIC_RORX, Shape::Immediate),
    instruction<kShiftLeft>(ZYDIS_MNEMONIC_SHLX, Shape::RegisterBehind),
    instruction<kShiftRight>(ZYDIS_MNEMONIC_SHRX, Shape::RegisterBehind),
    instruction<kShiftRightArithmetic>(ZYDIS_MNEMONIC_SARX, Shape::RegisterBehind),
    instruction<kAddWithFlag<kCarry>>(ZYDIS_MNEMONIC_ADCX, Shape::Unary),
    instruction<kAddWithFlag<kOverflow>>(ZYDIS_MNEMONIC_ADOX, Shape::Unary),
}};

Lowered lowerInstruction(const BitInstruction& instruction, const DecodedInstruction& decoded,
                         Operation& operation) {
    const unsigned source = instruction.shape == Shape::RegisterBefore ? 2 : 1;
    operation.destination = registerOperand(decoded, 0);
    if (instruction.shape == Shape::RegisterBehind)
        operation.extra = registerOperand(decoded, 2);
    else if (instruction.shape == Shape::RegisterBefore)
        operation.extra = registerOperand(decoded, 1);
    else if (instruction.shape == Shape::Immediate)
        operation.extra = immediateOf(decoded, 2);

    const BitForms& forms = decoded.operand(0).size == 64   ? instruction.quadword
                            : decoded.operand(0).size == 32 ? instruction.doubleword
                                                            : instruction.word;
    if (decoded.isMemory(source)) {
        lowerMemory(forms.memory, decoded, source, operation);
    } else {
        operation.source = registerOperand(decoded, source);
        operation.handler = forms.registers;
    }
    return Lowered::Continue;
}

template <class T>
void loadSwapped(Processor& p, const Operation* o) {
    const auto source = Memory<Checked, T>::load(p, *o);
    if (!source)
        return fault(p, o);
    setRegister<T>(p, o->destination, std::byteswap(*source));
    return next(p, o);
}
template <class T>
void storeSwapped(Processor& p, const Operation* o) {
    if (!Memory<Checked, T>::store(p, *o, std::byteswap(registerValue<T>(p, o->source))))
        return fault(p, o);
    return next(p, o);
}

Lowered lowerMovbe(const DecodedInstruction& decoded, Operation& operation) {
    const unsigned bits = decoded.operand(0).size;
    if (decoded.isMemory(1)) {
        encodeMemory(decoded, decoded.operand(1), operation);
        operation.destination = registerOperand(decoded, 0);
        operation.handler = bits == 64   ? &loadSwapped<std::uint64_t>
                            : bits == 32 ? &loadSwapped<std::uint32_t>
                                         : &loadSwapped<std::uint16_t>;
    } else {
        encodeMemory(decoded, decoded.operand(0), operation);
        operation.source = registerOperand(decoded, 1);
        operation.handler = bits == 64   ? &storeSwapped<std::uint64_t>
                            : bits == 32 ? &storeSwapped<std::uint32_t>
                                         : &storeSwapped<std::uint16_t>;
    }
    return Lowered::Continue;
}

template <class T>
[[gnu::always_inline]] inline std::uint32_t checksum(std::uint32_t value, T data) {
    if constexpr (sizeof(T) == 8) {
        std::uint64_t wide = value;
        asm("crc32q %1, %0" : "+r"(wide) : "r"(data));
        return static_cast<std::uint32_t>(wide);
    } else {
        if constexpr (sizeof(T) == 4)
            asm("crc32l %1, %0" : "+r"(value) : "r"(data));
        else if constexpr (sizeof(T) == 2)
            asm("crc32w %1, %0" : "+r"(value) : "r"(data));
        else
            asm("crc32b %1, %0" : "+r"(value) : "q"(data));
        return value;
    }
}
template <class T>
void checksumRegister(Processor& p, const Operation* o) {
    setRegister<std::uint32_t>(
        p, o->destination,
        checksum(registerValue<std::uint32_t>(p, o->destination), registerValue<T>(p, o->source)));
    return next(p, o);
}
template <class A, class T>
void checksumMemory(Processor& p, const Operation* o) {
    const auto source = Memory<A, T>::load(p, *o);
    if (!source) [[unlikely]]
        return miss<A, &checksumMemory<Checked, T>>(p, o);
    setRegister<std::uint32_t>(p, o->destination,
                               checksum(registerValue<std::uint32_t>(p, o->destination), *source));
    return next(p, o);
}
template <class T>
constexpr BitForms kChecksum{
    &checksumRegister<T>,
    {&checksumMemory<Simple, T>, &checksumMemory<Full, T>, &checksumMemory<Checked, T>}};

Lowered lowerChecksum(const DecodedInstruction& decoded, Operation& operation) {
    const unsigned bits = decoded.operand(1).size;
    const BitForms& forms = bits == 64   ? kChecksum<std::uint64_t>
                            : bits == 32 ? kChecksum<std::uint32_t>
                            : bits == 16 ? kChecksum<std::uint16_t>
                                         : kChecksum<std::uint8_t>;
    operation.destination = registerOperand(decoded, 0);
    if (decoded.isMemory(1)) {
        lowerMemory(forms.memory, decoded, 1, operation);
    } else {
        operation.source = registerOperand(decoded, 1);
        operation.handler = forms.registers;
    }
    return Lowered::Continue;
}

}  // namespace

Lowered lowerBitManipulation(const DecodedInstruction& decoded, Operation& operation) {
    if (decoded.mnemonic() == ZYDIS_MNEMONIC_MOVBE)
        return lowerMovbe(decoded, operation);
    if (decoded.mnemonic() == ZYDIS_MNEMONIC_CRC32)
        return lowerChecksum(decoded, operation);
    const BitInstruction* instruction = kInstructions.find(decoded.mnemonic());
    if (instruction == nullptr)
        return Lowered::No;
    // No VEX prefix exists in real and virtual-8086 mode.
    if (decoded.instruction.encoding == ZYDIS_INSTRUCTION_ENCODING_VEX &&
        ((decoded.mode & mode::kProtected) == 0 || (decoded.mode & mode::kVirtual8086) != 0)) {
        operation.handler = &raiseException<Exception::InvalidOpcode>;
        return Lowered::EndBlock;
    }
    return lowerInstruction(*instruction, decoded, operation);
}

}  // namespace hypervisor::software
