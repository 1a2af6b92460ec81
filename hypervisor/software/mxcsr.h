// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "processor.h"

/// The guest's MXCSR (Intel SDM volume 1, section 10.2.3). While guest code runs, the host's
/// MXCSR has the guest's rounding control, flush-to-zero and denormals-are-zeros, masks every
/// exception and collects the sticky flags, so that handlers just execute the host's
/// instructions. Processor::mxcsr is behind by those flags until currentMxcsr() or
/// leaveGuestFloatingPoint() merges them.
namespace hypervisor::software {

namespace mxcsr {
inline constexpr std::uint32_t kInvalid = 1U << 0;
inline constexpr std::uint32_t kDenormal = 1U << 1;
inline constexpr std::uint32_t kDivideByZero = 1U << 2;
inline constexpr std::uint32_t kOverflow = 1U << 3;
inline constexpr std::uint32_t kUnderflow = 1U << 4;
inline constexpr std::uint32_t kPrecision = 1U << 5;
inline constexpr std::uint32_t kFlags = 0x3F;
inline constexpr std::uint32_t kDenormalsAreZeros = 1U << 6;
inline constexpr unsigned kMaskShift = 7;
inline constexpr std::uint32_t kMasks = kFlags << kMaskShift;
inline constexpr std::uint32_t kRounding = 3U << 13;
inline constexpr std::uint32_t kFlushToZero = 1U << 15;
/// What processors report as MXCSR_MASK; other bits can't be set.
inline constexpr std::uint32_t kWritable = 0xFFFF;
inline constexpr std::uint32_t kReset = 0x1F80;
}  // namespace mxcsr

/// From here to leaveGuestFloatingPoint() this thread's MXCSR belongs to the guest: no code may
/// compute in floating point except handlers. Must enclose every run of operations.
void enterGuestFloatingPoint(Processor& p);
void leaveGuestFloatingPoint(Processor& p);

/// Gives code that handlers call (devices, the guest interface) the host's MXCSR meanwhile.
class HostFloatingPoint {
  public:
    explicit HostFloatingPoint(Processor& p) : processor_(p) { leaveGuestFloatingPoint(p); }
    ~HostFloatingPoint() { enterGuestFloatingPoint(processor_); }
    HostFloatingPoint(const HostFloatingPoint&) = delete;
    HostFloatingPoint& operator=(const HostFloatingPoint&) = delete;

  private:
    Processor& processor_;
};

// For handlers, thus between enterGuestFloatingPoint() and leaveGuestFloatingPoint().

/// MXCSR with the flags collected so far.
[[nodiscard]] std::uint32_t currentMxcsr(Processor& p);
/// Replaces MXCSR. `value` has no bits outside of kWritable. True: `mode` has changed, so that
/// the caller must end its block.
[[nodiscard]] bool replaceMxcsr(Processor& p, std::uint32_t value);

/// What the host's register holds for a guest's MXCSR while guest code runs.
[[nodiscard]] std::uint32_t hostMxcsr(std::uint32_t guest);

// The host's register itself.
[[nodiscard]] inline std::uint32_t readHostMxcsr() {
    std::uint32_t value;
    asm volatile("stmxcsr %0" : "=m"(value)::"memory");
    return value;
}
inline void writeHostMxcsr(std::uint32_t value) {
    asm volatile("ldmxcsr %0" ::"m"(value) : "memory");
}

}  // namespace hypervisor::software
