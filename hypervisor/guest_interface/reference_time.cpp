// SPDX-License-Identifier: GPL-3.0-or-later
#include "reference_time.h"

#include <algorithm>
#include <atomic>

#include "hypervisor/wide_arithmetic.h"

namespace hypervisor {

namespace {

constexpr std::uint64_t kUnitsPerSecond = 10'000'000;

std::uint64_t scaleFor(std::uint64_t frequency) {
    // Below the unit's own frequency the scale would not fit; no such processor exists.
    const std::uint64_t ticks = std::max(frequency, kUnitsPerSecond + 1);
    return static_cast<std::uint64_t>((Wide{kUnitsPerSecond} << 64) / ticks);
}

}  // namespace

ReferenceTime::ReferenceTime(const TscClock& clock)
    : clock_(clock),
      scale_(scaleFor(clock.frequency())),
      offset_(-static_cast<std::int64_t>(multiplyHigh(clock.read(), scale_))) {}

std::uint64_t ReferenceTime::now() const {
    return multiplyHigh(clock_.read(), scale_) + static_cast<std::uint64_t>(offset_);
}

void ReferenceTime::publish(ReferenceTscPage* page) const {
    const std::atomic_ref sequence(page->sequence);
    sequence.store(0, std::memory_order_release);
    std::atomic_ref(page->reserved).store(0, std::memory_order_relaxed);
    std::atomic_ref(page->scale).store(scale_, std::memory_order_relaxed);
    std::atomic_ref(page->offset).store(offset_, std::memory_order_relaxed);
    sequence.store(1, std::memory_order_release);
}

}  // namespace hypervisor
