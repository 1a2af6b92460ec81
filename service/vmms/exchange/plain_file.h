// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

enum class BlockDevices : bool { Refuse, Accept };

/// Opens a regular file for reading. What is none is not opened at all: a path may be somebody
/// else's choice, and opening a device can do something.
[[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> openPlainFile(
    const std::string& path, BlockDevices blockDevices = BlockDevices::Refuse);

}  // namespace service
