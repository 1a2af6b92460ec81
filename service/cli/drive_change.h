// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hypervisor/error.h"
#include "service/ipc/machine_settings.h"
#include "settings_arguments.h"

namespace service::cli {

/// Where a drive is attached.
struct DrivePlace {
    ControllerKind controller = ControllerKind::Ide;
    std::uint32_t number = 0;
    std::uint32_t location = 0;

    bool operator==(const DrivePlace&) const = default;
};

/// Of "ide0:1" or "scsi3:63"; none if it is no such place.
[[nodiscard]] std::optional<DrivePlace> parsePlace(std::string_view text);
[[nodiscard]] std::string placeText(const DrivePlace& place);
[[nodiscard]] DrivePlace placeOf(const Drive& drive);

/// What --disk, --dvd, --remove-drive and --floppy ask for.
[[nodiscard]] hypervisor::Result<void> changeDrives(const SettingsArguments& arguments,
                                                    SettingsPurpose purpose,
                                                    MachineSettings& settings);

}  // namespace service::cli
