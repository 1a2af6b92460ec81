// SPDX-License-Identifier: GPL-3.0-or-later
#include "case_generator.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "interesting_values.h"

namespace oracle {

namespace {

constexpr std::uint64_t kCodeEnd = kCode.address + kCode.pages * kPage;
constexpr std::size_t kRsp = 4;

// Of RFLAGS.
constexpr std::uint64_t kFixed = 2;
constexpr std::uint64_t kArithmeticFlags = 0x8D5;
constexpr std::uint64_t kInterrupt = 0x200;
constexpr std::uint64_t kDirection = 0x400;
constexpr std::uint64_t kAlignmentCheck = 1U << 18;

/// Where an operand of `size` bytes is put.
std::uint64_t operandAddress(RandomSource& random, unsigned size) {
    const auto aligned = [&](std::uint64_t address) {
        if (random.oneIn(2))
            address &= ~std::uint64_t{std::bit_ceil(std::max(size, 1U)) - 1};
        return address;
    };
    const std::uint64_t dataEnd = kData.address + kData.pages * kPage;
    const std::uint64_t length = std::max(size, 1U);
    switch (random.below(40)) {
        case 0:
        case 1:
        case 2:
            // Across the pages of the window.
            return kData.address + kPage - random.below(length + 1);
        case 3:
        case 4:
            // Across its end.
            return dataEnd - random.below(length + 1);
        case 5:
            return kData.address - random.below(length + 1);
        case 6:
        case 7:
            return aligned(kReadOnly.address + random.below(kPage));
        case 8:
            return dataEnd + random.below(kPage);
        case 9:
            return aligned(kStack.address + random.below(kStack.pages * kPage));
        case 10:
            return kCode.address + random.below(kCode.pages * kPage);
        case 11:
            return random.oneIn(2) ? interestingInteger(random) : random.next();
        default:
            return aligned(kData.address + random.below(kData.pages * kPage - length));
    }
}

std::uint64_t signExtended(std::uint64_t value, unsigned bits) {
    return bits == 64 ? value
                      : static_cast<std::uint64_t>(
                            static_cast<std::int64_t>(value << (64 - bits)) >> (64 - bits));
}

bool isCanonical(std::uint64_t address) {
    return signExtended(address, 48) == address;
}

}  // namespace

struct CaseGenerator::Draft {
    Case& test;
    /// Registers that an operand depends on.
    std::uint32_t fixed = 0;
    bool fsFixed = false;
    bool gsFixed = false;
    std::uint64_t at = 0;
    /// The code does not end with a branch.
    bool mayGoOn = false;

