// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/random.h>

#include <atomic>
#include <bit>

#include "vector_handler.h"

/// Fences, cache control, non-temporal stores of general registers; and random numbers.
namespace hypervisor::software {

namespace {

/// Prefetches are hints. Loads and stores of guest code are the host's own and as ordered as
/// those, so that LFENCE and SFENCE have nothing to add.
void nothing(Processor& p, const Operation* o) {
    return next(p, o);
}

void fenceAll(Processor& p, const Operation* o) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return next(p, o);
}

/// Guest memory is coherent: what is left of a flush is that it faults as a load does.
void flushLine(Processor& p, const Operation& o) {
    if (const auto linear = p.operandAddress(o, 1, Access::Read))
        static_cast<void>(p.translate(*linear, Access::Read, Privilege::Current));
}

template <class A, class T>
void storeNonTemporal(Processor& p, const Operation* o) {
    if (!Memory<A, T>::store(p, *o, registerValue<T>(p, o->source))) [[unlikely]]
        return miss<A, &storeNonTemporal<Checked, T>>(p, o);
    return next(p, o);
}
template <class T>
constexpr std::array<Handler, 3> kStoreNonTemporal{
    &storeNonTemporal<Simple, T>, &storeNonTemporal<Full, T>, &storeNonTemporal<Checked, T>};

/// RDRAND and RDSEED. The kernel's generator always has numbers once it is seeded, which it has
/// been long before a machine starts; a failure is told as the instruction tells it, by CF.
template <class T>
void randomNumber(Processor& p, const Operation& o) {
    constexpr std::uint16_t kNone = 0x0200;
    constexpr std::uint16_t kCarry = 0x0100;
    T value = 0;
    const bool found = getrandom(&value, sizeof value, 0) == ssize_t{sizeof value};
    setRegister<T>(p, o.destination, found ? value : T{0});
    p.flags = found ? kNone | kCarry : kNone;
}

Lowered lowerRandom(const DecodedInstruction& decoded, Operation& operation) {
    operation.destination = registerOperand(decoded, 0);
    operation.handler = decoded.operand(0).size == 64 ? &plainOperation<randomNumber<std::uint64_t>>
                        : decoded.operand(0).size == 32
                            ? &plainOperation<randomNumber<std::uint32_t>>
                            : &plainOperation<randomNumber<std::uint16_t>>;
    return Lowered::Continue;
}

}  // namespace

Lowered lowerMemoryOrdering(const DecodedInstruction& decoded, Operation& operation) {
    switch (decoded.mnemonic()) {
        case ZYDIS_MNEMONIC_MFENCE:
            operation.handler = &fenceAll;
            return Lowered::Continue;
        case ZYDIS_MNEMONIC_LFENCE:
        case ZYDIS_MNEMONIC_SFENCE:
        case ZYDIS_MNEMONIC_PREFETCH:
        case ZYDIS_MNEMONIC_PREFETCHNTA:
        case ZYDIS_MNEMONIC_PREFETCHT0:
        case ZYDIS_MNEMONIC_PREFETCHT1:
        case ZYDIS_MNEMONIC_PREFETCHT2:
        case ZYDIS_MNEMONIC_PREFETCHW:
        case ZYDIS_MNEMONIC_PREFETCHWT1:
        // Encoded as a hint that processors without it ignore.
        case ZYDIS_MNEMONIC_CLDEMOTE:
            operation.handler = &nothing;
            return Lowered::Continue;
        case ZYDIS_MNEMONIC_CLFLUSH:
        case ZYDIS_MNEMONIC_CLFLUSHOPT:
            encodeMemory(decoded, decoded.operand(0), operation);
            operation.handler = &plainOperation<flushLine>;
            return Lowered::Continue;
        case ZYDIS_MNEMONIC_MOVNTI:
            operation.source = registerOperand(decoded, 1);
            lowerMemory(decoded.operand(0).size == 64 ? kStoreNonTemporal<std::uint64_t>
                                                      : kStoreNonTemporal<std::uint32_t>,
                        decoded, 0, operation);
            return Lowered::Continue;
        case ZYDIS_MNEMONIC_RDRAND:
        case ZYDIS_MNEMONIC_RDSEED:
            return lowerRandom(decoded, operation);
        default:
            return Lowered::No;
    }
}

}  // namespace hypervisor::software
