// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "service/ipc/machine_settings.h"

namespace service {

/// One thing that is to be done to the drives of a machine that runs.
struct DriveChange {
    enum class Kind : std::uint8_t {
        /// A drive that was not there, or a DVD drive's other disc.
        Attach,
        Detach,
    };
    Kind kind = Kind::Attach;
    Drive drive;
    /// The setting that it is of, for errors.
    std::string field;
};

/// What makes `after` of `before`, in the order in which it is to be done: a place is left before
/// it is taken again. Of drives at IDE controllers only the discs can change.
[[nodiscard]] std::vector<DriveChange> driveChanges(const std::vector<Drive>& before,
                                                    const std::vector<Drive>& after);

}  // namespace service
