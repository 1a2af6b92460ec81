// SPDX-License-Identifier: GPL-3.0-or-later
#include "demand.h"

#include <algorithm>

namespace hypervisor {

Demand DemandMeter::count(std::uint64_t run, std::uint64_t wait, std::chrono::nanoseconds passed,
                          bool starved) {
    const auto whole = static_cast<std::uint64_t>(std::max<std::int64_t>(passed.count(), 1));
    const std::uint64_t ran = run > run_ ? run - run_ : 0;
    std::uint64_t waited = wait > wait_ ? wait - wait_ : 0;
    run_ = std::max(run, run_);
    wait_ = std::max(wait, wait_);
    if (starved) {
        counted_ += whole;
        waited = whole;
    } else {
        const std::uint64_t again = std::min(waited, counted_);
        waited -= again;
        // What is left was counted for nothing: the thread had only just begun to wait.
        if (ran > 0)
            counted_ = 0;
    }
    return {static_cast<double>(ran) / static_cast<double>(whole),
            static_cast<double>(waited) / static_cast<double>(whole)};
}

}  // namespace hypervisor
