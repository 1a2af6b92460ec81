// SPDX-License-Identifier: GPL-3.0-or-later
#include "mxcsr.h"

namespace hypervisor::software {

/// Flush-to-zero has an effect only while underflow is masked, as it always is in the host.
std::uint32_t hostMxcsr(std::uint32_t guest) {
    std::uint32_t image = (guest & (mxcsr::kDenormalsAreZeros | mxcsr::kRounding)) | mxcsr::kMasks;
    if ((guest & (mxcsr::kUnderflow << mxcsr::kMaskShift)) != 0)
        image |= guest & mxcsr::kFlushToZero;
    return image;
}

void enterGuestFloatingPoint(Processor& p) {
    writeHostMxcsr(hostMxcsr(p.mxcsr));
}

void leaveGuestFloatingPoint(Processor& p) {
    p.mxcsr |= readHostMxcsr() & mxcsr::kFlags;
    writeHostMxcsr(mxcsr::kReset);
}

std::uint32_t currentMxcsr(Processor& p) {
    p.mxcsr |= readHostMxcsr() & mxcsr::kFlags;
    return p.mxcsr;
}

bool replaceMxcsr(Processor& p, std::uint32_t value) {
    p.mxcsr = value;
    writeHostMxcsr(hostMxcsr(value));
    const bool unmasked = (value & mxcsr::kMasks) != mxcsr::kMasks;
    if (unmasked == ((p.mode & mode::kSimdUnmasked) != 0))
        return false;
    p.updateMode();
    return true;
}

}  // namespace hypervisor::software
