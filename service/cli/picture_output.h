// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "hypervisor/error.h"

namespace service::cli {

/// Writes a picture's file whole or not at all: another takes its name when it is complete.
[[nodiscard]] hypervisor::Result<void> replacePicture(const std::string& path,
                                                      const std::string& bytes);

/// Whether that may be done there, as far as can be known before.
[[nodiscard]] hypervisor::Result<void> checkPicturePlace(const std::string& path);

}  // namespace service::cli
