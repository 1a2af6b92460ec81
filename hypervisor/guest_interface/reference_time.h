// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "hypervisor/tsc_clock.h"

namespace hypervisor {

/// The page of a guest's memory from which it computes the reference time by itself: TSC times
/// scale, upper half, plus offset (TLFS, partition reference time enlightenment).
struct ReferenceTscPage {
    /// 0: not valid, read the counter MSR instead.
    std::uint32_t sequence;
    std::uint32_t reserved;
    std::uint64_t scale;
    std::int64_t offset;
};
static_assert(sizeof(ReferenceTscPage) == 24);

/// A partition's reference time: units of 100 ns since its creation. The counter MSR and the TSC
/// page give the same, because both come from the same formula.
class ReferenceTime {
  public:
    /// Starts at zero. `clock` is the guest's TSC and must outlive this.
    explicit ReferenceTime(const TscClock& clock);

    [[nodiscard]] std::uint64_t now() const;
    [[nodiscard]] std::uint64_t scale() const { return scale_; }
    [[nodiscard]] std::int64_t offset() const { return offset_; }
    [[nodiscard]] std::uint64_t tscFrequency() const { return clock_.frequency(); }

    /// Fills the page in at `page`, valid from the last store on, which other VPs may watch.
    void publish(ReferenceTscPage* page) const;

  private:
    const TscClock& clock_;
    const std::uint64_t scale_;
    const std::int64_t offset_;
};

}  // namespace hypervisor
