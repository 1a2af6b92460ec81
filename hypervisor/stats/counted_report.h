// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "stats_page.h"

namespace hypervisor {

/// One line for people with what a VP has counted since it exists, as far as its backend counts.
[[nodiscard]] std::string describeCounters(const VpStats& stats, const CountedStats& counted);

}  // namespace hypervisor
