// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hypervisor/error.h"
#include "service/ipc/machine_settings.h"
#include "settings_arguments.h"

namespace service::cli {

/// What --switch, --add-adapter, --remove-adapter, --mac and --legacy ask for.
[[nodiscard]] hypervisor::Result<void> changeAdapters(const SettingsArguments& arguments,
                                                      SettingsPurpose purpose,
                                                      MachineSettings& settings);

}  // namespace service::cli
