// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace hypervisor::software::attention {

/// Bits of Processor::attention: what a processor must look at before it goes on.
inline constexpr std::uint32_t kInterrupt = 1U << 0;
inline constexpr std::uint32_t kStop = 1U << 1;
inline constexpr std::uint32_t kCodePages = 1U << 2;
inline constexpr std::uint32_t kSignals = 1U << 3;
/// The local APIC's timer wants to be looked at.
inline constexpr std::uint32_t kTimer = 1U << 5;
/// The synthetic timers want to be looked at.
inline constexpr std::uint32_t kSyntheticTimers = 1U << 6;
/// Addresses may lead elsewhere than translations say: none of them is kept.
inline constexpr std::uint32_t kTranslations = 1U << 7;
/// Set by the run loop itself around a single instruction.
inline constexpr std::uint32_t kStep = 1U << 4;

}  // namespace hypervisor::software::attention
