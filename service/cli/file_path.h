// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "hypervisor/error.h"

namespace service::cli {

/// `path` as the service can use it, which has another working folder. `what` names the option.
[[nodiscard]] hypervisor::Result<std::string> absolutePath(const std::string& path,
                                                           const std::string& what);

}  // namespace service::cli
