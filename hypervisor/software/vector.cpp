// SPDX-License-Identifier: GPL-3.0-or-later
#include "vector_handler.h"

namespace hypervisor::software {

namespace {

/// Goes before the checks of the segment and of a canonical address.
bool checkVectorAlignment(Processor& p, const Operation& o) {
    const std::uint64_t linear = p.effectiveAddress(o) + p.linearBase[o.segment];
    return linear % sizeof(Vector) == 0 || p.raise(Exception::GeneralProtection, 0);
}

}  // namespace

const void* loadAlignedChecked(Processor& p, const Operation& o) {
    if (!checkVectorAlignment(p, o))
        return nullptr;
    const auto linear = p.operandAddress(o, sizeof(Vector), Access::Read);
    if (!linear)
        return nullptr;
    return p.readLinear(*linear, p.loaded.data(), sizeof(Vector)) ? p.loaded.data() : nullptr;
}

void storeAlignedChecked(Processor& p, const Operation& o, Vector value) {
    if (!checkVectorAlignment(p, o))
        return;
    if (const auto linear = p.operandAddress(o, sizeof(Vector), Access::Write))
        static_cast<void>(p.writeLinear(*linear, &value, sizeof value));
}

void lowerMemory(const std::array<Handler, 3>& handlers, const DecodedInstruction& decoded,
                 unsigned number, Operation& operation) {
    const Addressing addressing = encodeMemory(decoded, decoded.operand(number), operation);
    operation.handler =
        handlers[static_cast<std::size_t>(isLong(addressing) ? addressing : Addressing::Checked)];
}

Lowered lowerSource(const VectorForms& forms, const DecodedInstruction& decoded,
                    Operation& operation) {
    const bool unmasked =
        (decoded.mode & mode::kSimdUnmasked) != 0 && forms.unmaskedRegisters != nullptr;
    if (decoded.isMemory(1)) {
        lowerMemory(forms.memory, decoded, 1, operation);
        if (unmasked)
            operation.handler = forms.unmaskedMemory;
    } else {
        operation.source = registerOperand(decoded, 1);
        operation.handler = unmasked ? forms.unmaskedRegisters : forms.registers;
    }
    operation.extra = decoded.isImmediate(2) ? immediateOf(decoded, 2) : 0;
    if (unmasked)
        operation.extra |=
            static_cast<std::uint16_t>(static_cast<unsigned>(forms.tininess) << kTininessShift);
    return Lowered::Continue;
}

Lowered lowerForms(const VectorForms& forms, const DecodedInstruction& decoded,
                   Operation& operation) {
    if (!isXmm(decoded, 0))
        return Lowered::No;
    operation.destination = vectorOffset(decoded, 0);
    return lowerSource(forms, decoded, operation);
}

namespace {

using Family = Lowered (*)(const DecodedInstruction&, Operation&);

/// Work whatever CR0 and CR4 say of vector registers.
constexpr std::array<Family, 2> kGeneralFamilies{&lowerBitManipulation, &lowerMemoryOrdering};

constexpr std::array<Family, 10> kVectorFamilies{&lowerVectorMove,          &lowerVectorFloat,
                                                 &lowerVectorInteger,       &lowerVectorShuffle,
                                                 &lowerVectorElement,       &lowerVectorConversion,
                                                 &lowerVectorStringCompare, &lowerVectorControl,
                                                 &lowerCryptography,        &lowerMmx};

bool namesXmm(const DecodedInstruction& decoded) {
    for (unsigned i = 0; i < decoded.visible(); i++)
        if (isXmm(decoded, i))
            return true;
    return false;
}

/// LDMXCSR and STMXCSR name no XMM register, but belong to the same state.
bool needsOsSupport(const DecodedInstruction& decoded) {
    return namesXmm(decoded) || decoded.mnemonic() == ZYDIS_MNEMONIC_LDMXCSR ||
           decoded.mnemonic() == ZYDIS_MNEMONIC_STMXCSR;
}

}  // namespace

Lowered lowerVector(const DecodedInstruction& decoded, Operation& operation) {
    for (const Family family : kGeneralFamilies)
        if (const Lowered lowered = family(decoded, operation); lowered != Lowered::No)
            return lowered;

    for (const Family family : kVectorFamilies) {
        const Lowered lowered = family(decoded, operation);
        if (lowered == Lowered::No)
            continue;
        if ((decoded.mode & mode::kEmulateFpu) != 0 ||
            (needsOsSupport(decoded) && (decoded.mode & mode::kOsFxsr) == 0)) {
            operation.handler = &raiseException<Exception::InvalidOpcode>;
            return Lowered::EndBlock;
        }
        if ((decoded.mode & mode::kTaskSwitched) != 0) {
            operation.handler = &raiseException<Exception::DeviceNotAvailable>;
            return Lowered::EndBlock;
        }
        return lowered;
    }
    return Lowered::No;
}

}  // namespace hypervisor::software
