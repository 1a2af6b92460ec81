// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
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
        /// Another diskette, or none; of `drive` there is only the path.
        Diskette,
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
/// What is to be done to the diskette drive; a drive that is not in the settings is an empty one.
[[nodiscard]] std::optional<DriveChange> disketteChange(const std::optional<FloppyDrive>& before,
                                                        const std::optional<FloppyDrive>& after);

}  // namespace service
