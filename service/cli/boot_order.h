// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "service/ipc/machine_settings.h"

namespace service::cli {

/// Devices in the order in which a machine's firmware tries them, "dvd,hard-disk"; `option` names
/// them in messages.
[[nodiscard]] hypervisor::Result<std::vector<BootDevice>> parseBootOrder(const std::string& text,
                                                                         const char* option);

}  // namespace service::cli
