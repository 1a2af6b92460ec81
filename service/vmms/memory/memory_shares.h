// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace service {

/// What a machine may get when memory is distributed; in bytes, least <= wanted <= most.
struct MemoryClaim {
    /// From where its weight counts.
    std::uint64_t minimum = 0;
    /// Its own in any case, also where there is not so much.
    std::uint64_t least = 0;
    std::uint64_t wanted = 0;
    std::uint64_t most = 0;
    /// 0 to 10,000; with 0 it gets more only when all others have what they want.
    std::uint32_t weight = 0;
};

/// Distributes `available` bytes, as water fills vessels: to each machine its minimum, then the
/// rest in proportion to weight, to none more than it wants; what is left then, in proportion to
/// weight too, up to the most of each. Together no more than `available`, unless all that is least
/// is more; the whole of it to a MiB a machine, if all together may have that much.
[[nodiscard]] std::vector<std::uint64_t> memoryShares(std::span<const MemoryClaim> claims,
                                                      std::uint64_t available);

}  // namespace service
