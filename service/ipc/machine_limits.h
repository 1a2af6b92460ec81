// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace service {

// What a machine can be, whatever the backend.
inline constexpr std::uint32_t kMaximumProcessors = 64;
/// In bytes; a machine's memory is a multiple of 1 MiB.
inline constexpr std::uint64_t kMinimumMemory = 8ULL << 20;
inline constexpr std::uint64_t kMaximumMemory = 1ULL << 40;
inline constexpr std::size_t kMaximumRamDisks = 64;
/// In bytes: longer than any kernel takes.
inline constexpr std::size_t kMaximumCommandLine = 64 << 10;

/// How many times slower than the host's a guest's time may run: Linux keeps an eighth of the TSC's
/// frequency in 32 bits, and so takes one of 34 GHz at most.
inline constexpr std::uint32_t kSlowestTime = 10;

}  // namespace service
