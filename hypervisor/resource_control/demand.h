// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>

namespace hypervisor {

/// What a VP's thread wanted of an LP between two looks at it. In LPs: time divided by time.
struct Demand {
    double run = 0;
    double wait = 0;
    bool operator==(const Demand&) const = default;
};

/// Finds the demand of one thread out of what the kernel has counted. The kernel counts a wait for
/// a processor only when it ends, so that a thread that gets none at all seems to want none; here
/// its wait counts while it lasts, and what was counted in advance not again.
class DemandMeter {
  public:
    /// Where counting begins: what the kernel had counted for the thread, in nanoseconds.
    DemandMeter(std::uint64_t run, std::uint64_t wait) : run_(run), wait_(wait) {}

    /// `runnable()`: whether the thread runs or waits for a processor right now. Asked only where
    /// the times leave it open.
    template <typename Runnable>
    [[nodiscard]] Demand update(std::uint64_t run, std::uint64_t wait,
                                std::chrono::nanoseconds passed, Runnable&& runnable) {
        const bool silent = run <= run_ && wait <= wait_;
        return count(run, wait, passed, silent && runnable());
    }

  private:
    [[nodiscard]] Demand count(std::uint64_t run, std::uint64_t wait,
                               std::chrono::nanoseconds passed, bool starved);

    std::uint64_t run_;
    std::uint64_t wait_;
    /// Of the wait that the kernel has yet to count.
    std::uint64_t counted_ = 0;
};

}  // namespace hypervisor
