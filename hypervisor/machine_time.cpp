// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_time.h"

#include <algorithm>

namespace hypervisor {

MachineTime::Clock::time_point MachineTime::hostTimeFor(Clock::time_point when) const {
    // Far times are looked at now and then, so that no product wraps.
    constexpr Clock::duration kLongest = std::chrono::hours(1);
    return Clock::now() + std::min<Clock::duration>(when - now(), kLongest) * divisor_;
}

}  // namespace hypervisor
