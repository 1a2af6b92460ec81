// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <compare>
#include <optional>
#include <vector>

#include "service/ipc/machine_settings.h"

namespace gui {

/// Where a drive is plugged in.
struct DrivePlace {
    service::ControllerKind controller = service::ControllerKind::Ide;
    std::uint32_t number = 0;
    std::uint32_t location = 0;

    auto operator<=>(const DrivePlace&) const = default;
};

[[nodiscard]] DrivePlace placeOf(const service::Drive& drive);
[[nodiscard]] std::uint32_t locationsOf(service::ControllerKind kind);
/// "IDE Controller 0", "SCSI Controller", of further ones "SCSI Controller 1".
[[nodiscard]] QString controllerText(service::ControllerKind kind, std::uint32_t number);

/// Null where nothing is plugged in.
[[nodiscard]] const service::Drive* driveAt(const service::MachineSettings& settings,
                                            const DrivePlace& place);
[[nodiscard]] service::Drive* driveAt(service::MachineSettings& settings, const DrivePlace& place);

/// The first free one on a controller.
[[nodiscard]] std::optional<DrivePlace> freePlace(const service::MachineSettings& settings,
                                                  service::ControllerKind kind,
                                                  std::uint32_t number);
/// Where a new drive goes if nothing is said: generation 1 has hard disks on IDE controller 0 and
/// DVD drives on controller 1 first, generation 2 has SCSI only.
[[nodiscard]] std::optional<DrivePlace> freePlace(const service::MachineSettings& settings,
                                                  service::DriveKind kind);

/// Of the controllers to show: all that the generation has, and those with drives.
struct Controller {
    service::ControllerKind kind;
    std::uint32_t number;
};
[[nodiscard]] std::vector<Controller> controllersOf(const service::MachineSettings& settings);
/// All to which drives can be moved.
[[nodiscard]] std::vector<Controller> everyController(std::uint32_t generation);

}  // namespace gui
