// SPDX-License-Identifier: GPL-3.0-or-later
#include "extended_state.h"
#include "x87_arithmetic.h"
#include "x87_control.h"
#include "x87_transfer.h"

/// Lowering of the x87 instructions. Their encoding is their best description: bytes D8 to DF,
/// with a ModRM byte whose reg field is a part of the opcode.
namespace hypervisor::software {

namespace {

constexpr unsigned kModRmRegister = 0xC0;

Lowered finish(Operation& operation, Handler handler) {
    operation.handler = handler;
    return Lowered::Continue;
}

/// Sets the host's code for fast forms.
void runsAs(Operation& operation, unsigned first, unsigned modrm) {
    operation.immediate = reinterpret_cast<std::uint64_t>(
        hostInstruction(static_cast<X87Opcode>((first & 7) << 8 | modrm)));
}

/// The host's code with its memory operand.
void runsAsMemory(Operation& operation, unsigned first, unsigned reg) {
    runsAs(operation, first, reg << 3);
}

// A displacement that does not fit rides in `immediate`, where fast forms keep the host's code:
// such operands take the general form.

/// FADD, FMUL, FCOM, FCOMP, FSUB, FSUBR, FDIV, FDIVR in the order of their encoding.
template <class T>
Handler arithmeticHandler(Addressing addressing, unsigned reg) {
    return pick(addressing, [reg]<class A>() -> Handler {
        using namespace x87_status;
        if (reg == 2)
            return &x87BinaryMemory<A, T, false, kConditions>;
        if (reg == 3)
            return &x87BinaryMemory<A, T, true, kConditions>;
        return &x87BinaryMemory<A, T, false, kC1>;
    });
}

template <class T>
Lowered lowerArithmetic(Operation& operation, Addressing addressing, unsigned first, unsigned reg) {
    if (operation.scale == kWideDisplacement)
        return finish(operation, kX87Load<sizeof(T)>);
    // The handler pops, so that FCOMP runs as FCOM.
    runsAsMemory(operation, first, reg == 3 ? 2 : reg);
    return finish(operation, arithmeticHandler<T>(addressing, reg));
}

template <class T>
Lowered lowerPush(Operation& operation, Addressing addressing, unsigned first, unsigned reg) {
    if (operation.scale == kWideDisplacement)
        return finish(operation, kX87Load<sizeof(T)>);
    runsAsMemory(operation, first, reg);
    return finish(operation, pick(addressing, []<class A>() -> Handler { return &x87Push<A, T>; }));
}

/// `popping` is the reg field of the form of the instruction that pops.
template <class T>
Lowered lowerStore(Operation& operation, Addressing addressing, unsigned first, unsigned reg,
                   unsigned popping) {
    if (operation.scale == kWideDisplacement)
        return finish(operation, kX87Store<sizeof(T)>);
    runsAsMemory(operation, first, popping);
    const bool pops = reg == popping;
    return finish(operation, pick(addressing, [pops]<class A>() -> Handler {
                      return pops ? &x87StoreTop<A, T, true> : &x87StoreTop<A, T, false>;
                  }));
}

/// `function` handles an environment image.
template <auto kFunction>
Lowered lowerImage(const DecodedInstruction& decoded, Operation& operation) {
    // REX.W overrides the prefix.
    const bool narrow =
        decoded.hasAttribute(ZYDIS_ATTRIB_HAS_OPERANDSIZE) && decoded.instruction.raw.rex.W == 0;
    const bool wide = (decoded.mode & (mode::kCode32 | mode::kCode64)) != 0;
    operation.extra = wide != narrow;
    return finish(operation, &plainOperation<kFunction>);
}

Lowered lowerMemoryForm(const DecodedInstruction& decoded, Operation& operation) {
    const unsigned first = decoded.instruction.opcode;
    const unsigned reg = decoded.instruction.raw.modrm.reg;
    const ZydisDecodedOperand* operand = nullptr;
    for (unsigned i = 0; i < decoded.visible(); ++i)
        if (decoded.isMemory(i))
            operand = &decoded.operand(i);
    if (operand == nullptr)
        return Lowered::No;
    const Addressing addressing = encodeMemory(decoded, *operand, operation);

    switch (first) {
        case 0xD8:
            return lowerArithmetic<std::uint32_t>(operation, addressing, first, reg);
        case 0xDA:
            return lowerArithmetic<std::uint32_t>(operation, addressing, first, reg);
        case 0xDC:
            return lowerArithmetic<std::uint64_t>(operation, addressing, first, reg);
        case 0xDE:
            return lowerArithmetic<std::uint16_t>(operation, addressing, first, reg);
        default:
            break;
    }
    switch (first << 8 | reg) {
        case 0xD900:  // FLD m32
        case 0xDB00:  // FILD m32
            return lowerPush<std::uint32_t>(operation, addressing, first, reg);
        case 0xDD00:  // FLD m64
        case 0xDF05:  // FILD m64
            return lowerPush<std::uint64_t>(operation, addressing, first, reg);
        case 0xDF00:  // FILD m16
            return lowerPush<std::uint16_t>(operation, addressing, first, reg);
        case 0xD902:  // FST m32, FSTP m32
        case 0xD903:
        case 0xDB02:  // FIST m32, FISTP m32
        case 0xDB03:
            return lowerStore<std::uint32_t>(operation, addressing, first, reg, 3);
        case 0xDD02:  // FST m64, FSTP m64
        case 0xDD03:
            return lowerStore<std::uint64_t>(operation, addressing, first, reg, 3);
        case 0xDF02:  // FIST m16, FISTP m16
        case 0xDF03:
            return lowerStore<std::uint16_t>(operation, addressing, first, reg, 3);
        case 0xDB01:  // FISTTP m32
            return lowerStore<std::uint32_t>(operation, addressing, first, reg, 1);
        case 0xDD01:  // FISTTP m64
            return lowerStore<std::uint64_t>(operation, addressing, first, reg, 1);
        case 0xDF01:  // FISTTP m16
            return lowerStore<std::uint16_t>(operation, addressing, first, reg, 1);
        case 0xDF07:  // FISTP m64
            return lowerStore<std::uint64_t>(operation, addressing, first, reg, 7);
        case 0xDB05:  // FLD m80
            return finish(operation, pick(addressing, []<class A>() -> Handler {
                              return &x87PushExtended<A>;
                          }));
        case 0xDB07:  // FSTP m80
            return finish(operation, pick(addressing, []<class A>() -> Handler {
                              if constexpr (std::is_same_v<A, Checked>)
                                  return kX87Store<10>;
                              else
                                  return &x87StoreExtended<A>;
                          }));
        case 0xDF04:  // FBLD
            return finish(operation, kX87Load<10>);
        case 0xDF06:  // FBSTP
            return finish(operation, kX87Store<10>);
        case 0xD904:
            return lowerImage<&fldenv>(decoded, operation);
        case 0xD905:
            return finish(operation, &plainOperation<&fldcw>);
        case 0xD906:
            return lowerImage<&fnstenv>(decoded, operation);
        case 0xD907:
            return finish(operation, &plainOperation<&fnstcw>);
        case 0xDD04:
            return lowerImage<&frstor>(decoded, operation);
        case 0xDD06:
            return lowerImage<&fnsave>(decoded, operation);
        case 0xDD07:
            return finish(operation, &plainOperation<&fnstsw>);
        default:
            return Lowered::No;
    }
}

/// ST(0) op ST(i), in the host ST(0) op ST(1).
template <X87Target kTarget, unsigned kPops, unsigned kConditions>
Lowered lowerBinary(Operation& operation, unsigned first, unsigned reg) {
    runsAs(operation, first, kModRmRegister | reg << 3 | 1);
    return finish(operation, &x87Binary<kTarget, kPops, kConditions>);
}

Lowered lowerRegisterForm(const DecodedInstruction& decoded, Operation& operation) {
    using namespace x87_status;
    const unsigned first = decoded.instruction.opcode;
    const unsigned reg = decoded.instruction.raw.modrm.reg;
    const unsigned rm = decoded.instruction.raw.modrm.rm;
    const unsigned modrm = kModRmRegister | reg << 3 | rm;
    operation.source = static_cast<std::uint8_t>(rm);

    switch (first << 8 | modrm) {
        case 0xD9E0:
            return finish(operation, &x87Sign<true>);
        case 0xD9E1:
            return finish(operation, &x87Sign<false>);
        case 0xD9FD:  // FSCALE, with ST(1)
            runsAs(operation, first, modrm);
            operation.source = 1;
            return finish(operation, &x87Binary<X87Target::Top, 0, kC1>);
        case 0xD9FA:  // FSQRT
        case 0xD9FC:  // FRNDINT
            runsAs(operation, first, modrm);
            return finish(operation, &x87Unary);
        case 0xDAE9:  // FUCOMPP
            return lowerBinary<X87Target::Top, 2, kConditions>(operation, 0xDD, 4);
        case 0xDED9:  // FCOMPP
            return lowerBinary<X87Target::Top, 2, kConditions>(operation, 0xD8, 2);
        case 0xDBE2:
            return finish(operation, &plainOperation<&fnclex>);
        case 0xDBE3:
            return finish(operation, &plainOperation<&fninit>);
        case 0xDBE0:  // FENI, FDISI and FSETPM of older units do nothing
        case 0xDBE1:
        case 0xDBE4:
            return finish(operation, &next);
        case 0xDFE0:
            return finish(operation, &plainOperation<&fnstswRegister>);
        default:
            break;
    }
    switch (first << 8 | reg) {
        case 0xD802:  // FCOM and its second encoding
        case 0xDC02:
            return lowerBinary<X87Target::Top, 0, kConditions>(operation, 0xD8, 2);
        case 0xD803:  // FCOMP and its other encodings
        case 0xDC03:
        case 0xDE02:
            return lowerBinary<X87Target::Top, 1, kConditions>(operation, 0xD8, 2);
        case 0xDD04:
            return lowerBinary<X87Target::Top, 0, kConditions>(operation, 0xDD, 4);
        case 0xDD05:
            return lowerBinary<X87Target::Top, 1, kConditions>(operation, 0xDD, 4);
        case 0xDB05:  // FUCOMI
            runsAs(operation, 0xDD, 0xE1);
            return finish(operation, &x87CompareFlags<false>);
        case 0xDF05:  // FUCOMIP
            runsAs(operation, 0xDD, 0xE1);
            return finish(operation, &x87CompareFlags<true>);
        case 0xDB06:  // FCOMI
            runsAs(operation, 0xD8, 0xD1);
            return finish(operation, &x87CompareFlags<false>);
        case 0xDF06:  // FCOMIP
            runsAs(operation, 0xD8, 0xD1);
            return finish(operation, &x87CompareFlags<true>);
        case 0xD900:
            return finish(operation, &x87Move<X87Transfer::Push>);
        case 0xD901:  // FXCH and its other encodings
        case 0xDD01:
        case 0xDF01:
            return finish(operation, &x87Move<X87Transfer::Exchange>);
        case 0xDD03:  // FSTP ST(i) and its other encodings
        case 0xDF02:
        case 0xDF03:
            return finish(operation, &x87Move<X87Transfer::Pop>);
        default:
            break;
    }
    const bool isArithmetic = reg != 2 && reg != 3;
    if (first == 0xD8)
        return lowerBinary<X87Target::Top, 0, kC1>(operation, first, reg);
    // Here the operands come to the host the other way round, which the two encodings of a
    // subtraction and of a division undo.
    if (first == 0xDC)
        return lowerBinary<X87Target::Other, 0, kC1>(operation, 0xD8, reg < 4 ? reg : reg ^ 1);
    if (first == 0xDE && isArithmetic)
        return lowerBinary<X87Target::Other, 1, kC1>(operation, 0xD8, reg < 4 ? reg : reg ^ 1);
    return finish(operation, kX87Register);
}

Lowered refuse(Operation& operation, Handler handler) {
    operation.handler = handler;
    return Lowered::EndBlock;
}

}  // namespace

Lowered lowerX87(const DecodedInstruction& decoded, Operation& operation) {
    const auto& instruction = decoded.instruction;
    const bool isEscape = instruction.encoding == ZYDIS_INSTRUCTION_ENCODING_LEGACY &&
                          instruction.opcode_map == ZYDIS_OPCODE_MAP_DEFAULT &&
                          instruction.opcode >= 0xD8 && instruction.opcode <= 0xDF;
    if (isEscape) {
        if ((decoded.mode & (mode::kEmulateFpu | mode::kTaskSwitched)) != 0)
            return refuse(operation, &raiseException<Exception::DeviceNotAvailable>);
        const auto& modrm = instruction.raw.modrm;
        operation.extra = static_cast<X87Opcode>((instruction.opcode & 7U) << 8 | modrm.mod << 6 |
                                                 modrm.reg << 3 | modrm.rm);
        return modrm.mod == 3 ? lowerRegisterForm(decoded, operation)
                              : lowerMemoryForm(decoded, operation);
    }
    switch (decoded.mnemonic()) {
        case ZYDIS_MNEMONIC_FWAIT: {
            constexpr Mode kTrapping = mode::kMonitorCoprocessor | mode::kTaskSwitched;
            if ((decoded.mode & kTrapping) == kTrapping)
                return refuse(operation, &raiseException<Exception::DeviceNotAvailable>);
            return finish(operation, &plainOperation<&fwait>);
        }
        case ZYDIS_MNEMONIC_EMMS:
            if ((decoded.mode & mode::kEmulateFpu) != 0)
                return refuse(operation, &raiseException<Exception::InvalidOpcode>);
            if ((decoded.mode & mode::kTaskSwitched) != 0)
                return refuse(operation, &raiseException<Exception::DeviceNotAvailable>);
            return finish(operation, &plainOperation<&emms>);
        default:
            return lowerExtendedState(decoded, operation);
    }
}

}  // namespace hypervisor::software
