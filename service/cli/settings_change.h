// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hypervisor/error.h"
#include "service/ipc/machine_settings.h"
#include "settings_arguments.h"

namespace service::cli {

/// Changes `settings` as typed; paths become absolute. Judges what can be judged without the
/// service: the form of each word and its range.
[[nodiscard]] hypervisor::Result<void> applyArguments(const SettingsArguments& arguments,
                                                      SettingsPurpose purpose,
                                                      MachineSettings& settings);

}  // namespace service::cli
