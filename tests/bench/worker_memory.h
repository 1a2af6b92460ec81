// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>
#include <vector>

namespace tests {

/// Resident memory of a machine's processes, in KiB.
struct ResidentMemory {
    qint64 guest = 0;  ///< pages of the guest's own memory (the mapping named guest-ram)
    qint64 rest = 0;   ///< everything else
};

/// `process` and all that it started, directly or not.
[[nodiscard]] std::vector<qint64> family(qint64 process);

/// Processor time of all of them, in seconds.
[[nodiscard]] double processorTime(qint64 process);

/// Of one process, from its /proc/PID/smaps.
[[nodiscard]] ResidentMemory residentMemory(qint64 process);

}  // namespace tests
