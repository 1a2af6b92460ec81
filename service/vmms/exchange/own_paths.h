// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "service/ipc/exchange_requests.h"
#include "service/ipc/machine_settings.h"

namespace service {

/// A path in a machine's settings whose file goes with the machine. Discs and diskettes do not.
struct OwnPath {
    /// "drives[0].path".
    std::string field;
    MachineFileKind kind = MachineFileKind::HardDisk;
    /// In the settings, and valid as long as nothing else in them changes.
    std::string* path = nullptr;
};

[[nodiscard]] std::vector<OwnPath> ownPaths(MachineSettings& settings);

}  // namespace service
