// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "service/ipc/machine_requests.h"

namespace service::cli {

/// Everything about a machine, for people.
[[nodiscard]] std::string machineText(const MachineDetails& machine);

/// One line: "2 VPs; reserve 10 % (5 % of total system resources), limit ..., weight 100".
[[nodiscard]] std::string processorText(const ProcessorSettings& processor,
                                        const ResourceReport& resources);

}  // namespace service::cli
