// SPDX-License-Identifier: GPL-3.0-or-later
#include "drive_changes.h"

#include <fmt/format.h>

#include <algorithm>

namespace service {

namespace {

const Drive* atPlaceOf(const std::vector<Drive>& drives, const Drive& wanted) {
    const auto found = std::ranges::find_if(drives, [&wanted](const Drive& drive) {
        return drive.controller == wanted.controller &&
               drive.controllerNumber == wanted.controllerNumber &&
               drive.location == wanted.location;
    });
    return found != drives.end() ? &*found : nullptr;
}

bool areDvds(const Drive& one, const Drive& other) {
    return one.kind == DriveKind::Dvd && other.kind == DriveKind::Dvd;
}

/// The same drive, with another disc in it at most.
bool staysPlugged(const Drive& one, const Drive& other) {
    return one == other || areDvds(one, other);
}

}  // namespace

std::vector<DriveChange> driveChanges(const std::vector<Drive>& before,
                                      const std::vector<Drive>& after) {
    std::vector<DriveChange> changes;
    for (const Drive& drive : before) {
        const Drive* const now = atPlaceOf(after, drive);
        if (drive.controller == ControllerKind::Scsi && (!now || !staysPlugged(drive, *now)))
            changes.push_back({DriveChange::Kind::Detach, drive, "drives"});
    }
    for (std::size_t at = 0; at < after.size(); ++at) {
        const Drive* const was = atPlaceOf(before, after[at]);
        const bool canBe =
            after[at].controller == ControllerKind::Scsi || (was && areDvds(*was, after[at]));
        if (canBe && (!was || *was != after[at]))
            changes.push_back(
                {DriveChange::Kind::Attach, after[at], fmt::format("drives[{}].path", at)});
    }
    return changes;
}

std::optional<DriveChange> disketteChange(const std::optional<FloppyDrive>& before,
                                          const std::optional<FloppyDrive>& after) {
    DriveChange change{DriveChange::Kind::Diskette, {}, "floppy.path"};
    change.drive.path = after.value_or(FloppyDrive{}).path;
    if (change.drive.path == before.value_or(FloppyDrive{}).path)
        return std::nullopt;
    return change;
}

}  // namespace service