    [[nodiscard]] std::uint64_t& reg(std::size_t number) { return test.initial.registers[number]; }
    [[nodiscard]] bool isFixed(std::size_t number) const { return (fixed >> number & 1) != 0; }
    void fix(std::size_t number, std::uint64_t value) {
        reg(number) = value;
        fixed |= 1U << number;
    }
    void patch(std::uint64_t address, std::span<const std::byte> bytes) {
        test.patchAddress = address;
        test.patchLength = static_cast<std::uint16_t>(std::min(bytes.size(), test.patch.size()));
        std::copy_n(bytes.begin(), test.patchLength, test.patch.begin());
    }
};

CaseGenerator::CaseGenerator(std::uint64_t seed, CodeSize codeSize, const std::string& mnemonic)
    : seed_(seed), codeSize_(codeSize), decoder_(codeSize), table_(enumerateForms(codeSize)) {
    for (const auto& [name, forms] : table_.forms)
        if (mnemonic.empty() || name == mnemonic)
            mnemonics_.push_back(&forms);
    constexpr std::array<ZydisInstructionCategory, 9> kCategories{
        ZYDIS_CATEGORY_BINARY, ZYDIS_CATEGORY_LOGICAL, ZYDIS_CATEGORY_DATAXFER,
        ZYDIS_CATEGORY_SHIFT,  ZYDIS_CATEGORY_ROTATE,  ZYDIS_CATEGORY_CMOV,
        ZYDIS_CATEGORY_SETCC,  ZYDIS_CATEGORY_FLAGOP,  ZYDIS_CATEGORY_BITBYTE};
    for (const auto& [name, forms] : table_.forms)
        for (const InstructionForm& form : forms) {
            std::array<std::byte, 40> bytes{};
            RandomSource random(0);
            Disassembly d;
            const std::size_t length = encode(random, form, bytes.data());
            if (!form.isMemory && decoder_.decode(bytes.data(), length, d) &&
                std::ranges::find(kCategories, d.instruction.meta.category) != kCategories.end())
                followers_.push_back(form);
        }
}

std::size_t CaseGenerator::encode(RandomSource& random, const InstructionForm& form,
                                  std::byte* to) const {
    std::size_t length = 0;
    const auto put = [&](std::uint64_t value) { to[length++] = static_cast<std::byte>(value); };
    const bool wide = codeSize_ == CodeSize::Bits64;
    const bool vex = form.map == OpcodeMap::Vex38 || form.map == OpcodeMap::Vex3A;

    if (random.oneIn(16)) {
        constexpr std::array<std::uint8_t, 6> kSegments{0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65};
        put(random.pick(kSegments));
    } else if (form.isMemory && random.oneIn(12)) {
        put(random.oneIn(2) ? 0x64 : 0x65);
    }
    if (random.oneIn(12))
        put(0x67);
    if (form.isMemory && !vex && form.prefix == 0 && random.oneIn(6))
        put(0xF0);
    if (form.map == OpcodeMap::OneByte && form.prefix == 0 &&
        ((form.opcode & 0xFC) == 0xA4 || (form.opcode >= 0xAA && form.opcode <= 0xAF)) &&
        !random.oneIn(3))
        put(random.oneIn(2) ? 0xF2 : 0xF3);
    const auto modrmReg = form.freeReg ? random.below(8) : form.reg;
    const auto modrmRm = form.freeRm || form.isMemory ? random.below(8) : form.rm;

    if (vex) {
        const unsigned pp = form.prefix == 0x66 ? 1 : form.prefix == 0xF3 ? 2 : form.prefix ? 3 : 0;
        const auto vvvv = form.freeVvvv ? random.below(wide ? 16 : 8) : 0;
        put(0xC4);
        put((wide ? random.below(8) << 5 : 0xE0) | (form.map == OpcodeMap::Vex38 ? 2U : 3U));
        put((form.wide ? 0x80U : 0U) | (vvvv ^ 0xF) << 3 | pp);
    } else {
        if (form.prefix != 0)
            put(form.prefix);
        else if (random.oneIn(24) && form.map == OpcodeMap::OneByte)
            put(0x66);
        if (wide && (form.wide || random.oneIn(2)))
            put(0x40 | (form.wide ? 8U : 0U) | random.below(8));
        if (form.map != OpcodeMap::OneByte)
            put(0x0F);
        if (form.map == OpcodeMap::Escape0F38)
            put(0x38);
        if (form.map == OpcodeMap::Escape0F3A)
            put(0x3A);
    }
    put(form.freeOpcode ? (form.opcode & 0xF8U) | random.below(8) : form.opcode);
    if (form.hasModRm) {
        const std::uint64_t mod = form.isMemory ? random.below(3) : 3;
        put(mod << 6 | modrmReg << 3 | modrmRm);
        if (form.isMemory)
            put(random.next());
    }
    // SIB, displacement and immediate are whatever comes; small immediates are more common.
    const bool small = random.oneIn(3);
    const std::uint64_t value = interestingInteger(random);
    for (unsigned i = 0; i < 8; ++i)
        put(small ? value >> 8 * i : random.next());
    return length;
}

void CaseGenerator::placeOperands(RandomSource& random, Draft& draft, const Disassembly& d) const {
    const bool wide = codeSize_ == CodeSize::Bits64;
    bool patched = draft.test.patchLength != 0;
    for (unsigned i = 0; i < d.instruction.operand_count; ++i) {
        const ZydisDecodedOperand& operand = d.operands[i];
        if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY || operand.mem.type == ZYDIS_MEMOP_TYPE_AGEN)
            continue;
        const unsigned size = std::max<unsigned>(operand.size / 8, 1);
        const auto& memory = operand.mem;
        if (memory.base == ZYDIS_REGISTER_RSP &&
            operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)
            continue;
        std::uint64_t target = operandAddress(random, size);
        if (size > 64 && random.percent(80))
            target &= ~63ULL;
        // Not around the end of a 4 GiB segment, where models differ.
        if (!wide)
            target = (target & 0xFFFF'FFFF) % 0xFFFF'F000;

        std::uint64_t* segmentBase = nullptr;
        bool segmentFixed = true;
        if (memory.segment == ZYDIS_REGISTER_FS) {
            segmentBase = &draft.test.initial.fsBase;
            segmentFixed = std::exchange(draft.fsFixed, true);
        } else if (memory.segment == ZYDIS_REGISTER_GS) {
            segmentBase = &draft.test.initial.gsBase;
            segmentFixed = std::exchange(draft.gsFixed, true);
        }
        const std::uint64_t base = segmentBase != nullptr ? *segmentBase : 0;
        const unsigned width = d.instruction.address_width;
        const auto displacement = static_cast<std::uint64_t>(memory.disp.value);
        const auto number = [](ZydisRegister name) {
            return static_cast<std::size_t>(ZydisRegisterGetId(name));
        };
        const auto setDisplacement = [&](std::uint64_t value) {
            const auto& raw = d.instruction.raw.disp;
            std::byte* code = draft.test.code.data() + draft.at + raw.offset;
            if (raw.size == 32 && signExtended(value, 32) == value)
                std::memcpy(code, &value, 4);
            else if (raw.size == 64)
                std::memcpy(code, &value, 8);
            else if (raw.size == 32 && !wide)
                std::memcpy(code, &value, 4);
        };

        if (memory.base == ZYDIS_REGISTER_RIP || memory.base == ZYDIS_REGISTER_EIP) {
            setDisplacement(target - base - draft.test.initial.rip - draft.at -
                            d.instruction.length);
        } else {
            std::uint64_t scaled = 0;
            if (memory.index != ZYDIS_REGISTER_NONE && memory.index != memory.base) {
                const std::size_t index = number(memory.index);
                if (!draft.isFixed(index))
                    draft.fix(index, random.oneIn(3) ? interestingInteger(random)
                                                     : random.below(256) - 128);
                scaled = draft.reg(index) * memory.scale;
            }
            if (width == 16) {
                // Reaches a window only with the help of a segment base.
                std::uint64_t offset = displacement + scaled;
                if (memory.base != ZYDIS_REGISTER_NONE)
                    offset += draft.reg(number(memory.base));
                if (segmentBase != nullptr && !segmentFixed)
                    *segmentBase = (target - (offset & 0xFFFF)) & 0xFFFF'FFFF;
            } else if (memory.base == ZYDIS_REGISTER_NONE) {
                setDisplacement(target - base - scaled);
            } else {
                const std::size_t register_ = number(memory.base);
                if (!draft.isFixed(register_)) {
                    const unsigned factor = memory.index == memory.base ? memory.scale + 1U : 1U;
                    std::uint64_t value = (target - base - scaled - displacement) / factor;
                    if (width == 32 && wide)
                        value = (value & 0xFFFF'FFFF) | interestingInteger(random) << 32;
                    draft.fix(register_, wide ? value : value & 0xFFFF'FFFF);
                }
            }
        }

        if (patched)
            continue;
        patched = true;
        ValueKind kind = ValueKind::Any;
        switch (operand.element_type) {
            case ZYDIS_ELEMENT_TYPE_FLOAT32:
                kind = ValueKind::Float;
                break;
            case ZYDIS_ELEMENT_TYPE_FLOAT64:
                kind = ValueKind::Double;
                break;
            case ZYDIS_ELEMENT_TYPE_FLOAT80:
                kind = ValueKind::Extended;
                break;
            case ZYDIS_ELEMENT_TYPE_LONGBCD:
                kind = ValueKind::Decimal;
                break;
            default:
                kind = size >= 16 ? ValueKind::Any : ValueKind::Integer;
                break;
        }
        std::array<std::byte, 64> content;
        fillInteresting(random, kind, content);
        draft.patch(target, std::span(content).first(std::min<std::size_t>(size, 64)));
    }
}

void CaseGenerator::placeTargets(RandomSource& random, Draft& draft, const Disassembly& d) const {
    const auto& instruction = d.instruction;
    if (instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_NONE &&
        instruction.meta.category != ZYDIS_CATEGORY_RET)
        return;
    // A place with INT3: nowhere near the code itself, which might otherwise run for ever.
    const std::uint64_t start = draft.test.initial.rip;
    const std::uint64_t behind = start + draft.at + instruction.length;
    std::uint64_t target = 0;
    const bool isNear =
        d.operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && instruction.raw.imm[0].size == 8;
    if (isNear)
        target = behind + random.below(128);
    else
        do {
            target = kCode.address + random.below(kCode.pages * kPage);
        } while (target >= start && target < behind);

    if (d.operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        const auto& raw = instruction.raw.imm[0];
        const std::uint64_t distance = target - behind;
        if (instruction.meta.category == ZYDIS_CATEGORY_RET || raw.is_relative == ZYAN_FALSE) {
            const auto words = random.below(256);
            std::memcpy(draft.test.code.data() + draft.at + raw.offset, &words, 2);
        } else {
            std::memcpy(draft.test.code.data() + draft.at + raw.offset, &distance, raw.size / 8);
        }
    }
    std::array<std::byte, 8> bytes;
    std::memcpy(bytes.data(), &target, sizeof target);
    if (random.oneIn(12)) {
        // Somewhere else. Not beyond the canonical half: whether a call there has already pushed
        // when it faults differs between models.
        target = interestingInteger(random) & 0x7FFF'FFFF'FFFF;
        std::memcpy(bytes.data(), &target, sizeof target);
    }
    if (instruction.meta.category == ZYDIS_CATEGORY_RET)
        draft.patch(draft.reg(kRsp), bytes);
    else if (d.operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER)
        draft.fix(static_cast<std::size_t>(ZydisRegisterGetId(d.operands[0].reg.value)), target);
    else if (d.operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY && draft.test.patchLength != 0)
        draft.patch(draft.test.patchAddress, bytes);
}

void CaseGenerator::prepareSpecial(RandomSource& random, Draft& draft, const Disassembly& d) const {
    Case& test = draft.test;
    const auto bytesOf = [](const auto& object) { return std::as_bytes(std::span(&object, 1)); };
    switch (d.instruction.mnemonic) {
        case ZYDIS_MNEMONIC_XSAVE:
        case ZYDIS_MNEMONIC_XSAVE64:
        case ZYDIS_MNEMONIC_XSAVEOPT:
        case ZYDIS_MNEMONIC_XSAVEOPT64:
        case ZYDIS_MNEMONIC_XRSTOR:
        case ZYDIS_MNEMONIC_XRSTOR64: {
            // More components are the host's affair.
            draft.reg(0) &= 3;
            draft.reg(2) = 0;
            struct Area {
                hypervisor::FxsaveImage legacy;
                std::array<std::uint64_t, 8> header{};
            } area{interestingFloatingPoint(random), {}};
            area.header[0] = random.below(4);
            if (random.oneIn(8))
                area.header[random.below(3)] ^= 1 + random.below(3);
            if (random.oneIn(16))
                area.header[0] |= 1ULL << 63;
            if (random.oneIn(10))
                area.legacy.mxcsr |= 1U << random.below(32);
            draft.patch(test.patchAddress, bytesOf(area));
            break;
        }
        case ZYDIS_MNEMONIC_FXRSTOR:
        case ZYDIS_MNEMONIC_FXRSTOR64: {
            hypervisor::FxsaveImage image = interestingFloatingPoint(random);
            if (random.oneIn(10))
                image.mxcsr |= 1U << random.below(32);
            if (random.oneIn(4)) {
                image.controlWord = static_cast<std::uint16_t>(random.next());
                image.statusWord = static_cast<std::uint16_t>(random.next());
            }
            draft.patch(test.patchAddress, bytesOf(image));
            break;
        }
        case ZYDIS_MNEMONIC_FLDENV:
        case ZYDIS_MNEMONIC_FRSTOR: {
            std::array<std::byte, 108> image;
            for (std::byte& value : image)
                value = static_cast<std::byte>(random.next());
            if (random.oneIn(2))
                image[0] |= std::byte{0x3F};
            draft.patch(test.patchAddress, image);
            break;
        }
        case ZYDIS_MNEMONIC_LDMXCSR: {
            std::uint32_t value = static_cast<std::uint32_t>(random.next() & 0xFFFF);
            if (random.oneIn(8))
                value |= 1U << random.below(32);
            draft.patch(test.patchAddress, bytesOf(value));
            break;
        }
        case ZYDIS_MNEMONIC_FLDCW: {
            const auto value = static_cast<std::uint16_t>(random.next());
            draft.patch(test.patchAddress, bytesOf(value));
            break;
        }
        case ZYDIS_MNEMONIC_POPF:
        case ZYDIS_MNEMONIC_POPFD:
        case ZYDIS_MNEMONIC_POPFQ: {
            // Not TF, whose trap belongs to the tests of exceptions, nor NT and reserved bits.
            const std::uint64_t value =
                random.next() & (kArithmeticFlags | kDirection | kAlignmentCheck | 0x20'3200);
            draft.patch(draft.reg(kRsp), bytesOf(value));
            break;
        }
        case ZYDIS_MNEMONIC_SHLD:
        case ZYDIS_MNEMONIC_SHRD:
            // Longer shifts of 16 bits are undefined.
            if (d.instruction.operand_width == 16) {
                draft.reg(1) = (draft.reg(1) & ~0xFFULL) | random.below(17);
                if (d.operands[2].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
                    test.code[draft.at + d.instruction.raw.imm[0].offset] =
                        static_cast<std::byte>(random.below(17));
            }
            break;
        case ZYDIS_MNEMONIC_BT:
        case ZYDIS_MNEMONIC_BTC:
        case ZYDIS_MNEMONIC_BTR:
        case ZYDIS_MNEMONIC_BTS:
            if (d.operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY &&
                d.operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER && !random.oneIn(8)) {
                const auto number =
                    static_cast<std::size_t>(ZydisRegisterGetId(d.operands[1].reg.value));
                if (!draft.isFixed(number))
                    draft.reg(number) = random.below(8000) - 4000;
            }
            break;
        case ZYDIS_MNEMONIC_WRFSBASE:
        case ZYDIS_MNEMONIC_WRGSBASE: {
            const auto number =
                static_cast<std::size_t>(ZydisRegisterGetId(d.operands[0].reg.value));
            if (random.oneIn(2))
                draft.reg(number) = signExtended(draft.reg(number), 48);
            break;
        }
        case ZYDIS_MNEMONIC_CMPXCHG:
            if (random.oneIn(2) && test.patchLength != 0 && !draft.isFixed(0))
                std::memcpy(&draft.reg(0), test.patch.data(), 8);
            break;
        case ZYDIS_MNEMONIC_CMPXCHG8B:
        case ZYDIS_MNEMONIC_CMPXCHG16B:
            if (random.oneIn(2) && !draft.isFixed(0) && !draft.isFixed(2)) {
                const std::size_t half = d.instruction.mnemonic == ZYDIS_MNEMONIC_CMPXCHG8B ? 4 : 8;
                std::memcpy(&draft.reg(0), test.patch.data(), half);
                std::memcpy(&draft.reg(2), test.patch.data() + half, half);
            }
            break;
        case ZYDIS_MNEMONIC_DIV:
        case ZYDIS_MNEMONIC_IDIV:
            // Mostly quotients that fit.
            if (random.percent(60)) {
                draft.reg(2) = random.oneIn(3) ? ~0ULL : random.below(3);
                if (random.oneIn(2))
                    draft.reg(0) &= 0xFF;
            }
            break;
        default:
            break;
    }
    // Strings: bounded counts.
    if ((d.instruction.attributes &
         (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)) != 0) {
        draft.reg(1) = random.below(20);
        if (d.instruction.address_width != 64 && codeSize_ == CodeSize::Bits64)
            draft.reg(1) |= random.oneIn(2) ? interestingInteger(random) << 32 : 0;
        if (random.oneIn(2)) {
            // Equal runs, so that comparisons go on.
            std::array<std::byte, 64> same;
            same.fill(static_cast<std::byte>(draft.reg(0)));
            draft.patch(draft.reg(random.oneIn(2) ? 6 : 7), same);
        }
    }
}

bool CaseGenerator::first(RandomSource& random, Draft& draft) const {
    Case& test = draft.test;
    const auto& forms = *random.pick(mnemonics_);
    const InstructionForm& form = random.pick(forms);
    std::array<std::byte, 40> bytes{};
    const std::size_t offered = encode(random, form, bytes.data());
    Disassembly d;
    if (!decoder_.decode(bytes.data(), offered, d) || !isComparable(d))
        return false;
    std::copy_n(bytes.begin(), d.instruction.length, test.code.begin());
    test.codeLength = d.instruction.length;
    // In 64-bit mode vendors disagree on 16-bit branches.
    if (d.instruction.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE &&
        (d.instruction.attributes & ZYDIS_ATTRIB_HAS_OPERANDSIZE) != 0)
        return false;

    placeOperands(random, draft, d);
    prepareSpecial(random, draft, d);
    placeTargets(random, draft, d);
    if (d.instruction.cpu_flags != nullptr)
        test.undefinedFlags = d.instruction.cpu_flags->undefined;
    draft.mayGoOn = d.instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_NONE &&
                    d.instruction.meta.category != ZYDIS_CATEGORY_RET;
    return true;
}

void CaseGenerator::further(RandomSource& random, Draft& draft) const {
    Case& test = draft.test;
    for (std::uint64_t count = random.below(3) + 1; count > 0; --count) {
        std::array<std::byte, 40> bytes{};
        const std::size_t offered = encode(random, random.pick(followers_), bytes.data());
        Disassembly d;
        if (!decoder_.decode(bytes.data(), offered, d) || !isComparable(d) ||
            test.codeLength + d.instruction.length > test.code.size())
            continue;
        if (d.instruction.cpu_flags != nullptr) {
            if ((d.instruction.cpu_flags->tested & test.undefinedFlags) != 0)
                continue;
            test.undefinedFlags |= d.instruction.cpu_flags->undefined;
        }
        bool registersOnly = true;
        for (unsigned i = 0; i < d.instruction.operand_count; ++i)
            registersOnly &= d.operands[i].type != ZYDIS_OPERAND_TYPE_MEMORY;
        if (!registersOnly)
            continue;
        std::copy_n(bytes.begin(), d.instruction.length, test.code.begin() + test.codeLength);
        test.codeLength = static_cast<std::uint8_t>(test.codeLength + d.instruction.length);
    }
}

void CaseGenerator::generate(std::uint64_t number, Case& test) const {
    RandomSource random(seed_, number);
    const bool wide = codeSize_ == CodeSize::Bits64;
    for (;;) {
        test = Case{};
        test.codeSize = codeSize_;
        MachineState& state = test.initial;
        state.floatingPoint = interestingFloatingPoint(random);
        for (std::uint64_t& value : state.registers) {
            value = interestingInteger(random);
            if (random.oneIn(8))
                value = random.pick(state.registers);
            if (!wide)
                value &= 0xFFFF'FFFF;
        }
        state.rflags = kFixed | kInterrupt | (random.next() & kArithmeticFlags) |
                       (random.oneIn(3) ? kDirection : 0) |
                       (random.oneIn(20) ? kAlignmentCheck : 0);
        state.fsBase = random.oneIn(2) ? random.below(0x1000) : kData.address;
        state.gsBase = random.oneIn(2) ? kData.address + random.below(kPage) : 0;
        // An offset below zero would be beyond the limit.
        if (!wide) {
            state.fsBase &= 0xFFF;
            state.gsBase &= 0xFFF;
        }

        Draft draft{.test = test};
        if (!random.oneIn(24)) {
            std::uint64_t stack = kStack.address + random.below(kStack.pages * kPage);
            if (!random.oneIn(4))
                stack &= ~7ULL;
            draft.fix(kRsp, random.oneIn(24) ? kStack.address + random.below(20) : stack);
        }
        state.rip = kCode.address + 64 + random.below(kCode.pages * kPage - 256);
        if (random.oneIn(20))
            state.rip = kCode.address + kPage - random.below(16);
        // Execution runs out of the window, or into what is not mapped.
        if (random.oneIn(60))
            state.rip = kCodeEnd - 1 - random.below(15);

        if (!first(random, draft))
            continue;
        if (draft.mayGoOn && random.oneIn(5))
            further(random, draft);
        if (!isCanonical(state.fsBase) || !isCanonical(state.gsBase))
            continue;
        if (!wide) {
            for (std::uint64_t& value : state.registers)
                value &= 0xFFFF'FFFF;
            state.fsBase &= 0xFFFF'FFFF;
            state.gsBase &= 0xFFFF'FFFF;
        }
        return;
    }
}

}  // namespace oracle
