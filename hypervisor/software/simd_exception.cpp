// SPDX-License-Identifier: GPL-3.0-or-later
#include "simd_exception.h"

#include "mxcsr.h"

namespace hypervisor::software {

namespace {

bool isTiny(std::uint32_t value) {
    return (value & 0x7F80'0000) == 0 && (value & 0x007F'FFFF) != 0;
}
bool isTiny(std::uint64_t value) {
    return (value & 0x7FF0'0000'0000'0000) == 0 && (value & 0x000F'FFFF'FFFF'FFFF) != 0;
}

template <class T>
bool anyTiny(Vector result, unsigned count) {
    std::array<T, sizeof(Vector) / sizeof(T)> elements;
    __builtin_memcpy(elements.data(), &result, sizeof result);
    for (unsigned i = 0; i < count; i++)
        if (isTiny(elements[i]))
            return true;
    return false;
}

}  // namespace

bool anyTiny(Vector result, Tininess tininess) {
    switch (tininess) {
        case Tininess::None:
            return false;
        case Tininess::OneFloat:
            return anyTiny<std::uint32_t>(result, 1);
        case Tininess::FourFloats:
            return anyTiny<std::uint32_t>(result, 4);
        case Tininess::OneDouble:
            return anyTiny<std::uint64_t>(result, 1);
        case Tininess::TwoDoubles:
            return anyTiny<std::uint64_t>(result, 2);
    }
    return false;
}

void beginUnmasked(Processor& p) {
    p.mxcsr |= readHostMxcsr() & mxcsr::kFlags;
    writeHostMxcsr(hostMxcsr(p.mxcsr));
}

bool endUnmasked(Processor& p, bool tiny) {
    const std::uint32_t unmasked = ~(p.mxcsr >> mxcsr::kMaskShift) & mxcsr::kFlags;
    std::uint32_t raised = readHostMxcsr() & mxcsr::kFlags;
    if ((unmasked & mxcsr::kUnderflow) != 0 && tiny)
        raised |= mxcsr::kUnderflow;
    if ((raised & unmasked) == 0)
        return false;
    // An instruction that stops before it computes can't have found out how the result rounds.
    constexpr std::uint32_t kBefore = mxcsr::kInvalid | mxcsr::kDenormal | mxcsr::kDivideByZero;
    if ((raised & unmasked & kBefore) != 0)
        raised &= kBefore;
    p.mxcsr |= raised;
    writeHostMxcsr(hostMxcsr(p.mxcsr));
    p.raise((p.cr4 & cr4::kOsSimdExceptions) != 0 ? Exception::SimdFloatingPoint
                                                  : Exception::InvalidOpcode);
    return true;
}

}  // namespace hypervisor::software
