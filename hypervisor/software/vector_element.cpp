// SPDX-License-Identifier: GPL-3.0-or-later
#include "vector_handler.h"

/// Instructions on single elements and on sign bits of XMM registers; stores of chosen bytes.
namespace hypervisor::software {

namespace {

// The element's number is in `extra`, reduced to the elements there are.

template <class T>
void extractToRegister(Processor& p, const Operation* o) {
    // All of the general register is written: elements are zero-extended.
    registerAt<std::uint64_t>(p, o->destination) = elementAt<T>(p, o->source, o->extra);
    return next(p, o);
}
template <class T>
void extractToMemory(Processor& p, const Operation* o) {
    if (!Memory<Checked, T>::store(p, *o, elementAt<T>(p, o->source, o->extra)))
        return miss<Checked, nullptr>(p, o);
    return next(p, o);
}
template <class T>
void insertRegister(Processor& p, const Operation* o) {
    elementAt<T>(p, o->destination, o->extra) = registerValue<T>(p, o->source);
    return next(p, o);
}
template <class T>
void insertMemory(Processor& p, const Operation* o) {
    const auto source = Memory<Checked, T>::load(p, *o);
    if (!source)
        return miss<Checked, nullptr>(p, o);
    elementAt<T>(p, o->destination, o->extra) = *source;
    return next(p, o);
}

struct ElementForms {
    ZydisMnemonic mnemonic{};
    unsigned elements = 0;
    Handler registers = nullptr;
    Handler memory = nullptr;
    /// The vector is operand 1, or else operand 0.
    bool extracts = false;
};

template <class T>
consteval ElementForms extractForms(ZydisMnemonic mnemonic) {
    return {mnemonic, sizeof(Vector) / sizeof(T), &extractToRegister<T>, &extractToMemory<T>, true};
}
template <class T>
consteval ElementForms insertForms(ZydisMnemonic mnemonic) {
    return {mnemonic, sizeof(Vector) / sizeof(T), &insertRegister<T>, &insertMemory<T>, false};
}

constexpr MnemonicTable kElements{std::array{
    extractForms<std::uint8_t>(ZYDIS_MNEMONIC_PEXTRB),
    extractForms<std::uint16_t>(ZYDIS_MNEMONIC_PEXTRW),
    extractForms<std::uint32_t>(ZYDIS_MNEMONIC_PEXTRD),
    extractForms<std::uint64_t>(ZYDIS_MNEMONIC_PEXTRQ),
    extractForms<std::uint32_t>(ZYDIS_MNEMONIC_EXTRACTPS),
    insertForms<std::uint8_t>(ZYDIS_MNEMONIC_PINSRB),
    insertForms<std::uint16_t>(ZYDIS_MNEMONIC_PINSRW),
    insertForms<std::uint32_t>(ZYDIS_MNEMONIC_PINSRD),
    insertForms<std::uint64_t>(ZYDIS_MNEMONIC_PINSRQ),
}};

Lowered lowerElement(const ElementForms& forms, const DecodedInstruction& decoded,
                     Operation& operation) {
    const unsigned vector = forms.extracts ? 1 : 0;
    const unsigned other = 1 - vector;
    if (!isXmm(decoded, vector))
        return Lowered::No;
    (forms.extracts ? operation.source : operation.destination) = vectorOffset(decoded, vector);
    operation.extra = static_cast<std::uint16_t>(immediateOf(decoded, 2) % forms.elements);
    if (decoded.isMemory(other)) {
        encodeMemory(decoded, decoded.operand(other), operation);
        operation.handler = forms.memory;
    } else {
        (forms.extracts ? operation.destination : operation.source) =
            registerOperand(decoded, other);
        operation.handler = forms.registers;
    }
    return Lowered::Continue;
}

/// INSERTPS: `extra` bits 7 to 6 name the source element (of a register), bits 5 to 4 the
/// place, bits 3 to 0 the elements to clear.
[[gnu::always_inline]] inline void insertSingle(Processor& p, const Operation* o,
                                                std::uint32_t value) {
    elementAt<std::uint32_t>(p, o->destination, (o->extra >> 4) & 3) = value;
    for (unsigned i = 0; i < 4; i++)
        if ((o->extra >> i & 1) != 0)
            elementAt<std::uint32_t>(p, o->destination, i) = 0;
    return next(p, o);
}
void insertSingleRegister(Processor& p, const Operation* o) {
    return insertSingle(p, o, elementAt<std::uint32_t>(p, o->source, (o->extra >> 6) & 3));
}
void insertSingleMemory(Processor& p, const Operation* o) {
    const auto source = Memory<Checked, std::uint32_t>::load(p, *o);
    if (!source)
        return miss<Checked, nullptr>(p, o);
    return insertSingle(p, o, *source);
}
constexpr VectorForms kInsertSingle{
    .mnemonic = ZYDIS_MNEMONIC_INSERTPS,
    .registers = &insertSingleRegister,
    .memory = {&insertSingleMemory, &insertSingleMemory, &insertSingleMemory}};

template <auto kFunction>
void signs(Processor& p, const Operation* o) {
    setRegister<std::uint32_t>(p, o->destination, kFunction(vectorAt(p, o->source)));
    return next(p, o);
}

struct SignForm {
    ZydisMnemonic mnemonic{};
    Handler handler = nullptr;
};
#define SIGNS(mnemonic)                                            \
    SignForm {                                                     \
        ZYDIS_MNEMONIC_##mnemonic, &signs<[](Vector source) {      \
            std::uint32_t result;                                  \
            asm(#mnemonic " %1, %0" : "=r"(result) : "x"(source)); \
            return result;                                         \
        }>                                                         \
    }
constexpr MnemonicTable kSigns{std::array{
    SIGNS(MOVMSKPS),
    SIGNS(MOVMSKPD),
    SIGNS(PMOVMSKB),
}};
#undef SIGNS

/// MASKMOVDQU: one store for each run of chosen bytes. All of them are checked before the first
/// is written. With no byte chosen, memory is not touched at all.
void storeChosenBytes(Processor& p, const Operation& o) {
    const auto* bytes = &elementAt<std::uint8_t>(p, o.destination, 0);
    const auto* mask = &elementAt<std::uint8_t>(p, o.source, 0);
    unsigned first = 16;
    unsigned last = 0;
    for (unsigned i = 0; i < 16; i++) {
        if ((mask[i] & 0x80) == 0)
            continue;
        first = std::min(first, i);
        last = i;
    }
    if (first > last)
        return;
    const auto linear = p.operandAddress(o, sizeof(Vector), Access::Write);
    if (!linear || !p.translate(*linear + first, Access::Write, Privilege::Current) ||
        !p.translate(*linear + last, Access::Write, Privilege::Current))
        return;
    for (unsigned i = first; i <= last; i++) {
        if ((mask[i] & 0x80) == 0)
            continue;
        unsigned end = i + 1;
        while (end <= last && (mask[end] & 0x80) != 0)
            end++;
        if (!p.writeLinear(*linear + i, bytes + i, end - i))
            return;
        i = end;
    }
}

}  // namespace

Lowered lowerVectorElement(const DecodedInstruction& decoded, Operation& operation) {
    if (const ElementForms* forms = kElements.find(decoded.mnemonic()))
        return lowerElement(*forms, decoded, operation);
    if (const SignForm* form = kSigns.find(decoded.mnemonic())) {
        if (!isXmm(decoded, 1))
            return Lowered::No;
        operation.destination = registerOperand(decoded, 0);
        operation.source = vectorOffset(decoded, 1);
        operation.handler = form->handler;
        return Lowered::Continue;
    }
    if (decoded.mnemonic() == ZYDIS_MNEMONIC_INSERTPS)
        return lowerForms(kInsertSingle, decoded, operation);
    if (decoded.mnemonic() == ZYDIS_MNEMONIC_MASKMOVDQU) {
        operation.destination = vectorOffset(decoded, 0);
        operation.source = vectorOffset(decoded, 1);
        encodeMemory(decoded, decoded.operand(2), operation);
        operation.handler = &plainOperation<storeChosenBytes>;
        return Lowered::Continue;
    }
    return Lowered::No;
}

}  // namespace hypervisor::software
